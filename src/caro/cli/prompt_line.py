"""The line at Caro's own prompt: keys as they come, lines for the words beneath it while one types, Tab, Enter, Esc."""

from __future__ import annotations

import codecs
import os
import select
import termios
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from caro.printable import printable
from caro.show.look import Look, shorten, width_of

PROMPT = "caro> "
PAUSE = 0.12
"""Seconds without a key after which the words are looked up."""
OF_A_SEQUENCE = 0.015
"""Seconds that the rest of a key's sequence may take; Esc alone has none."""
LONGEST = 4_000
"""Characters of a line; a terminal's own lines are no longer."""
ESCAPE, INTERRUPT, END = "\x1b", "\x03", "\x04"
_ERASE = frozenset("\x7f\b")
_LOOK = Look(unicode=False)

Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Entered:
    """What a line ended with: its text; `takes` a command that was shown and marked; `leaves` without anything."""

    text: str = ""
    takes: str = ""
    explains: str = ""
    """A command that was shown and marked, to be explained."""
    shown: tuple[str, ...] = ()
    """The commands that were shown for the text."""
    leaves: bool = False


class PromptLine:
    """Reads lines at `descriptor`. `offered` gives the rows for a text that is being typed, [] for none; `takes` tells
    whether Enter takes one of those, or asks."""

    def __init__(self, descriptor: int, offered: Callable[[str], Rows], takes: bool) -> None:
        self.descriptor, self.offered, self.takes = descriptor, offered, takes
        self.draws = os.environ.get("TERM", "") not in ("", "dumb")
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._waiting = ""
        self._text = ""
        self._rows: Rows = []
        self._mark = 0
        self._looked_up = True
        self._known_mark = 0
        self._chooses = False
        self._ghost = False

    def read(self, typed: bytes, known: Sequence[str]) -> Entered:
        """Return the next line. `typed` came before it; `known` are the commands of the answer above."""
        self._waiting += self._decoder.decode(typed)
        self._text, self._known_mark = "", 0
        self._changed()
        self._write(PROMPT)
        with _key_mode(self.descriptor):
            while True:
                done = self._key(self._next(), known)
                if done is not None:
                    self._write("\x1b[J\n" if self.draws else "\n")
                    return done

    def _key(self, key: str | None, known: Sequence[str]) -> Entered | None:
        if key is None:
            self._look_up()
        elif (
            key in ("", INTERRUPT) or (key == END and not self._text) or (key == ESCAPE and self._is_alone())
        ):
            return Entered(leaves=True)
        elif key in "\r\n":
            return self._entered(known)
        elif key == "\t":
            self._next_row(known)
        elif key in _ERASE or key in "\x15\x17":
            self._erase(key)
        elif key == "e" and self._chooses:
            return Entered(
                self._text.strip(), explains=self._rows[self._mark]["command"], shown=self._shown()
            )
        elif key.isprintable() and len(self._text) < LONGEST:
            self._add(key)
        return None

    def _entered(self, known: Sequence[str]) -> Entered:
        text = self._text.strip()
        if self._rows and self.takes:
            return Entered(text, self._rows[self._mark]["command"], shown=self._shown())
        if not text and known:
            return Entered(takes=known[self._known_mark])
        if text == "e" and known:
            return Entered(explains=known[self._known_mark])
        return Entered(text, leaves=not text)

    def _shown(self) -> tuple[str, ...]:
        return tuple(row["command"] for row in self._rows)

    def _next_row(self, known: Sequence[str]) -> None:
        if self._text.strip():
            if self._rows:
                self._mark = (self._mark + 1) % len(self._rows)
                self._chooses = True
                self._draw_rows()
            else:
                self._look_up()
        elif known:
            self._known_mark = (self._known_mark + 1) % len(known)
            if self.draws:
                shown = shorten(
                    f"{self._known_mark + 1}  {printable(known[self._known_mark])}",
                    self._columns() - 8,
                    _LOOK,
                )
                self._write(f"\r\x1b[J{PROMPT}{shown}")
                self._ghost = True

    def _add(self, key: str) -> None:
        if self._ghost:
            self._write(f"\r\x1b[J{PROMPT}")
        shown = printable(key)
        self._write(("\x1b[J" if self._rows else "") + shown)
        self._text += key
        self._changed()

    def _erase(self, key: str) -> None:
        before = width_of(PROMPT + printable(self._text))
        if key == "\x15":
            self._text = ""
        elif key == "\x17":
            kept = self._text.rstrip()
            self._text = kept[: kept.rfind(" ") + 1]
        else:
            self._text = self._text[:-1]
        up = (before - 1) // self._columns()
        if self.draws:
            above = f"\x1b[{up}A" if up else ""
            self._write(f"{above}\r\x1b[J{PROMPT}{printable(self._text)}")
        else:
            self._write(f"\n{PROMPT}{printable(self._text)}")
        self._changed()

    def _changed(self) -> None:
        self._rows, self._mark, self._ghost, self._chooses = [], 0, False, False
        self._looked_up = not self._text.strip()

    def _look_up(self) -> None:
        self._looked_up = True
        if self.draws and width_of(PROMPT + printable(self._text)) < self._columns():
            self._rows, self._mark = self.offered(self._text.strip()), 0
            self._draw_rows()

    def _draw_rows(self) -> None:
        """Draw the rows beneath the line, and leave the cursor where it is."""
        if not self._rows:
            return
        room = self._columns() - 1
        rows = [
            shorten(f"{'>' if at == self._mark else ' '} {at + 1}  {told_row(row)}", room, _LOOK)
            for at, row in enumerate(self._rows)
        ]
        beneath = "".join(f"\n\r{row}" for row in rows)
        column = width_of(PROMPT + printable(self._text))
        self._write(f"\x1b[J{beneath}\x1b[{len(rows)}A\r\x1b[{column}C")

    def _next(self) -> str | None:
        """Return the next key; "" where the terminal is gone, None where nothing came for a while."""
        while not self._waiting:
            waits = None if self._looked_up else PAUSE
            if not self._is_ready(waits):
                return None
            read = os.read(self.descriptor, 65536)
            if not read:
                return ""
            self._waiting = self._decoder.decode(read)
        key, self._waiting = self._waiting[0], self._waiting[1:]
        return key

    def _is_alone(self) -> bool:
        """True for Esc; the sequence of another key is read away."""
        if not self._waiting and not self._is_ready(OF_A_SEQUENCE):
            return True
        begin = self._next()
        if begin == "O":
            self._next()
        elif begin == "[":
            while (key := self._next()) and not "@" <= key <= "~":
                pass
        # Alt and a letter is a key of its own; Esc and what is no text are two.
        return not begin or not begin.isprintable()

    def _is_ready(self, seconds: float | None) -> bool:
        return bool(select.select([self.descriptor], [], [], seconds)[0])

    def _columns(self) -> int:
        try:
            return max(20, os.get_terminal_size(self.descriptor).columns)
        except OSError:
            return 80

    def _write(self, text: str) -> None:
        os.write(self.descriptor, text.encode())


def told_row(row: dict[str, str]) -> str:
    """Return a command with its level, the verdict and the reason."""
    level = ", ".join(filter(None, (row["level"], row.get("verdict"))))
    return printable(f"{row['command']}   ({level}; {row['why']})")


@contextmanager
def _key_mode(descriptor: int) -> Iterator[None]:
    """Each key as it comes, without echo."""
    before = termios.tcgetattr(descriptor)
    mode = termios.tcgetattr(descriptor)
    mode[3] &= ~(termios.ICANON | termios.ECHO | termios.IEXTEN)
    mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
    termios.tcsetattr(descriptor, termios.TCSADRAIN, mode)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
