"""Asks the person's shell for the words at the end of a line, and gives up on one that hangs."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

from caro.repl.asked_words import Offered, code_for, read_answer, typed_end
from caro.repl.questions import Questions

PATIENCE = 3.0
"""Seconds that the menu waits for the shell; keys and Enter never do."""
GRACE = 0.3
"""Seconds that fish has to answer once what it waited for is gone."""


class ShellWords:
    """One question at a time: a newer one, or a line that is handed over, ends the older."""

    def __init__(self, shell: str, questions: Questions) -> None:
        self._shell, self._questions = shell, questions
        self.folder: Path | None = None
        """Where the shell puts its answers; None: not known yet."""
        self.pid = 0
        self.aliases: dict[str, str] = {}
        self._number = 0
        self._waiting: asyncio.Future[str] | None = None
        self._forked = 0
        self._before: set[int] = set()
        self._open = 0
        """The question that fish is still at; 0: none."""

    async def ask(self, line: str) -> Offered:
        """Return what the shell offers; nothing where it doesn't answer in time."""
        self.cancel()
        if self.folder is None:
            return Offered()
        self._number += 1
        self._waiting = waiting = asyncio.get_running_loop().create_future()
        code, replaces = code_for(self._shell, typed_end(line, self.aliases), self._number)
        self._before = set(_children(self.pid))
        self._open = self._questions.ask(code, self._take_printed)
        try:
            text = await asyncio.wait_for(waiting, PATIENCE)
        except (TimeoutError, asyncio.CancelledError):
            if self._waiting is waiting:
                self.cancel()
            return Offered()
        return read_answer(text, self._shell, replaces)

    def cancel(self) -> None:
        """End the question that waits, with whatever the shell started for it."""
        if self._waiting is None:
            return
        self._waiting.cancel()
        self._waiting = None
        if self._forked:
            _end(self._forked)
        elif self._shell == "fish":
            # fish completes itself: it waits for a program that it asks.
            for child in set(_children(self.pid)) - self._before:
                _end(child)
            asyncio.get_running_loop().call_later(GRACE, self._interrupt, self._open)
        self._forked = 0

    def _interrupt(self, number: int) -> None:
        """End a completion of fish's that waits for no program: it reads keys, or goes round for ever. Until it has
        answered no line is handed over, so that the signal meets nothing else."""
        if number == self._open and self.pid:
            with contextlib.suppress(OSError):
                os.kill(self.pid, signal.SIGINT)

    def take_record(self, name: str, text: str) -> None:
        """Take `pid`, the process that completes, or `words`, the number of an answer that is there."""
        if not text.isdecimal():
            return
        if name == "pid":
            self._forked = int(text)
            if self._waiting is None:
                _end(self._forked)
        elif self.folder is not None:
            file = self.folder / f"words.{text}"
            with contextlib.suppress(OSError):
                printed = file.read_text("utf-8", "surrogateescape")
                file.unlink()
                if int(text) == self._number:
                    self._answer(printed)

    def _take_printed(self, number: int, text: str) -> None:
        if number == self._open:
            self._open = 0
        if self._shell == "fish":
            self._answer(text)

    def _answer(self, text: str) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(text)
        self._waiting, self._forked = None, 0


def _children(pid: int) -> Iterator[int]:
    """Yield a process's children, where the system tells (Linux). Source: proc_pid_task(5)."""
    with contextlib.suppress(OSError):
        yield from map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


def _end(pid: int) -> None:
    for child in list(_children(pid)):
        _end(child)
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGKILL)
