"""The fix engine with this machine behind it: its names, rules, guard and what its user taught it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping

from caro.fix.engine import LEAST_CONFIDENCE, fixes_for
from caro.fix.learning import learned_from
from caro.fix.model import Answer, Failure
from caro.machine.corrections import Corrections, project_of
from caro.machine.judge import judge_for
from caro.machine.rules import load_rules
from caro.machine.shell_names import ShellNames
from caro.machine.world import Machine, MachineWorld
from caro.paths import Paths


class Fixer:
    """Make one for many failures. `corrections` None: nothing is learned and nothing learned is used."""

    def __init__(
        self,
        env: Mapping[str, str],
        complain: Callable[[str], None],
        least: float = LEAST_CONFIDENCE,
        learn: bool = True,
    ) -> None:
        paths = Paths.of(env)
        self.machine = Machine(env.get("PATH", ""))
        self.home = env.get("HOME", "")
        self.shell_names = ShellNames(self.home)
        self.rules = load_rules(complain, paths)
        self.least = least
        self.corrections = Corrections(paths.corrections_db) if learn else None
        self._complain = complain

    def answer(self, failure: Failure) -> Answer:
        """Never raises: whatever goes wrong with one failure is told once, and that failure gets no fix."""
        try:
            return self._answer(failure)
        except Exception as error:
            self._complain(f"no fix for {failure.command[:60]!r}: {error!r}")
            return Answer(failure.command)

    def _answer(self, failure: Failure) -> Answer:
        world = MachineWorld(self.machine, failure.cwd, self.shell_names.names(), self.home)
        known = [] if self.corrections is None else self.corrections.about(failure.command)
        learned, refused = learned_from(known, failure.command, project_of(failure.cwd))
        judge = judge_for(failure.shell, failure.cwd, self.home)
        return fixes_for(failure, world, self.rules, judge, learned, refused, self.least)


def fixer_of_process(complain: Callable[[str], None], learn: bool = True) -> Fixer:
    """A fixer with this process's environment and settings."""
    from caro.settings import load_settings

    settings = load_settings(os.environ)
    for warning in settings.problems:
        with contextlib.suppress(OSError):
            complain(warning)
    return Fixer(
        os.environ, complain, float(settings["fix.confidence"]), learn and bool(settings["fix.learn"])
    )
