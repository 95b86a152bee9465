"""How a command ended and how long it took, in ten columns together: narrow rows leave the rest to the command."""

from __future__ import annotations

from functools import lru_cache

from caro.model import Event
from caro.show.event_text import status_of
from caro.show.look import Look, width_of

COLUMNS = 10
_STATUS_MOST = 5


def status_cell(event: Event, look: Look) -> str:
    """Return `✗127  2.5s`, at least ten columns wide; one column more where both are as long as they get."""
    if event.kind == "line" and event.exit_code is not None and event.signal is None:
        painted, room = _ended(event.exit_code, look)
    else:
        painted, room = _status(event, look)
    took = short_duration(event.duration_ms)
    return f"{painted}{' ' * (room - len(took))}{look.paint(took, 'dim')}"


@lru_cache(maxsize=512)
def _ended(exit_code: int, look: Look) -> tuple[str, int]:
    """Return the same as `_status` for a line that ended so: nearly all of what is shown ended in a few ways."""
    return _status(Event(v=1, id="", kind="line", source="prompt", ts="", exit_code=exit_code), look)


def _status(event: Event, look: Look) -> tuple[str, int]:
    """Return how it ended, in its colour, and how many of the ten columns that leaves."""
    text, colour = status_of(event, look)
    text = text.replace(" ", "")[:_STATUS_MOST]
    return look.paint(text, colour), COLUMNS - width_of(text)


def short_duration(ms: float | None) -> str:
    """Return `0.4ms`, `12ms`, `3.2s`, `45s`, `2m05s`, `12m`, `1h02m` or `30h`: five columns at most; empty for None."""
    if ms is None:
        return ""
    if ms < 999.5:
        return f"{ms:.1f}ms" if ms < 9.95 else f"{ms:.0f}ms"
    if ms < 59_950:
        return f"{ms / 1000:.1f}s"
    minutes, seconds = divmod(round(ms / 1000), 60)
    if minutes < 10:
        return f"{minutes}m{seconds:02d}s"
    hours, minutes = divmod(minutes, 60)
    return f"{minutes}m" if not hours else f"{hours}h{minutes:02d}m" if hours < 10 else f"{hours}h"
