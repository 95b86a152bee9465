"""Play an asciicast v2 file on the terminal, at its own pace or all at once."""

from __future__ import annotations

import contextlib
import os
import re
import select
import sys
import termios
import time
import tty
from collections.abc import Iterator
from pathlib import Path

from caro.recording.files import read_event

RESET = b"\x1b[?1049l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?25h\x1b[m\r\n"
"""Leaves the modes that a recording switched on."""
STEP_SECONDS = 5.0
_STRINGS = re.compile(
    r"\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b\[[0-9;>=?]*[cnR]|\x1b\[2[012];?[0-9;]*t|\x05"
)
"""What would reach past the picture: titles, the clipboard, questions that the terminal answers into the input."""


def output_events(path: Path) -> Iterator[tuple[float, str]]:
    """Yield the second and the text of each output; torn lines are passed over."""
    with path.open("rb") as file:
        for line in file:
            event = read_event(line)
            if event is not None and event[1] == "o":
                yield event[0], _STRINGS.sub("", event[2])


def write_all(path: Path) -> None:
    """Write all of it at once, as `asciinema cat` does."""
    for _, text in output_events(path):
        _write(text)


def play(path: Path, start: float, speed: float, idle: float) -> None:
    """Play from second `start`; what comes before is drawn at once. No pause is longer than `idle` seconds.

    Keys: blank holds and goes on, `.` shows the next piece while it is held, right skips five seconds, q ends.
    """
    with _keys() as keys:
        try:
            _Player(keys, start, speed, idle).run(output_events(path))
        finally:
            os.write(1, RESET)


class _Player:
    def __init__(self, keys: int | None, start: float, speed: float, idle: float) -> None:
        self._keys, self._speed, self._idle = keys, speed, idle
        self._skip_to = start
        self._held = False
        self._step = False

    def run(self, events: Iterator[tuple[float, str]]) -> None:
        last = 0.0
        for at, text in events:
            if at > self._skip_to:
                pause = min(at - max(last, self._skip_to), self._idle) / self._speed
                if not self._wait(max(0.0, pause), at):
                    return
            last = at
            _write(text)

    def _wait(self, seconds: float, at: float) -> bool:
        """Wait so long; false where the person has had enough."""
        until = time.monotonic() + seconds
        self._step = False
        while not self._step and (self._held or (left := until - time.monotonic()) > 0):
            key = self._key(None if self._held else left)
            if key in (b"q", b"\x03", b"\x04"):
                return False
            if key == b" ":
                self._held, until = not self._held, time.monotonic()
            elif key == b".":
                self._step = True
            elif key == b"\x1b[C":
                self._skip_to, self._step = at + STEP_SECONDS, True
        return True

    def _key(self, seconds: float | None) -> bytes:
        if self._keys is None:
            time.sleep(seconds or 0.0)
            return b""
        ready = select.select([self._keys], [], [], seconds)[0]
        return (os.read(self._keys, 16) or b"q") if ready else b""


@contextlib.contextmanager
def _keys() -> Iterator[int | None]:
    """The terminal's keys, one at a time and not shown; None where standard input is no terminal."""
    if not os.isatty(0):
        yield None
        return
    saved = termios.tcgetattr(0)
    try:
        tty.setcbreak(0)
        yield 0
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, saved)


def _write(text: str) -> None:
    data = text.encode("utf-8", "replace")
    sys.stdout.flush()
    while data:
        data = data[os.write(1, data) :]
