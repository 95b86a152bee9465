"""Bring back what a risky line took away."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

from caro.errors import CaroError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from caro.undo.entry import Entries, Entry

NOTHING_KEPT = 3
"""Exit status of `--keep` where nothing can be kept: the guard asks instead (native/hook/undo.c)."""
VISIBLE_AFTER = 0.3
"""Seconds after which a person is told what they wait for."""
PLURALS = {"branch": "branches", "stash": "stashes", "folder": "folders"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "number", nargs="?", type=int, metavar="N", help="which one (`--list` has them); else the newest"
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--list", action="store_true", help="what was kept, the newest first")
    how.add_argument("--diff", action="store_true", help="show what would come back; change nothing")
    how.add_argument("--forget", action="store_true", help="drop N, or all: the space is free again")
    how.add_argument("--keep", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="with --list: one JSON document")
    parser.epilog = (
        "Where the guard would ask or warn, it keeps and runs instead: "
        "`caro config set safety.undo true` switches that on."
    )


def run(args: argparse.Namespace) -> int:
    from caro.paths import Paths
    from caro.undo.entry import Entries

    entries = Entries(Paths.of(os.environ).undo)
    if args.keep:
        return _keep(entries)
    if args.list:
        return _list(entries, args.json)
    if args.forget:
        return _forget(entries, args.number)
    entry = _chosen(entries, args.number)
    if args.diff:
        return _diff(entry)
    return _undo(entry, entries)


def _keep(entries: Entries) -> int:
    import json

    from caro.cli.tell import tell
    from caro.undo.entry import CantKeep, KeepFailed
    from caro.undo.keep import forget, keep, prune

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.default_int_handler)
    try:
        plan = json.loads(sys.stdin.buffer.read())
        with _telling_if_slow():
            prune(entries, float(plan["gigabytes"]), seconds=VISIBLE_AFTER)
            entry = keep(plan, entries)
    except (KeepFailed, OSError) as error:
        tell(f"undo: keeping it failed: {error}; nothing of what this line takes away is kept")
        return 1
    except CantKeep as error:
        tell(f"undo: not kept: {error}")
        return NOTHING_KEPT
    except (ValueError, KeyError, TypeError) as error:
        raise CaroError(f"undo: no plan can be read ({error})") from None
    except KeyboardInterrupt:
        # With a signal of its own the whole line is what ctrl-c was for.
        print(file=sys.stderr)
        return 128 + signal.SIGINT
    if not (entry.files or entry.items or entry.git):
        forget(entry)
        tell("undo: nothing that this line names is there: nothing is kept")
        return 0
    tell(_kept(entry))
    return 0


@contextlib.contextmanager
def _telling_if_slow() -> Iterator[None]:
    """Say what is waited for, where that takes longer than a blink."""
    from caro.cli.tell import tell

    def say(_number: int, _frame: Any) -> None:
        tell("keeping what this line takes away (ctrl-c: don't run it)…")

    signal.signal(signal.SIGALRM, say)
    signal.setitimer(signal.ITIMER_REAL, VISIBLE_AFTER)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _kept(entry: Entry) -> str:
    """Return what was kept, as a sentence."""
    if entry.kind == "tree":
        new = f", with {_counted(entry.files, 'file')} that no commit has" if entry.files else ""
        return f"the state of the repository is kept{new}: `caro undo` brings it back"
    count, noun = (entry.files, _noun(entry)) if entry.files else (len(entry.items), "folder")
    one = count == 1
    return f"{_counted(count, noun)} {'is' if one else 'are'} kept: `caro undo` brings {'it' if one else 'them'} back"


def _noun(entry: Entry) -> str:
    return {"branches": "branch", "stashes": "stash"}.get(entry.kind, "file")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun if count == 1 else PLURALS.get(noun, noun + 's')}"


def _list(entries: Entries, as_json: bool) -> int:
    import time

    from caro.cli.tell import answer, answer_json, tell

    found = entries.all()
    if as_json:
        names = ("number", "line", "cwd", "kind", "ts", "expires", "files", "size", "undone")
        answer_json({"v": 1, "undo": [{name: getattr(entry, name) for name in names} for entry in found]})
        return 0
    from caro.printable import printable
    from caro.show.ago import ago

    for entry in found:
        mark = "undone" if entry.undone else ""
        what = f"{printable(entry.line)}  ({printable(entry.cwd)})"
        answer(f"{entry.number:>4}  {ago(time.time() - entry.ts):>4}  {mark:6}  {what}")
    if not found:
        tell(_nothing())
    return 0


def _nothing() -> str:
    from caro.settings import load_settings

    if load_settings(os.environ)["safety.undo"]:
        return "nothing is kept yet: lines that the guard would ask about or warn of are, before they run"
    return (
        "nothing is kept: `caro config set safety.undo true` keeps what risky lines take away (mode active)"
    )


def _nothing_left(entries: Entries) -> str:
    """Say why nothing is undone without a number."""
    found = entries.all()
    if not found:
        return _nothing()
    again = next((entry.number for entry in found if entry.of_undo and not entry.undone), None)
    takes_back = f"; `caro undo {again}` takes the last undo back" if again is not None else ""
    return f"all that is kept was undone already (`caro undo --list`){takes_back}"


def _chosen(entries: Entries, number: int | None) -> Entry:
    if number is None:
        entry = next((entry for entry in entries.all() if not (entry.undone or entry.of_undo)), None)
        if entry is None:
            raise CaroError(f"undo: {_nothing_left(entries)}")
        return entry
    entry = entries.get(number)
    if entry is None:
        raise UsageError(f"undo: there is no {number}; `caro undo --list` shows what is kept")
    if entry.undone:
        raise CaroError(f"undo: {number} was undone already; `caro undo --list` shows what is kept")
    return entry


def _diff(entry: Entry) -> int:
    from caro.cli.tell import answer
    from caro.undo.back import diff

    for line in diff(entry):
        answer(line)
    return 0


def _undo(entry: Entry, entries: Entries) -> int:
    from caro.cli.tell import answer, tell
    from caro.printable import printable
    from caro.undo.back import undo

    outcome = undo(entry, entries)
    what = _counted(outcome.count, _noun(entry))
    told = (
        f"{what} {'was' if outcome.count == 1 else 'were'} not as before"
        if entry.kind == "tree"
        else f"{what} as before"
    )
    answer(f"undone: {printable(entry.line)} ({told})")
    if outcome.kept_as:
        answer(f"what that replaced is kept: caro undo {outcome.kept_as}")
    for name in outcome.in_the_way:
        tell(f"{name} is there anew and was left alone; move it aside, then: caro undo {entry.number}")
    return 1 if outcome.in_the_way else 0


def _forget(entries: Entries, number: int | None) -> int:
    from caro.cli.allow import refuse_agents
    from caro.cli.tell import answer
    from caro.undo.keep import forget

    refuse_agents("forget it")

    if number is not None and entries.get(number) is None:
        raise UsageError(f"undo: there is no {number}; `caro undo --list` shows what is kept")
    gone = [entry for entry in entries.all() if number in (None, entry.number)]
    for entry in gone:
        forget(entry)
    answer(f"{len(gone)} forgotten")
    return 0
