"""The program that runs a model for the daemon: `python -m caro.llm.serving FILE SOCKET`.

llama.cpp's own server (the extra `caro[model]`) on a Unix socket that nobody else may open. It ends with its standard
input, which the daemon holds: no daemon, no model.
"""

from __future__ import annotations

import contextlib
import os
import sys
from importlib import import_module
from pathlib import Path

WANTED = {
    "n_ctx": 4096,
    "n_parallel": 1,
    "prefill_assistant": True,
    "offline": True,
    "ui": False,
    "warmup": False,
}
"""Settings of llama.cpp's server: tokens of context, one answer at a time; nothing is fetched, no page is served."""
NICE = 5
NO_PACKAGE, NO_MODEL = 3, 4
"""Exit statuses: the extra is not installed, the file can't be loaded."""


def threads_for(cores: int, load: float) -> int:
    """Return how many threads reckon: those that nobody else needs, and never all but where there is one. They wait
    for each other at each layer: with one more than there are free processors an answer takes fifty times as long."""
    return max(1, min(cores - 1, cores - round(load)))


def main(words: list[str]) -> int:
    """Serve until standard input ends."""
    file, socket = words
    try:
        xllamacpp = import_module("xllamacpp")
    except ImportError:
        return NO_PACKAGE
    os.nice(NICE)
    os.umask(0o177)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(socket)
    wanted = xllamacpp.CommonParams()
    wanted.model.path = file
    for name, value in (WANTED | {"hostnames": [socket]}).items():
        setattr(wanted, name, value)
    threads = ("n_threads", threads_for(os.cpu_count() or 1, os.getloadavg()[0]))
    for part in (wanted.cpuparams, wanted.cpuparams_batch):
        setattr(part, *threads)
    try:
        server = xllamacpp.Server(wanted)
    except (RuntimeError, ValueError):
        return NO_MODEL
    while sys.stdin.buffer.read(4096):
        pass
    Path(socket).unlink(missing_ok=True)
    # Its threads are in the middle of an answer, perhaps: nothing of it is to be kept.
    os._exit(0 if server else NO_MODEL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
