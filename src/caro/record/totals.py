"""Counts, failures and times by tool: from a scan, or summed up by the index; the numbers are the same."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import Any

from caro.model import Event
from caro.record.query import command_name, has_failed

SLOWEST = 5


@dataclass
class ToolTotals:
    """What one tool did; times in milliseconds. A command that was replaced counts, its time is not known."""

    count: int = 0
    failed: int = 0
    total_ms: float = 0.0
    max_ms: float = 0.0

    def add(self, count: int, failed: int, total_ms: float, max_ms: float) -> None:
        self.count += count
        self.failed += failed
        self.total_ms += total_ms
        self.max_ms = max(self.max_ms, max_ms)


@dataclass
class Totals:
    """The totals of all tools, the sessions they ran in, and the slowest commands, slowest first."""

    tools: dict[str, ToolTotals] = field(default_factory=dict)
    sessions: set[str | int] = field(default_factory=set)
    """Their ids, or the numbers that stand for them in the index."""
    _slowest: list[tuple[float, int, Event]] = field(default_factory=list)
    _offered: int = 0

    def tool(self, name: str) -> ToolTotals:
        return self.tools.setdefault(name, ToolTotals())

    def add_event(self, event: Event, session: str | int | None) -> None:
        took = event.duration_ms or 0.0
        self.tool(command_name(event) or event.kind).add(1, int(has_failed(event)), took, took)
        if session:
            self.sessions.add(session)
        self.offer_slow(event)

    def offer_slow(self, event: Event) -> None:
        """Keep the event where it is among the slowest; of equal ones the first that was offered."""
        self._offered += 1
        heapq.heappush(self._slowest, (event.duration_ms or 0.0, -self._offered, event))
        if len(self._slowest) > SLOWEST:
            heapq.heappop(self._slowest)

    @property
    def slowest(self) -> list[Event]:
        return [event for _, _, event in sorted(self._slowest, reverse=True, key=lambda item: item[:2])]

    def as_json(self) -> dict[str, Any]:
        """Return the versioned document that `caro stats --json` prints; tools by their whole time."""
        tools = [
            {
                "name": name,
                "count": tool.count,
                "failed": tool.failed,
                "total_ms": round(tool.total_ms, 3),
                "max_ms": tool.max_ms,
                "mean_ms": round(tool.total_ms / tool.count, 3),
            }
            for name, tool in self.tools.items()
        ]
        return {
            "v": 1,
            "count": sum(tool.count for tool in self.tools.values()),
            "failed": sum(tool.failed for tool in self.tools.values()),
            "sessions": len(self.sessions),
            "total_ms": round(sum(tool.total_ms for tool in self.tools.values()), 3),
            "tools": sorted(tools, key=lambda tool: (-float(str(tool["total_ms"])), str(tool["name"]))),
            "slowest": self.slowest,
        }
