"""A request that says that nothing is to be changed after all: `…, don't delete, list only`, `no, just list them`."""

# ruff: noqa: E501 - patterns and tables stay in one piece

from __future__ import annotations

import re

from caro.ask.vocabulary import Vocabulary
from caro.parse.pattern import pattern

_SHOWS = pattern(
    r"[,;.]?\s*\b(?:(?:no|but|and|rather|instead|please|then|ok)\b\W*)*"
    r"(?:(?:just|only|rather|instead)\s+(?:list|show|print|display|see|look at|count)(?:\s+me)?(?:\s+(?:them|it|those|these|all|the files|the list))*"
    r"|(?:list|show|print|display)\s+(?:(?:them|it|those|these)\s+)?(?:only|instead|first))\s*[.!]?\s*$",
    re.I,
)
_NOT = pattern(r"[,;.]?\s*\b(?:(?:no|but|and|please)\b\W*)*(?:do\s+not|don'?t|dont|never|not|without)\s+(?P<verb>[a-z]+)"
               r"(?:\s+(?:them|it|those|these|anything|any|that|yet))*\s*(?=$|[,;.!]|\b(?:just|only|but)\b|\b(?:list|show|print)\s+only\b)", re.I)  # fmt: skip
_WORD = pattern(r"[A-Za-z][A-Za-z-]*")
_LOOKS, _FINDS = "list", "find"
_FILES = pattern(r"\b(?:files?|folders?|director(?:y|ies)|symlinks?)\b|\*\.", re.I)


def says_no_change(words: str) -> bool:
    """True if words that go on from a request say that it is only to be shown."""
    found = _NOT.match(words)
    return (
        _SHOWS.fullmatch(words) is not None
        or _SHOWS.search(words) is not None
        or (found is not None and found["verb"].lower() not in ("in", "the", "with"))
    )


def only_shown(words: str, vocabulary: Vocabulary) -> str | None:
    """Return the request as one that shows what it names, where it ends by saying so or takes its own verb back
    (`delete x, don't delete`) or names no other (`list x, don't start anything`); None: it says no such thing."""
    shows, rest = _SHOWS.search(words), words
    if shows:
        rest = words[: shows.start()]
    asked = _verbs(_NOT.sub(" ", rest), vocabulary)
    taken = {vocabulary.term(found["verb"]) for found in _NOT.finditer(rest)} & vocabulary.changing
    if not (asked & taken) and not (shows and asked) and not (taken and not asked):
        return None
    said, begun = [], False
    for word in re.split(r"(\s+)", _NOT.sub(" ", rest)):
        bare = word.strip(",.;:!").lower()
        if (
            _WORD.fullmatch(bare)
            and vocabulary.term(bare) in vocabulary.changing
            and not bare.endswith(("ed", "ing"))
        ):
            if begun:
                continue
            word, begun = _FINDS if _FILES.search(rest) else _LOOKS, True
        said.append(word)
    return "".join(said).strip(" ,;")


def _verbs(text: str, vocabulary: Vocabulary) -> set[str]:
    return {vocabulary.term(word) for word in _WORD.findall(text)} & vocabulary.changing
