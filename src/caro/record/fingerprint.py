"""What tells a log file that only grew from one that was edited, truncated or replaced."""

from __future__ import annotations

import contextlib
import hashlib
import os
import zlib

from caro.record.reader import LogFile

HEAD_BYTES = 4096
TAIL_BYTES = 256


def hash_of(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()[:16]


def head_of(file: LogFile) -> bytes:
    """Hash of the first line (of its first 4 KiB): ids make it unlike that of any other log."""
    if not file.compressed:
        start = os.pread(file.fd, HEAD_BYTES, 0)
    else:
        start = b""
        with contextlib.suppress(EOFError, OSError, zlib.error), file.stream() as stream:
            start = stream.read(HEAD_BYTES)
    return hash_of(start.partition(b"\n")[0])


def tail_of(file: LogFile, end: int) -> bytes:
    """Hash of the last bytes before `end`: tells an edited or truncated file from one that grew."""
    start = max(0, end - TAIL_BYTES)
    return hash_of(os.pread(file.fd, end - start, start))


def tail_of_stream(file: LogFile, end: int) -> bytes:
    """Return the same of a compressed file, which has to be read whole for it."""
    start = max(0, end - TAIL_BYTES)
    with contextlib.suppress(EOFError, OSError, zlib.error), file.stream() as stream:
        stream.seek(start)
        return hash_of(stream.read(end - start))
    return b""
