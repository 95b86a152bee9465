"""Walk through what Caro does, in a throw-away shell."""

from __future__ import annotations

import argparse
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

STEPS = (
    ("Look before you install", "caro shell", "Your own shell, with your own rc files, plus Caro. `exit` leads back."),
    ("See what ran", "caro tree --last", "Every line, and every program that it started, with status and time."),
    ("Ask before it runs", "caro check 'git push --force'", "The same judgement that a line gets at the prompt."),
    ("Say what must not happen", "caro config set safety.commands '{\"git push .*-f\" = \"confirm\"}'",
     "Your own rules hold whatever the daemon does."),
    ("Mend a typo", "esc esc", "After a failure: the fix stands in the line, for you to read and run."),
    ("Switch it off", "caro disable", "At once, in every open shell; `caro enable` brings it back."),
    ("Keep it, or not", "caro install   ·   caro uninstall", "One guarded line in each rc file; the undo is exact."),
)  # fmt: skip
"""The same as text, for where nobody types."""


@dataclass(frozen=True)
class Task:
    """One step of the walk: what to do, and by which line it is seen that it was done."""

    title: str
    todo: str
    text: str
    line: str
    """A regular expression that the line's text matches from its start."""
    status: str = ".*"


TASKS = (
    Task("Mistype a command.", "gti status", "and press Enter.", "gti", "127"),
    Task("Take the fix.", "esc esc", "puts it into the line; read it, then press Enter. (No fix above the prompt yet? "
         "Enter alone.)", "git status", "0"),
    Task("Dare something.", "git push --force", "This repository and its remote are throw-away. Caro stops the line, "
         "says why, and puts a safer form into the prompt: Enter runs that, ctrl-c drops it.", "git push"),
    Task("See what ran.", "caro tree", "Each line, and each program that it started.", "caro (?:tree|history|log)"),
    Task("Switch it off.", "caro disable", "The panic switch: it holds in every open shell at once.", "caro disable"),
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--text", action="store_true", help="the steps as text; nothing is opened")
    parser.add_argument("--seen", nargs=2, metavar=("STATUS", "LINE"), help=argparse.SUPPRESS)
    parser.epilog = (
        "Opens a shell in a home folder of its own, which goes when you leave. Nothing of yours is touched."
    )


def run(args: argparse.Namespace) -> int:
    from caro.shell.start import usual_shell
    from caro.shell.throw_away import fits, open_shell, throw_away_home

    if args.seen:
        return _seen(*args.seen)
    if args.text or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return _as_text()
    program = usual_shell(os.environ)
    print("A walk through Caro, in a throw-away shell; `exit` leaves it at any time.", flush=True)
    with throw_away_home(os.environ) as env:
        open_shell(program if fits(program) else "bash", env)
    print("\n" + _farewell())
    return 0


def _as_text() -> int:
    for number, (title, command, text) in enumerate(STEPS, start=1):
        print(f"{number}. {title}\n\n     {command}\n\n   {text}\n")
    print("More: caro help")
    return 0


def _seen(status: str, line: str) -> int:
    """Look at the line that just ran; print the next step where it was this one's, and at the first prompt."""
    note = Path(os.environ["HOME"]) / "step"
    done = int(note.read_text()) if note.is_file() else -1
    line = re.sub(r"^\s*\d+\*?\s+", "", line).strip()
    if done < 0:
        done = 0
    elif done < len(TASKS) and re.match(TASKS[done].line, line) and re.fullmatch(TASKS[done].status, status):
        done += 1
    else:
        return 0
    note.write_text(str(done))
    print("\n" + _page(done) + "\n", flush=True)
    return 0


def _page(done: int) -> str:
    if done == len(TASKS):
        return "That is the walk. `caro enable` would switch Caro on again; `exit` leaves, and all of this is gone."
    task = TASKS[done]
    return f"{done + 1} of {len(TASKS)}  {task.title}\n\n     {task.todo}\n\n   {task.text}"


def _farewell() -> str:
    """Return what to do next: by whether Caro is in the person's shells already."""
    from caro.paths import Paths
    from caro.shell.hooked import hooked_shells

    found = hooked_shells(os.environ, Paths.of(os.environ))
    keep = "To keep Caro: caro install; its undo is exact: caro uninstall."
    if found:
        keep = f"Caro is in your {', '.join(found)} already."
    return f"The throw-away shell is gone. {keep} More: caro help"
