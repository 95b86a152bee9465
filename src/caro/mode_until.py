"""A guard's mode for a while: `[safety] mode_until` says until when `mode` holds, and which mode holds then.

`"2026-11-30T18:00:00+00:00 passive"`: a time as ISO 8601 with its zone, a blank, a mode. Written by
`caro config set safety.mode active 1h`; read here and by native/lib/base/runtime_conf.c, which gets seconds.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

MODES = ("off", "passive", "active")
LONGEST_S = 30 * 24 * 3600
_SPAN = re.compile(r"([1-9]\d{0,4})([smhd])")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 24 * 3600}


class ModeUntil(NamedTuple):
    """When a mode ends, in whole seconds since the epoch, and the mode that holds from then on."""

    end: int
    then: str

    def __str__(self) -> str:
        return f"{datetime.fromtimestamp(self.end, UTC).isoformat()} {self.then}"

    def clock(self) -> str:
        """Return the end in this machine's zone, for people: `18:00`, with the day where it isn't today."""
        end = datetime.fromtimestamp(self.end).astimezone()
        today = end.date() == datetime.now().astimezone().date()
        return end.strftime("%H:%M" if today else "%Y-%m-%d %H:%M")


def read_mode_until(text: str) -> ModeUntil | None:
    """Return what the setting says, None where it is empty. Raises ValueError."""
    if not text:
        return None
    when, _, mode = text.partition(" ")
    end = datetime.fromisoformat(when)
    if end.tzinfo is None or mode not in MODES:
        raise ValueError(text)
    return ModeUntil(int(end.timestamp()), mode)


def span_seconds(word: str) -> int | None:
    """Return the seconds of `90s`, `30m`, `1h`, `2d`; None: it is no span, or one above thirty days."""
    found = _SPAN.fullmatch(word)
    seconds = int(found[1]) * _UNITS[found[2]] if found else 0
    return seconds if 0 < seconds <= LONGEST_S else None
