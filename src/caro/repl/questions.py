"""Questions to the person's shell while it waits at its prompt: code that it evaluates, whose output it answers."""

from __future__ import annotations

from collections.abc import Callable

from caro.repl.state import BREAK

Take = Callable[[int, str], None]


class Questions:
    """Numbers the questions, and hands each answer to whoever asked. `send` takes code for the shell."""

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send = send
        self._count = 0
        self._waiting: dict[int, Take] = {}

    def ask(self, code: str, take: Take) -> int:
        """Ask; `take` gets the number and what the code prints. A shell that is off answers nothing. Returns the
        number."""
        self._count += 1
        self._waiting[self._count] = take
        self._send(f"builtin printf '%s\\036' {self._count}; {code}".encode("utf-8", "surrogateescape"))
        return self._count

    def take(self, answer: str) -> None:
        """Take an answer of the shell's. One that nobody asked for is dropped."""
        number, _, printed = answer.partition(BREAK)
        if number.isdecimal() and (take := self._waiting.pop(int(number), None)) is not None:
            take(int(number), printed)
