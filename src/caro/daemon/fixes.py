"""The engine's helper inside the daemon: fixes after a failure, explanations.

It looks at folders, and a folder of a dead network mount hangs whoever looks: so it works in threads of its own,
and when all of them hang there is no suggestion, and everything else goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from caro.daemon.command_output import Place, output_of
from caro.daemon.model_fixes import ModelFixes
from caro.daemon.sessions import Line, Suggestion
from caro.engine.guard import Guard
from caro.knowledge.shells import key_words
from caro.settings import Settings
from caro.signals import ENDED_BY_KEY
from caro.wire import Request

if TYPE_CHECKING:
    from caro.daemon.plugged import Plugged
    from caro.engine.asking import Asked
    from caro.engine.question import Question
    from caro.fix.model import Answer, Failure, Fix

PRINTED_MAX = 48_000
"""Characters of an output that are told."""
T = TypeVar("T")
WORKERS = 2
QUEUED = 8
"""Failures that wait for a worker: a fix that comes late is better than none."""
LONGEST_ROW = 300
ROWS_MAX = 32_000
"""Characters of words that are told at once: a shell that asks for more has to type another letter."""


@dataclass(frozen=True)
class Failed:
    """A line that failed, its shell, that shell's PATH, and where its output may stand."""

    line: Line
    shell: str
    path: str
    place: Place = Place()  # noqa: RUF009


