"""Put Caro into your shells, reversibly."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from caro.cli.asking import is_yes
from caro.cli.tell import tell
from caro.knowledge.shells import names

if TYPE_CHECKING:
    from caro.paths import Paths
    from caro.settings import Settings
    from caro.shell.edits import Edit

UNDO = "Undo it any time with `caro uninstall`; `caro disable` switches everything off at once."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "shells", nargs="*", metavar="SHELL", help=f"{', '.join(names())}; default: those that are installed"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would change in your files; change nothing"
    )
    parser.add_argument(
        "--yes",
        "-y",
        action="store_true",
        help="don't ask: take the defaults where there is no configuration yet",
    )
    parser.epilog = UNDO


def run(args: argparse.Namespace) -> int:
    from caro.cli.completion import write_scripts
    from caro.errors import CaroError, UsageError
    from caro.paths import Paths
    from caro.settings import config_file, load_settings
    from caro.shell import install
    from caro.shell.manual import write_page
    from caro.shell.targets import installed_shells
    from caro.trace.made_folders import note_made_folders

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
    settings = load_settings(os.environ, paths)
    fresh = not config_file(os.environ, paths).exists()
    answers: dict[str, Any] | None = defaults() if fresh else {}
    if not args.yes:
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise UsageError("install: nobody is there to ask; look with --dry-run, then say --yes")
        answers = _ask(shells, edits, settings, _has_output_source(os.environ))
    if answers is None:
        print("Nothing was changed.")
        return 1
    note_made_folders(paths)
    _keep_answers(answers, paths)
    refused += install.install(edits, os.environ, paths)
    write_scripts(paths)
    write_page(paths)
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
        print(
            "`caro import auto` takes in what your shells remember, for grey text, ctrl-r and `caro history`."
        )
        _tell_path()


def _tell_path() -> None:
    """No file of ours points into a checkout or a virtual environment: shells find `caro` on PATH or not at all."""
    if shutil.which("caro") is None:
        folder = os.path.dirname(os.path.abspath(sys.argv[0]))
        print(
            "caro: `caro` is not on PATH: shells will start no daemon, so rules hold but fixes are not offered;"
            f" put {folder} on it, or: pipx install .",
            file=sys.stderr,
        )


@dataclass(frozen=True)
class Choice:
    """A row of the screen: what is asked, and what is written into the configuration for each answer, the default
    first; asked where Caro goes into that shell, any without one."""

    title: str
    answers: dict[str, dict[str, Any]]
    shell: str = ""


CHOICES = (
    Choice(
        "Risky lines",
        {
            "warn (passive)": {"safety.mode": "passive"},
            "ask and block (active)": {"safety.mode": "active"},
            "nothing is judged (off)": {"safety.mode": "off"},
        },
    ),
    Choice(
        "Record",
        {
            "commands": {"privacy.capture": "commands"},
            "what fails": {"privacy.capture": "errors"},
            "nothing": {"privacy.capture": "none"},
        },
    ),
    Choice(
        "Lines with a secret, in the shell's own history",
        {
            "are kept": {"privacy.shell_history": "keep"},
            "are masked": {"privacy.shell_history": "mask"},
            "are dropped": {"privacy.shell_history": "drop"},
        },
    ),
    Choice(
        "A command that exists nowhere, with one sure fix",
        {
            "stands mended in the prompt": {"fix.before": "offer"},
            "runs, and is mended afterwards": {"fix.before": "off"},
        },
    ),
    Choice(
        "The rest of what is typed, in grey, as it is typed (zsh; bash below the relay)",
        {"is offered": {"shell.inline": True}, "is not offered": {"shell.inline": False}},
    ),
    Choice(
        "ctrl-r searches the lines that you typed, where no other tool has that key",
        {"no": {"shell.pick": False}, "yes": {"shell.pick": True}},
    ),
    Choice(
        "What the last command printed (the relay), for better fixes",
        {"is not read": {"shell.relay_always": False}, "is kept in memory": {"shell.relay_always": True}},
    ),
    Choice(
        "Keys: ctrl-x ctrl-p opens Caro, esc esc puts the fix into the line",
        {"where they are free": {}, "none": {"shell.ask_key": "", "shell.fix_key": ""}},
    ),
    Choice(
        "Grey text in fish",
        {
            "is fish's own": {"shell.inline_fish": "fish"},
            "is Caro's, below the relay": {"shell.inline_fish": "caro"},
        },
        shell="fish",
    ),
)


QUESTION = "Enter goes on, a number takes that row's next choice, n ends: "
RELAY = "shell.relay_always"


def _row_of(name: str) -> int:
    """Return the number that the screen shows in front of a setting."""
    return 1 + next(
        at for at, choice in enumerate(CHOICES) if any(name in new for new in choice.answers.values())
    )


RELAY_ROW = _row_of(RELAY)


def _answers_of(chosen: list[int]) -> dict[str, Any]:
    picked = (list(choice.answers.values())[at] for choice, at in zip(CHOICES, chosen, strict=True))
    return {name: value for answer in picked for name, value in answer.items()}


def _needing_relay(shells: list[str], answers: Mapping[str, Any]) -> list[str]:
    """Return the shells whose grey text was chosen and would not be there, since the relay draws it."""
    if answers[RELAY] or not answers["shell.inline"]:
        return []
    own = {"bash": True, "fish": answers["shell.inline_fish"] == "caro"}
    return [shell for shell in shells if own.get(shell)]


def defaults() -> dict[str, Any]:
    """Return what `--yes` and Enter alone take, as settings."""
    return {name: value for choice in CHOICES for name, value in next(iter(choice.answers.values())).items()}


def _ask(shells: list[str], edits: list[Edit], settings: Settings, panes: bool) -> dict[str, Any] | None:
    """Ask on one screen; return the answers as settings, None for no. Rows begin with what the configuration says."""
    print(f"Caro will be in {', '.join(shells)}, by one guarded line in each of these files:")
    for edit in edits:
        print(f"  {edit.file}{'' if edit.before is not None else ' (new)'}")
    print()
    chosen = [_present(choice, settings) for choice in CHOICES]
    asked = [at for at, choice in enumerate(CHOICES) if not choice.shell or choice.shell in shells]
    for number in asked:
        _show(number, chosen[number])
    if not panes:
        print(
            f"\nNobody else tells what a command printed on this terminal: row {RELAY_ROW} finds more fixes."
        )
    print(f"\n{UNDO}")
    try:
        while (given := input(QUESTION).strip().lower()) not in ("", "y", "yes"):
            if given in ("n", "no", "q", "quit"):
                return None
            if given.isdigit() and int(given) - 1 in asked:
                number = int(given) - 1
                chosen[number] = (chosen[number] + 1) % len(CHOICES[number].answers)
                _show(number, chosen[number])
            else:
                print(f"  {given!r} is no row of these")
        if lacking := _needing_relay(shells, _answers_of(chosen)):
            question = (
                f"In {' and '.join(lacking)} the relay (row {RELAY_ROW}) draws the grey text."
                " Switch it on? [y/N] "
            )
            chosen[RELAY_ROW - 1] = int(is_yes(input(question)))
    except EOFError:
        return None
    return _answers_of(chosen)


def _present(choice: Choice, settings: Settings) -> int:
    """Return the index of the answer that the person's own configuration gives; 0 where it says nothing."""
    for at, answer in enumerate(choice.answers.values()):
        said = all(settings.origin.get(name) not in (None, "default") for name in answer)
        if answer and said and all(settings[name] == value for name, value in answer.items()):
            return at
    return 0


