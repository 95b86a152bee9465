"""What is said of a line that failed, as a shell prints it: the twin of `tell_offer` in native/lib/gate/terminal.c."""

from __future__ import annotations

from typing import Any

from caro.printable import printable

DIM, BRIGHT, DIM_AGAIN, AS_BEFORE = "\033[2m", "\033[0;1m", "\033[0;2m", "\033[0m"


def shown_rows(told: dict[str, Any], color: bool) -> list[str]:
    """Return the rows: each of an explanation, the fix below them."""
    rows = [_row(text, "", color) for text in told.get("explanation", "").split("\n") if text]
    if told.get("suggestion"):
        rows.append(_row(told["suggestion"], told.get("command", ""), color))
    return rows


def _row(text: str, bright: str, color: bool) -> str:
    text, bright = printable(text), printable(bright)
    if not color:
        return f"caro: {text}"
    if bright:
        text = text.replace(bright, f"{BRIGHT}{bright}{DIM_AGAIN}", 1)
    return f"{DIM}caro: {text}{AS_BEFORE}"
