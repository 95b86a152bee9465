"""What keeps the log in bounds: rotation when it is large, forgetting once a day.

The daemon calls it now and then, thoroughly; the reading commands call it when they are done, for those who run
no daemon. It never raises for what it can't do: the log then only stays as it is.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path

from caro.errors import CaroError
from caro.record.lock import lock_path

DAY = 86_400.0


def keep_up(
    log: Path,
    rotate_mb: float,
    retention_days: float,
    index: Path | None = None,
    compress: bool = False,
    now: float | None = None,
    history_days: float | None = None,
    imported: Path | None = None,
    held: Callable[[], str] | None = None,
) -> int:
    """Rotates where the log is above `rotate_mb`; at most once a day forgets what is older than `retention_days`.

    Return how many events were forgotten.

    `held` gives the earliest time of an event that somebody still needs ("": none): what is younger stays too.
    `compress` packs the older rotated files too, which takes about a second each. `now`: seconds since 1970.
    """
    now = time.time() if now is None else now
    gone = 0
    with contextlib.suppress(CaroError, OSError):
        # Imported where there is something to do: every reading command comes by.
        if 0 < rotate_mb * (1 << 20) < log.stat().st_size:
            from caro.record.rotate import rotate

            rotate(log, rotate_mb, compress)
        # The lock file's own time tells when it was last done.
        if (retention_days > 0 or history_days) and now - _last_time(log) >= DAY:
            from caro.record.retention import apply_retention, forget_imported

            gone = apply_retention(
                log, retention_days, index, now, history_days, held() if held is not None else ""
            )
            if imported is not None and history_days:
                gone += forget_imported(imported, history_days, now)
            _note_time(log, now)
    return gone


def _last_time(log: Path) -> float:
    try:
        return lock_path(log).stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _note_time(log: Path, now: float) -> None:
    os.close(os.open(lock_path(log), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
    os.utime(lock_path(log), (now, now))
