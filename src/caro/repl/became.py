"""Notices that the shell has become another one (`exec zsh`, in its rc file too), whose prompts no mark announces."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Sequence

from caro.knowledge.shells import shell_programs

_EXEC = re.compile(r"\bexec\b")
SOON = (0.005,) * 60
"""Seconds between the looks after a line that may replace the shell: the new one has not drawn its prompt yet."""
LATER = (0.3, 0.7, 2.0)
"""The same after any line, and at the start: a function or an rc file may do it."""


_WITH_VALUE = frozenset((b"-o", b"+o", b"-O", b"+O", b"--rcfile", b"--init-file", b"-C", b"--init-command"))
"""Options of shells whose value is a word of its own."""


def _reads_lines(words: Sequence[bytes]) -> bool:
    """True if a shell called with these words reads its commands from the terminal: no `-c`, no script."""
    left = iter(words)
    for word in left:
        if word in _WITH_VALUE:
            next(left, None)
        elif (
            not word.startswith((b"-", b"+"))
            or word == b"--command"
            or (not word.startswith(b"--") and b"c" in word)
        ):
            return False
        elif word == b"-s":
            return True
    return True


class Became:
    """Looks at one shell, started with `words`. `write` writes to the terminal."""

    def __init__(self, words: Sequence[str], write: Callable[[bytes], None]) -> None:
        self._words, self._write = [os.fsencode(word) for word in words], write
        self._looking: asyncio.Task[None] | None = None

    def look(self, pid: int, line: str = "") -> None:
        """Look for a while, until `leave`. `line`: what the shell has been handed."""
        self.leave()
        steps = (*SOON, *LATER) if _EXEC.search(line) else LATER
        self._looking = asyncio.ensure_future(self._look(pid, steps))

    def leave(self) -> None:
        """The shell has drawn its prompt: it is there."""
        if self._looking is not None:
            self._looking.cancel()

    async def _look(self, pid: int, steps: Sequence[float]) -> None:
        for at, step in enumerate(steps):
            await asyncio.sleep(step)
            if name := self._other(pid):
                self._tell(name, late=at >= len(steps) - len(LATER))
                return

    def _other(self, pid: int) -> str:
        """Return the name of another shell that this process is now; empty where it is none."""
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                words = file.read().split(b"\0")[:-1]
        except OSError:
            return ""
        if not words or words == self._words or not _reads_lines(words[1:]):
            return ""
        name = os.fsdecode(words[0]).rpartition("/")[2].lstrip("-")
        return name if name in shell_programs() else ""

    def _tell(self, name: str, late: bool) -> None:
        text = f"caro repl: your shell has become {name} (exec): it edits its lines itself from here on"
        if late and len(text) < os.get_terminal_size(1).columns:
            # Above the row of its prompt, which goes down by one.
            self._write(f"\n\x1b[A\x1b7\r\x1b[L{text}\x1b8\x1b[B".encode())
        else:
            self._write(("\r\n" * late + f"{text}\r\n").encode())
