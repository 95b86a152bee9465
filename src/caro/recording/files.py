"""The recordings on this machine: asciicast v2 files that caro-relay wrote (native/relay/recording.c)."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from caro.errors import CaroError
from caro.model import Event
from caro.record.times import seconds_ts

SUFFIX = ".cast"
DAY = 86_400.0
_EDGE = 65_536
"""Bytes at the beginning and the end of a file in which its session and its last second stand."""
_LIVE_SECONDS = 5.0
"""What is held back until its line ends may be so late."""


@dataclass(frozen=True)
class Recording:
    """A recording as its first and last lines tell of it; `began` in seconds since 1970."""

    path: Path
    began: float
    seconds: float
    session: str
    pid: int
    size: int


def make_place(folder: Path, name: str, now: float | None = None) -> Path:
    """Return a file in the recordings' folder that is not there yet; makes the folder, for its owner alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stamp = datetime.fromtimestamp(time.time() if now is None else now).strftime("%Y-%m-%dT%H-%M-%S")
    return folder / f"{stamp}-{name or 'terminal'}-{os.getpid()}{SUFFIX}"


def recordings(folder: Path) -> list[Recording]:
    """Return the recordings, the newest first; files that are none are passed over."""
    found = []
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            with contextlib.suppress(CaroError):
                if path.suffix == SUFFIX:
                    found.append(read_recording(path))
    return sorted(found, key=lambda one: one.began, reverse=True)


def read_recording(path: Path) -> Recording:
    """Return what a file tells of itself. Raises CaroError where it is no asciicast v2."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise CaroError(f"{path} is no regular file")
            head = json.loads(file.readline(_EDGE))
            early = list(_events(file.read(_EDGE)))
            file.seek(max(0, status.st_size - _EDGE))
            late = list(_events(file.read(_EDGE)))
    except OSError as error:
        raise CaroError(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise CaroError(f"{path} is no recording (asciicast v2)") from None
    if not isinstance(head, dict) or head.get("version") != 2:
        raise CaroError(f"{path} is no recording (asciicast v2)")
    told = head.get("caro")
    own: dict[str, Any] = told if isinstance(told, dict) else {}
    session = next((str(data[8:]) for _, kind, data in early if kind == "m" and data[:8] == "session "), "")
    return Recording(
        path,
        _number(own.get("began"), _number(head.get("timestamp"), status.st_mtime)),
        max([0.0, *(at for at, _, _ in late), *(at for at, _, _ in early)]),
        session,
        int(_number(own.get("pid"), 0)),
        status.st_size,
    )


def _number(value: Any, default: float) -> float:
    """Numbers of a file that anybody may have written: NaN and what is beyond all clocks are none."""
    good = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e11
    return float(value) if good else default


def _events(data: bytes) -> Iterator[tuple[float, str, str]]:
    for line in data.split(b"\n"):
        event = read_event(line)
        if event is not None:
            yield event


def read_event(line: bytes) -> tuple[float, str, str] | None:
    """Return an event's second, its kind (`o`, `r`, `m`) and its text; None of what is none."""
    try:
        at, kind, data = json.loads(line)
    except (ValueError, TypeError, RecursionError):
        return None
    at = _number(at, -1.0)
    return (at, kind, data) if at >= 0 and isinstance(kind, str) and isinstance(data, str) else None


def place_of(
    event: Event, found: list[Recording], shell: int | None = None
) -> tuple[Recording, float] | None:
    """Return the recording that shows an event, and its second there; None where none does. `shell`: the process of
    the shell whose session it belongs to."""
    best: tuple[int, Recording, float] | None = None
    for recording in found:
        second = _second(event.ts, recording.began)
        if second is None or not -0.5 <= second <= _until(recording):
            continue
        rank = _rank(event, recording, event.pid if event.kind in ("line", "session") else shell)
        if rank and (best is None or rank > best[0]):
            best = (rank, recording, max(0.0, second))
    return None if best is None else best[1:]


def _until(recording: Recording) -> float:
    with contextlib.suppress(OSError):
        # It may be in the making: its last lines are held back.
        if time.time() - recording.path.stat().st_mtime < _LIVE_SECONDS:
            return max(recording.seconds, time.time() - recording.began) + 0.5
    return recording.seconds + 0.5


def shown_at(place: tuple[Recording, float], event: Event) -> str:
    """Return where a recording shows an event, and how to see it."""
    minutes, seconds = divmod(int(place[1]), 60)
    return f"at {minutes}:{seconds:02} of {place[0].path.name}: caro play --at {event.id}"


def _rank(event: Event, recording: Recording, shell: int | None) -> int:
    """0: another terminal's. A shell's process and its session say it surely; without either, the time has to do."""
    if shell is not None and shell == recording.pid:
        return 3
    if recording.session and event.session_id:
        return 2 if event.session_id == recording.session else 0
    return 1 if shell is None else 0


def _second(ts: str, began: float) -> float | None:
    try:
        return datetime.fromisoformat(ts.replace("Z", "+00:00")).timestamp() - began
    except (ValueError, OverflowError):
        return None


def forget_old(folder: Path, days: float, now: float | None = None) -> int:
    """Erase recordings that were last written more than `days` days ago (0: never); return how many."""
    limit = (time.time() if now is None else now) - days * DAY
    gone = 0
    if days <= 0:
        return 0
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if path.suffix == SUFFIX and path.lstat().st_mtime < limit:
                path.unlink()
                gone += 1
    return gone


def forget(folder: Path, before: str = "", session: str = "") -> int:
    """Erase the recordings that began before a time (RFC 3339), or of one session; with neither, all. Return how
    many."""
    gone = 0
    for recording in recordings(folder):
        if before and seconds_ts(recording.began) >= before:
            continue
        if session and not recording.session.startswith(session):
            continue
        recording.path.unlink(missing_ok=True)
        gone += 1
    return gone
