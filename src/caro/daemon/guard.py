"""The guard inside the daemon: a request of the wire into its question, its answer into a verdict of the wire."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from dataclasses import replace

from caro.daemon.sessions import Session
from caro.daemon.verdicts import Verdict
from caro.safety.policy import MATRIX, decide, policy_from
from caro.safety.verdict import Verdict as Judgement
from caro.safety.verdict import verdict_for, verdict_for_argv, warm
from caro.safety.world import World
from caro.settings import Settings
from caro.wire import Request

DIALECTS = ("bash", "zsh", "fish", "sh")
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
        self.home = env.get("HOME", "")
        self.host = socket.gethostname()
        warm()
        for dialect in DIALECTS:
            for line in WARMING:
                verdict_for(line, dialect=dialect)
        self.use(settings)

    def use(self, settings: Settings) -> None:
        self.policy = policy_from(settings.values, self.home)

    def __call__(self, request: Request, _session: Session | None) -> Verdict:
        dialect = request.shell if request.shell in DIALECTS else "bash"
        world = self.world_of(request)
        if request.type == "check_exec":
            judgement = verdict_for_argv(request.argv, world)
        else:
            judgement = verdict_for(request.line, world, dialect)
        policy = self.policy
        if request.mode in MATRIX:
            policy = replace(policy, mode=str(request.mode))
        return told(decide(judgement, policy, request.cwd, time.time(), dialect=dialect))

    def world_of(self, request: Request) -> World:
        return World(
            cwd=request.cwd,
            home=request.env.get("HOME", self.home) or None,
            root=os.geteuid() == 0,
            agent=request.agent,
            tty=request.tty,
            host=self.host,
            variables=request.env,
        )


def told(judgement: Judgement) -> Verdict:
    """As the wire has it."""
    return Verdict(
        judgement.action,
        judgement.level,
        judgement.score,
        tuple(judgement.rules),
        reason=judgement.why or None,
        instead=judgement.instead or None,
    )
