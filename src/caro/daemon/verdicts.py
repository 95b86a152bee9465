"""Where verdicts come from: the user's own rules, then the guard.

The guard joins by `Verdicts.guard`, a function from a request and its session to a Verdict; until one is given
the user's rules decide alone. caro-hook decides those once more by itself, with the same engine.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from caro.daemon.sessions import Session
from caro.ere import UNREADABLE_RULE, Pattern
from caro.levels import Action, Level
from caro.runtime_conf import UserRule, user_rules
from caro.settings import Settings, with_environment
from caro.wire import Request


@dataclass(frozen=True)
class Verdict:
    action: Action = Action.ALLOW
    level: Level = Level.LOW
    score: int = 0
    rules: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    reason: str | None = None
    instead: str | None = None
    transform: str | None = None
    partial: bool = False
    """The guard has not spoken (it is not loaded yet): caro-hook asks its compiled table too."""
    final: bool = False
    """On the never-overridable list: no code lets it pass."""

    approved: bool = False
    """A person has let the line pass that this belongs to: whoever decided otherwise lets it pass too."""

    def fields(self) -> dict[str, Any]:
        """As the wire has it."""
        fields: dict[str, Any] = {
            "allow": self.action < Action.CONFIRM,
            "action": self.action.word,
            "level": self.level.word,
            "score": self.score,
            "warnings": list(self.warnings),
            "rules": list(self.rules),
        }
        optional = {"reason": self.reason, "instead": self.instead, "transform": self.transform}
        if self.partial:
            fields["partial"] = True
        if self.approved:
            fields["approved"] = True
        return fields | {name: value for name, value in optional.items() if value is not None}


ALLOW = Verdict()
APPROVED = Verdict(approved=True)
UNJUDGED = Verdict(partial=True)
Guard = Callable[[Request, Session | None], Verdict]


class Verdicts:
    def __init__(self, settings: Settings, guard: Guard | None = None) -> None:
        self.guard = guard
        self.rules = self._of_settings(settings)
        self._of_environment = {
            name: self._of_settings(with_environment(settings, name)) for name in settings.environments
        }

    @staticmethod
    def _of_settings(settings: Settings) -> list[tuple[UserRule, Pattern]]:
        return [(rule, Pattern(rule.ere)) for rule in user_rules(settings)]

    def of_line(self, request: Request, session: Session | None) -> Verdict:
        """The stricter of what the user's rules and the guard say of a typed line."""
        own = self.of_own_rules(request.line, request.env.get("CARO_ENV", ""))
        other = self._of_guard(request, session)
        if own is ALLOW or own.action < other.action:
            return other
        return replace(own, partial=other.partial)

    def of_argv(self, request: Request, session: Session | None) -> Verdict:
        """The same at the exec gate, where an approval of the running line counts."""
        if session is not None and self.is_approved(session):
            return APPROVED
        own, other = self.of_own_rules(" ".join(request.argv)), self._of_guard(request, session)
        return other if own is ALLOW or own.action < other.action else replace(own, partial=other.partial)

    @staticmethod
    def is_approved(session: Session) -> bool:
        typed = session.approved == session.seq and session.seq > 0
        return typed or session.agent_passes_until > time.monotonic()

    def _of_guard(self, request: Request, session: Session | None) -> Verdict:
        return self.guard(request, session) if self.guard else UNJUDGED

    def of_own_rules(self, line: str, environment: str = "") -> Verdict:
        verdict = ALLOW
        for rule, pattern in self._of_environment.get(environment, self.rules):
            action = Action[rule.action.upper()]
            if pattern.problem and action > Action.CONFIRM:
                action = Action.CONFIRM
            if action > verdict.action and pattern.search(line):
                # The wording is caro-hook's, which shows the pattern as runtime.conf has it.
                prefix = UNREADABLE_RULE if pattern.problem else "matches your rule "
                verdict = Verdict(action, rules=("user-rule",), reason=prefix + rule.ere)
        return verdict
