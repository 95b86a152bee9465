"""Kinds of characters, and runs of them in a text up to `end`."""

from __future__ import annotations

DIGITS = frozenset("0123456789")
SMALL = frozenset("abcdefghijklmnopqrstuvwxyz")
UPPER = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
LETTERS = SMALL | UPPER
ALNUM = LETTERS | DIGITS
NAME = ALNUM | frozenset("_-.")
HEX = DIGITS | frozenset("abcdefABCDEF")
SPACE = frozenset(" \t\n\r")
BLANK = frozenset(" \t")
NEWLINE = frozenset("\n")
QUOTES = frozenset("\"'`")
LOOSE = NAME | frozenset("+!#$^*~")
ENDS = SPACE | QUOTES | frozenset("&;,)}]|<>\\")
"""Of an unquoted value."""
NAME_ENDS = BLANK | QUOTES | frozenset("\\]")
"""Between a name and its sign."""
SIGNS = frozenset(":=>")
WORD = frozenset(map(chr, range(33, 127))) - QUOTES
CLASSES = {
    "w": NAME,
    "a": ALNUM,
    "u": UPPER | DIGITS,
    "x": HEX,
    "b": ALNUM | frozenset("+/=_-"),
    "h": ALNUM | frozenset("+/=_-.$"),
}
"""By the letters that stand for them in redact.toml."""
FAR = 8192
"""Nobody's URL or token is longer; the bound keeps hostile text from costing time squared."""


def run_of(text: str, at: int, end: int, chars: frozenset[str]) -> int:
    """Return the first place from `at` on that is not in the set."""
    while at < end and text[at] in chars:
        at += 1
    return at


def until_of(text: str, at: int, end: int, chars: frozenset[str]) -> int:
    """Return the first place from `at` on that is in the set."""
    while at < end and text[at] not in chars:
        at += 1
    return at


def back_of(text: str, at: int, start: int, chars: frozenset[str]) -> int:
    """Return where the run of the set begins that ends before `at`."""
    while at > start and text[at - 1] in chars:
        at -= 1
    return at
