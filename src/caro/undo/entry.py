"""What was kept before one line: a numbered folder with `entry.json`, below ~/.local/share/caro/undo."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import stat
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from caro.atomic import write_whole
from caro.errors import CaroError
from caro.regular_file import read_regular_file

MOST_BYTES = 64 * 1024 * 1024
"""What an entry.json may hold: a repository's files with their times."""


class CantKeep(CaroError):
    """Nothing was kept, and nothing changed; `str()` says why, as the end of a sentence."""


class KeepFailed(CantKeep):
    """Keeping began and broke (a full disk, a git that fails): the line runs if the person says so all the same."""


@dataclass
class Entry:
    """One line and what was kept before it. `items` are files and folders, `git` what a repository had."""

    number: int
    folder: str
    line: str = ""
    cwd: str = ""
    kind: str = ""
    ts: float = 0.0
    expires: float = 0.0
    files: int = 0
    size: int = 0
    """Bytes that stay occupied by it."""
    items: list[dict[str, Any]] = field(default_factory=list)
    git: dict[str, Any] = field(default_factory=dict)
    elsewhere: list[str] = field(default_factory=list)
    """Folders on other file systems in which items lie."""
    undone: bool = False
    of_undo: bool = False
    """True if an undo kept it, of what it replaced: brought back by its number alone."""

    def save(self) -> None:
        """Write it to its folder, whole or not at all."""
        data = {name: value for name, value in asdict(self).items() if name != "folder"}
        text = json.dumps({"v": 1} | data, ensure_ascii=True)
        write_whole(Path(self.folder, "entry.json"), text.encode())

    def remove(self) -> None:
        """Take it and all that it kept off the disk; a ref of git's goes with it (`forget` in `keep.py`)."""
        for folder in (*self.elsewhere, self.folder):
            remove_tree(folder)


class Entries:
    """All entries of one user."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self) -> list[Entry]:
        """Return them, the newest first; those that can't be read are left out."""
        numbers = []
        with contextlib.suppress(OSError):
            numbers = [int(name) for name in os.listdir(self.folder) if name.isdecimal()]
        found = [self.get(number) for number in sorted(numbers, reverse=True)]
        return [entry for entry in found if entry is not None]

    def get(self, number: int) -> Entry | None:
        """Return the entry of that number."""
        folder = self.folder / str(number)
        try:
            data = json.loads(read_regular_file(folder / "entry.json", MOST_BYTES))
            data.pop("v", None)
            known = {name: value for name, value in data.items() if name in Entry.__dataclass_fields__}
            return Entry(**(known | {"number": number, "folder": str(folder)}))
        except (OSError, ValueError, TypeError, AttributeError):
            return None

    def new(self) -> Entry:
        """Make the folder of the next one; raise CantKeep where that is not possible."""
        try:
            private_folder(self.folder)
            taken = [int(name) for name in os.listdir(self.folder) if name.isdecimal()]
            number = max(taken, default=0) + 1
            while True:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(self.folder / str(number), 0o700)
                    return Entry(number, str(self.folder / str(number)), ts=time.time())
                number += 1
        except OSError as error:
            raise CantKeep(f"{self.folder}: {error.strerror}") from None


def private_folder(folder: Path) -> None:
    """Make the folder for this user alone; raise OSError where something else stands there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        raise NotADirectoryError(20, "is no folder of yours", str(folder))


def remove_tree(folder: str) -> None:
    """Take a folder off the disk, its folders without write permission too."""

    def once_more(function: Any, path: str, _error: Any) -> None:
        with contextlib.suppress(OSError):
            os.chmod(os.path.dirname(path), 0o700)
            if not os.path.islink(path) and os.path.isdir(path):
                os.chmod(path, 0o700)
                shutil.rmtree(path, ignore_errors=True)
            else:
                os.unlink(path)

    shutil.rmtree(folder, onerror=once_more)
    if os.path.lexists(folder):
        shutil.rmtree(folder, ignore_errors=True)
