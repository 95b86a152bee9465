"""How many files a path or a pattern of a line names here: looked at, never opened, and no longer than it is cheap."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

MOST_FILES = 20_000
MOST_SECONDS = 0.15


@dataclass(slots=True)
class FileCount:
    """`files` and their `bytes`; `whole` is False where looking ended before all were seen."""

    files: int = 0
    bytes: int = 0
    whole: bool = True


def count_files(target: str, cwd: str | None, home: str) -> FileCount | None:
    """Return what stands below a path, or below all that a pattern matches; None where that can't be known: a
    variable in it, another machine's path, nothing of that name."""
    path = _absolute(target, cwd, home)
    if path is None:
        return None
    found, until, any_seen = FileCount(), time.monotonic() + MOST_SECONDS, False
    for status in _statuses(path, until):
        any_seen = True
        if status is None or found.files >= MOST_FILES:
            found.whole = False
            break
        if not stat.S_ISDIR(status.st_mode):
            found.files += 1
            found.bytes += status.st_size
    return found if any_seen else None


def _absolute(target: str, cwd: str | None, home: str) -> str | None:
    if not target or "$" in target or "`" in target or "\0" in target:
        return None
    if target == "~" or target.startswith("~/"):
        target = home + target[1:]
    if os.path.isabs(target):
        return os.path.normpath(target)
    return os.path.normpath(os.path.join(cwd, target)) if cwd and not target.startswith("~") else None


def _statuses(path: str, until: float) -> Iterator[os.stat_result | None]:
    """Yield the status of each file below the path; None where the time is over."""
    for root in _matching(path.split("/")[1:], "/", until):
        if root is None:
            yield None
            return
        yield from _below(root, until)


def _matching(parts: list[str], folder: str, until: float) -> Iterator[str | None]:
    """Yield the paths below `folder` that the parts of a pattern match, as a shell finds them; None: out of time."""
    if not parts:
        yield folder
        return
    head, rest = parts[0], parts[1:]
    if not any(char in head for char in "*?["):
        path = os.path.join(folder, head)
        if os.path.lexists(path):
            yield from _matching(rest, path, until)
        return
    for name in _names(folder):
        if time.monotonic() > until:
            yield None
            return
        path = os.path.join(folder, name)
        if head == "**" and os.path.isdir(path) and not os.path.islink(path):
            yield from _matching(parts, path, until)
        wanted = (rest or ["*"])[0] if head == "**" else head
        if fnmatchcase(name, wanted) and (wanted.startswith(".") or not name.startswith(".")):
            yield from _matching(rest[1:] if head == "**" else rest, path, until)


def _below(root: str, until: float) -> Iterator[os.stat_result | None]:
    waiting = [root]
    while waiting:
        path = waiting.pop()
        try:
            status = os.lstat(path)
        except OSError:
            continue
        yield status
        if time.monotonic() > until:
            yield None
            return
        if stat.S_ISDIR(status.st_mode):
            waiting += [os.path.join(path, name) for name in _names(path)]


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
