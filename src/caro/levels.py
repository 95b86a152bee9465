"""How dangerous, and what a gate does about it."""

from __future__ import annotations

import enum


class Level(enum.IntEnum):
    """Risk level of a score: critical >= 85, high >= 50, moderate >= 30, else low."""

    LOW = 0
    MODERATE = 1
    HIGH = 2
    CRITICAL = 3

    @classmethod
    def of(cls, score: int) -> Level:
        return cls((score >= 30) + (score >= 50) + (score >= 85))

    @property
    def word(self) -> str:
        return self.name.lower()


class Action(enum.IntEnum):
    """What a gate does, mildest first: a stricter one has the larger value."""

    ALLOW = 0
    WARN = 1
    CONFIRM = 2
    BLOCK = 3

    @property
    def word(self) -> str:
        return self.name.lower()
