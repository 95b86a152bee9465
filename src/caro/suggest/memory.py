"""What was typed: how often, when, where, and what came after it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import NamedTuple

from caro.suggest.prefixes import Prefixes
from caro.suggest.words import Words

LONGEST = 1000
"""Characters of a line that can be offered."""
FOLLOWERS, IN_FOLDER, FOLDERS = 24, 64, 2000
MOST = 250_000
"""Different lines that are kept; of more, the oldest go that were typed once."""


class Typed(NamedTuple):
    """A line as it was typed: in `cwd`, after `previous` in the same session ("": none or not known)."""

    text: str
    cwd: str = ""
    previous: str = ""


class Line:
    """What is known of one text. `last` is the number of the newest line of that text."""

    __slots__ = ("count", "follower", "followers", "last", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.count = 0
        self.last = 0
        self.follower: str | None = None
        self.followers: Tally | None = None

    def followed_by(self, text: str) -> None:
        if self.followers is not None:
            self.followers.add(text)
        elif self.follower is None:
            self.follower = text
        else:
            # Most lines have one follower at most: only the others pay for a table.
            self.followers = Tally(FOLLOWERS)
            self.followers.add(self.follower)
            self.followers.add(text)

    def share_of(self, text: str) -> float:
        """Return the part of its uses after which `text` came."""
        if self.followers is not None:
            return self.followers.share(text)
        return 1.0 if text == self.follower else 0.0

    def after(self) -> Iterable[str]:
        if self.followers is not None:
            return self.followers.counts
        return () if self.follower is None else (self.follower,)


class Tally:
    """Counts of `most` texts at least, the frequent and the new ones, and the sum of all that were ever counted."""

    __slots__ = ("counts", "most", "total")

    def __init__(self, most: int) -> None:
        self.counts: dict[str, int] = {}
        self.total = 0
        self.most = most

    def add(self, text: str) -> None:
        self.total += 1
        self.counts[text] = self.counts.pop(text, 0) + 1
        if len(self.counts) >= 2 * self.most:
            newest_first = reversed(self.counts.items())
            kept = sorted(newest_first, key=itemgetter(1), reverse=True)[: self.most]
            self.counts = dict(reversed(kept))

    def share(self, text: str) -> float:
        return self.counts.get(text, 0) / self.total if self.total else 0.0

    def drop(self, text: str) -> None:
        self.total -= self.counts.pop(text, 0)


def _counts_in(lines: dict[str, Line]) -> Callable[[str], int]:
    """Return what tells how often a text was typed. It knows the lines and not their memory: a memory that is let go
    is freed at once, and needs no collector, which would stop everybody to walk a million lines."""

    def count_of(text: str) -> int:
        line = lines.get(text)
        return 0 if line is None else line.count

    return count_of


def is_kept(text: str) -> bool:
    """True for a line that can be offered as it is: one row of text that can be shown."""
    return 2 <= len(text) <= LONGEST and text.isprintable()


class Memory:
    """All that was typed and can be offered. Not for two threads at once."""

    def __init__(self) -> None:
        self.total = 0
        self.lines: dict[str, Line] = {}
        self.folders: dict[str, Tally] = {}
        self.prefixes = Prefixes(_counts_in(self.lines))
        self.words = Words()

    def fill(self, typed: Iterable[Typed]) -> None:
        """Take the lines of a history, oldest first, into an empty memory; quicker than one by one."""
        for one in typed:
            if is_kept(one.text):
                self._count(one)
        self._leave_out_oldest()
        by_age = self._by_age()
        self.prefixes.fill(by_age)
        self.words.fill(by_age)

    def add(self, typed: Typed) -> None:
        """Take one line that was typed now."""
        if not is_kept(typed.text):
            return
        new = typed.text not in self.lines
        self._count(typed)
        self.prefixes.put(typed.text, new)
        self.words.add(typed.text)

    def _count(self, typed: Typed) -> None:
        text = typed.text
        line = self.lines.get(text)
        if line is None:
            line = self.lines[text] = Line(text)
        text = line.text
        self.total += 1
        line.count += 1
        line.last = self.total
        if (previous := self.lines.get(typed.previous)) is not None:
            previous.followed_by(text)
        if typed.cwd:
            self._folder(typed.cwd).add(text)

    def _folder(self, cwd: str) -> Tally:
        folder = self.folders.pop(cwd, None) or Tally(IN_FOLDER)
        self.folders[cwd] = folder
        if len(self.folders) > FOLDERS:
            del self.folders[next(iter(self.folders))]
        return folder

    def _by_age(self) -> list[str]:
        """Return the texts, the one that was typed longest ago first; sorted by place, as a million may be."""
        places: list[str | None] = [None] * (max((line.last for line in self.lines.values()), default=0) + 1)
        for text, line in self.lines.items():
            places[line.last] = text
        return [text for text in places if text is not None]

    def _leave_out_oldest(self) -> None:
        if len(self.lines) <= MOST:
            return
        once = sorted((line for line in self.lines.values() if line.count == 1), key=lambda line: line.last)
        gone = {line.text for line in once[: len(self.lines) - MOST]}
        self._drop_everywhere(gone)

    def forget(self, condemned: Callable[[str], bool]) -> int:
        """Drop the lines that `condemned` names, and every trace of them; return how many."""
        gone = {text for text in self.lines if condemned(text)}
        for text in gone:
            self.prefixes.drop(text)
        self._drop_everywhere(gone)
        if gone:
            # A word is not known to stand in one line alone, so all words are read anew.
            self.words = Words()
            self.words.fill(self._by_age())
        return len(gone)

    def _drop_everywhere(self, gone: set[str]) -> None:
        for text in gone:
            self.total -= self.lines.pop(text).count
        for line in self.lines.values():
            if line.follower in gone:
                line.follower = None
        tallies = [line.followers for line in self.lines.values() if line.followers is not None]
        for tally in (*tallies, *self.folders.values()):
            for text in gone.intersection(tally.counts):
                tally.drop(text)

    def candidates(self, beginning: str, cwd: str, previous: str) -> Sequence[str]:
        """Return the texts that begin so and are worth ranking there, each once."""
        found = dict.fromkeys(self.prefixes.starting(beginning))
        before = self.lines.get(previous)
        folder = self.folders.get(cwd)
        for texts in (() if before is None else before.after(), () if folder is None else folder.counts):
            found.update((text, None) for text in texts if text.startswith(beginning))
        found.pop(beginning, None)
        return list(found)
