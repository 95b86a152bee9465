"""A small folder or file of somebody's as bytes in memory, with its hash: what was hashed is what is parsed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from caro.errors import UsageError
from caro.regular_file import read_regular_file

Files = Mapping[str, bytes]
"""The files of a folder by their path below it."""

MOST_FILES = 200
MOST_BYTES = 4 << 20
DEEPEST = 4


def read_folder(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder by their path below it, hidden ones left out. Raises UsageError on links, on what
    is no regular file, on more than `MOST_FILES` files or `MOST_BYTES` bytes; OSError."""
    files: dict[str, bytes] = {}
    left = MOST_BYTES
    for file in _walk(folder, DEEPEST):
        data = read_regular_file(file, MOST_BYTES)
        left -= len(data)
        files[file.relative_to(folder).as_posix()] = data
        if left < 0 or len(files) > MOST_FILES:
            raise UsageError(f"{folder}: more than {MOST_FILES} files, or than {MOST_BYTES >> 20} MiB")
    return files


def _walk(folder: Path, deep: int) -> Iterator[Path]:
    if deep < 0:
        raise UsageError(f"{folder}: folders in it are nested deeper than {DEEPEST}")
    with os.scandir(folder) as entries:
        found = sorted((entry for entry in entries if entry.name[0] != "."), key=lambda entry: entry.name)
    for entry in found:
        mode = entry.stat(follow_symlinks=False).st_mode
        if stat.S_ISDIR(mode):
            if entry.name != "__pycache__":
                yield from _walk(Path(entry.path), deep - 1)
        elif stat.S_ISREG(mode):
            yield Path(entry.path)
        else:
            raise UsageError(f"{entry.path}: links, sockets and devices are not taken")


def hash_of(files: Files) -> str:
    """Return the SHA-256 of names and contents, in hexadecimal: the same files have the same, in whatever order."""
    import hashlib  # as much time as the rest of this file, and hardly anybody has a folder to hash

    total = hashlib.sha256()
    for name, data in sorted(files.items()):
        total.update(f"{len(name.encode())}:{name}:{len(data)}:".encode())
        total.update(data)
    return total.hexdigest()
