"""Events as text for people: safe on any terminal, shell-quoted, as wide as fits, coloured only where it may."""

from __future__ import annotations

import base64
import os
import re
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from caro.model import Event

_SAFE = re.compile(r"[A-Za-z0-9_@%+=:,./-]+").fullmatch
_PLAIN_LINE = re.compile(r"[A-Za-z0-9_@%+=:,./-]+(?: [A-Za-z0-9_@%+=:,./-]+)*").fullmatch
_SHORT_ESCAPES = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\x1b": "\\e", "\\": "\\\\", "'": "\\'"}
_CODES = {"red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36", "dim": "2", "bold": "1"}


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
    """The look for a stream; `colour` is the setting `ui.colour`."""
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


def escape(text: str) -> str:
    """Text of others, made harmless: control, format and direction characters show as escapes."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escape_char(char) for char in text)


def _escape_char(char: str) -> str:
    if char in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[char]
    code = ord(char)
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def quote(word: str) -> str:
    """One word as a shell would take it back; what can't be printed goes into $'…'."""
    if _SAFE(word):
        return word
    if word.isprintable():
        return "'" + word.replace("'", "'\\''") + "'"
    return "$'" + "".join(c if c.isprintable() and c not in "\\'" else _escape_char(c) for c in word) + "'"


def quote_bytes(word: bytes) -> str:
    """The same for bytes that may be no UTF-8."""
    try:
        return quote(word.decode())
    except UnicodeDecodeError:
        shown = word.decode("utf-8", "surrogateescape")
        return "$'" + "".join(_quote_odd(char) for char in shown) + "'"


def _quote_odd(char: str) -> str:
    if 0xDC80 <= ord(char) <= 0xDCFF:
        return f"\\x{ord(char) - 0xDC00:02x}"
    return char if char.isprintable() and char not in "\\'" else _escape_char(char)


def command_line(event: Event) -> str:
    """What ran, in one line: the typed text, or argv quoted."""
    if event.text is not None:
        return escape(event.text)
    if event.argv_b64 is not None:
        try:
            return " ".join(quote_bytes(base64.b64decode(word)) for word in event.argv_b64)
        except ValueError:
            pass
    if event.argv:
        plain = " ".join(event.argv)
        # Most lines need no quotes at all: then one look is enough.
        if _PLAIN_LINE(plain) and plain.count(" ") == len(event.argv) - 1:
            line = plain
        else:
            line = " ".join(map(quote, event.argv))
    else:
        line = quote(event.command or event.path or "?")
    return line + (" …" if event.truncated is not None else "")


def width_of(text: str) -> int:
    """Columns on a terminal: wide characters take two, combining ones none."""
    if text.isascii():
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


def duration(ms: float | None) -> str:
    """`0.4 ms`, `12 ms`, `3.2 s`, `2m05s`, `1h02m`; empty where it isn't known."""
    if ms is None:
        return ""
    if ms < 999.5:
        return f"{ms:.1f} ms" if ms < 9.95 else f"{ms:.0f} ms"
    seconds = ms / 1000
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02d}m" if hours else f"{minutes}m{rest:02d}s"


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"


def signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def status_of(event: Event, look: Look) -> tuple[str, str]:
    """How it ended, in a few characters, and the colour for it. Failures differ without colour too."""
    if event.kind == "exec_start":
        return look.mark("▶", ">"), "yellow"
    if event.kind == "verdict":
        return look.mark("⚠", "!") + " " + escape(event.action or event.level or ""), "yellow"
    if event.signal is not None:
        return look.mark("✗ ", "x ") + signal_name(event.signal).removeprefix("SIG"), "red"
    if event.exit_code:
        return look.mark("✗ ", "x ") + str(event.exit_code), "red"
    if event.exit_code == 0:
        return look.mark("✓", "ok"), "green"
    return (look.mark("⇒", "=>") if event.replaced_by else "-"), "dim"


def error_line(message: str) -> None:
    if sys.stderr is not None:
        print(f"caro: {message}", file=sys.stderr)
