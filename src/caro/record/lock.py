"""The lock under which a log's files are renamed or rewritten. Writers and readers don't take it."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from caro.errors import CaroError


def lock_path(log: Path) -> Path:
    return log.with_name(log.name + ".lock")


@contextlib.contextmanager
def log_lock(log: Path, wait: bool = True) -> Iterator[bool]:
    """Hold the lock; give False, without it, where another process has it and `wait` is off."""
    try:
        fd = os.open(lock_path(log), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise CaroError(f"cannot lock {log}: {error.strerror}; is its folder writable?") from None
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(fd)
