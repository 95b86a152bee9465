"""Histories as shells write them: bash, zsh, fish and resh, read in pieces that together are the file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

import msgspec

LONGEST = 64 << 10
"""Bytes of a line; what is longer was pasted, and is no command to find again."""


class Typed(msgspec.Struct, frozen=True):
    """A line of another history; `at`: seconds since 1970, None where it told no time."""

    line: str
    at: float | None = None
    cwd: str | None = None
    exit_code: int | None = None
    duration_ms: float | None = None
    session: str | None = None
    host: str | None = None


Piece = tuple[bytes, Typed | None]
"""Bytes of the file, and the line that they hold, if any."""
PIECE = 1 << 20
"""Bytes after which a line that is too long anyway is given in pieces, so that memory is bounded."""
Reader = Callable[[Iterable[bytes]], Iterator[Piece]]
"""Makes pieces of the file's lines, each with its newline."""

_STAMP = re.compile(rb"#(\d{1,12})\s*")
_ZSH = re.compile(rb": *(\d{1,12}):(\d{1,9});")
_FISH_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)


def _text(data: bytes | bytearray) -> str:
    return data.decode("utf-8", "backslashreplace")


RUBBISH, RUBBISH_IN_LINE = 0.04, 0.1
"""Parts of a file, and of one line, that are control characters, above which it is no text: of random bytes it is a
tenth, of text in any encoding nothing."""
SAMPLE = 64 << 10
_CONTROLS = bytes(code for code in (*range(1, 32), 127) if code not in b"\t\n\r\x1b")


def _is_rubbish(data: bytes | bytearray, most: float) -> bool:
    """True for what is no text. NUL counts as nothing: a crash of the machine leaves blocks of it in a good file."""
    rest = data.translate(None, _CONTROLS)
    # One alone may have been typed (^V ^G).
    return len(data) - len(rest) > max(1, most * (len(data) - data.count(b"\0")))


