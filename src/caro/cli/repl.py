"""Open your own shell with Caro's line editor in front of it."""

from __future__ import annotations

import argparse
import os
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from caro.repl.batch import add_batch_arguments
    from caro.repl.start import shells

    parser.add_argument(
        "shell",
        nargs="?",
        help=f"{' or '.join(', '.join(shells()).rsplit(', ', 1))}; default: your own ($SHELL)",
    )
    parser.add_argument(
        "--mode",
        choices=("shims", "deep"),
        default="shims",
        help="how what runs below is recorded: tools on PATH (default), or every exec (deep, Linux)",
    )
    add_batch_arguments(parser)
    parser.epilog = "Your rc files are read as always. `exit` leads back, and nothing stays behind."


def run(args: argparse.Namespace) -> int:
    from caro.repl.batch import bound_environment, is_batch, run_batch
    from caro.repl.start import start, start_traced

    if args.mode == "deep" and not args.dry_run and "CARO_DEEP" not in os.environ:
        start_traced(sys.argv[1:])
    if is_batch(args):
        return run_batch(args)
    os.environ.update(bound_environment(args.policy, os.environ))
    start(args.shell)
