"""Decisions by name: functions from a failure to commands, for the `decide` of a rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from caro.fix.context import Context

Decision = Callable[[Context], Sequence[str]]

DECISIONS: dict[str, Decision] = {}


def decision(function: Decision) -> Decision:
    DECISIONS[function.__name__] = function
    return function
