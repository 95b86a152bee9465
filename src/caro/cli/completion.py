"""Print the completion script of a shell."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=("bash", "zsh", "fish"))


def run(args: argparse.Namespace) -> int:
    from caro.cli.main import build_parser

    if args.shell == "fish":
        from caro.cli.fish_completion import fish_completion

        print(fish_completion(build_parser()))
        return 0
    import shtab

    print(shtab.complete(build_parser(), shell=args.shell))
    return 0
