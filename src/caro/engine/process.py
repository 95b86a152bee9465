"""The engine in a process of its own: with the settings, the environment and the folder that a command has."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from caro.engine.guard import Guard
from caro.engine.question import Question
from caro.engine.variables import told_variables
from caro.paths import Paths
from caro.runtime_conf import file_settings
from caro.settings import Settings, mode_of

if TYPE_CHECKING:
    from caro.engine.helper import Helper


def guard_of(env: Mapping[str, str], complain: Callable[[str], None]) -> Guard:
    """Return the guard as the daemon has it: of the configuration file. What this environment chose beyond that goes
    with each question, there as here."""
    return Guard(file_settings(env, Paths.of(env)), env, complain)


def helper_of(
    env: Mapping[str, str],
    complain: Callable[[str], None],
    settings: Settings | None = None,
    learns: bool = True,
) -> Helper:
    """Return a helper; settings are those of the configuration file where none are given."""
    from caro.engine.helper import Helper

    settings = file_settings(env, Paths.of(env)) if settings is None else settings
    return Helper(cache(lambda: guard_of(env, complain)), settings, env, complain, learns=learns)


def question_here(
    line: str, env: Mapping[str, str], dialect: str = "bash", cwd: str | None = None, mode: str | None = None
) -> Question:
    """Return the question that the prompt of a shell with this environment would ask in this folder, or in `cwd`."""
    return Question(
        line,
        dialect,
        folder_here(cwd),
        told_variables(line, env),
        agent=_agent_above(env) or None,
        tty=os.isatty(0),
        by_person=types_here(env),
        mode=mode or mode_of(env),
    )


def complain(message: str) -> None:
    """Tell on standard error what could not be read: what commands use."""
    print(f"caro: {message}", file=sys.stderr)


def folder_here(named: str | None = None) -> str | None:
    """Return a folder that was named, or the working one, as a whole path; None where that was removed under us."""
    try:
        return os.path.abspath(named) if named else os.getcwd()
    except OSError:
        return None


def types_here(env: Mapping[str, str]) -> bool:
    """True if somebody at a terminal runs this process, below no agent."""
    from caro.machine.agent_ancestry import at_a_terminal

    return at_a_terminal(os.getpid()) and not _agent_above(env)


def _agent_above(env: Mapping[str, str]) -> str:
    """Return the agent's name as the daemon finds it for a shell: by variables, or among the processes above; or ""."""
    from caro.machine.agent_ancestry import agent_above

    return agent_above(env)
