"""How much a line counts: how often it was typed, after this line, in this folder, and how long ago."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp
from operator import itemgetter

from caro.suggest.memory import Memory


@dataclass(frozen=True)
class Weights:
    """Parts of a line's score; tuned on half of a published set of typed lines (bench/suggest_bench.py)."""

    often: float = 1.2
    follows: float = 1.5
    here: float = 1.0
    recent: float = 0.28
    decay: float = 6.0
    """Lines after which `recent` has fallen to 1/e."""


WEIGHTS = Weights()
OLD = 20.0
"""Times `decay` after which `recent` is nothing."""


def ranked(
    memory: Memory, beginning: str, cwd: str, previous: str, weights: Weights = WEIGHTS
) -> list[tuple[float, str]]:
    """Return (score, line) of the lines that begin so and are longer, the best first; scores are above 0."""
    scored = scores(memory, memory.candidates(beginning, cwd, previous), cwd, previous, weights)
    scored.sort(key=_score, reverse=True)
    return scored


_score = itemgetter(0)


def scores(
    memory: Memory, lines: Iterable[str], cwd: str, previous: str, weights: Weights = WEIGHTS
) -> list[tuple[float, str]]:
    """Return (score, line) of lines of the memory, in their order."""
    known, now, often = memory.lines, memory.total, weights.often / max(memory.total, 1)
    before, folder = known.get(previous), memory.folders.get(cwd)
    here = {} if folder is None else folder.counts
    in_folder = 0.0 if folder is None else weights.here / max(folder.total, 1)
    follows = frozenset(() if before is None else before.after())
    scored = []
    for text in lines:
        line = known[text]
        age = (now - line.last) / weights.decay
        score = often * line.count
        if age < OLD:
            score += weights.recent * exp(-age)
        if text in follows and before is not None:
            score += weights.follows * before.share_of(text)
        if text in here:
            score += in_folder * here[text]
        scored.append((score, text))
    return scored
