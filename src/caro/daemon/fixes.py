"""Where the suggestion after a failure comes from: the fix engine joins here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from caro.daemon.sessions import Line, Session


@dataclass(frozen=True)
class Suggestion:
    """The best fix of a failed line, as it may stand in the next prompt, and all that were found."""

    command: str
    why: str = ""
    fixes: list[dict[str, Any]] = field(default_factory=list)


Fixer = Callable[[Line, Session], Suggestion | None]


def no_fixer(_line: Line, _session: Session) -> Suggestion | None:
    return None
