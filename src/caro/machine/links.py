"""Symbolic links among the words of a line that lead to guarded places: `c/disabled`, where c is Caro's own folder."""

from __future__ import annotations

import os
import re

from caro.safety.targets import is_guarded

_WORD = re.compile(r"[^\s'\"`;|&<>(){}=,]+")
MAX_WORDS, MAX_PIECES = 64, 12


def guarded_links(text: str, cwd: str | None, home: str | None) -> dict[str, str]:
    """Return links that the words go through to guarded places, with where each leads; both are absolute paths."""
    found: dict[str, str] = {}
    for word in dict.fromkeys(_WORD.findall(text)[:MAX_WORDS]):
        path = _absolute(word, cwd, home)
        if path is not None:
            found |= _links_of(path)
    return found


def _absolute(word: str, cwd: str | None, home: str | None) -> str | None:
    for lead in ("~", "$HOME"):
        if home and (word == lead or word.startswith(f"{lead}/")):
            word = home + word[len(lead) :]
    if word.startswith("/"):
        return os.path.normpath(word)
    return os.path.normpath(f"{cwd}/{word}") if cwd and not word.startswith("-") else None


def _links_of(path: str) -> dict[str, str]:
    pieces = path.split("/")
    for count in range(2, min(len(pieces), MAX_PIECES) + 1):
        place = "/".join(pieces[:count])
        try:
            if not os.path.islink(place):
                continue
            real = os.path.realpath(place)
        except (OSError, ValueError):
            return {}
        rest = "/".join(pieces[count:])
        return {place: real} if is_guarded(f"{real}/{rest}" if rest else real) else {}
    return {}
