"""What observed policies would have done, beside the verdicts that hold: written down afterwards, in a thread."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from caro.engine.decision import Decision
from caro.engine.question import Question
from caro.levels import Action
from caro.paths import Paths
from caro.settings import Settings

if TYPE_CHECKING:
    from caro.engine.guard import Guard

WAITING = 64
"""Questions that wait for the thread; above it the newest are not observed: a prompt is never kept waiting."""


class Observer:
    """`see` costs nothing where no policy is observed."""

    def __init__(self, paths: Paths, redact: Callable[[str], str], complain: Callable[[str], None]) -> None:
        self._paths = paths
        self._redact = redact
        self._complain = complain
        self._guards: list[tuple[str, Guard]] = []
        self._asked: queue.Queue[tuple[Question, Action]] = queue.Queue(WAITING)
        self._thread: threading.Thread | None = None
        self._asked_again: Question | None = None

    def use(self, settings: Settings) -> None:
        """Observe the policies of these settings from now on."""
        observed = [one for one in settings.additions if not one.enforced]
        if not observed:
            self._guards = []
            return
        from caro.plugins.check import guard_with

        self._guards = [(one.name, guard_with(one, self._complain, settings)) for one in observed]
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, daemon=True, name="observe")
            self._thread.start()

    def see(self, question: Question, decision: Decision) -> None:
        """Note a question and what was decided; return at once."""
        if self._guards:
            # Count once what is asked until the guard has loaded: an agent's hook asks again.
            again = question == self._asked_again
            self._asked_again = question if decision.partial else None
            if again:
                return
            try:
                self._asked.put_nowait((question, decision.action))
            except queue.Full:
                pass

    def _work(self) -> None:
        while True:
            question, action = self._asked.get()
            for name, guard in self._guards:
                try:
                    self._judge(name, guard, question, action)
                except Exception as error:
                    self._complain(f"policy {name} could not be observed: {error!r}")

    def _judge(self, name: str, guard: Guard, question: Question, action: Action) -> None:
        from caro.policy.observed import note
        from caro.record.times import now_ts

        would = guard.ruled(question, guard.assess(question)).action
        if would > action:
            note(self._paths, name, self._redact(question.text), action.word, would.word, now_ts())
