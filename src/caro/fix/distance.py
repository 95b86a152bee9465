"""How likely one word was meant when another was typed.

A weighted optimal string alignment distance (Damerau, restricted): a swap of two neighbours, a doubled letter or
a slip to the next key costs less than any other edit. The weights follow how fingers fail on a QWERTY keyboard
and, as in a noisy channel, how many slips of a kind there are: a letter can be left out in one way, but replaced
by any of its neighbours.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

_ROWS = (("`1234567890-=", 0.0), ("qwertyuiop[]\\", 0.5), ("asdfghjkl;'", 0.75), ("zxcvbnm,./", 1.25))
_PLACES = {key: (row, offset + at) for row, (keys, offset) in enumerate(_ROWS) for at, key in enumerate(keys)}
_SEPARATORS = "-_."

SWAP, DOUBLE, NEAR_KEY, OTHER, SEPARATOR, CASE = 0.6, 0.65, 0.9, 1.15, 0.35, 0.15
MISSING, EXTRA = 0.75, 1.1
FIRST_LETTER = 0.15
"""People rarely get the first letter wrong: an edit there costs this much more."""


@lru_cache(maxsize=2048)
def near(a: str, b: str) -> bool:
    """True if two keys touch."""
    one, other = _PLACES.get(a.lower()), _PLACES.get(b.lower())
    if one is None or other is None:
        return False
    return abs(one[0] - other[0]) <= 1 and abs(one[1] - other[1]) <= 1.05


def _swap_letter(a: str, b: str) -> float:
    if a.lower() == b.lower():
        return CASE
    if a in _SEPARATORS and b in _SEPARATORS:
        return SEPARATOR
    return NEAR_KEY if near(a, b) else OTHER


def _extra(word: str, at: int) -> float:
    """Return the price of the letter `word[at]` that should not be there."""
    letter = word[at]
    if letter in _SEPARATORS:
        return SEPARATOR
    before, after = word[at - 1] if at else "", word[at + 1] if at + 1 < len(word) else ""
    if letter in (before, after):
        return DOUBLE
    if (before and near(letter, before)) or (after and near(letter, after)):
        return 0.9
    return EXTRA


def _missing(word: str, at: int) -> float:
    """Return the price of leaving out `word[at]`."""
    letter = word[at]
    if letter in _SEPARATORS:
        return SEPARATOR
    neighbours = (word[at - 1] if at else "", word[at + 1] if at + 1 < len(word) else "")
    return 0.6 if letter in neighbours else MISSING


@lru_cache(maxsize=2048)
def typo_cost(typed: str, meant: str) -> float:
    """Return the price of getting `typed` when `meant` was meant; 0 where they are the same."""
    if typed == meant:
        return 0.0
    rows, columns = len(typed), len(meant)
    before: list[float] = []
    last = [0.0]
    for j in range(columns):
        last.append(last[j] + _missing(meant, j) + (FIRST_LETTER if j == 0 else 0))
    for i in range(rows):
        first = FIRST_LETTER if i == 0 else 0.0
        extra = _extra(typed, i) + first
        line = [last[0] + extra]
        for j in range(columns):
            if typed[i] == meant[j]:
                best = last[j]
            else:
                best = last[j] + _swap_letter(typed[i], meant[j]) + (FIRST_LETTER if i == 0 and j == 0 else 0)
            best = min(best, last[j + 1] + extra, line[j] + _missing(meant, j))
            if i and j and typed[i] == meant[j - 1] and typed[i - 1] == meant[j] and typed[i] != typed[i - 1]:
                best = min(best, before[j - 1] + SWAP)
            line.append(best)
        before, last = last, line
    return last[columns]


def edit_limit(length: int) -> int:
    """Return how many edits still count as a slip in a word of this length."""
    return 1 if length <= 3 else 2 if length <= 7 else 3


def nearest(typed: str, names: Iterable[str], limit: int = 8) -> list[tuple[str, float]]:
    """Return names within the edit limit with their price, cheapest first. A typed word that is a name stays out."""
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import extract

    choices: Sequence[str] = names if isinstance(names, (list, tuple)) else list(names)
    edits = edit_limit(len(typed))
    if len(typed) <= 3:
        edits = 2
    hits = extract(typed, choices, scorer=OSA.distance, score_cutoff=edits, limit=64)
    priced = [(name, typo_cost(typed, name)) for name, _, _ in hits if name != typed]
    lowered = typed.lower()
    length = len(typed)
    alike = [name for name in choices if len(name) == length and name.lower() == lowered]
    priced += [(name, CASE) for name in alike if name != typed]
    best: dict[str, float] = {}
    for name, price in priced:
        best[name] = min(price, best.get(name, 9.0))
    return sorted(best.items(), key=lambda item: item[1])[:limit]


def is_plausible(typed: str, cost: float) -> bool:
    """True if a name of that price (distance.py) is what a slip made of a word, and not just the nearest of a few."""
    return cost <= 0.25 * len(typed) + 0.5
