"""An event as text for people: shell-quoted, safe on any terminal; times, counts and how it ended."""

from __future__ import annotations

import base64
import re
import signal
from typing import TYPE_CHECKING

from caro.model import LONGEST_MS
from caro.printable import escape_char, printable
from caro.record.query import is_slip, is_stopped, signal_of

if TYPE_CHECKING:
    from caro.model import Event
    from caro.show.look import Look

_SAFE = re.compile(r"[A-Za-z0-9_@%+=:,./-]+").fullmatch
_PLAIN_LINE = re.compile(r"[A-Za-z0-9_@%+=:,./-]+(?: [A-Za-z0-9_@%+=:,./-]+)*").fullmatch


def quote(word: str) -> str:
    """Return one word as a shell takes it back; what can't be printed goes into `$'…'`."""
    if _SAFE(word):
        return word
    if word.isprintable():
        return "'" + word.replace("'", "'\\''") + "'"
    return "$'" + "".join(map(_ansi_c_char, word)) + "'"


def quote_bytes(word: bytes) -> str:
    """Return the same for bytes that may not be UTF-8."""
    return quote(word.decode("utf-8", "surrogateescape"))


def _ansi_c_char(char: str) -> str:
    """Return a character as it stands in `$'…'` (bash(1), "QUOTING")."""
    if char in "\\'":
        return "\\" + char
    return char if char.isprintable() else escape_char(char)


def command_line(event: Event) -> str:
    """Return what ran, in one line: the typed text, or argv quoted."""
    if event.text is not None:
        return printable(event.text)
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


def duration(ms: float | None) -> str:
    """`0.4 ms`, `12 ms`, `3.2 s`, `2m05s`, `1h02m`; empty where it isn't known."""
    if ms is None:
        return ""
    if ms < 999.5:
        return f"{ms:.1f} ms" if ms < 9.95 else f"{ms:.0f} ms"
    seconds = min(ms, LONGEST_MS) / 1000
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02d}m" if hours else f"{minutes}m{rest:02d}s"


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"


def size_told(size: int) -> str:
    """Return a number of bytes for people: `0 KB` for nothing, `3 KB`, `1.5 MB`."""
    return f"{size / (1 << 20):.1f} MB" if size >= 1 << 20 else f"{(size + 1023) >> 10} KB"


def signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def status_of(event: Event, look: Look) -> tuple[str, str]:
    """How it ended, in a few characters, and the colour for it. Failures differ without colour too."""
    if event.kind == "exec_start":
        return look.mark("▶", ">"), "yellow"
    if is_slip(event):
        return look.mark("✗", "x") + " not run", "dim"
    if event.kind == "verdict":
        return look.mark("⚠", "!") + " " + printable(event.action or event.level or ""), "yellow"
    if is_stopped(event):
        return look.mark("‖ ", "- ") + "stop", "yellow"
    number = signal_of(event)
    if number is not None:
        return look.mark("✗ ", "x ") + signal_name(number).removeprefix("SIG"), "red"
    if event.exit_code:
        return look.mark("✗ ", "x ") + str(event.exit_code), "red"
    if event.exit_code == 0:
        return look.mark("✓", "ok"), "green"
    return (look.mark("⇒", "=>") if event.replaced_by else "-"), "dim"
