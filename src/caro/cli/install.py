"""Put Caro into your shells, reversibly."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, Any

from caro.cli.tell import tell
from caro.knowledge.shells import names

if TYPE_CHECKING:
    from caro.paths import Paths
    from caro.shell.edits import Edit

UNDO = "Undo it any time with `caro uninstall`; `caro disable` switches everything off at once."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "shells", nargs="*", metavar="SHELL", help=f"{', '.join(names())}; default: those that are installed"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would change in your files; change nothing"
    )
    parser.add_argument("--yes", "-y", action="store_true", help="don't ask")
    parser.epilog = UNDO


def run(args: argparse.Namespace) -> int:
    from caro.errors import CaroError, UsageError
    from caro.paths import Paths
    from caro.shell import install
    from caro.shell.targets import installed_shells

    for shell in args.shells:
        if shell not in names():
            raise UsageError(f"install: {shell} is none of {', '.join(names())}")
    paths = Paths.of(os.environ)
    if paths.no_home:
        raise CaroError(f"install: {paths.no_home}; set HOME, then again")
    shells = args.shells or installed_shells(os.environ)
    edits, refused = install.plan(shells, os.environ, paths)
    if args.dry_run:
        print("".join(edit.diff() for edit in edits), end="")
        return _tell_refused(refused)
    if not args.yes:
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise UsageError("install: nobody is there to ask; look with --dry-run, then say --yes")
        answers = _ask(shells, edits)
        if answers is None:
            print("Nothing was changed.")
            return 1
        _keep_answers(answers, paths)
    refused += install.install(edits, os.environ, paths)
    _tell_done(shells, edits, refused)
    return _tell_refused(refused)


def _tell_refused(refused: list[str]) -> int:
    for reason in refused:
        tell(reason)
    return 1 if refused else 0


def _tell_done(shells: list[str], edits: list[Edit], refused: list[str]) -> None:
    for edit in edits:
        if not any(str(edit.file) in reason for reason in refused):
            print(f"{'changed' if edit.before is not None else 'made':<8} {edit.file}")
    if not edits and not refused:
        print(f"Caro is in {', '.join(shells)} already.")
    else:
        print(f"Open a new shell, and Caro is there. {UNDO}")
        _tell_path()


def _tell_path() -> None:
    """No file of ours points into a checkout or a virtual environment: shells find `caro` on PATH or not at all."""
    import shutil

    if shutil.which("caro") is None:
        folder = os.path.dirname(os.path.abspath(sys.argv[0]))
        print(
            "caro: `caro` is not on PATH: shells will start no daemon, so rules hold but fixes are not offered;"
            f" put {folder} on it, or: pipx install .",
            file=sys.stderr,
        )


_QUESTIONS: tuple[tuple[str, str, dict[str, str]], ...] = (
    (
        "safety.mode",
        "Risky lines: [p]assive warns, [a]ctive asks and blocks, [o]ff",
        {"p": "passive", "a": "active", "o": "off"},
    ),
    (
        "privacy.capture",
        "Record: [c]ommands, [e]rrors alone, [n]othing",
        {"c": "commands", "e": "errors", "n": "none"},
    ),
    (
        "privacy.shell_history",
        "Lines with a secret in the shell's own history: [k]eep, [m]ask the secret, [d]rop",
        {"k": "keep", "m": "mask", "d": "drop"},
    ),
)


def _ask(shells: list[str], edits: list[Edit]) -> dict[str, Any] | None:
    """One screen of questions; the answers as settings, or None for no."""
    print(f"Caro will be in {', '.join(shells)}, by one guarded line in each of these files:")
    for edit in edits:
        print(f"  {edit.file}{'' if edit.before is not None else ' (new)'}")
    print("Enter takes the first choice.\n")
    answers: dict[str, Any] = {}
    try:
        for name, question, choices in _QUESTIONS:
            letters = "/".join(choices)
            given = input(f"{question} ({letters}): ").strip().lower()[:1]
            answers[name] = choices.get(given, next(iter(choices.values())))
        keys = input("Hotkeys: ctrl-x ctrl-p opens Caro, esc esc puts the last fix into the line [Y/n]: ")
        if keys.strip().lower().startswith("n"):
            answers |= {"shell.ask_key": "", "shell.fix_key": ""}
        print(f"\n{UNDO}")
        go_on = input("Go on? [Y/n]: ")
    except EOFError:
        return None
    return None if go_on.strip().lower().startswith("n") else answers


def _keep_answers(answers: dict[str, Any], paths: Paths) -> None:
    """Only what differs from the file's value now: a short config.toml is a readable one."""
    from caro.config_write import set_values
    from caro.settings import config_file, load_settings

    settings = load_settings(os.environ, paths)
    changed = {name: value for name, value in answers.items() if settings[name] != value}
    if changed:
        set_values(config_file(os.environ, paths), changed)
