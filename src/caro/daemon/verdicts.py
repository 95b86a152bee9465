"""Verdicts of the wire: the engine's decision, and what a person let pass in that session."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from caro.daemon.questions import by_a_person, question_of
from caro.daemon.sessions import Session
from caro.engine.decision import Decision
from caro.engine.guard import Guard
from caro.engine.question import Question
from caro.knowledge.shells import key_words
from caro.levels import Action
from caro.wire import Request

RUNS_ALREADY = Decision()
"""The decision for a told line, which already runs."""


class Verdicts:
    """Ask the engine's guard, and know approvals."""

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self.tighten: Callable[[Question, Decision], Decision] = lambda question, decision: decision
        """What programs of plugins make of a decision: the same, or a stricter one."""
        self.see: Callable[[Question, Decision], None] = lambda question, decision: None
        """Called with each question and its decision."""

    def of_line(self, request: Request, session: Session | None) -> Decision:
        """Return the guard's decision on what the request asks about."""
        return self.asked(request, session)[1]

    def asked(self, request: Request, session: Session | None) -> tuple[Question, Decision]:
        """Return what the request asks, by whom, and the guard's decision on it."""
        question = question_of(request, session)
        decision = self.guard.decide(question)
        # Who asks is looked up in the kernel's tables: only where it makes a difference.
        if decision.hinges_on_person and by_a_person(request):
            question = replace(question, by_person=True)
            decision = self.guard.decide(question)
        decision = self.tighten(question, decision)
        self.see(question, decision)
        return question, decision

    def of_exec(self, request: Request, session: Session | None) -> dict[str, Any]:
        """Return the verdict on an exec, where an approval of the running line counts."""
        decision = self.of_line(request, session)
        if session is not None and is_approved(session) and not _is_beyond(decision, session):
            return verdict_fields(Decision(), approved=True)
        return verdict_fields(decision)


def is_approved(session: Session) -> bool:
    """True if a person let the session's running line pass, or its agent's."""
    typed = session.approved == session.seq and session.seq > 0
    return typed or session.agent_passes_until > time.monotonic()


def _is_beyond(decision: Decision, session: Session) -> bool:
    """True if no approval holds for it: what can't be allowed is let pass only where the very question that the
    person answered was about that, and a block never."""
    if not decision.final or decision.action < Action.CONFIRM:
        return False
    return decision.action is Action.BLOCK or not session.final


def way_past(decision: Decision, ask_key: str) -> str:
    """Return what a person types to run a blocked line all the same; "" where nothing lifts the block."""
    if decision.final or decision.assessment is None or not decision.decided_by.startswith("mode "):
        return ""
    from caro.safety.policy import argv_of

    line = decision.assessment.command
    ways = [f"caro allow add {shlex.quote(line)} --reason '…'"] if argv_of(line) and len(line) < 500 else []
    return ", or ".join([*ways, *([f"{key_words(ask_key)}, then mode passive"] if ask_key else [])])


def verdict_fields(decision: Decision, approved: bool = False, ask_key: str = "") -> dict[str, Any]:
    """Return the decision as the wire has it (docs/wire.md, section 2). `approved`: a person has let the line pass
    that this belongs to, whoever decided otherwise lets it pass too."""
    fields: dict[str, Any] = {
        "allow": decision.action < Action.CONFIRM,
        "action": decision.action.word,
        "level": decision.level.word,
        "score": decision.score,
        "warnings": [],
        "rules": list(decision.rules),
    }
    if decision.partial:
        fields["partial"] = True
    if approved:
        fields["approved"] = True
    optional = {
        "reason": decision.reason,
        "instead": decision.instead,
        "transform": decision.transform,
        "past": way_past(decision, ask_key) if decision.action is Action.BLOCK else "",
    }
    return fields | {name: value for name, value in optional.items() if value}
