"""Words that look like a secret, soon after one that hints at it."""

from __future__ import annotations

from caro.redact.chars import ALNUM, LOOSE, NAME, run_of
from caro.redact.looks import looks_random
from caro.redact.marks import Marks
from caro.redact.names import is_hint
from caro.redact.plain import public_end

NEAR_WORDS = 5
NEAR_CHARS = 100
"""Between a hint and what it hints at."""


class Near:
    """The words after one that hints at a secret: what looks like one is one."""

    def __init__(self, words: int = NEAR_WORDS) -> None:
        self.words, self.left, self.until = words, 0, 0

    def take(self, marks: Marks, at: int, stop: int, end: int) -> int:
        """Give the end of what was marked, or is public, or 0."""
        text = marks.text
        if public := public_end(text, at, end):
            return public
        if is_hint(text[at:stop]):
            self.left, self.until = self.words, stop + NEAR_CHARS
            return 0
        if not self.left or at > self.until:
            return 0
        loose = run_of(text, at, end, LOOSE)
        if not looks_random(text, at, loose):
            self.left -= 1
            return 0
        marks.add(at, loose)
        self.until = loose + NEAR_CHARS
        return loose


def scan_near(marks: Marks, start: int, end: int, words: int) -> None:
    """Prose: only what looks like a secret, soon after a word that hints at one."""
    text, at, near = marks.text, start, Near(words)
    while at < end:
        stop = run_of(text, at, end, NAME) if text[at] in ALNUM else at + 1
        at = (near.take(marks, at, stop, end) if text[at] in ALNUM else 0) or stop


def mark_random(marks: Marks, start: int, end: int) -> bool:
    """Mark each part of a word that looks like a secret; True if there is one."""
    at, found = start, False
    while at < end:
        stop = public_end(marks.text, at, end)
        if stop:
            at = stop
            continue
        stop = run_of(marks.text, at, end, LOOSE)
        if stop > at and looks_random(marks.text, at, stop):
            marks.add(at, stop)
            found = True
        at = stop + 1
    return found
