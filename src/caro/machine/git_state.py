"""The state of a git repository, read from its files: branch, and whether the work tree is clean.

Sources: gitrepository-layout(5), gitformat-index(5). The index is trusted as git trusts it: a file is unchanged
where size and time of change are those of the index, unless it changed in the very moment the index was written.
"""

from __future__ import annotations

import os
import re
import struct
import zlib
from dataclasses import dataclass

from caro.regular_file import read_start

MAX_FILE = 256 * 1024
MAX_TRACKED = 120
MAX_SEEN = 300
MAX_DEPTH = 40
_ENTRY = struct.Struct(">10I20sH")
_HEX = re.compile(r"[0-9a-f]{40}")


def read_bytes(path: str) -> bytes:
    """Return at most MAX_FILE bytes; empty where it can't be read."""
    return read_start(path, MAX_FILE)


def read_small(path: str) -> str:
    return read_bytes(path).decode("utf-8", "replace")


@dataclass(frozen=True)
class GitPlace:
    """`worktree` is the top folder, `own` its git folder, `common` that of the repository (other for a worktree)."""

    worktree: str
    own: str
    common: str

    def branch(self) -> str | None:
        """Return the branch that HEAD names; None where it is detached."""
        head = read_small(f"{self.own}/HEAD").strip()
        return head.removeprefix("ref: refs/heads/") if head.startswith("ref: refs/heads/") else None

    def is_clean(self, with_untracked: bool) -> bool | None:
        """True if nothing could be lost; None where that takes more than a look at a few hundred files."""
        index = read_bytes(f"{self.own}/index")
        tracked = _read_index(index, len(index) < MAX_FILE)
        if tracked is None:
            return None
        try:
            written = os.stat(f"{self.own}/index").st_mtime_ns
            states = {_state(f"{self.worktree}/{entry.name}", entry, written) for entry in tracked.entries}
        except (OSError, ValueError):
            return None
        if False in states:
            return False
        if None in states or tracked.tree is None or tracked.tree != self._head_tree():
            return None
        if with_untracked and self._has_untracked({entry.name for entry in tracked.entries}):
            return None
        return True

    def _head_tree(self) -> str | None:
        """Return the tree of HEAD's commit, where the commit is a loose object."""
        commit = self._commit()
        if commit is None:
            return None
        try:
            data = zlib.decompress(read_bytes(f"{self.common}/objects/{commit[:2]}/{commit[2:]}"))
        except zlib.error:
            return None
        found = re.match(rb"commit \d+\0tree ([0-9a-f]{40})\n", data)
        return found[1].decode() if found else None

    def _commit(self) -> str | None:
        head = read_small(f"{self.own}/HEAD").strip()
        if not head.startswith("ref: "):
            return head if _HEX.fullmatch(head) else None
        ref = head[5:]
        if ".." in ref:
            return None
        commit = read_small(f"{self.common}/{ref}").strip()
        if not commit:
            packed = re.search(
                rf"^([0-9a-f]{{40}}) {re.escape(ref)}$", read_small(f"{self.common}/packed-refs"), re.M
            )
            commit = packed[1] if packed else ""
        return commit if _HEX.fullmatch(commit) else None

    def _has_untracked(self, tracked: set[str]) -> bool:
        """Also where there are too many files to look at."""
        folders, seen = [""], 0
        while folders:
            folder = folders.pop()
            with os.scandir(f"{self.worktree}/{folder}") as entries:
                for entry in entries:
                    seen += 1
                    if seen > MAX_SEEN:
                        return True
                    name = folder + entry.name
                    if entry.is_dir(follow_symlinks=False):
                        folders += [name + "/"] if name != ".git" else []
                    elif name not in tracked and name != ".git":
                        return True
        return False


def find_git(cwd: str | None) -> GitPlace | None:
    """Return the repository whose work tree the folder is in."""
    folder = cwd or ""
    for _ in range(MAX_DEPTH):
        if not folder.startswith("/"):
            return None
        own = folder.rstrip("/") + "/.git"
        if os.path.isdir(own):
            return GitPlace(folder, own, own)
        pointer = read_small(own)
        if pointer.startswith("gitdir:"):
            own = os.path.normpath(os.path.join(folder, pointer[7:].strip()))
            common = read_small(f"{own}/commondir").strip()
            return GitPlace(folder, own, os.path.normpath(os.path.join(own, common)) if common else own)
        if folder == "/":
            return None
        folder = os.path.dirname(folder)
    return None


@dataclass(frozen=True)
class _Entry:
    name: str
    mtime_ns: int
    size: int
    mode: int


@dataclass(frozen=True)
class _Index:
    entries: list[_Entry]
    tree: str | None
    """The tree that it stands for, where nothing was added since the last commit."""


def _read_index(data: bytes, whole: bool) -> _Index | None:
    if len(data) < 32 or not whole or data[:4] != b"DIRC":
        return None
    version, count = struct.unpack_from(">2I", data, 4)
    if version not in (2, 3) or count > MAX_TRACKED:
        return None
    entries, at = [], 12
    for _ in range(count):
        if at + _ENTRY.size > len(data) - 20:
            return None
        fields = _ENTRY.unpack_from(data, at)
        flags = fields[11]
        end = data.find(b"\0", at + _ENTRY.size)
        # Conflicts, names and bits that only git understands: not for us to judge.
        if flags & 0xF000 or end < 0:
            return None
        name = data[at + _ENTRY.size : end].decode("utf-8", "surrogateescape")
        entries.append(_Entry(name, fields[2] * 10**9 + fields[3], fields[9], fields[6]))
        at += (end - at) // 8 * 8 + 8
    return _Index(entries, _cached_tree(data[at:-20]))


def _cached_tree(extensions: bytes) -> str | None:
    if extensions[:4] != b"TREE":
        return None
    (size,) = struct.unpack_from(">I", extensions, 4)
    found = re.match(rb"\0(\d+) \d+\n(.{20})", extensions[8 : 8 + size], re.S)
    return found[2].hex() if found else None


def _state(path: str, entry: _Entry, written_ns: int) -> bool | None:
    """True: unchanged; False: gone; None: perhaps changed."""
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return False
    same = status.st_mtime_ns == entry.mtime_ns and status.st_size & 0xFFFFFFFF == entry.size
    racy = entry.mtime_ns >= written_ns
    same_kind = (status.st_mode & 0o170000) == (entry.mode & 0o170000)
    return True if same and same_kind and not racy else None