class FixerOfDaemon:
    """Made once the data is loaded (that takes a moment: see run.py); `use` follows the configuration."""

    def __init__(
        self,
        guard: Guard,
        settings: Settings,
        env: Mapping[str, str],
        complain: Callable[[str], None],
        redact: Callable[[str], str] = lambda text: text,
        say: Callable[[str], None] = lambda why: None,
    ) -> None:
        from caro.engine.helper import Helper
        from caro.machine.own_help import OwnHelp

        own_help = OwnHelp(ThreadPoolExecutor(1, "help"))
        self._redact = redact
        self.helper = Helper(lambda: guard, settings, env, complain, own_help)
        self.pool = ThreadPoolExecutor(WORKERS, "fix")
        self.busy = 0
        self.guesses = ModelFixes(self.helper, redact, say)
        self.plugged: Plugged | None = None
        self.use(settings)
        # Specs and PATH are read at the first question; that one shall not be a person's.
        self._suggestion(Failed(Line(0, "gti psuh", None, 127), "bash", ""))
        self.helper.before("gti psuh", "bash", None)
        self.helper.next_words("git ", None)

    def use(self, settings: Settings) -> None:
        """Answer by these settings from now on."""
        self.helper.use(settings)
        self.guesses.use(settings)
        self.stops = settings["fix.before"] == "offer" and settings["safety.mode"] != "off"
        on = settings["safety.mode"] != "off"
        self.wanted = bool(settings["shell.suggestions"]) and on
        self.explains = settings["shell.explain"] == "always" and on
        self.confidence = float(settings["fix.confidence"])
        self.key = key_words(str(settings["shell.fix_key"]))
        self.ignores_space = bool(settings["privacy.ignore_space"])

    def suggest(self, failed: Failed) -> Future[Suggestion] | None:
        """Look for the fix of a failed line; None: nobody is free to look, or nobody wants to know."""
        line = failed.line
        if not (self.wanted or self.explains) or not line.text or not line.exit_code:
            return None
        return self._work(lambda: self._suggestion(failed), QUEUED)

    def guess(self, failed: Failed, output: str | None, session: str) -> Future[Suggestion] | None:
        """Ask the model for the fix that nothing else found; None where none is asked."""
        line = failed.line
        if not self.wanted or line.exit_code in ENDED_BY_KEY or not line.text:
            return None
        asked = self.guesses.ask(session, _failure(line, output, failed.shell), failed.path)
        if asked is None:
            return None
        guessed: Future[Suggestion] = Future()

        def done(answer: Future[Answer]) -> None:
            broke = answer.cancelled() or answer.exception()
            guessed.set_result(
                Suggestion("", [], output) if broke else self._worded(line.text, answer.result(), output)
            )

        asked.add_done_callback(done)
        return guessed

    def before(self, line: str, shell: str, cwd: str | None, path: str) -> Future[Fix | None] | None:
        """Look for the sure fix of a line that has not run and would fail; None: nobody is free to look."""
        return self._work(lambda: self.helper.before(line, shell, cwd, path)) if self.stops else None

    def for_agent(self, request: Request) -> Future[dict[str, Any] | None] | None:
        """Look for what an agent is told of its failed call: `{cause, fix, confidence, risk, evidence}`."""
        if not self.wanted or not request.line:
            return None
        line = Line(0, request.line, request.cwd, request.exit_code or 1)
        path = request.env.get("PATH", "")
        return self._work(lambda: self._told_to_agent(line, request.output, path))

    def fixes_row(self, request: Request) -> Future[dict[str, Any]] | None:
        """Look for the fixes of `command`, as `caro fix --json` has them; None: nobody is free to look."""
        from caro.engine.told import fixes_row

        line = Line(0, request.command or "", request.cwd, request.exit_code)
        failure = _failure(line, request.output, request.shell)
        path = request.env.get("PATH", "")
        return self._work(lambda: fixes_row(self._fixes(failure, path)))

    def explain(
        self, question: Question, failed: Line | None, output: str | None, path: str
    ) -> Future[str] | None:
        """Look for what a line would do, as text; `failed`: the session's last failure, if it was that line."""
        failure = None if failed is None else _failure(failed, output, question.dialect)
        return self._work(lambda: "\n".join(self._explanation(question, failure, path)))

    def _explanation(self, question: Question, failure: Failure | None, path: str) -> list[str]:
        told = self.helper.explain(question, failure, path).lines()
        more = self.plugged.explanation(question.text, question.cwd or "") if self.plugged is not None else []
        return [*told, *([""] if more else []), *more]

    def explain_by_plugins(self, line: str, cwd: str) -> Future[str] | None:
        """Ask the programs of plugins what a line would do; None: there is none, or nobody is free to ask."""
        plugged = self.plugged
        return None if plugged is None else self._work(lambda: "\n".join(plugged.explanation(line, cwd)))

    def ask(self, question: Question, path: str) -> Future[list[dict[str, Any]]] | None:
        """Look for commands for the question's words, as rows; None: nobody is free to look."""
        return self._work(lambda: [asked.row() for asked in self._asked(question, path)])

    def _asked(self, question: Question, path: str) -> list[Asked]:
        known = self.helper.ask(question.text, question, path)
        more = self.plugged.commands(question.text, question.cwd or "") if self.plugged is not None else []
        if not more:
            return known
        # Put them behind the best of what ships: at the end they would fall to the few that are shown.
        return [*known[:1], *self.helper.judged(more, question, path), *known[1:]]

    def _fixes(self, failure: Failure, path: str) -> Answer:
        others = self.plugged.fixes(failure) if self.plugged is not None else []
        return self.helper.fixes(failure, path, others)

    def complete(self, line: str, cwd: str | None, path: str) -> Future[str] | None:
        """Look for the words that may stand at the line's end: one a line, a tab and what it means behind it."""
        return self._work(lambda: _rows(self.helper.next_words(line, cwd, path)))

    def printed(self, place: Place, line: str) -> Future[dict[str, Any]] | None:
        """Look for what a line printed, as `line` and, where somebody knows it, `output`."""
        return self._work(lambda: _printed(place, line))

    def take(self, words: str, command: str) -> None:
        """Keep that the command was taken for the words."""
        self.pool.submit(self.helper.taken, words, command)

    def learn(self, failed: Line, fixed: Line) -> None:
        """Keep what was typed after a failure, unless a blank says that it shall not come back."""
        if self.ignores_space and " " in (failed.text[:1], fixed.text[:1]):
            return
        self.pool.submit(self.helper.learn, failed.text, fixed.text, failed.cwd)

    def _work(self, work: Callable[[], T], queued: int = 0) -> Future[T] | None:
        """Give it to a worker; to be done later where all are busy and at most so many wait; else None."""
        if self.busy >= WORKERS + queued:
            return None
        self.busy += 1
        future = self.pool.submit(work)
        future.add_done_callback(self._free)
        return future

    def _free(self, _future: Future[Any]) -> None:
        self.busy -= 1

    def _told_to_agent(self, line: Line, output: str | None, path: str) -> dict[str, Any] | None:
        answer = self._fixes(_failure(line, output, "bash"), path)
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
        failure = _failure(failed.line, output, failed.shell)
        answer = self._fixes(failure, failed.path)
        worded = self._worded(failed.line.text, answer, output) if self.wanted else Suggestion("", [], output)
        return replace(worded, explanation=self._explained(failure, worded)) if self.explains else worded

    def _explained(self, failure: Failure, beside: Suggestion) -> str:
        """Return cause, evidence and, where no fix is shown beside it, what to try; "" for what needs no words."""
        told = None if failure.exit_code in ENDED_BY_KEY else self.helper.cause_that_tells(failure)
        if told is None:
            return ""
        rows = [told.cause, told.evidence, "" if beside.shown else told.advice and f"try: {told.advice}"]
        return "\n".join(row[:LONGEST_ROW] for row in dict.fromkeys(rows) if row)

    def _worded(self, line: str, answer: Answer, output: str | None) -> Suggestion:
        from caro.fix.part import mended_part

        fixes = [fix for fix in answer.fixes if fix.confidence >= self.confidence]
        if not fixes:
            return Suggestion("", [], output)
        told = [
            {"command": fix.command, "confidence": round(fix.confidence, 3), "why": fix.why} for fix in fixes
        ]
        best = fixes[0]
        part = self._redact(mended_part(line, best.command))
        return Suggestion(f"{part}   ({self._redact(best.why)}; {self.key})", told, output, part=part)


def _rows(words: list[tuple[str, str]]) -> str:
    from caro.printable import printable

    rows = (f"{printable(word)}\t{printable(said)}" if said else printable(word) for word, said in words)
    text = "\n".join(rows)
    return text if len(text) <= ROWS_MAX else text[:ROWS_MAX].rpartition("\n")[0]


def _printed(place: Place, line: str) -> dict[str, Any]:
    output = output_of(place, line)
    return {"line": line} | ({} if output is None else {"output": output[-PRINTED_MAX:]})


def _failure(line: Line, output: str | None, shell: str) -> Failure:
    from caro.fix.model import Failure

    return Failure(line.text, line.exit_code or 0, output, shell or "bash", line.cwd)
