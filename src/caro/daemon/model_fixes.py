"""The model's fix of a failure that nothing else mends: asked while the person goes on, told at a later prompt.

One question at a time, in a thread. A session's next failure takes the place of the one before, which ends its
question at once and frees the server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from caro.errors import CaroError
from caro.llm.backend import NoAnswer

if TYPE_CHECKING:
    from caro.engine.helper import Helper
    from caro.fix.model import Answer, Failure
    from caro.settings import Settings

QUEUED = 4
"""Sessions whose question may wait for its turn."""


@dataclass
class _Question:
    """A failure of a session; `stop` ends it while it runs, `wanted` tells whether anybody still waits."""

    session: str
    failure: Failure
    path: str
    wanted: bool = True
    stop: Callable[[], object] = lambda: None

    def end(self) -> None:
        self.wanted = False
        self.stop()


class ModelFixes:
    """`redact` masks what is sent; `say` gets why there is no answer, for the log."""

    def __init__(self, helper: Helper, redact: Callable[[str], str], say: Callable[[str], None]) -> None:
        self._helper, self._redact, self._say = helper, redact, say
        self._pool = ThreadPoolExecutor(1, "model")
        self._questions: dict[str, _Question] = {}
        self._lock = Lock()
        self._settings: Settings | None = None

    def use(self, settings: Settings) -> None:
        """Ask by these settings from now on; what was asked by others ends where no model is to be asked any more."""
        self._settings = settings if settings["llm.enabled"] and settings["llm.fixes"] else None
        if self._settings is None:
            for session in list(self._questions):
                self.forget(session)

    def ask(self, session: str, failure: Failure, path: str) -> Future[Answer] | None:
        """Have the model asked; None where none is on, or it could know nothing of the failure."""
        self.forget(session)
        if (
            self._settings is None
            or len(self._questions) >= QUEUED
            or not self._helper.may_be_mended(failure)
        ):
            return None
        question = _Question(session, failure, path)
        with self._lock:
            self._questions[session] = question
        return self._pool.submit(self._answer, question)

    def forget(self, session: str) -> None:
        """End what is asked for the session."""
        with self._lock:
            question = self._questions.pop(session, None)
        if question is not None:
            question.end()

    def _answer(self, question: _Question) -> Answer:
        from caro.fix.model import Answer

        nothing = Answer(question.failure.command)
        try:
            return asyncio.run(self._asked(question)) if question.wanted else nothing
        except (NoAnswer, CaroError) as problem:
            self._say(str(problem))
        except asyncio.CancelledError:
            pass
        finally:
            with self._lock:
                if self._questions.get(question.session) is question:
                    del self._questions[question.session]
        return nothing

    async def _asked(self, question: _Question) -> Answer:
        from caro.engine.modelled import Context

        loop, task, settings = asyncio.get_running_loop(), asyncio.current_task(), self._settings
        if task is None or settings is None:
            raise NoAnswer("no model is on")

        def stop() -> None:
            # Its loop may have ended a moment ago.
            if not loop.is_closed():
                loop.call_soon_threadsafe(task.cancel)

        question.stop = stop
        if not question.wanted:
            raise NoAnswer("nobody waits for it any more")
        context = Context(str(settings["llm.context"]), self._redact)
        return await self._helper.fix_by_model(question.failure, settings, context, question.path)
