"""Print the completion script of a shell."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from caro.knowledge.shells import names

if TYPE_CHECKING:
    from caro.paths import Paths

# Behind `caro run ... --` stands a command of its own, with that command's completions.
BEHIND_DASHES = {
    "bash": """\
  local caro_at
  for ((caro_at = 2; caro_at < COMP_CWORD; caro_at++)); do
    [[ ${COMP_WORDS[1]} == run && ${COMP_WORDS[caro_at]} == -- ]] || continue
    if declare -F _command_offset >/dev/null; then
      _command_offset $((caro_at + 1))
    elif ((COMP_CWORD == caro_at + 1)); then
      mapfile -t COMPREPLY < <(compgen -c -- "$2")
    else
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -f -- "$2")
    fi
    return 0
  done
""",
    "zsh": """\
  if [[ ${words[2]} == run ]] && (( ${words[(i)--]} < CURRENT )); then
    local -i caro_at=${words[(i)--]}
    shift caro_at words
    (( CURRENT -= caro_at ))
    _normal
    return
  fi
""",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        'bash, zsh: eval "$(caro completion SHELL)" in the rc file (zsh: after compinit). '
        "fish: caro completion fish > ~/.config/fish/completions/caro.fish"
    )
    parser.add_argument("shell", choices=names(), metavar="SHELL", help=", ".join(names("completion")))


def run(args: argparse.Namespace) -> int:
    from caro.errors import UsageError

    known = names("completion")
    if args.shell not in known:
        raise UsageError(
            f"completion: {args.shell} (dash, ksh, mksh …) completes names of commands and files, and can't be taught"
            f" the words of one; {', '.join(known)} can: caro completion {known[0]}"
        )
    print(script(args.shell))
    return 0


def script(shell: str) -> str:
    """Return the completion script of a shell, made from the parser."""
    from caro.cli.main import build_parser

    if shell == "fish":
        from caro.cli.fish_completion import fish_completion

        return fish_completion(build_parser())
    import shtab

    text = shtab.complete(build_parser(), shell=shell)
    text = text.replace("_shtab_caro() {\n", "_shtab_caro() {\n" + BEHIND_DASHES[shell], 1)
    # shtab knows eval and fpath, but not `source FILE`, where it would complete at once and fail.
    return text.replace("[[ $zsh_eval_context[-1] == eval ]]", "[[ $zsh_eval_context[-1] == (eval|file) ]]")


FILES = {"bash": "completion.bash", "zsh": "completion.zsh", "fish": "fish/caro.fish"}
"""Where the init files look for them, below Caro's folder of the shells."""


def write_scripts(paths: Paths) -> None:
    """Write the scripts that the shells read at the first Tab behind `caro`."""
    from caro.config_write import write_private

    for shell, name in FILES.items():
        file = paths.shell / name
        file.parent.mkdir(mode=0o700, exist_ok=True)
        write_private(file, script(shell) + "\n")
