"""A pager for long answers on a terminal: `$PAGER`, else less as with `-FRX` (one screen needs none)."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import TextIO, cast


@contextlib.contextmanager
def paged(newest_last: bool = False) -> Iterator[TextIO]:
    """Yield the stream to write to: a pager's input on a terminal, standard output elsewhere.

    `newest_last` lets less open at the end. Whoever leaves the pager early ends the answer, and nothing is wrong.
    """
    words = pager_words(newest_last)
    if not words:
        yield sys.stdout
        return
    sys.stdout.flush()
    try:
        child = subprocess.Popen(words, stdin=subprocess.PIPE, env={"LESS": "FRX", "LV": "-c"} | os.environ)
    except OSError:
        yield sys.stdout
        return
    stream = open(cast(int, child.stdin.fileno()), "w", encoding=sys.stdout.encoding, errors=sys.stdout.errors, closefd=False)  # type: ignore[union-attr]
    # ^C is the pager's, which may be searching.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield stream
    except BrokenPipeError:
        pass
    finally:
        for end in (stream, child.stdin):
            with contextlib.suppress(BrokenPipeError):
                end.close()  # type: ignore[union-attr]
        child.wait()
        signal.signal(signal.SIGINT, before)


def pager_words(newest_last: bool) -> list[str]:
    """Return the pager's command, empty where none is wanted: no terminal, a dumb one, `PAGER=` or `PAGER=cat`."""
    if not (sys.stdout.isatty() and sys.stdin is not None and sys.stdin.isatty()) or os.environ.get("TERM", "dumb") == "dumb":
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
