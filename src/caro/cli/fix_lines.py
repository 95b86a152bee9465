"""Fixes as `caro fix` prints them, from the rows that the daemon and the engine give alike."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # a third of the time that a quick answer takes would go into importing `typing`
    from collections.abc import Mapping
    from typing import Any

SHOWN = 3


def tell_fixes(fixes: list[dict[str, Any]], explain: bool) -> None:
    """Print the best of them, and with `explain`, or where one is more dangerous than what was typed, why it is one."""
    for fix in fixes[:SHOWN]:
        print(_printable(fix["command"]))
        if explain or fix.get("raises_risk"):
            print(f"    {reason_of(fix)}", file=sys.stdout if explain else sys.stderr)


def reason_of(fix: Mapping[str, Any]) -> str:
    """Return why it is one, how sure that is, and its risk where that is higher than the typed line's."""
    risk = f", {fix['level']} risk" if fix.get("raises_risk") else ""
    return f"{_printable(fix['why'])} ({fix['tier']}, {fix['confidence']:.0%}{risk})"


def _printable(text: str) -> str:
    if (
        text.isprintable()
    ):  # what the module for the others would say; it takes as long to import as all of this
        return text
    from caro.printable import printable

    return printable(text)
