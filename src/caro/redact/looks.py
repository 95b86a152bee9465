"""What looks like a secret by its characters."""

from __future__ import annotations

import itertools

from caro.redact.chars import ALNUM, DIGITS, HEX, SMALL, UPPER, run_of, until_of
from caro.redact.table import table


class Looks:
    """What a run of characters is made of; anything but letters and digits cuts it into pieces."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self.digits = self.upper = self.lower = 0
        self.changes = 0  # a digit beside a letter
        self.turns = 0  # a capital after a small letter
        self.bumps = 0  # two capitals in a row, and one small letter between capitals
        self.longest = 0  # small letters in a row
        self.hex, self.odd = True, False
        piece = at = start
        while at < end:
            stop = max(run_of(text, at, end, kind) for kind in (SMALL, UPPER, DIGITS))
            if stop > at:
                self._take_run(text, at, stop, piece)
                at = stop
            if at == end or text[at] not in ALNUM:
                self.odd = self.odd or _is_odd(text, piece, at)
                at = piece = at + 1
        self.letters = self.upper + self.lower
        self.count = self.letters + self.digits

    def _take_run(self, text: str, at: int, stop: int, piece: int) -> None:
        before, length = text[at - 1] if at > piece else "", stop - at
        self.hex = self.hex and all(char in HEX for char in text[at:stop])
        if text[at] in DIGITS:
            self.digits += length
            self.changes += before != ""
            return
        self.changes += before in DIGITS if before else False
        if text[at] in UPPER:
            self.upper += length
            self.turns += before in SMALL if before else False
            self.bumps += length >= 2
            return
        self.lower += length
        self.bumps += length == 1 and before != ""
        self.longest = max(self.longest, length)


def _is_odd(text: str, start: int, end: int) -> bool:
    """A piece of at least six with more than two digits at its end, or any elsewhere."""
    first = until_of(text, start, end, DIGITS)
    digits = run_of(text, first, end, DIGITS)
    if end - start < 6 or first == end or (first == start and digits == end):
        return False
    if digits == end and (digits - first < 3 or text[first : first + 2] in ("19", "20")):
        return False
    return text[start:end].lower() not in table().words["plain_pieces"]


def looks_random(text: str, start: int, end: int) -> bool:
    """True of `hunter123`, `k3J9xq` and longer; not of words, versions, dates, short hashes and git's long ones."""
    start += 2 * text.startswith("0x", start, end)
    looks = Looks(text, start, end)
    if looks.digits == 0:
        return looks.count >= 10 and looks.turns >= 2 and looks.turns + looks.bumps >= 5
    if looks.count < 6 or looks.letters == 0:
        return False
    if looks.hex and (looks.count <= 16 or looks.count == 40 or text.startswith("-", start + 8, end)):
        return False
    if (start >= 7 and text.startswith("sha256:", start - 7)) or _is_file_name(text, start, end):
        return False
    return looks.odd or looks.changes + looks.turns >= 3 or text.find("!", start, end) >= 0


def _is_file_name(text: str, start: int, end: int) -> bool:
    """A word, with digits at its end or not, and a short extension of letters."""
    first = until_of(text, start, end, DIGITS)
    return run_of(text, first, end, DIGITS) + 1 == extension_of(text, start, end)


def extension_of(text: str, start: int, end: int) -> int:
    """Return where the extension of a file's name begins, or 0."""
    dot = text.rfind(".", start, end)
    return dot + 1 if dot > start and end - dot <= 6 and run_of(text, dot + 1, end, SMALL) == end else 0


def is_token(text: str, start: int, end: int) -> bool:
    """True of what nobody types: 20 characters of all three kinds, or 16 capitals and digits, well mixed."""
    looks = Looks(text, start, end)
    if looks.lower == 0:
        return looks.count >= 16 and looks.changes >= 3 and not looks.hex
    if looks.count < 20 or looks.upper < 2 or looks.digits < 2:
        return False
    return looks.changes >= 4 or (looks.changes >= 2 and looks.turns >= 3 and looks.longest <= 4)


def looks_mixed(value: str) -> bool:
    """At least six characters with a digit, or with capitals after small letters."""
    mixed = any(
        a.islower() and b.isupper() for a, b in itertools.pairwise(value) if a < "\x80" and b < "\x80"
    )
    return len(value) >= 6 and (any(c in DIGITS for c in value) or mixed)
