"""A request that goes on from the one before: `no, only in this folder`, `but over 100 MB`."""

from __future__ import annotations

import re

from caro.ask.values import values_of

TURNS = 5
"""How often one request is gone on from; then it begins anew."""
_GOES_ON = re.compile(
    r"\s*(?:(?:no|nope|but|and|also|instead|rather|hmm|ok)\b[,:;]?\s*)+|\s*(?=(?:only|just|not|without|except|in)\b)",
    re.I,
)


def goes_on(words: str) -> bool:
    """True if the words change a request rather than make one."""
    return _GOES_ON.match(words) is not None


def refined(before: str, words: str) -> str:
    """Return the request with what the words change: a value takes the place of the one of its kind, the rest is
    added."""
    begin = _GOES_ON.match(words)
    more = (words[begin.end() :] if begin else words).strip()
    new, rest = values_of(more), more
    for value in reversed(new):
        old = [known for known in values_of(before) if known.kind == value.kind]
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
