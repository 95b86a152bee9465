"""Open your own shell with Caro in it; no dotfile changes."""

from __future__ import annotations

import argparse
import os

from caro.knowledge.shells import names


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "shell",
        nargs="?",
        help=f"{' or '.join(', '.join(names()).rsplit(', ', 1))}; default: your own ($SHELL)",
    )
    parser.add_argument(
        "--no-relay",
        action="store_true",
        help="no relay: what commands print is not kept for better fixes (as shell.relay = false)",
    )
    parser.epilog = "Your rc files are read as always. `exit` leads back, and nothing stays behind."


def run(args: argparse.Namespace) -> int:
    from caro.paths import Paths
    from caro.settings import load_settings
    from caro.shell.install import write_own_files
    from caro.shell.start import below_relay, command_of, kind_of, prepare, usual_shell, wake_daemon
    from caro.signals import give_signals_back

    paths = Paths.of(os.environ)
    program = args.shell or usual_shell(os.environ)
    kind_of(program)
    write_own_files(os.environ, paths)
    prepare(paths)
    file, words, env = command_of(program, os.environ, paths)
    wake_daemon(env, paths)
    if not args.no_relay and load_settings(os.environ, paths)["shell.relay"]:
        file, words = below_relay(file, words, paths)
    give_signals_back()
    os.execve(file, words, env)
