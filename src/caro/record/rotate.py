"""Rotation by rename, and compression of what no writer can hold any more.

A writer opens the log by its path, appends one line and closes. Between its open and its write the file may be
renamed: then the line goes into `log.1`, and is found there. So a rename loses nothing. What would lose a line
is to replace or compress a file that a writer still holds; so that is done only where `lease.without_writers`
says that nobody does. The newest rotated file stays plain, which keeps `--last` and `caro tail` fast.

Natives never rotate: the daemon and the CLI do, one at a time, under `lock.log_lock`.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from caro.record.lease import without_writers, writer_came
from caro.record.lock import log_lock
from caro.record.reader import log_names, open_log_file
from caro.record.writer import append_line

_NUMBER = re.compile(r"\.(\d+)((?:\.(?:gz|zst))?)")


def rotate(log: Path, rotate_mb: float, compress: bool = True) -> bool:
    """Rotates the log where it is above `rotate_mb` megabytes (0: never); True where it was.

    Returns False, without waiting, while another process is at it. Raises CaroError where the folder can't be
    written.
    """
    if rotate_mb <= 0 or not _is_above(log, rotate_mb):
        return False
    with log_lock(log, wait=False) as mine:
        # Looked at again under the lock: another process may just have done it.
        if not mine or not _is_above(log, rotate_mb):
            return False
        rename_files(log)
        if compress:
            compress_files(log)
        return True


def _is_above(log: Path, rotate_mb: float) -> bool:
    try:
        return log.stat().st_size > rotate_mb * (1 << 20)
    except FileNotFoundError:
        return False


def rename_files(log: Path) -> None:
    """`log` becomes `log.1`, `log.1` becomes `log.2`, and so on; the lock is held. Oldest first, so that no
    name is in use when it is given.
    """
    for name in log_names(log):
        if name == log:
            os.rename(log, log.with_name(f"{log.name}.1"))
            return
        match = _NUMBER.fullmatch(name.name[len(log.name) :])
        assert match is not None
        os.rename(name, log.with_name(f"{log.name}.{int(match[1]) + 1}{match[2]}"))


def compress_files(log: Path) -> None:
    """Compresses the rotated files but the newest, where no writer holds them; the lock is held."""
    for name in log_names(log):
        match = _NUMBER.fullmatch(name.name[len(log.name) :])
        if match is None or match[2] or int(match[1]) < 2:
            continue
        if replace_file(log, name, _gzip):
            # Readers go by content: in between, a file without .gz that is compressed reads as well.
            os.rename(name, name.with_name(name.name + ".gz"))


def _gzip(source: BinaryIO, target: BinaryIO) -> None:
    with gzip.GzipFile(fileobj=target, mode="wb", compresslevel=6, mtime=0) as packed:
        shutil.copyfileobj(source, packed, 1 << 20)


def replace_file(log: Path, name: Path, rewrite: Callable[[BinaryIO, BinaryIO], None]) -> bool:
    """Replaces a rotated file by what `rewrite(old, new)` makes of it, at once and safely; the lock is held.

    False, with nothing changed, where a writer still holds the file. A file that becomes empty is removed.
    """
    file = open_log_file(name)
    if file is None:
        return False
    fresh = name.with_name(f"{log.name}.new")
    try:
        with without_writers(file.fd) as free:
            if not free:
                return False
            _rewrite(file.stream(), fresh, rewrite)
            if os.fstat(file.fd).st_size != file.size or writer_came(file.fd):
                return False
            if fresh.stat().st_size:
                os.rename(fresh, name)
            else:
                name.unlink()
        _carry_over(log, file.fd, file.size)
        return True
    finally:
        fresh.unlink(missing_ok=True)
        os.close(file.fd)


def _rewrite(source: BinaryIO, fresh: Path, rewrite: Callable[[BinaryIO, BinaryIO], None]) -> None:
    fresh.unlink(missing_ok=True)
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with source, os.fdopen(fd, "wb") as target:
        rewrite(source, target)
        target.flush()
        os.fsync(target.fileno())


def _carry_over(log: Path, fd: int, size: int) -> None:
    """Put into the log what reached the old file after all, where there are no leases."""
    late = os.pread(fd, 1 << 24, size)
    for line in late.splitlines(keepends=True):
        append_line(log, line if line.endswith(b"\n") else line + b"\n")
