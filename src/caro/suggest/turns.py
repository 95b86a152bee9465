"""Sort many texts while other threads go on: one call of `sorted` holds the interpreter's lock to its end."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import merge
from itertools import islice

AT_ONCE = 4096
"""Texts that one call sorts: about a millisecond."""


def sorted_in_turns(texts: Iterable[str]) -> list[str]:
    """Return the texts in order; takes about twice the time of `sorted`."""
    rest = iter(texts)
    runs = []
    while run := list(islice(rest, AT_ONCE)):
        run.sort()
        runs.append(run)
    return runs[0] if len(runs) == 1 else list(merge(*runs))