def is_binary(stream: BinaryIO, size: int) -> bool:
    """True for a file of `size` bytes that is no history but an archive, a program, random bytes. Reads its beginning,
    middle and end, and goes back to the beginning."""
    parts = []
    for at in sorted({0, max(0, size // 2 - SAMPLE // 2), max(0, size - SAMPLE)}):
        stream.seek(at)
        parts.append(stream.read(SAMPLE))
    stream.seek(0)
    return _is_rubbish(b"".join(parts), RUBBISH)


def _typed(
    data: bytes | bytearray, at: float | None, duration_ms: float | None = None, cwd: str | None = None
) -> Typed | None:
    """Return the line, or None where it is empty, binary or too long."""
    line = _text(data).rstrip("\n")
    if not line.strip() or "\0" in line or len(data) > LONGEST or _is_rubbish(data, RUBBISH_IN_LINE):
        return None
    return Typed(line, at, duration_ms=duration_ms, cwd=cwd)


def read_bash(lines: Iterable[bytes]) -> Iterator[Piece]:
    """`#EPOCH` before a line tells its time. A line goes on until the next one where the file begins with one.

    Source: bash(1), HISTTIMEFORMAT; GNU history's histfile.c, history_multiline_entries.
    """
    several: bool | None = None
    raw, text, at = bytearray(), bytearray(), None
    for line in lines:
        stamp = _STAMP.fullmatch(line) if line.startswith(b"#") else None
        if several is None:
            several = stamp is not None
        if stamp is not None:
            if raw:
                yield bytes(raw), _typed(text, at)
            raw, text, at = bytearray(line), bytearray(), float(stamp[1])
        elif several:
            raw += line
            _add(text, line)
            if len(raw) > PIECE:
                yield bytes(raw), None
                raw.clear()
        else:
            yield bytes(raw) + line, _typed(line, at)
            raw, at = bytearray(), None
    if raw:
        yield bytes(raw), _typed(text, at)


def _add(text: bytearray, more: bytes) -> None:
    """Add to a line, unless it is too long already."""
    if len(text) <= LONGEST:
        text += more


def read_zsh(lines: Iterable[bytes]) -> Iterator[Piece]:
    """`: EPOCH:SECONDS;LINE` or the line alone; a line break is `\\` and one, bytes are "metafied".

    Source: zsh's hist.c, readhistline() and savehistfile(); zshoptions(1), EXTENDED_HISTORY.
    """
    raw, text = bytearray(), bytearray()
    for line in lines:
        raw += line
        if line.endswith(b"\\\n"):
            _add(text, line[:-2] + b"\n")
            if len(raw) > PIECE:
                yield bytes(raw), None
                raw.clear()
            continue
        yield bytes(raw), _zsh_line(bytes(text) + line.removesuffix(b"\n"))
        raw, text = bytearray(), bytearray()
    if raw:
        yield bytes(raw), _zsh_line(bytes(text))


def _zsh_line(data: bytes) -> Typed | None:
    at = took = None
    head = _ZSH.match(data)
    if head is not None:
        # Whole seconds; 0 also where zsh wrote the line before it ran (INC_APPEND_HISTORY).
        at, took = float(head[1]), float(head[2]) * 1000 or None
        data = data[head.end() :]
    # A blank is put behind a line that ends in a backslash, which would join it to the next.
    if data.endswith(b" ") and data.rstrip(b" ").endswith(b"\\"):
        data = data[:-1]
    return _typed(unmetafied(data), at, took)


def unmetafied(data: bytes) -> bytes:
    """Return what zsh means by bytes of its history: 0x83 stands before one that it keeps for itself, XOR 32."""
    if b"\x83" not in data:
        return data
    out, at = bytearray(), 0
    while at < len(data):
        if data[at] == 0x83 and at + 1 < len(data):
            at += 1
            out.append(data[at] ^ 32)
        else:
            out.append(data[at])
        at += 1
    return bytes(out)


def read_fish(lines: Iterable[bytes]) -> Iterator[Piece]:
    """`- cmd: LINE`, then `  when: EPOCH` and `  paths:`; `\\n` and `\\\\` are escapes (fish's history.cpp)."""
    raw, text, at = bytearray(), b"", None
    for line in lines:
        if line.startswith(b"- cmd:") or len(raw) > PIECE:
            if raw:
                yield bytes(raw), _typed(text, at)
            raw, text, at = bytearray(), b"", None
        if line.startswith(b"- cmd:"):
            text = _fish_text(line[6:].strip(b"\n").removeprefix(b" "))
        elif line.startswith(b"  when:") and line[7:].strip().isdigit():
            at = float(line[7:])
        raw += line
    if raw:
        yield bytes(raw), _typed(text, at)


def _fish_text(data: bytes) -> bytes:
    return _FISH_ESCAPE.sub(lambda found: {b"n": b"\n", b"\\": b"\\"}.get(found[1], found[0]), data)


def read_resh(lines: Iterable[bytes]) -> Iterator[Piece]:
    """A JSON object a line, in newer versions with `v1` before it (resh's record package)."""
    for line in lines:
        yield line, _resh_line(line)


def _resh_line(data: bytes) -> Typed | None:
    start = data.find(b"{")
    try:
        fields = json.loads(data[start:]) if start >= 0 else None
    except ValueError:
        return None
    if not isinstance(fields, dict):
        return None
    known = {str(name).lower(): value for name, value in fields.items()}
    line = known.get("cmdline")
    if not isinstance(line, str) or not line.strip() or "\0" in line or len(line) > LONGEST:
        return None
    code = number_of(known.get("exitcode"))
    took = number_of(known.get("duration", known.get("realtimeduration")))
    return Typed(
        line,
        number_of(known.get("time", known.get("realtimebefore"))),
        cwd=text_of(known.get("pwd")),
        exit_code=None if code is None else int(code),
        duration_ms=None if took is None else took * 1000,
        session=text_of(known.get("sessionid")),
        host=text_of(known.get("host", known.get("device"))),
    )


def number_of(value: object) -> float | None:
    """Return a number that stands as one or as its digits; None for anything else."""
    try:
        number = float(value) if isinstance(value, (int, float, str)) else None
    except ValueError:
        return None
    return number if number is not None and abs(number) < 1e18 else None


def text_of(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


NEWEST = 128 << 20
"""Bytes of a history that are imported, from its end: nobody searches behind some millions of lines."""
_BEGINNING = re.compile(rb"#\d+\s*$|: *\d+:\d+;|- cmd:")


def newest_lines(stream: BinaryIO, size: int) -> Iterator[bytes]:
    """Yield the lines of a history of `size` bytes, of a large one those of its end. A line without end is cut."""
    whole = stream.readline(PIECE)
    if size > NEWEST:
        marked = _BEGINNING.match(whole)
        stream.seek(size - NEWEST)
        stream.readline(PIECE)  # the rest of one that began before
        whole = stream.readline(PIECE)
        while marked and whole and not _BEGINNING.match(whole):
            whole = stream.readline(PIECE)
    while whole:
        line = whole
        while len(whole) == PIECE and not whole.endswith(b"\n"):
            whole = stream.readline(PIECE)
        yield line
        whole = stream.readline(PIECE)


READERS: dict[str, Reader] = {"bash": read_bash, "zsh": read_zsh, "fish": read_fish, "resh": read_resh}
