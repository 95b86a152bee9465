"""The next word by the words before it: after the same word of the same command, else in that command, else anywhere.

A word here is what stands between blanks, as a key takes it; only operators that stand alone part commands. What a
line does is read by `caro.parse`.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable

from caro.suggest.turns import sorted_in_turns

LINES = 30_000
"""The newest lines whose words are kept."""
LONGEST_WORD = 200
PARTS = frozenset(("|", "||", "&&", ";", "&", "|&", "(", "{", "then", "do", "else"))
RUNNERS = frozenset(("sudo", "doas", "env", "time", "nohup", "command", "exec", "builtin"))
"""Words before a command that are not it."""
_SEP, _LAST = "\x1f", "\U0010ffff"


def contexts(words: list[str]) -> tuple[str, str]:
    """Return (command, word before) for the word that comes behind `words`; "" where there is none."""
    command = before = ""
    for word in words:
        if word in PARTS:
            command = before = ""
        elif not command and (word in RUNNERS or ("=" in word and word.split("=", 1)[0].isidentifier())):
            continue
        else:
            command, before = command or word, word
    return command, before


class Words:
    """Counts of words in their contexts; the newest counts most among equals."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._last: dict[str, int] = {}
        self._sorted: list[str] = []
        self._clock = 0

    def fill(self, lines: Iterable[str]) -> None:
        """Take the words of different lines, oldest first."""
        for line in list(lines)[-LINES:]:
            self._count(line)
        self._sorted = sorted_in_turns(self._counts)

    def add(self, line: str) -> None:
        """Take the words of a line that was typed now."""
        for key in self._count(line):
            insort(self._sorted, key)

    def remove(self, line: str) -> None:
        """Take back one adding of that line."""
        for key in _keys(line):
            left = self._counts.get(key, 0) - 1
            if left > 0:
                self._counts[key] = left
            elif left == 0:
                del self._counts[key], self._last[key]
                del self._sorted[bisect_left(self._sorted, key)]

    def _count(self, line: str) -> list[str]:
        """Count the line's words; return the keys that are new."""
        self._clock += 1
        new = []
        for key in _keys(line):
            if key not in self._counts:
                new.append(key)
            self._counts[key] = self._counts.get(key, 0) + 1
            self._last[key] = self._clock
        return new

    def best(self, beginning: str, command: str, before: str) -> tuple[str, float]:
        """Return the likeliest word that begins so and is longer, with its share among those of the nearest context
        that knows one; ("", 0) where none does."""
        contexts = [f"{command}{_SEP}{before}{_SEP}"]
        if command:
            contexts.append(f"{command}{_SEP}{_SEP}")
            # Of any command: no options, and nothing where nothing is typed, which would be a guess at random.
            contexts += [f"{_SEP}{_SEP}"] if beginning and beginning[0] != "-" else []
        found = (self._best_of(context, beginning) for context in contexts)
        return next((one for one in found if one[0]), ("", 0.0))

    def _best_of(self, context: str, beginning: str) -> tuple[str, float]:
        start = context + beginning
        low = bisect_left(self._sorted, start)
        high = bisect_left(self._sorted, start + _LAST, low)
        best, best_weight, total = "", (0.0, 0), 0.0
        for key in self._sorted[low:high][:2000]:
            if len(key) == len(start):
                continue
            count = self._counts[key]
            total += count
            weight = (float(count), self._last[key])
            if weight > best_weight:
                best, best_weight = key, weight
        return (best[len(context) :], best_weight[0] / total) if best else ("", 0.0)


def _keys(line: str) -> Iterable[str]:
    words = line.split()
    command = before = ""
    for number, word in enumerate(words):
        if word in PARTS or len(word) > LONGEST_WORD:
            command, before = contexts(words[: number + 1])
            continue
        yield f"{command}{_SEP}{before}{_SEP}{word}"
        if command:
            yield f"{command}{_SEP}{_SEP}{word}"
            yield f"{_SEP}{_SEP}{word}"
        command, before = contexts(words[: number + 1])
