"""Assessments by question: people type the same lines again and again, and the guard is a pure function."""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from caro.safety.assessment import Assessment
    from caro.safety.world import World

KEPT = 500
KEPT_BYTES = 4096


class Memo:
    """The last `KEPT` assessments. Threads may share one: the daemon's loop and its fixers do."""

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, Assessment] = OrderedDict()
        self._lock = threading.Lock()

    def clear(self) -> None:
        with self._lock:
            self._known.clear()

    def assessed(
        self, words: str | tuple[str, ...], dialect: str, world: World, assess: Callable[[], Assessment]
    ) -> Assessment:
        """Return what is known of the words there, else what `assess` says."""
        key = (words, dialect, _hashable(world))
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                self._known.move_to_end(key)
                return known
        assessment = assess()
        if len(words) <= KEPT_BYTES:
            with self._lock:
                self._known[key] = assessment
                while len(self._known) > KEPT:
                    self._known.popitem(last=False)
        return assessment


def _hashable(world: World) -> Hashable:
    """Return all of a world's fields as one key; looked at for each line, so as few steps as can be."""
    plain, mappings = _readers()
    return plain(world), *(tuple(value.items()) for value in mappings(world))


@functools.cache
def _readers() -> tuple[Callable[[World], tuple[Any, ...]], Callable[[World], tuple[Any, ...]]]:
    """Return what reads the fields that can be hashed, and those that are mappings."""
    from caro.safety.world import World

    mappings = [field.name for field in fields(World) if str(field.type).startswith("Mapping")]
    plain = [field.name for field in fields(World) if field.name not in mappings]
    return attrgetter(*plain), attrgetter(*mappings)
