"""Lines by what they begin with: a sorted list, and for beginnings of many lines the few that count."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator

from caro.suggest.turns import sorted_in_turns

FEW = 64
"""Lines with one beginning that are all looked at."""
BEST, NEWEST = 40, 24
"""Of more lines than that: the most frequent and the newest."""
DEEPEST = 100
"""Characters of a beginning that is told apart from longer ones."""
_LAST = "\U0010ffff"

Count = Callable[[str], int]


class _Head:
    """The lines of one beginning that can be offered, out of many."""

    __slots__ = ("best", "floor", "newest")

    def __init__(self) -> None:
        self.best: dict[str, None] = {}
        self.newest: dict[str, None] = {}
        self.floor = 0
        """No line in `best` is less frequent, once that is full."""

    def put(self, text: str, count_of: Count) -> None:
        self.newest.pop(text, None)
        self.newest[text] = None
        if len(self.newest) > NEWEST:
            del self.newest[next(iter(self.newest))]
        if text in self.best:
            return
        if len(self.best) < BEST:
            self.best[text] = None
        elif count_of(text) > self.floor:
            least = min(self.best, key=count_of)
            self.floor = count_of(least)
            if count_of(text) > self.floor:
                del self.best[least]
                self.best[text] = None

    def drop(self, text: str) -> None:
        self.newest.pop(text, None)
        self.best.pop(text, None)


class Prefixes:
    """Texts by their beginnings. `count_of` tells how often a text was typed; one more each time that it is `put`."""

    def __init__(self, count_of: Count) -> None:
        self._count_of = count_of
        self._sorted: list[str] = []
        self._heads: dict[str, _Head] = {}

    def fill(self, texts: Iterable[str]) -> None:
        """Hold these different texts, oldest first, in place of what was there."""
        in_order = list(texts)
        self._sorted = sorted_in_turns(in_order)
        self._heads = {}
        self._make_heads("", 0, len(self._sorted))
        newest_first = in_order[::-1]
        for text in sorted(newest_first, key=self._count_of, reverse=True):
            for head in self._heads_of(text):
                if len(head.best) < BEST:
                    head.best[text] = None
        for text in newest_first:
            for head in self._heads_of(text):
                if len(head.newest) < NEWEST:
                    head.newest[text] = None
        for head in self._heads.values():
            head.newest = dict(reversed(head.newest.items()))

    def put(self, text: str, new: bool) -> None:
        """Take a text that was typed, `new` if for the first time."""
        if new:
            insort(self._sorted, text)
            self._split(text)
        for head in self._heads_of(text):
            head.put(text, self._count_of)

    def drop(self, text: str) -> None:
        """Hold the text no longer."""
        place = bisect_left(self._sorted, text)
        if place < len(self._sorted) and self._sorted[place] == text:
            del self._sorted[place]
        for head in self._heads_of(text):
            head.drop(text)

    def starting(self, beginning: str) -> list[str]:
        """Return the texts that begin so: all, or the frequent and the newest where they are many."""
        head = self._heads.get(beginning)
        if head is not None:
            return [*head.best, *(text for text in head.newest if text not in head.best)]
        low, high = self._range(beginning)
        return self._sorted[low : min(high, low + 2 * FEW)]

    def _range(self, beginning: str) -> tuple[int, int]:
        low = bisect_left(self._sorted, beginning)
        return low, bisect_left(self._sorted, beginning + _LAST, low)

    def _make_heads(self, beginning: str, low: int, high: int) -> None:
        """Make empty heads for the beginning and all longer ones of too many lines."""
        if high - low > FEW and len(beginning) <= DEEPEST:
            self._heads[beginning] = _Head()
            length = len(beginning) + 1
            # Skip what is no longer than the beginning: it has no next character.
            while low < high and len(self._sorted[low]) < length:
                low += 1
            while low < high:
                longer = self._sorted[low][:length]
                end = bisect_left(self._sorted, longer + _LAST, low, high)
                self._make_heads(longer, low, end)
                low = end

    def _split(self, text: str) -> None:
        """Make the head of the first beginning that has become one of too many."""
        for length in range(len(text) + 1):
            beginning = text[:length]
            if beginning in self._heads:
                continue
            low, high = self._range(beginning)
            if high - low > FEW and length <= DEEPEST:
                head = self._heads[beginning] = _Head()
                for other in self._sorted[low:high]:
                    head.put(other, self._count_of)
            return

    def _heads_of(self, text: str) -> Iterator[_Head]:
        """Yield the heads of all beginnings of the text: those of longer ones have fewer lines, and end somewhere."""
        for length in range(len(text) + 1):
            head = self._heads.get(text[:length])
            if head is None:
                return
            yield head
