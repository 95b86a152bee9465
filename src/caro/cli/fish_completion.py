"""Completions for fish, which shtab does not write."""

from __future__ import annotations

import argparse


def _quote(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _subparsers(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def _help_lines(parser: argparse.ArgumentParser) -> dict[str, str]:
    """Subcommands that have a help line, in order."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return {choice.dest: choice.help or "" for choice in action._choices_actions}
    return {}


def _option_lines(condition: str, parser: argparse.ArgumentParser) -> list[str]:
    lines = []
    for action in parser._actions:
        flags = []
        for option in action.option_strings:
            flags.append(f"-l {option[2:]}" if option.startswith("--") else f"-s {option[1:]}")
        if not flags or action.help == argparse.SUPPRESS:
            continue
        if action.nargs != 0:
            flags.append("-r -F" if action.metavar in ("FILE", "DIR") else "-r")
        if action.choices:
            flags.append("-f -a " + _quote(" ".join(map(str, action.choices))))
        lines.append(f"complete -c caro {condition} {' '.join(flags)} -d {_quote(action.help or '')}")
    return lines


# Behind `caro run ... --` stands a command of its own, with that command's completions.
BEHIND_DASHES = """\
function __caro_behind_dashes
    set -l words (commandline -opc)
    set -l at (contains -i -- -- $words); or return 1
    test "$words[2]" = run; or return 1
    set -e words[1..$at]
    set -q argv[1]; or complete -C (string join ' ' -- (string escape -- $words) (commandline -ct))
end
complete -c caro -n '__caro_behind_dashes test' -x -a '(__caro_behind_dashes)'"""


def fish_completion(parser: argparse.ArgumentParser) -> str:
    """Return the script, made from the parser."""
    lines = ["complete -c caro -f", BEHIND_DASHES, *_option_lines("-n __fish_use_subcommand", parser)]
    children = _subparsers(parser)
    for name, text in _help_lines(parser).items():
        lines.append(f"complete -c caro -n __fish_use_subcommand -a {name} -d {_quote(text)}")
        condition = f"-n '__fish_seen_subcommand_from {name}'"
        lines += _option_lines(condition, children[name])
        for inner, inner_text in _help_lines(children[name]).items():
            lines.append(f"complete -c caro {condition} -a {inner} -d {_quote(inner_text)}")
        for action in children[name]._actions:
            if (
                not action.option_strings
                and action.choices
                and not isinstance(action, argparse._SubParsersAction)
            ):
                lines.append(f"complete -c caro {condition} -a {_quote(' '.join(map(str, action.choices)))}")
    return "\n".join(lines)
