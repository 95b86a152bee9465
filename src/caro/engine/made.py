"""What the lines before a question have made: nobody's loss but its own (`Question.made`)."""

from __future__ import annotations

from collections.abc import Iterable

from caro.machine.world_reader import DELETING


def may_take_away(text: str) -> bool:
    """True if it matters for a line what was made before it: it has a word that deletes or moves."""
    return DELETING.search(text) is not None


def made_by(lines: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return the absolute paths that lines made, each as (text, folder); all of them ended well."""
    from caro.safety.created import MAKERS, created_by

    return frozenset(path for text, cwd in lines if MAKERS.search(text) for path in created_by(text, cwd))
