"""A pager for long answers on a terminal: `$PAGER`, else less as with `-FRX`."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from itertools import islice

from caro.show.look import width_of


@contextlib.contextmanager
def paged(newest_last: bool = False) -> Iterator[Pages]:
    """Yield what to write to: standard output, and on a terminal a pager from the second screen on.

    `newest_last` lets less open at the end. Whoever leaves the pager early ends the answer, and nothing is wrong.
    """
    pages = Pages(pager_words(newest_last))
    # ^C is the pager's, which may be searching; until there is one it ends this.
    before = signal.getsignal(signal.SIGINT)
    try:
        yield pages
    except BrokenPipeError:
        if not pages.runs:
            raise
    finally:
        pages.close()
        signal.signal(signal.SIGINT, before)


class Pages:
    """Text on its way to the terminal. What fits one screen is printed; the pager is started when more comes."""

    def __init__(self, words: list[str]) -> None:
        self._words = words
        self._held: list[str] = []
        self._room = 0
        self._columns = 80
        self._pager: subprocess.Popen[str] | None = None
        if words:
            size = os.get_terminal_size(sys.stdout.fileno())
            # A row is the next prompt's.
            self._columns, self._room = max(size.columns, 1), size.lines - 1

    @property
    def runs(self) -> bool:
        return self._pager is not None

    def write(self, text: str) -> None:
        """Write a line, with its newline."""
        if not self._words:
            sys.stdout.write(text)
        elif self._pager is not None and self._pager.stdin is not None:
            self._pager.stdin.write(text)
        else:
            self._held.append(text)
            self._room -= max(-(-(width_of(text) - 1) // self._columns), 1)
            if self._room < 0:
                self._start()

    def write_lines(self, lines: Iterable[str]) -> None:
        """Write lines, each without its newline; many at once where nobody counts them."""
        lines = iter(lines)
        while not self._words and (some := list(islice(lines, 1000))):
            sys.stdout.write("\n".join(some) + "\n")
        for line in lines:
            self.write(line + "\n")

    def _start(self) -> None:
        env = {"LESS": "RX", "LV": "-c"} | os.environ
        sys.stdout.flush()
        try:
            self._pager = subprocess.Popen(
                self._words, stdin=subprocess.PIPE, env=env, encoding="utf-8", errors="surrogateescape"
            )
        except OSError:
            self._words = []
        else:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._release()

    def _release(self) -> None:
        held, self._held = "".join(self._held), []
        if self._pager is not None and self._pager.stdin is not None:
            self._pager.stdin.write(held)
        else:
            sys.stdout.write(held)

    def close(self) -> None:
        """Print what is held, or wait until the pager is left."""
        if self._pager is None:
            self._release()
            return
        with contextlib.suppress(BrokenPipeError):
            assert self._pager.stdin is not None
            self._pager.stdin.close()
        self._pager.wait()


def pager_words(newest_last: bool) -> list[str]:
    """Return the pager's command; empty where none is wanted: no terminal, a dumb one, `PAGER=` or `PAGER=cat`."""
    terminal = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
    if not terminal or os.environ.get("TERM", "dumb") == "dumb":
        return []
    try:
        words = shlex.split(os.environ.get("PAGER", "less"))
    except ValueError:
        return []
    if not words or words == ["cat"] or shutil.which(words[0]) is None:
        return []
    if newest_last and os.path.basename(words[0]) == "less":
        words.append("+G")
    return words
