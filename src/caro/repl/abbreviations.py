"""fish's abbreviations: what a word becomes at the key behind it, as fish itself says.

Source: abbr(1) of fish.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from caro.knowledge.shells import fish_quote
from caro.repl.asked_words import typed_end

CODE = (
    "abbr --show | while builtin read -lat __caro_w;"
    " builtin printf '%s\\037' $__caro_w; builtin printf '\\035'; end"
)
"""fish reads its own quotes: words end in ASCII's unit separator, entries in its group separator."""

ENDS = " ;|&<>)"
"""The characters behind which fish looks at the word before."""

_PREFIXES = frozenset({"and", "or", "not", "!", "begin", "if", "while", "else", "time"})
_LAST = re.compile(r"[^\s;|&<>()]+\Z")


@dataclass(frozen=True)
class Abbreviation:
    """`text` is what the word becomes, `function` what says so instead; `marker`: where the cursor comes to stand."""

    pattern: re.Pattern[str]
    text: str = ""
    function: str = ""
    anywhere: bool = False
    marker: str = ""


@dataclass(frozen=True)
class Expansion:
    """`replaces` characters left of the cursor become `text`, the cursor at `at`; or what `code` prints in fish."""

    replaces: int
    text: str = ""
    at: int | None = None
    code: str = ""


class Abbreviations:
    """Those of one fish."""

    def __init__(self) -> None:
        self._all: list[Abbreviation] = []

    def take(self, printed: str) -> None:
        """Take what `CODE` prints."""
        entries = [entry.split("\x1f")[:-1] for entry in printed.split("\x1d")[:-1]]
        self._all = [found for entry in entries if (found := _read(entry))]

    def expansion(self, before: str) -> Expansion | None:
        """Return what the word at the end of `before`, the text left of the cursor, becomes."""
        if not self._all or (last := _LAST.search(before)) is None:
            return None
        typed = typed_end(before)
        words = list(typed.words)
        while len(words) > 1 and words[0] in _PREFIXES:
            del words[0]
        if typed.last != last.group():  # within quotes
            return None
        for each in reversed(self._all):
            if not (each.anywhere or len(words) == 1) or not each.pattern.fullmatch(last.group()):
                continue
            if each.function:
                code = f"set -l __caro_w ({each.function} {fish_quote(last.group())}); and"
                code += " builtin printf '%s' (builtin string join \\n -- $__caro_w | builtin string collect)"
                return Expansion(len(last.group()), code=code)
            at = each.text.find(each.marker) if each.marker else -1
            text = each.text.replace(each.marker, "", 1) if at >= 0 else each.text
            return Expansion(len(last.group()), text, at if at >= 0 else None)
        return None


def _read(words: list[str]) -> Abbreviation | None:
    """Read `abbr -a [OPTIONS] -- NAME TEXT`."""
    if "--" not in words:
        return None
    end = words.index("--")
    options, rest = words[:end], words[end + 1 :]
    if not rest:
        return None
    values = {name: value for name, value in pairwise(options) if name.startswith("-")}
    marker = next((word.partition("=")[2] for word in options if word.startswith("--set-cursor")), "")
    try:
        pattern = re.compile(values.get("--regex") or re.escape(rest[0]))
    except re.error:
        return None  # of PCRE2's own
    anywhere = values.get("--position") == "anywhere"
    return Abbreviation(pattern, " ".join(rest[1:]), values.get("--function", ""), anywhere, marker)
