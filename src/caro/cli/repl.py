"""Open your own shell with Caro's line editor in front of it."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from caro.repl.start import shells

    parser.add_argument(
        "shell",
        nargs="?",
        help=f"{' or '.join(', '.join(shells()).rsplit(', ', 1))}; default: your own ($SHELL)",
    )
    parser.epilog = "Your rc files are read as always. `exit` leads back, and nothing stays behind."


def run(args: argparse.Namespace) -> int:
    from caro.repl.start import start

    start(args.shell)
