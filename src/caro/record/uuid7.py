"""UUIDv7 (RFC 9562, 5.7): ids whose text sorts by time."""

from __future__ import annotations

import os
import re
import time

_LAYOUT = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def new(unix_ms: int | None = None) -> str:
    """Return a new id, in lower case with dashes; `unix_ms` is its time, now by default."""
    unix_ms = time.time_ns() // 1_000_000 if unix_ms is None else unix_ms
    random = int.from_bytes(os.urandom(10), "big")
    high = (unix_ms & ((1 << 48) - 1)) << 16 | 7 << 12 | random >> 68
    value = high << 64 | 2 << 62 | random & ((1 << 62) - 1)
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def unix_ms_of(text: str) -> int | None:
    """Return the time in it, in milliseconds since 1970, or None where it is no UUIDv7."""
    if _LAYOUT.fullmatch(text) is None:
        return None
    return int(text[:8] + text[9:13], 16)
