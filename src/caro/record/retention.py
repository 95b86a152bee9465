"""Forgets events after `privacy.retention_days`: really, from the log, rotated files and the index."""

from __future__ import annotations

import time
from pathlib import Path

from caro.record.erase import erase_events
from caro.record.reader import BadLines, Snapshot, scan_file
from caro.record.times import seconds_ts


def apply_retention(log: Path, days: float, index: Path | None = None, now: float | None = None) -> int:
    """Erases events that started more than `days` days ago (0: never); returns how many. Cheap when none is.

    For the daemon, once a day or so; raises CaroError where the log can't be locked or read.
    """
    if days <= 0:
        return 0
    limit = seconds_ts((time.time() if now is None else now) - days * 86_400)
    if not _begins_before(log, limit):
        return 0
    return erase_events(log, lambda event: event.ts < limit, index)


def _begins_before(log: Path, limit: str) -> bool:
    """Whether the first event of any file is that old: a look at one event a file."""
    with Snapshot(log) as snapshot:
        for file in snapshot.files:
            for _, _, event in scan_file(file, BadLines()):
                if event.ts < limit:
                    return True
                break
    return False
