"""What was typed, counted: lines, folders, hours of the day."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from caro.model import Event
from caro.record.history import has_time
from caro.record.query import has_failed
from caro.record.times import ts_seconds

TOP = 10


@dataclass
class TypedTotals:
    """Counts of typed lines; `hours` are those of local time, 0 to 23."""

    lines: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    folders: Counter[str] = field(default_factory=Counter)
    hours: list[int] = field(default_factory=lambda: [0] * 24)

    def add(self, events: Iterable[Event]) -> None:
        for event in events:
            text = event.text or ""
            self.lines[text] += 1
            if has_failed(event):
                self.failed[text] += 1
            if event.cwd:
                self.folders[event.cwd] += 1
            if has_time(event):
                self.hours[time.localtime(ts_seconds(event.ts)).tm_hour] += 1

    def as_json(self) -> dict[str, Any]:
        """Return what `caro stats --json` says of typed lines: the top of each, most frequent first."""
        return {
            "typed": self.lines.total(),
            "typed_failed": self.failed.total(),
            "lines": [
                {"line": line, "count": count, "failed": self.failed[line]}
                for line, count in _top(self.lines)
            ],
            "folders": [{"cwd": cwd, "count": count} for cwd, count in _top(self.folders)],
            "hours": self.hours,
        }


def _top(counter: Counter[str]) -> list[tuple[str, int]]:
    """Return the most frequent; of equal ones the first by name, so that the answer is always the same."""
    return sorted(counter.items(), key=lambda item: (-item[1], item[0]))[:TOP]
