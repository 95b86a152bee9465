"""A request of the wire as a question of the engine: with what the session and the kernel know beside it."""

from __future__ import annotations

import os
from pathlib import Path

import caro
from caro.daemon.sessions import Session
from caro.engine.made import made_by, may_take_away
from caro.engine.question import Question
from caro.machine.agent_ancestry import agent_above_process, answers_for, at_a_terminal, begins_a_run
from caro.paths import Paths
from caro.wire import Request


def question_of(request: Request, session: Session | None) -> Question:
    """Return the question of a `preexec`, `check_exec` or `agent` request."""
    words: str | tuple[str, ...] = request.line
    if request.type == "check_exec":
        words = tuple(request.argv)
    agent = request.agent or (session.agent if session else "") or None
    began = bool(agent) and _begins_a_run(request)
    return Question(
        words,
        request.shell,
        request.cwd,
        request.env,
        agent=None if began else agent,
        tty=request.tty,
        made=made_in(session, request) if session else frozenset(),
        mode=None if began else request.mode,
        cut=request.cut,
    )


def _begins_a_run(request: Request) -> bool:
    """True for an agent that somebody starts under `caro run`: that is not its own doing, and judged as theirs."""
    launchers = _natives("caro-trace", "caro-launch")
    return request.type == "check_exec" and begins_a_run(request.pid, request.argv, launchers)


def _natives(*names: str) -> list[Path]:
    """Return the files of these programs, installed and packaged."""
    folders = (Paths.of(os.environ).bin, Path(caro.__file__).parent / "_bin")
    return [folder / name for folder in folders for name in names]


def made_in(session: Session, request: Request) -> frozenset[str]:
    """Return what the session's lines made, as far as they ended well; looked for only where something may go."""
    if not may_take_away(request.line or " ".join(request.argv)):
        return frozenset()
    ended_well = [line for line in session.lines if line.exit_code == 0 and line.seq != request.seq]
    last = session.last_line()
    if last is not None and last.exit_code is None and last.seq != request.seq:
        # How the line before this one ended comes with this request.
        ended_well += [last] if request.last is not None and request.last.exit_code == 0 else []
    return made_by((line.text, line.cwd) for line in ended_well if line.cwd)


def by_a_person(request: Request) -> bool:
    """True if somebody typed it at a terminal, below no agent. Who asks is known from the kernel; an exec's own
    process, which a tracer asks about, is looked at too."""
    if request.type == "agent" or request.peer <= 0:
        return False
    if request.agent:
        return _begins_a_run(request) and at_a_terminal(request.pid)
    asking = [request.peer, request.pid] if request.type == "check_exec" else [request.peer]
    return at_a_terminal(asking[-1]) and not any(map(agent_above_process, asking))


def from_its_terminal(peer: int, shell: int) -> bool:
    """True if the process is the shell or caro-hook (installed or packaged) on its terminal, below no agent."""
    return answers_for(peer, shell, _natives("caro-hook"))
