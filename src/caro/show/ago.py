"""How long ago something was, in at most four columns."""

from __future__ import annotations

_STEPS = ((60, 1, "s"), (3600, 60, "m"), (86_400, 3600, "h"), (14 * 86_400, 86_400, "d"), (60 * 86_400, 604_800, "w"),
          (730 * 86_400, 30 * 86_400, "mo"))  # fmt: skip
"""Below so many seconds, in units of so many, with this name."""


def ago(seconds: float) -> str:
    """Return `now`, `42s`, `5m`, `3h`, `2d`, `6w`, `5mo` or `3y`; what lies ahead is now (clocks differ)."""
    if seconds < 2:
        return "now"
    for limit, unit, name in _STEPS:
        if seconds < limit:
            return f"{int(seconds // unit)}{name}"
    return f"{int(seconds // (365 * 86_400))}y"
