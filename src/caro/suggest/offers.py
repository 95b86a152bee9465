"""One offer for what stands in the prompt: a whole line where one is likely enough, else its next word."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter

from caro.suggest.memory import Memory
from caro.suggest.ranking import WEIGHTS, Weights, ranked
from caro.suggest.words import contexts

LEAST = 0.5
"""Share among the candidates below which only a word is offered."""
_WORD_UNDER_WAY = re.compile(r"\S*$")
TRIED = 3
VOTERS = 32
_SCORE = itemgetter(0)


@dataclass(frozen=True)
class Offer:
    """`line` is what would stand there if the offer were taken; `whole` False: it ends with a word, not the line."""

    line: str
    whole: bool
    confidence: float


Allowed = Callable[[str], bool]


def offer_for(
    memory: Memory,
    typed: str,
    cwd: str = "",
    previous: str = "",
    least: float = LEAST,
    allowed: Allowed = lambda line: True,
    weights: Weights = WEIGHTS,
) -> Offer | None:
    """Return what to offer behind `typed`; None where nothing is known. `allowed` says what may be offered at all."""
    lines = ranked(memory, typed, cwd, previous, weights)
    total = sum(map(_SCORE, lines))
    for score, line in lines[:TRIED]:
        # Asked last: it costs more than all else.
        if score < least * total:
            break
        if allowed(line):
            return Offer(line, True, score / total)
    else:
        lines = []
    return next_word(memory, typed, lines, allowed)


def next_word(memory: Memory, typed: str, lines: list[tuple[float, str]], allowed: Allowed) -> Offer | None:
    """Return the likeliest next word: of the lines that begin so, else by the words before it."""
    votes: dict[str, float] = {}
    for score, line in lines[:VOTERS]:
        word = line[: _end_of_word(line, len(typed))]
        votes[word] = votes.get(word, 0.0) + score
    if votes:
        word = max(votes, key=votes.__getitem__)
        if allowed(word):
            return Offer(word, False, votes[word] / sum(votes.values()))
    under_way = typed[_WORD_UNDER_WAY.search(typed).start() :]  # type: ignore[union-attr]
    command, before = contexts(typed[: len(typed) - len(under_way)].split())
    word, share = memory.words.best(under_way, command, before)
    line = typed + word[len(under_way) :]
    return Offer(line, False, share) if word and allowed(line) else None


def _end_of_word(line: str, at: int) -> int:
    """Return where the word ends that begins at or behind `at`."""
    while at < len(line) and line[at] == " ":
        at += 1
    end = line.find(" ", at)
    return len(line) if end < 0 else end
