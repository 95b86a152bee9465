"""What the build works out of the tables, so that a request needs no more than to load it."""

from __future__ import annotations

from typing import Any

from caro.ask import index
from caro.ask.translated import translated_of
from caro.knowledge import Knowledge


def derived_of(knowledge: Knowledge) -> dict[str, Any]:
    """Return the rows of the index, and `translated`, the wordings of other languages with their terms."""
    return index.derived_of(knowledge) | {"translated": translated_of(knowledge)}
