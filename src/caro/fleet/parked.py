"""Batches that the server refused for good: kept beside the cursor until somebody tries again or removes them."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

from caro.atomic import write_whole
from caro.errors import CaroError
from caro.fleet.door import Answer
from caro.fleet.receiver import Post
from caro.record import uuid7

MOST = 256 << 20
"""Bytes that refused batches may take; the oldest go first."""


class Note(msgspec.Struct):
    """What stands beside a refused body."""

    path: str
    token: str
    events: int
    status: int
    reason: str


def park(folder: Path, post: Post, answer: Answer, events: int) -> int:
    """Keep a refused request, body first, so that no note stands without one; return how many events of older ones
    went to make room. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    gone = _make_room(folder, len(post.body))
    name = folder / uuid7.new()
    write_whole(name.with_suffix(".gz"), post.body)
    note = Note(post.path, post.token, events, answer.status, answer.sentence)
    write_whole(name.with_suffix(".json"), msgspec.json.encode(note))
    return gone


def read_note(note: Path) -> Note:
    """Return what a note says. Raises CaroError."""
    try:
        return msgspec.json.decode(note.read_bytes(), type=Note)
    except (OSError, msgspec.DecodeError) as error:
        raise CaroError(f"{note} can't be read: {error}") from None


def parked_post(note: Path) -> Post:
    """Return the request as it was sent. Raises CaroError."""
    told = read_note(note)
    try:
        return Post(told.path, note.with_suffix(".gz").read_bytes(), told.token)
    except OSError as error:
        raise CaroError(f"{note.with_suffix('.gz')} can't be read: {error.strerror}") from None


def remove(note: Path) -> None:
    for file in (note, note.with_suffix(".gz")):
        with contextlib.suppress(FileNotFoundError):
            file.unlink()


def _make_room(folder: Path, size: int) -> int:
    bodies = [(body, _size(body)) for body in sorted(folder.glob("*.gz"))]
    total = sum(held for _, held in bodies) + size
    gone = 0
    for body, held in bodies:
        if total <= MOST:
            break
        total -= held
        note = body.with_suffix(".json")
        with contextlib.suppress(CaroError):
            gone += read_note(note).events
        remove(note)
    return gone


def _size(body: Path) -> int:
    """Return its bytes; none of one that somebody else sends or removes meanwhile."""
    try:
        return body.stat().st_size
    except FileNotFoundError:
        return 0
