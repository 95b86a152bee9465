"""The suggestion after a failure: the fix engine inside the daemon.

It looks at folders, and a folder of a dead network mount hangs whoever looks: so it works in threads of its own,
and when all of them hang there is no suggestion, and everything else goes on.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from caro.daemon.printed import Place, output_of
from caro.daemon.sessions import Line
from caro.paths import Paths
from caro.settings import Settings
from caro.wire import Request

if TYPE_CHECKING:
    from caro.fix.model import Answer
    from caro.machine.world import Machine

WORKERS = 2
MACHINES_KEPT = 4


@dataclass(frozen=True)
class Suggestion:
    """The best fix of a failed line as one line for the terminal ("": none), and all that were found."""

    shown: str
    fixes: list[dict[str, Any]]
    output: str | None = None
    """What the line printed, as far as that is known."""


@dataclass(frozen=True)
class Failed:
    """A line that failed, its shell, that shell's PATH, and where its output may stand."""

    line: Line
    shell: str
    path: str
    place: Place = Place()  # noqa: RUF009


Fixer = Callable[[Failed], "Future[Suggestion] | None"]
"""None: nobody is free to look."""


def no_fixer(_failed: Failed) -> None:
    return None


AgentFixer = Callable[[Request], "Future[dict[str, Any] | None] | None"]
"""From an agent's failed call to `{cause, fix, confidence, risk, evidence}`."""


def no_agent_fixer(_request: Request) -> None:
    return None


def no_lesson(_failed: Line, _fixed: Line) -> None:
    return None


class FixerOfDaemon:
    def __init__(self, settings: Settings, env: Mapping[str, str], complain: Callable[[str], None]) -> None:
        from caro.machine.corrections import Corrections
        from caro.machine.own_help import OwnHelp
        from caro.machine.rules import load_rules
        from caro.machine.shell_names import ShellNames

        self.corrections = Corrections(Paths.of(env).corrections_db)
        self.home = env.get("HOME", "")
        self.shell_names = ShellNames(self.home)
        self.own_help = OwnHelp(ThreadPoolExecutor(1, "help"))
        self.default_path = env.get("PATH", "")
        self.rules = load_rules(complain, Paths.of(env))
        self.machines: OrderedDict[str, Machine] = OrderedDict()
        self.pool = ThreadPoolExecutor(WORKERS, "fix")
        self.busy = 0
        self.use(settings)
        # Specs and PATH are read at the first question; that one shall not be a person's.
        self._suggestion(Failed(Line(0, "gti psuh", None, 127), "bash", self.default_path))

    def use(self, settings: Settings) -> None:
        self.wanted = bool(settings["shell.suggestions"]) and settings["safety.mode"] != "off"
        self.learns = bool(settings["fix.learn"])
        self.confidence = float(settings["fix.confidence"])
        self.key = key_words(str(settings["shell.fix_key"]))

    def __call__(self, failed: Failed) -> Future[Suggestion] | None:
        line = failed.line
        if not self.wanted or not line.text or not line.exit_code or self.busy >= WORKERS:
            return None
        self.busy += 1
        future = self.pool.submit(self._suggestion, failed)
        future.add_done_callback(self._free)
        return future

    def _free(self, _future: Future[Any]) -> None:
        self.busy -= 1

    def for_agent(self, request: Request) -> Future[dict[str, Any] | None] | None:
        if not self.wanted or not request.line or self.busy >= WORKERS:
            return None
        self.busy += 1
        line = Line(0, request.line, request.cwd, request.exit_code or 1)
        path = request.env.get("PATH") or self.default_path
        future = self.pool.submit(self._told_to_agent, line, request.output, path)
        future.add_done_callback(self._free)
        return future

    def _told_to_agent(self, line: Line, output: str | None, path: str) -> dict[str, Any] | None:
        answer = self._answer(line, output, "bash", path)
        fix = next((fix for fix in answer.fixes if fix.confidence >= self.confidence), None)
        if fix is None:
            return None
        return {
            "cause": answer.explanation or fix.why,
            "fix": fix.command,
            "confidence": round(fix.confidence, 3),
            "risk": fix.level.word,
            "evidence": f"{fix.why} ({fix.tier})",
        }

    def _suggestion(self, failed: Failed) -> Suggestion:
        output = output_of(failed.place, failed.line.text)
        path = failed.path or self.default_path
        return self._worded(self._answer(failed.line, output, failed.shell, path), output)

    def _answer(self, line: Line, output: str | None, shell: str, path: str) -> Answer:
        from caro.fix.engine import fixes_for
        from caro.fix.learning import learned_from
        from caro.fix.model import Failure
        from caro.machine.corrections import project_of
        from caro.machine.judge import judge_for
        from caro.machine.world import MachineWorld

        world = MachineWorld(self._machine(path), line.cwd, self.shell_names.names(), self.home)
        failure = Failure(line.text, line.exit_code or 0, output, shell or "bash", line.cwd)
        known = self.corrections.about(line.text) if self.learns else []
        learned, refused = learned_from(known, line.text, project_of(line.cwd))
        judge = judge_for(failure.shell, line.cwd, self.home)
        return fixes_for(failure, world, self.rules, judge, learned, refused, self.confidence)

    def learn(self, failed: Line, fixed: Line) -> None:
        """Keeps what was typed after a failure, where it mends that failure and holds no secret."""
        from caro.fix.learning import is_correction
        from caro.machine.corrections import project_of

        if self.learns and is_correction(failed.text, fixed.text):
            self.pool.submit(self.corrections.learn, failed.text, fixed.text, project_of(failed.cwd))

    def _machine(self, path: str) -> Machine:
        from caro.machine.world import Machine

        machine = self.machines.get(path)
        if machine is None:
            machine = self.machines[path] = Machine(path, own_help=self.own_help)
            while len(self.machines) > MACHINES_KEPT:
                self.machines.popitem(last=False)
        return machine

    def _worded(self, answer: Answer, output: str | None) -> Suggestion:
        fixes = [fix for fix in answer.fixes if fix.confidence >= self.confidence]
        if not fixes:
            return Suggestion("", [], output)
        told = [
            {"command": fix.command, "confidence": round(fix.confidence, 3), "why": fix.why} for fix in fixes
        ]
        return Suggestion(f"{fixes[0].command}   ({fixes[0].why}; {self.key})", told, output)


def key_words(key: str) -> str:
    r"""`\e\e` as `esc esc`, `\C-x\C-f` as `ctrl-x ctrl-f`."""
    return key.replace(r"\C-", " ctrl-").replace(r"\e", " esc").strip()
