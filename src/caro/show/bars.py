"""Small pictures of numbers: a bar in a row, and a row of columns."""

from __future__ import annotations

import math
from collections.abc import Sequence

from caro.show.look import Look

_PARTS = " ▏▎▍▌▋▊▉█"
_COLUMNS = " ▁▂▃▄▅▆▇█"
_COLUMNS_ASCII = " .:-=+*#@"


def bar(value: float, most: float, columns: int, look: Look) -> str:
    """Return a bar of at most so many columns, in eighths of one; anything above zero shows."""
    share = value / most if most else 0.0
    if not look.unicode:
        return "#" * max(round(share * columns), int(value > 0))
    eighths = max(round(share * columns * 8), int(value > 0))
    whole, part = divmod(eighths, 8)
    return "█" * whole + (_PARTS[part] if part else "")


def columns_row(values: Sequence[float], look: Look) -> str:
    """Return one character for each value, as high as the value's share of the greatest."""
    marks = look.mark(_COLUMNS, _COLUMNS_ASCII)
    most = max(values, default=0) or 1
    return "".join(marks[math.ceil(8 * value / most)] for value in values)
