"""The user's own rules: which files there are, and whether they are what they were."""

from __future__ import annotations

import os
from pathlib import Path

from caro.paths import Paths

PARTS = ("safety", "fix")
_SUFFIX = ".toml"

Stamp = tuple[tuple[str, int, int, int], ...]
"""(path, inode, time of change in ns, size in bytes) of each file."""


def rule_files(paths: Paths, part: str) -> list[Path]:
    """Return the `*.toml` and the folders of `~/.config/caro/rules/PART/` by name, hidden ones left out; none where
    it can't be listed. `unread` tells which of them are no rules."""
    try:
        with os.scandir(f"{paths.rules}/{part}") as entries:
            found = [Path(entry) for entry in entries if _may_be_meant(entry)]
    except OSError:
        return []
    return sorted(found)


def _may_be_meant(entry: os.DirEntry[str]) -> bool:
    return not entry.name.startswith(".") and (entry.name.lower().endswith(_SUFFIX) or entry.is_dir())


def unread(file: Path) -> bool:
    """True if nothing reads the file or folder, though somebody may believe so."""
    return file.suffix != _SUFFIX or file.is_dir()


def has_rules(paths: Paths, part: str) -> bool:
    """True if there is a file of rules of that part."""
    return any(not unread(file) for file in rule_files(paths, part))


def rules_stamp(paths: Paths) -> Stamp:
    """Return what changes when a rule file comes, goes or is written: one stat(2) for each."""
    return tuple(_stamp(file) for part in PARTS for file in rule_files(paths, part))


def _stamp(file: Path) -> tuple[str, int, int, int]:
    try:
        status = os.stat(file)
    except OSError:
        return str(file), 0, 0, 0
    return str(file), status.st_ino, status.st_mtime_ns, status.st_size
