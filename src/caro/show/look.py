"""What an output can show (colours, letters beyond ASCII, columns), and text that is fitted to it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TextIO

_CODES = {"red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36", "dim": "2", "bold": "1"}
_ONE_COLUMN_EACH = re.compile("[ -~\xa0-\u02ff\u2010-\u2027\u2190-\u21ff\u2500-\u257f▶⚠✓✗]*").fullmatch
"""Latin letters and all that Caro draws itself: most text, and measured without a look at each character."""


@dataclass(frozen=True)
class Look:
    """What the output can show: colours, characters beyond ASCII, and how many columns (0: no limit)."""

    colour: bool = False
    unicode: bool = True
    columns: int = 0

    def paint(self, text: str, code: str) -> str:
        return f"\x1b[{_CODES[code]}m{text}\x1b[0m" if self.colour and text else text

    def mark(self, fancy: str, plain: str) -> str:
        return fancy if self.unicode else plain


def look_of(stream: TextIO, colour: str = "auto", full: bool = False) -> Look:
    """Return the look for a stream; `colour` is the setting `ui.colour`."""
    terminal = stream.isatty()
    forbidden = os.environ.get("NO_COLOR") or os.environ.get("CARO_NO_COLOR")
    wanted = terminal and not forbidden and os.environ.get("TERM") != "dumb"
    coloured = {"always": True, "never": False}.get(colour, wanted)
    columns = 0
    if terminal and not full:
        try:
            columns = os.get_terminal_size(stream.fileno()).columns
        except (OSError, ValueError):
            columns = 80
    return Look(coloured, (stream.encoding or "").lower().replace("-", "") == "utf8", columns)


def width_of(text: str) -> int:
    """Return the columns on a terminal: wide characters take two, combining ones none (Unicode UAX 11)."""
    if text.isascii() or _ONE_COLUMN_EACH(text):
        return len(text)
    import unicodedata

    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def shorten(text: str, columns: int, look: Look) -> str:
    """At most so many columns; what was cut shows as an ellipsis."""
    if columns <= 0 or (len(text) * 2 <= columns) or width_of(text) <= columns:
        return text
    dots = look.mark("…", "...")
    room = columns - len(dots)
    if text.isascii():
        return text[: max(room, 0)] + dots
    kept = ""
    for char in text:
        room -= width_of(char)
        if room < 0:
            break
        kept += char
    return kept + dots
