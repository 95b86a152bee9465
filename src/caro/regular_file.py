"""Read a file that somebody else may have put there: never wait for it, never take more of it than is sensible."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

MOST_BYTES = 1024 * 1024
"""What a file that a person writes by hand may hold."""


def read_regular_file(path: str | Path, most: int = MOST_BYTES) -> bytes:
    """Return a regular file's bytes; none of /dev/null, which people put where a file shall say nothing.

    Raises OSError on a FIFO, socket, device or folder, and on a file of more than `most` bytes. Never blocks in
    open(2): a FIFO without a writer opens at once with O_NONBLOCK.
    """
    data = _read(path, most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"more than {most} bytes", str(path))
    return data


def read_text_file(path: str | Path, most: int = MOST_BYTES) -> str:
    """Return a regular file's UTF-8 text, lines ended by a newline. Raises as above, and UnicodeDecodeError."""
    return read_regular_file(path, most).decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")


def read_start(path: str | Path, most: int) -> bytes:
    """Return the first `most` bytes of a regular file; none where it is no such file or can't be read."""
    try:
        return _read(path, most)
    except (OSError, ValueError):
        return b""


def _read(path: str | Path, most: int) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    with open(descriptor, "rb") as stream:
        status = os.fstat(descriptor)
        if stat.S_ISCHR(status.st_mode) and status.st_rdev == os.stat(os.devnull).st_rdev:
            return b""
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        return stream.read(most)
