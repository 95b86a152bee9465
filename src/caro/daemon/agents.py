"""The agent gate inside the daemon: one-time codes, and what an agent is told after a failure.

A code is given with each refusal that a person may lift; `caro allow CODE` redeems it. Codes stand in memory
alone: the commands they stand for may hold secrets. Whoever redeems is looked at here and not only in the
command: a message could come from anywhere.
"""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

from caro.daemon.sessions import Session
from caro.daemon.verdicts import verdict_fields
from caro.engine.decision import Decision
from caro.levels import Action
from caro.machine.agent_ancestry import agent_above_process, at_a_terminal
from caro.wire import Request

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
CODE_LENGTH = 8
CODE_SECONDS = 15 * 60.0
CODES_KEPT = 200

Reply = dict[str, Any]
Redact = Callable[[str], str]
Person = Callable[[int], str]


@dataclass(frozen=True)
class Refused:
    """What a code stands for: exactly this line in this folder."""

    agent: str
    line: str
    cwd: str | None
    reason: str
    until: float

    @property
    def key(self) -> tuple[str, str, str | None]:
        return self.agent, self.line, self.cwd


def not_a_person(pid: int) -> str:
    """Why the process can't redeem a code, or ""."""
    agent = agent_above_process(pid)
    if agent:
        return f"this session is below an agent ({agent}): allow it at a terminal of your own"
    if not at_a_terminal(pid):
        return "nobody is at a terminal here: allow it at a terminal of your own"
    return ""


class AgentGate:
    def __init__(self, redact: Redact, clock: Callable[[], float] = time.monotonic) -> None:
        self.redact = redact
        self.clock = clock
        self.codes: OrderedDict[str, Refused] = OrderedDict()
        self.passes: dict[tuple[str, str, str | None], float] = {}
        self.refuse_redeeming: Person = not_a_person

    def before(self, request: Request, session: Session | None, decision: Decision) -> Reply:
        """Return the verdict on a tool call, with a code where it is more than a warning; a call that was cut has none:
        a yes to it would hold for every call that begins alike."""
        key = (request.agent or "", request.line, request.cwd)
        approved = not request.cut and self.passes.pop(key, 0.0) > self.clock()
        if session is not None:
            session.agent_passes_until = self.clock() + CODE_SECONDS if approved else 0.0
            session.final = session.final and not approved
        if approved:
            return verdict_fields(replace(decision, action=Action.ALLOW), approved=True)
        fields = verdict_fields(decision)
        if decision.action >= Action.CONFIRM and not (decision.final or decision.partial or request.cut):
            fields["code"] = self._code_for(key, decision)
        return fields

    def _code_for(self, key: tuple[str, str, str | None], decision: Decision) -> str:
        now = self.clock()
        for code, refused in self.codes.items():
            if refused.key == key and refused.until > now:
                return code
        code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
        self.codes[code] = Refused(*key, decision.reason, now + CODE_SECONDS)
        while len(self.codes) > CODES_KEPT:
            self.codes.popitem(last=False)
        return code

    def redeem(self, request: Request) -> Reply:
        """Lets the code's line pass once. `refused` says why not."""
        problem = self.refuse_redeeming(request.peer)
        if problem:
            return {"refused": problem}
        refused = self.codes.get(request.code or "")
        if refused is None or refused.until < self.clock():
            return {"refused": "no such code is open: codes hold for 15 minutes, once, while the daemon runs"}
        shown = {"line": self.redact(refused.line), "cwd": refused.cwd, "reason": refused.reason}
        if request.answer == "yes":
            del self.codes[request.code or ""]
            self.passes[refused.key] = self.clock() + CODE_SECONDS
        return shown | {"agent": refused.agent}


def told_to_agent(working: Future[dict[str, Any] | None]) -> Future[Reply]:
    """Return the fix as text for the agent's context: JSON `{cause, fix, confidence, risk, evidence}`."""
    import msgspec

    reply: Future[Reply] = Future()

    def found(done: Future[dict[str, Any] | None]) -> None:
        fix = None if done.exception() else done.result()
        reply.set_result({"context": msgspec.json.encode(fix).decode()} if fix else {})

    working.add_done_callback(found)
    return reply
