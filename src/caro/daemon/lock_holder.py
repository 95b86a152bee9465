"""End a daemon that doesn't answer: the process that holds the daemon's lock, and no other.

The lock file names its holder. That number is believed only while the lock is held, and where the system tells it,
only if that process is ours and has this very file open: a number alone may belong to another process by now.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
from pathlib import Path

from caro.daemon.listen import wait_for_lock
from caro.settings import lock_file

TERM_SECONDS = 2.0
KILL_SECONDS = 2.0


def holder_of(socket_path: Path) -> int | None:
    """Return the pid of the daemon that holds the lock; None where nobody does, or it can't be made sure."""
    try:
        fd = os.open(lock_file(socket_path), os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        if not _is_held(fd):
            return None
        word = os.pread(fd, 32, 0).strip()
        pid = int(word) if word.isdigit() else 0
        return pid if pid not in (0, 1, os.getpid()) and _has_open(pid, fd) else None
    finally:
        os.close(fd)


def _is_held(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _has_open(pid: int, fd: int) -> bool:
    """True if that process of ours has the file open; without /proc, if it is ours."""
    wanted = os.fstat(fd)
    folder = Path(f"/proc/{pid}/fd")
    if not Path("/proc/self/fd").is_dir():
        with contextlib.suppress(OSError, OverflowError):
            os.kill(pid, 0)
            return True
        return False
    try:
        for name in os.listdir(folder):
            with contextlib.suppress(OSError):
                found = os.stat(folder / name)
                if (found.st_dev, found.st_ino) == (wanted.st_dev, wanted.st_ino):
                    return True
    except OSError:
        pass
    return False


def end_holder(socket_path: Path) -> int | None:
    """End the holder by SIGTERM, then by SIGKILL, which a stopped process can't put off; return its pid.

    None where there is no holder, or it is still there after both.
    """
    pid = holder_of(socket_path)
    if pid is None:
        return None
    for number, seconds in ((signal.SIGTERM, TERM_SECONDS), (signal.SIGKILL, KILL_SECONDS)):
        # Asked again before each: only a holder of the lock is signalled.
        if holder_of(socket_path) != pid:
            return pid
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        if wait_for_lock(socket_path, seconds):
            return pid
    return None
