"""PATH, as execvp(3) searches it, without Caro's own folders and files.

The C twin is native/lib/process/path_search.c. A folder counts as ours by device and inode, not by name: the same
folder reached by a symlink, a bind mount or another HOME would otherwise call itself for ever.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

MARK = b"caro-shim\0\x9d\x1f\xc3\x5a\xe2\x70\xb8\x06"
SMALL = 128 * 1024
"""Shims are smaller than this; larger files aren't read for the mark."""


def split_path(value: str) -> list[str]:
    """Folders of a PATH; an empty element means the working folder."""
    return [element or "." for element in value.split(":")]


def same_file(one: Path | str, other: Path | str) -> bool:
    try:
        return os.path.samestat(os.stat(one), os.stat(other))
    except OSError:
        return False


def without_folder(value: str, folder: Path) -> str:
    """PATH with each folder once and `folder` (under whatever name) not at all."""
    kept: dict[str, None] = {}
    for element in value.split(":"):
        if element != str(folder) and not same_file(element or ".", folder):
            kept.setdefault(element)
    return ":".join(kept)


def with_folder_first(value: str, folder: Path) -> str:
    rest = without_folder(value, folder)
    return f"{folder}:{rest}" if rest else str(folder)


def is_executable(file: str) -> bool:
    return os.path.isfile(file) and os.access(file, os.X_OK)


def is_shim(file: str | Path) -> bool:
    """True if the file is one of Caro's shims, of any version, copied or linked anywhere."""
    try:
        with open(file, "rb") as stream:
            if os.fstat(stream.fileno()).st_size > SMALL:
                return False
            return MARK in stream.read(SMALL)
    except OSError:
        return False


def candidates(name: str, folders: Iterable[str]) -> Iterator[str]:
    """Yield every executable of that name, in order, that is not one of ours."""
    for folder in folders:
        file = os.path.join(folder, name)
        if is_executable(file) and not is_shim(file):
            yield file


def find_tool(name: str, folders: Iterable[str]) -> str | None:
    return next(candidates(name, folders), None)
