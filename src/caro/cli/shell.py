"""Open your own shell with Caro in it, without touching a dotfile."""

from __future__ import annotations

import argparse
import os


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", nargs="?", help="bash, zsh, fish or sh; default: your own ($SHELL)")
    parser.epilog = "Your rc files are read as always. `exit` leads back, and nothing stays behind."


def run(args: argparse.Namespace) -> int:
    from caro.paths import Paths
    from caro.shell.install import write_own_files
    from caro.shell.start import command_of, kind_of, prepare, usual_shell

    paths = Paths.of(os.environ)
    program = args.shell or usual_shell(os.environ)
    kind_of(program)
    write_own_files(os.environ, paths)
    prepare(paths)
    file, words, env = command_of(program, os.environ, paths)
    os.execve(file, words, env)
