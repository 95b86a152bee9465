"""Write a file whole or not at all: a full disk, a crash or a ^C leaves what was there before."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def replacing(file: Path, mode: int = 0o600) -> Iterator[BinaryIO]:
    """Give a new file beside `file`, made with `mode`, and rename it to `file` when the block ended well. A symlink is
    followed, so that it stays one.

    Raises OSError that names `file`; then nothing is left beside it.
    """
    target = file.resolve()
    aside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        descriptor = os.open(
            aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, mode
        )
        with open(descriptor, "wb") as stream:
            yield stream
            # Some file systems say only now that there is no space (NFS, quotas), or lose data without it.
            stream.flush()
            os.fsync(stream.fileno())
        aside.replace(target)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(file)) from error
    finally:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)


def write_whole(file: Path, content: bytes, mode: int = 0o600) -> None:
    """Replace `file` with this content; as `replacing` says."""
    with replacing(file, mode) as stream:
        stream.write(content)


def write_in_place(file: Path, content: bytes) -> None:
    """Write over a file that has to stay the same one (hard links); space is taken before a byte is changed."""
    with file.open("r+b") as stream:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(stream.fileno(), 0, max(len(content), 1))
        stream.write(content)
        stream.truncate()
