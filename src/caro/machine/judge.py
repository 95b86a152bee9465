"""The guard as the fixer asks it: how dangerous is this command? The answer never depends on policy or mode."""

from __future__ import annotations

from functools import lru_cache

from caro.fix.model import Judge, Judgement

DIALECTS = ("bash", "zsh", "fish", "sh")


def judge_for(shell: str, cwd: str | None, home: str = "") -> Judge:
    """A judge for lines of one shell and folder."""
    dialect = shell if shell in DIALECTS else "bash"
    return lambda command: _judged(command, dialect, cwd, home)


@lru_cache(maxsize=256)
def _judged(command: str, dialect: str, cwd: str | None, home: str) -> Judgement:
    from caro.safety.verdict import verdict_for
    from caro.safety.world import World

    verdict = verdict_for(command, World(cwd=cwd, home=home or None), dialect)
    return Judgement(verdict.level, verdict.score)
