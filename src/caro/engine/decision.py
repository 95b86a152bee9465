"""What the guard answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from caro.levels import Action, Level

if TYPE_CHECKING:
    from caro.engine.undoing import UndoPlan
    from caro.safety.assessment import Assessment


@dataclass(frozen=True)
class Decision:
    """`score` 0 to 100. `reason` and `instead` are "" where there is none."""

    action: Action = Action.ALLOW
    level: Level = Level.LOW
    score: int = 0
    rules: tuple[str, ...] = ()
    """Ids, the one that decided first; `user-rule` for the user's own."""
    reason: str = ""
    instead: str = ""
    """The safer command."""
    transform: str | None = None
    """The same line in a form that passes, to be put into the next prompt."""
    decided_by: str = ""
    final: bool = False
    """On the never-overridable list, or blocked by the user's own rule: no code and no approval lets it pass."""
    partial: bool = False
    """The guard's data is still being loaded: the user's own rules alone have spoken."""
    hinges_on_person: bool = False
    """True if the answer may be milder for a person at a terminal (`Question.by_person`)."""
    undo: UndoPlan | None = None
    """Where the person has switched undo on: what is kept before the line, which then runs unasked and unwarned."""
    assessment: Assessment | None = None
    """Findings, steps and terms behind it; None while `partial`."""
