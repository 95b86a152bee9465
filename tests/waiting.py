"""Waits for an event by looking for it; a look every few milliseconds leaves the processor to what is waited for."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
PATIENCE = 60.0
"""Seconds after which a test fails instead of hanging; no test depends on how long a thing takes."""


def wait_until(probe: Callable[[], T], what: Callable[[], object] = lambda: "") -> T:
    """Return the first true value of `probe`; fails with what `what` gives where none comes."""
    end = time.monotonic() + PATIENCE
    while not (found := probe()):
        assert time.monotonic() < end, what()
        time.sleep(0.005)
    return found


def text_of(file: Path) -> str:
    """Return what a file holds, "" where it isn't there yet."""
    try:
        return file.read_text("utf-8", "replace")
    except FileNotFoundError:
        return ""


def wait_ready(daemon_log: Path) -> None:
    """Wait until the daemon has loaded the guard and the fixer: its log says so."""
    wait_until(lambda: '"ready"' in text_of(daemon_log), lambda: text_of(daemon_log))
