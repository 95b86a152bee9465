"""Forgets events after `privacy.retention_days`: really, from the log, rotated files and the index."""

from __future__ import annotations

import contextlib
import time
import zlib
from pathlib import Path

from caro.record.erase import erase_events
from caro.record.reader import Snapshot, place_line
from caro.record.times import seconds_ts


def apply_retention(log: Path, days: float, index: Path | None = None, now: float | None = None) -> int:
    """Erase events that started more than `days` days ago (0: never); return how many.

    For the daemon, once a day or so; raises CaroError where the log can't be locked or read.
    """
    if days <= 0:
        return 0
    limit = seconds_ts((time.time() if now is None else now) - days * 86_400)
    if not _has_older(log, limit):
        return 0
    return erase_events(log, lambda event: event.ts < limit, index)


_TS = b'"ts":"'


def _has_older(log: Path, limit: str) -> bool:
    """True if any event may be older; a look at the bytes, ten times cheaper than decoding each line."""
    oldest = limit.encode()
    with Snapshot(log) as snapshot:
        for file in snapshot.files:
            with contextlib.suppress(EOFError, OSError, zlib.error), file.stream() as stream:
                for line in stream:
                    at = line.find(_TS)
                    if at < 0:
                        # Written by somebody else, with blanks in between; or no event at all.
                        if any(event.ts < limit for _, _, event in place_line(0, line)):
                            return True
                    elif line[at + 6 : at + 33] < oldest:
                        return True
    return False
