"""The programs of plugins as the daemon's parts ask them: started beside it, given 20 ms, and never believed.

Texts lose their secrets before they are told. No answer is no answer: whatever one of them does, the daemon goes on
as if it were not there.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import msgspec

from caro.config_write import write_private
from caro.engine.decision import Decision
from caro.engine.question import Question
from caro.fix.model import Candidate, Failure
from caro.levels import Action
from caro.model import Event
from caro.paths import Paths
from caro.plugins import answers
from caro.plugins.process import RUNNING, Process, Start, ask_all
from caro.plugins.starts import starts
from caro.settings import Settings

SECONDS = 0.02
OUTPUT_CHARACTERS = 16_000


class Plugged:
    """Made once somebody has enabled one; `use` follows the configuration."""

    def __init__(self, paths: Paths, redact: Callable[[str], str], say: Callable[..., None]) -> None:
        self._file = paths.plugin_states
        self._redact = redact
        self._say = say
        self._running: dict[Start, Process] = {}
        self._noted: dict[str, Any] = {}
        self._noting = threading.Lock()

    def use(self, settings: Settings) -> None:
        """Run those that the settings name, from now on; what runs already, and is the same, goes on."""
        wanted = dict(starts(settings))
        for start in [start for start in self._running if start not in wanted]:
            self._running.pop(start).stop("it is wanted no more")
        for start, hooks in wanted.items():
            if start not in self._running:
                self._running[start] = Process(start)
                self._begin(self._running[start], hooks)
        self.note()

    def _begin(self, process: Process, hooks: frozenset[str] | None) -> None:
        def begun() -> None:
            if hooks is not None:
                process.hooks &= hooks
            self.note()

        threading.Thread(target=process.live, args=(begun,), daemon=True, name="plugin").start()

    def end(self) -> None:
        """End them all."""
        for process in self._running.values():
            process.stop("the daemon ends")
        self._running = {}
        self._file.unlink(missing_ok=True)

    def note(self) -> None:
        """Write down how they are, where that has changed: the doctor reads it."""
        with self._noting:
            states = {one.name: {"state": one.state, "why": one.why, "hooks": sorted(one.hooks)}
                      for one in list(self._running.values())}  # fmt: skip
            if states == self._noted:
                return
            new = {name: one for name, one in states.items() if self._noted.get(name) != one}
            self._noted = states
            try:
                write_private(self._file, json.dumps({"v": 1, "plugins": states}))
            except OSError as error:
                self._say("plugins_not_noted", reason=str(error))
        for name, one in new.items():
            self._say("plugin", plugin=name, state=one["state"], reason=one["why"])

    def asks(self, hook: str) -> bool:
        """True if one of them has that hook."""
        return any(one.state == RUNNING and hook in one.hooks for one in list(self._running.values()))

    def _ask(self, hook: str, fields: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        processes = list(self._running.values())
        before = sum(one.state == RUNNING for one in processes)
        yield from ask_all(processes, hook, fields, SECONDS)
        if sum(one.state == RUNNING for one in processes) != before:
            threading.Thread(target=self.note, daemon=True).start()

    def tightened(self, question: Question, decision: Decision) -> Decision:
        """Return the decision, or a stricter one that one of them asks for."""
        if decision.action is Action.BLOCK or not self.asks("rule"):
            return decision
        fields = {"line": self._redact(question.text), "cwd": question.cwd or "", "agent": question.agent or "",
                  "action": decision.action.word}  # fmt: skip
        for name, told in self._ask("rule", fields):
            decision = answers.tightened(decision, told, name)
        return decision

    def fixes(self, failure: Failure) -> list[Candidate]:
        """Return what they take a failed line for."""
        if not self.asks("fix"):
            return []
        fields = asdict(failure) | {"status": failure.exit_code, "line": self._redact(failure.command)}
        fields["output"] = self._redact((failure.output or "")[-OUTPUT_CHARACTERS:])
        kept = {key: fields[key] or "" for key in ("line", "output", "cwd", "shell")} | {
            "status": failure.exit_code
        }
        return [one for name, told in self._ask("fix", kept) for one in answers.fixes(told, name)]

    def rest(self, line: str, cwd: str, previous: str) -> str:
        """Return what one of them offers behind a typed line; "" for nothing."""
        if not self.asks("suggest") or self._redact(line) != line:
            return ""
        fields = {"line": line, "cwd": cwd, "previous": previous}
        return next((rest for _, told in self._ask("suggest", fields) if (rest := answers.rest(told))), "")

    def commands(self, words: str, cwd: str) -> list[tuple[str, str]]:
        """Return (command, why) for a request in words."""
        if not self.asks("ask"):
            return []
        fields = {"words": self._redact(words), "cwd": cwd}
        return [one for name, told in self._ask("ask", fields) for one in answers.commands(told, name)]

    def explanation(self, line: str, cwd: str) -> list[str]:
        """Return lines for an explanation of what a line would do."""
        if not self.asks("explain"):
            return []
        fields = {"line": self._redact(line), "cwd": cwd}
        return [one for name, told in self._ask("explain", fields) for one in answers.explanation(told, name)]

    def exporters(self) -> list[Process]:
        """Return those that take events."""
        return [one for one in list(self._running.values()) if one.state == RUNNING and "export" in one.hooks]

    def told(self, event: Event) -> dict[str, Any]:
        """Return an event as exporters get it: masked and filtered by those that have such hooks."""
        fields: dict[str, Any] = msgspec.to_builtins(event)
        if event.text and self.asks("redact"):
            for _, told in self._ask("redact", {"text": fields["text"]}):
                fields["text"] = answers.masked(fields["text"], told)
        if self.asks("event"):
            for name, told in self._ask("event", {"event": fields}):
                fields = answers.filtered(fields, told, name)
        return fields

    def export(self, process: Process, events: list[dict[str, Any]]) -> bool:
        """Give events to one of them; True if it has them for good."""
        return any(
            told.get("ok") is True for _, told in ask_all([process], "export", {"events": events}, SECONDS)
        )
