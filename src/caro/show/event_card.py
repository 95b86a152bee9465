"""One event with all that is known of it: as a card for people, as a shell line, and as strace would write it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator

import msgspec

from caro.errors import CaroError
from caro.model import EVENT_FIELDS, Event
from caro.printable import can_be_given, printable
from caro.record.joined import Joined
from caro.record.query import is_stopped, signal_of
from caro.record.times import LocalTimes
from caro.show.event_text import command_line, duration, quote, quote_bytes, signal_name, status_of
from caro.show.look import Look

_HEAD = frozenset("v id kind source ts duration_ms exit_code signal argv text argv_b64 truncated".split())
_SEVERAL = re.compile(r"[;&|\n]").search
"""Finds what may end a command: what stands behind it is another one."""
_LABELS = {
    "cwd": "folder",
    "path": "program",
    "fds": "descriptors",
    "text": "line",
    "pid": "process",
    "ppid": "parent process",
}
_BY_SIGNAL = {"SIGINT": "interrupted (ctrl-c) by", "SIGQUIT": "ended (ctrl-\\) by", "SIGKILL": "killed by"}


def card_lines(
    event: Event, look: Look, started: str | None = None, recorded: str = "", joined: Joined | None = None
) -> Iterator[str]:
    """Yield the event's card; `started` is the command line of what started it, `recorded` where it can be seen,
    `joined` what a pipe joins it to."""
    status, colour = status_of(event, look)
    took = duration(event.duration_ms)
    yield look.paint(command_line(event), "bold")
    rows = [
        ("when", printable(LocalTimes().show(event.ts)) + (f", took {took}" if took else "")),
        ("ended", look.paint(status, colour) + _ended_in_words(event)),
        ("kind", f"{printable(event.kind)}, seen by {printable(event.source)}"),
        ("id", printable(event.id)),
    ]
    if started is not None:
        rows.append(("started by", started))
    rows += [(_LABELS.get(name, name.replace("_", " ")), value) for name, value in _rest(event)]
    if joined is not None:
        rows += [("writes to", command_line(other)) for other in joined.writes_to]
        rows += [("reads from", command_line(other)) for other in joined.reads_from]
    if recorded:
        rows.append(("recorded", printable(recorded)))
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        yield f"  {look.paint(name.ljust(width), 'dim')}  {value}"
    if event.truncated is not None:
        cut = event.truncated
        yield f"  argv was cut: {cut.argc} arguments of {cut.bytes:,} bytes, SHA-256 {printable(cut.sha256)}"


def _ended_in_words(event: Event) -> str:
    if event.kind == "exec_start":
        return " no end is recorded: it runs, or was killed with whoever watched it"
    if event.replaced_by is not None:
        return " another program took its place in the same process"
    number = signal_of(event)
    if number is None:
        return ""
    name = signal_name(number)
    if is_stopped(event):
        return f" stopped by {name}; it may have gone on later"
    return f" {_BY_SIGNAL.get(name, 'ended by')} {name}"


def _rest(event: Event) -> Iterator[tuple[str, str]]:
    """Yield what isn't told in the card's head, in the order of the event's fields."""
    for name in EVENT_FIELDS:
        value = getattr(event, name)
        if name in _HEAD or value is None:
            continue
        if isinstance(value, list):
            value = ", ".join(str(one) for one in value)
        yield name, printable(str(value))


def event_json(event: Event) -> bytes:
    """Return the event as one JSON object."""
    return msgspec.json.encode(event)


def shell_lines(event: Event, here: str = "", shell: str = "") -> Iterator[str]:
    """Yield lines that run it again where it ran, for a shell whose folder is `here` ("": not known): a POSIX one (bash
    for `exec -a`), or `shell`, where that is fish. Comments say what they can't bring back. Raises CaroError for a
    typed line with characters that no screen may get: with escapes in their places it would be another command."""
    if event.text is not None and not can_be_given(event.text):
        raise CaroError("the line holds control or invisible characters: it can't be given as it was typed")
    if event.redacted:
        yield "# An argument held a secret and is not recorded: this can't be run as it stands."
    if event.truncated is not None:
        yield "# The arguments were too long to be recorded whole: this can't be run as it stands."
    if event.env_diff:
        yield "# Variables that differed: " + " ".join(printable(name) for name in event.env_diff)
    folder = f"cd {quote(event.cwd)} && " if event.cwd and event.cwd != here else ""
    if event.text is not None:
        yield _from_folder(folder, event.text, shell)
        return
    words = _words(event)
    if (
        event.path
        and words
        and event.argv
        and event.argv[0].rsplit("/", 1)[-1] != event.path.rsplit("/", 1)[-1]
    ):
        words = ["exec", "-a", words[0], quote(event.path), *words[1:]]
        yield f"({folder}{' '.join(words)})"
        return
    yield folder + " ".join(words)


def _from_folder(folder: str, text: str, shell: str) -> str:
    """Return the typed text behind its `cd`. What is more than one command goes into a block, by lines of its own
    because of here-documents and comments: else its rest would run here where the folder is gone."""
    if not (folder and _SEVERAL(text)):
        return folder + text
    begin, end = ("begin", "end") if shell == "fish" else ("{", "}")
    return f"{folder}{begin}\n{text}\n{end}"


def _words(event: Event) -> list[str]:
    if event.argv_b64 is not None:
        return [quote_bytes(base64.b64decode(word)) for word in event.argv_b64]
    return [quote(word) for word in event.argv or [event.command or event.path or "?"]]


def strace_line(event: Event) -> str:
    """Return the event's exec as strace(1) writes it."""
    words = ", ".join(json.dumps(printable(word)) for word in event.argv or [])
    if event.truncated is not None:
        words += ", ..."
    pid = f"{event.pid}  " if event.pid is not None else ""
    return f"{pid}execve({json.dumps(printable(event.path or event.command or '?'))}, [{words}], 0x0 /* ? vars */) = 0"