def _show(number: int, chosen: int) -> None:
    choice = CHOICES[number]
    others = [name for at, name in enumerate(choice.answers) if at != chosen]
    row = f"  {number + 1}  {choice.title}: {list(choice.answers)[chosen]}   (or: {', '.join(others)})"
    columns = max(shutil.get_terminal_size().columns - 1, 40)
    print(textwrap.fill(row, columns, subsequent_indent=" " * 5, break_on_hyphens=False))


def _has_output_source(env: Mapping[str, str]) -> bool:
    """True if something beside Caro's relay tells what a command printed: a multiplexer or a terminal with panes."""
    return any(env.get(name) for name in ("TMUX", "KITTY_LISTEN_ON", "WEZTERM_PANE", "ZELLIJ", "CARO_RELAY"))


def _keep_answers(answers: dict[str, Any], paths: Paths) -> None:
    """Only what differs from the value now, or from what the screen begins with: a short config.toml is a readable
    one."""
    from caro.config_template import template
    from caro.config_write import set_values, write_private
    from caro.settings import config_file, load_settings
    from caro.shell.uninstall import note_first_config

    settings, first = load_settings(os.environ, paths), defaults()
    changed = {
        name: value
        for name, value in answers.items()
        if settings[name] != value or (first.get(name, value) != value and settings.origin[name] == "default")
    }
    if "safety.mode" in changed and settings["safety.mode_until"]:
        changed["safety.mode_until"] = None
    if changed:
        file = config_file(os.environ, paths)
        fresh = not file.exists() and not file.is_symlink()
        if fresh:
            write_private(file, template())
        set_values(file, changed)
        if fresh and answers == first and file == paths.config_toml:
            note_first_config(paths)
