"""What the tools of this machine say of themselves, for explanations: manual pages first, then `--help`."""

from __future__ import annotations

from collections import OrderedDict

from caro.machine.own_help import help_of_harmless, manual_source
from caro.meaning.pages import Page, help_page, manual_page

KEPT = 64


class Pages:
    """Read pages when they are asked for, and keep the last `KEPT`."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], tuple[Page, str]] = OrderedDict()

    def of(self, name: str, path: str) -> tuple[Page, str]:
        """Return what the page of a tool or sub-command (`git commit`) says, and `manual`, `help` or "" for none."""
        key = (name, path)
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = _read(name, path)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found


def manual_of(name: str) -> str:
    """Return the source of a tool's manual page; "" where there is none."""
    return manual_source(name.replace(" ", "-")) or ""


def _read(name: str, path: str) -> tuple[Page, str]:
    source = manual_source(name.replace(" ", "-"))
    if source:
        return manual_page(source), "manual"
    text = help_of_harmless(name, path)
    return (help_page(text), "help") if text else (Page(), "")
