"""How a command ended and how long it took, in ten columns together: narrow rows leave the rest to the command."""

from __future__ import annotations

from caro.model import Event
from caro.show.event_text import status_of
from caro.show.look import Look, width_of

COLUMNS = 10
_STATUS_MOST = 5


def status_cell(event: Event, look: Look) -> str:
    """Return `✗127  2.5s`, at least ten columns wide; one column more where both are as long as they get."""
    text, colour = status_of(event, look)
    text = text.replace(" ", "")[:_STATUS_MOST]
    took = short_duration(event.duration_ms)
    gap = " " * max(COLUMNS - width_of(text) - len(took), 0)
    return f"{look.paint(text, colour)}{gap}{look.paint(took, 'dim')}"


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
