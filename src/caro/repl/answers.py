"""What meta lines answer: text, one of Caro's own commands to be run, or a line for the person's shell."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache

from caro.engine.guard import Guard
from caro.engine.question import Question
from caro.knowledge.shells import Shell
from caro.repl.meta import MetaLine, help_lines, unknown_line


@dataclass(frozen=True)
class Here:
    """Where a meta line is typed. `cwd` is the shell's folder, `session` its session, `last` the line before; None:
    not known."""

    shell: Shell
    env: Mapping[str, str]
    cwd: str | None = None
    session: str | None = None
    last: str | None = None


@dataclass(frozen=True)
class Answer:
    """`lines` are shown; then `words` are run as a program on the terminal, `line` goes to the person's shell, or the
    shell is left (`leaves`)."""

    lines: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    line: str = ""
    leaves: bool = False


def answer(typed: MetaLine, here: Here) -> Answer:
    """Return what a meta line answers. Never raises on any words."""
    if typed.meta is None:
        return Answer((unknown_line(typed.name),))
    return _ANSWERS[typed.name](typed.argument, here)


def plan_of(line: str, here: Here) -> list[str]:
    """Return the plan of a line, as `:dry` and `--dry-run` show it. Nothing runs."""
    from caro.repl.plan import plan, plan_lines

    statements = plan(_guard(), _question(line, here), here.env.get("HOME", ""))
    return plan_lines(statements, ascii_only=not _shows_unicode())


def _dry(argument: str, here: Here) -> Answer:
    line = argument or here.last
    return Answer(tuple(plan_of(line, here)) if line else ("of which line? :dry LINE",))


def _why(argument: str, here: Here) -> Answer:
    from caro.engine.story import story

    line = argument or here.last
    if not line:
        return Answer(("of which line? :why LINE",))
    return Answer((line, *story(_guard().decide(_question(line, here)))))


def _mode(argument: str, here: Here) -> Answer:
    if not argument:
        from caro.engine.shell_policy import VARIABLE
        from caro.settings import load_settings, mode_of

        mode = mode_of(here.env) or load_settings(here.env)["safety.mode"]
        policy = "; this shell has a policy too" if VARIABLE in here.env else ""
        return Answer(
            (f"the guard's mode is {mode}{policy}; :mode off, :mode passive or :mode active choose another",)
        )
    if argument not in ("off", "passive", "active"):
        return Answer((f"{argument} is none of off, passive, active",))
    # The shell sets it, and its hook judges that line as any other.
    setting = "set -gx CARO_SAFETY_LEVEL" if here.shell.name == "fish" else "export CARO_SAFETY_LEVEL="
    return Answer(line=f"{setting}{' ' if here.shell.name == 'fish' else ''}{argument}")


def _caro(command: str, of_session: bool) -> Callable[[str, Here], Answer]:
    """Return what runs one of Caro's own commands, for this session where it is about one."""

    def run(argument: str, here: Here) -> Answer:
        try:
            words = shlex.split(argument)
        except ValueError:
            return Answer(("a quote in it never closes",))
        chosen = (
            () if words or not of_session else ("--session", here.session) if here.session else ("--last",)
        )
        return Answer(words=(sys.executable, "-P", "-m", "caro", command, *chosen, *words))

    return run


_ANSWERS: Mapping[str, Callable[[str, Here], Answer]] = {
    "help": lambda argument, here: Answer(tuple(help_lines())),
    "mode": _mode,
    "dry": _dry,
    "why": _why,
    "log": _caro("log", True),
    "tree": _caro("tree", True),
    "undo": _caro("undo", False),
    "quit": lambda argument, here: Answer(leaves=True),
}


def _question(line: str, here: Here) -> Question:
    from caro.repl.batch import question_of

    question = question_of(line, here.shell, here.env)
    return replace(question, cwd=here.cwd) if here.cwd else question


@cache
def _guard() -> Guard:
    from caro.engine.process import guard_of

    return guard_of(os.environ, lambda message: None)


def _shows_unicode() -> bool:
    return "utf" in "".join(os.environ.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG")).lower()
