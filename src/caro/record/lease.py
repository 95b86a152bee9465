"""Tell whether any process still has a rotated file open for writing, and hold new ones off.

Linux: a read lease (fcntl(2), F_SETLEASE with F_RDLCK) is granted only where no descriptor is open for writing,
anywhere on the machine; a writer that a slow disk or a SIGSTOP stopped between its open and its write counts.
While it is held, an open for writing waits, and F_GETLEASE tells that somebody came.

Elsewhere nobody can be asked. There a file is taken for free once it was not changed for `SETTLED` seconds after
it was renamed: writers open the log by its path for each event, so only one stopped that long could come back.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Iterator

SETTLED = 600.0
HAS_LEASES = hasattr(fcntl, "F_SETLEASE")


@contextlib.contextmanager
def without_writers(fd: int) -> Iterator[bool]:
    """True if no process can write through a descriptor of this file; `fd` has to be open for reading only."""
    if not HAS_LEASES:
        yield _has_settled(fd)
        return
    try:
        # The default of SIGIO ends the process; SIGURG is ignored by default.
        fcntl.fcntl(fd, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        yield False
        return
    except OSError:
        # A file system without leases (NFS), or not our file.
        yield _has_settled(fd)
        return
    try:
        yield True
    finally:
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)


def writer_came(fd: int) -> bool:
    """True if somebody tried to open the file for writing since the lease was taken."""
    return HAS_LEASES and fcntl.fcntl(fd, fcntl.F_GETLEASE) != fcntl.F_RDLCK


def _has_settled(fd: int) -> bool:
    status = os.fstat(fd)
    return time.time() - max(status.st_mtime, status.st_ctime) > SETTLED
