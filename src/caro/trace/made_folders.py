"""The folders around Caro's own that were not there before it (`~/.config` …): noted first, taken away at the end."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from caro.atomic import write_whole
from caro.paths import Paths


def note_made_folders(paths: Paths) -> None:
    """Note the folders below HOME that Caro is about to make around its own; later calls do nothing. Raises OSError."""
    own = _own(paths)
    if any(folder.exists() for folder in own):
        return
    above = {parent for folder in own for parent in folder.parents if paths.home in parent.parents}
    missing = sorted(str(folder) for folder in above if not os.path.lexists(folder))
    if missing:
        paths.config.mkdir(mode=0o700, parents=True)
        write_whole(paths.made_folders, "\n".join(missing).encode())


def read_made_folders(paths: Paths) -> list[Path]:
    """Return what was noted, the deepest first."""
    try:
        noted = os.fsdecode(paths.made_folders.read_bytes()).split("\n")
    except OSError:
        return []
    return [Path(name) for name in sorted(filter(None, noted), reverse=True)]


def remove_made_folders(made: Iterable[Path], paths: Paths) -> None:
    """Remove those that hold nothing any more; while Caro's configuration stays, the others stay noted."""
    left = [folder for folder in made if not _remove_empty(folder)]
    if left and paths.config.is_dir():
        write_whole(paths.made_folders, "\n".join(map(str, left)).encode())


def _own(paths: Paths) -> tuple[Path, ...]:
    return (paths.config, paths.data, paths.state, paths.cache)


def _remove_empty(folder: Path) -> bool:
    """False where it still holds something."""
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True
