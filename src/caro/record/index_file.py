"""Where the index of a log lies, and how it is removed; light, for those who don't ask it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from caro.paths import Paths


def index_path(paths: Paths, log: Path) -> Path:
    """Return where the index of a log lies: the usual log has the usual name, any other one of its own."""
    log = Path(os.path.abspath(log))
    if log == paths.default_log:
        return paths.index_db
    digest = hashlib.sha256(os.fsencode(log)).hexdigest()[:12]
    return paths.index_db.with_name(f"index-{digest}.db")


def delete_index(path: Path) -> None:
    """Remove it; whoever has it open keeps what they opened."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
