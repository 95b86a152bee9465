"""A log as nobody's programs write it: what readers meet when files are damaged, forged, or of another clock."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SESSION = "0192f0c1-2345-7abc-8def-0123456789ab"
STRANGE_TIMES = (
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00Z",
    "2026-11-30T24:61:61Z",
    "",
    "yesterday",
    "2026-02-31T00:00:00Z",
)
STRANGE_NUMBERS = (
    "NaN",
    "Infinity",
    "-Infinity",
    "1e400",
    "-5",
    "1" + "0" * 40,
    "null",
    '"7"',
    "1e308",
    "-0.0",
)
STRANGE_TEXTS = (
    "\x1b[2J\x1b]0;title\x07", "\u202egnp.exe\u202c", "\x00\x01\x7f\x9b31m", "</script><img src=x onerror=alert(1)>",
    "|`~\\\\\"'", "=cmd|' /C calc'!A0", "\U0010ffff\ufeff", "a\r\nb\tc", "x" * 3000, "", "%s%n{0}${HOME}`id`",
)  # fmt: skip
STRANGE_LINES = (
    b"\xff\xfe\x80 no text at all", b"{", b"null", b"[]", b'{"v":1}', b"[" * 5000, b'{"a":' * 3000 + b"1",
    b'{"v":1,"id":"\\ud800","kind":"exec","source":"shim","ts":"2026-01-01T00:00:00Z","argv":["\\udfff\\ud800"]}',
    b'{"v":99,"id":"x","kind":"exec","source":"shim","ts":"2026-01-01T00:00:00Z"}', b"\x00" * 300, b"", b"x" * 70000,
)  # fmt: skip


def hostile_lines(count: int) -> Iterator[bytes]:
    """Yield about so many lines: a chain of parents through a tenth of them, circles, ids that come twice, and what
    stands above."""
    for n in range(count):
        yield _event(n, count)
        if n % 7 == 3:
            yield _event(n, count)  # the same id twice
        if n % 50 == 17:
            yield STRANGE_LINES[n // 50 % len(STRANGE_LINES)]


def _event(n: int, count: int) -> bytes:
    text = STRANGE_TEXTS[n % len(STRANGE_TEXTS)]
    kind = ("exec", "exec", "exec", "line", "verdict", "builtin", "session", "exec_start", "of-the-future")[
        n % 9
    ]
    row: dict[str, Any] = {
        "v": 1, "id": _id(n), "kind": kind, "source": "shim", "ts": _time(n),
        "session_id": SESSION if n % 3 else f"s{n % 100}",
        "parent_id": _id(_parent(n, count)), "argv": ["make", text, str(n)], "command": "make",
        "path": "/usr/bin/" + text,
        "text": f"make {text}", "cwd": "/w/" + text[:20], "pid": n % 32768, "ppid": (n + 1) % 32768, "exit_code": n % 4,
        "signal": (None, 9, 999, -1)[n % 4], "action": ("block", "warn", "confirm", text)[n % 4],
        "level": ("high", text)[n % 2], "rules": [text, "a-rule"], "agent": text[:10] if n % 5 == 0 else None,
        "fds": f"0=pipe:14:{n % 50} 1=pipe:14:{(n + 1) % 50}", "env_diff": [text[:30]],
    }  # fmt: skip
    line = json.dumps(row, ensure_ascii=n % 2 == 0)
    number = STRANGE_NUMBERS[n // 11 % len(STRANGE_NUMBERS)] if n % 11 == 5 else str(n % 5000)
    return (line[:-1] + f', "duration_ms": {number}}}').encode("utf-8", "replace")


def _id(n: int) -> str:
    return f"0192f0c1-2345-7abc-8def-{n:012d}"


def _time(n: int) -> str:
    if n % 29 == 11:
        return STRANGE_TIMES[n // 29 % len(STRANGE_TIMES)]
    return f"2026-03-{n // 86400 % 28 + 1:02d}T{n // 3600 % 24:02d}:{n // 60 % 60:02d}:{n % 60:02d}.{n % 1000:03d}Z"


def _parent(n: int, count: int) -> int:
    if n < count // 10:
        return n - 1 if n else 0  # one long chain, whose head is its own parent
    if n % 100 < 3:
        return n - n % 100 + (n % 100 + 1) % 3  # circles of three
    return n - 1 - n % 7


def write_hostile_log(file: Path, count: int) -> None:
    with file.open("wb") as out:
        out.writelines(line + b"\n" for line in hostile_lines(count))
