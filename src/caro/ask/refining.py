"""A request that goes on from the one before: `no, only in this folder`, `but over 100 MB`."""

# ruff: noqa: E501 - patterns and tables stay in one piece

from __future__ import annotations

import re
from collections.abc import Sequence

from caro.ask.no_change import says_no_change
from caro.ask.values import side_of, values_of

TURNS = 5
"""How often one request is gone on from; then it begins anew."""
_GOES_ON = re.compile(
    r"\s*(?:(?:no|nope|but|and|also|instead|rather|hmm|ok)\b[,:;]?\s*)+|\s*(?=(?:only|just|not|without|except|in)\b)",
    re.I,
)


_TAKES_BACK = re.compile(
    r"\W*(?:(?:no|nope|oh|ok|please|hmm|wait)\W+)*(?:(?:undo|revert|cancel|scratch|forget)(?:\s+(?:that|this|it|the last one))?"
    r"|(?:take|roll|go)\s+(?:(?:that|this|it)\s+)?back(?:\s+one)?|never\s?mind|back)\W*",
    re.I,
)
"""The whole of it takes the turn before back."""


_NO = re.compile(r"\s*(?:no|nope|instead|rather)\b", re.I)
_OTHER_VERB = re.compile(r"([a-z]+)\s+(?:it|them|that|those)\b(.*)$", re.I)
_FIRST = re.compile(r"^\s*[A-Za-z]+")


def goes_on(words: str) -> bool:
    """True if the words change a request rather than make one."""
    found = _GOES_ON.match(words) or _TAKES_BACK.fullmatch(words) or says_no_change(words)
    return bool(found)


def gone_on(turns: Sequence[str], words: str) -> list[str]:
    """Return the turns with one more that the words make of the last; `undo that` takes it back. What a first request
    would change is only shown after that."""
    if not _TAKES_BACK.fullmatch(words):
        return [*turns, refined(turns[-1], words)]
    return list(turns[:-1]) if len(turns) > 1 else [f"{turns[-1]}, just list them"]


def refined(before: str, words: str) -> str:
    """Return the request with what the words change: a value takes the place of the one of its kind, the rest is
    added."""
    begin = _GOES_ON.match(words)
    more = (words[begin.end() :] if begin else words).strip()
    if says_no_change(words):
        return f"{before}, {words.strip()}"
    other = _OTHER_VERB.match(more) if begin and _NO.match(words) else None
    if other:
        return f"{other[1]}{_FIRST.sub('', before, count=1)}{other[2]}".strip()
    new, rest = values_of(more), more
    for value in reversed(new):
        old = [known for known in values_of(before) if known.kind == value.kind]
        if len(old) > 1 and (side := side_of(more[: value.start])):
            old = [known for known in old if side_of(before[: known.start]) == side]
        if len(old) == 1:
            before = before[: old[0].start] + more[value.start : value.end] + before[old[0].end :]
            rest = rest[: value.start] + rest[value.end :]
    left = re.sub(
        r"\b(?:no|over|under|than|larger|smaller|bigger|older|of|in|from|to|the|make it|it)\b|\W",
        "",
        rest,
        flags=re.I,
    )
    return f"{before} {rest}".strip() if left or not new or len(rest) == len(more) else before
