"""Print the completion script of a shell."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        'bash, zsh: eval "$(caro completion SHELL)" in the rc file (zsh: after compinit). '
        "fish: caro completion fish > ~/.config/fish/completions/caro.fish"
    )
    parser.add_argument("shell", choices=("bash", "zsh", "fish"))


def run(args: argparse.Namespace) -> int:
    from caro.cli.main import build_parser

    if args.shell == "fish":
        from caro.cli.fish_completion import fish_completion

        print(fish_completion(build_parser()))
        return 0
    import shtab

    script = shtab.complete(build_parser(), shell=args.shell)
    # shtab knows eval and fpath, but not `source FILE`, where it would complete at once and fail.
    print(script.replace("[[ $zsh_eval_context[-1] == eval ]]", "[[ $zsh_eval_context[-1] == (eval|file) ]]"))
    return 0
