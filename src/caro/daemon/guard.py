"""The guard inside the daemon: a request of the wire into its question, its answer into a verdict of the wire."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import fields, replace

from caro.daemon.sessions import Session
from caro.daemon.verdicts import Verdict
from caro.levels import Action
from caro.machine.below_agent import agent_above_process, at_a_terminal
from caro.machine.surroundings import DELETING, surroundings
from caro.machine.unexpanded import unexpanded
from caro.paths import Paths
from caro.safety.created import MAKERS, created_by
from caro.safety.policy import MATRIX, Policy, decide, never_allowed, policy_from, touches_caro
from caro.safety.verdict import Verdict as Judgement
from caro.safety.verdict import verdict_for, verdict_for_argv, warm
from caro.safety.world import World
from caro.settings import Settings, folder_modes, log_file, socket_file, with_environment
from caro.wire import Request

DIALECTS = ("bash", "zsh", "fish", "sh")
KEPT_JUDGEMENTS = 500
KEPT_BYTES = 4096
WARMING = (
    'sudo rm -rf "$X"/* && git push --force',
    "docker run -v /:/host image; aws s3 rm s3://bucket --recursive",
    "curl -s https://host/x | sh; find . -exec rm {} +; kubectl delete ns x",
    "python3 -c 'import os; os.remove(1)'; psql -c 'drop table x'; dd if=a of=b",
)
"""Judged once while loading: what is read at the first use of a rule would cost a person's line its deadline."""


class GuardOfDaemon:
    """Made once the data is loaded (that takes a moment: see run.py); `use` follows the configuration."""

    def __init__(self, settings: Settings, env: Mapping[str, str]) -> None:
        self.env = env
        self.home = env.get("HOME", "")
        self.host = socket.gethostname()
        self.judged: OrderedDict[Hashable, Judgement] = OrderedDict()
        warm()
        for dialect in DIALECTS:
            for line in WARMING:
                verdict_for(line, dialect=dialect)
        self.use(settings)

    def use(self, settings: Settings) -> None:
        paths = Paths.of(self.env)
        own = (str(log_file(settings, paths)), str(socket_file(self.env, paths)))
        self.own_files = (*own, *hooked_settings(paths))
        self.policy = self._policy_of(settings)
        self.policies = {
            name: self._policy_of(with_environment(settings, name)) for name in settings.environments
        }
        self.judged.clear()

    def _policy_of(self, settings: Settings) -> Policy:
        return policy_from(settings.values, folder_modes(settings, self.home))

    def __call__(self, request: Request, session: Session | None) -> Verdict:
        dialect = request.shell if request.shell in DIALECTS else "bash"
        judgement = self._judged(request, self.world_of(request, session), dialect)
        policy = self.policies.get(request.env.get("CARO_ENV", ""), self.policy)
        if request.mode in MATRIX:
            policy = replace(policy, mode=str(request.mode))
        now = time.time()
        decided = decide(judgement, policy, request.cwd, now, dialect=dialect)
        if decided.action >= Action.CONFIRM and touches_caro(judgement) and by_a_person(request):
            decided = decide(judgement, policy, request.cwd, now, dialect=dialect, person=True)
        return told(decided, final=never_allowed(judgement))

    def _judged(self, request: Request, world: World, dialect: str) -> Judgement:
        """People type the same lines again and again, and the guard is a pure function of these three."""
        question: str | tuple[str, ...] = request.line
        if request.type == "check_exec":
            question = tuple(unexpanded(request.argv, request.cwd, world.home or ""))
        key = (question, dialect, _hashable(world))
        judgement = self.judged.get(key)
        if judgement is None:
            if isinstance(question, str):
                judgement = verdict_for(question, world, dialect)
            else:
                judgement = verdict_for_argv(list(question), world)
            if len(question) <= KEPT_BYTES:
                self.judged[key] = judgement
        else:
            self.judged.move_to_end(key)
        while len(self.judged) > KEPT_JUDGEMENTS:
            self.judged.popitem(last=False)
        return judgement

    def world_of(self, request: Request, session: Session | None = None) -> World:
        home = request.env.get("HOME", self.home) or None
        words: str | list[str] = request.argv if request.type == "check_exec" else request.line
        return World(
            cwd=request.cwd,
            home=home,
            root=os.geteuid() == 0,
            agent=request.agent,
            tty=request.tty,
            host=self.host,
            variables=request.env,
            own_files=self.own_files,
            created=made_in(session, request, words) if session else frozenset(),
            **surroundings(words, request.cwd, home, request.env),
        )


def made_in(session: Session, request: Request, words: str | list[str]) -> frozenset[str]:
    """What the session's lines made, as far as they ended well; asked only where something is about to go."""
    text = words if isinstance(words, str) else " ".join(words)
    if not DELETING.search(text):
        return frozenset()
    ended_well = [line for line in session.lines if line.exit_code == 0 and line.seq != request.seq]
    last = session.last_line()
    if last is not None and last.exit_code is None and last.seq != request.seq:
        # How the line before this one ended comes with this request.
        ended_well += [last] if request.last is not None and request.last.exit_code == 0 else []
    makers = [line for line in ended_well if line.cwd and MAKERS.search(line.text)]
    return frozenset(path for line in makers for path in created_by(line.text, line.cwd or "/"))


def by_a_person(request: Request) -> bool:
    """Whether somebody typed it at a terminal, below no agent. Who asks is known from the kernel; an exec's own
    process, which a tracer asks about, is looked at too."""
    if request.type == "agent" or request.agent or request.peer <= 0:
        return False
    asking = [request.peer, request.pid] if request.type == "check_exec" else [request.peer]
    return at_a_terminal(asking[-1]) and not any(map(agent_above_process, asking))


def hooked_settings(paths: Paths) -> list[str]:
    """The settings of agents that have Caro's hook, as `caro agent install` has noted them."""
    found = []
    for record in sorted((paths.state / "agents").glob("*.json")):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            found.append(str(json.loads(record.read_text("utf-8"))["file"]))
    return found


def _hashable(world: World) -> Hashable:
    values = (getattr(world, name) for name in _WORLD_FIELDS)
    return tuple(tuple(value.items()) if isinstance(value, Mapping) else value for value in values)


_WORLD_FIELDS = tuple(field.name for field in fields(World))


def told(judgement: Judgement, final: bool = False) -> Verdict:
    """As the wire has it."""
    return Verdict(
        judgement.action,
        judgement.level,
        judgement.score,
        tuple(judgement.rules),
        reason=judgement.why or None,
        instead=judgement.instead or None,
        final=final,
    )
