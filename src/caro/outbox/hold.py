"""What retention may not forget yet: events that the server has not got, as long as they are below the cap."""

from __future__ import annotations

from pathlib import Path

from caro.errors import CaroError
from caro.outbox.queue import Queue
from caro.outbox.state import State, StateFile, note_lost
from caro.paths import Paths
from caro.record.reader import Snapshot
from caro.settings import Settings


def oldest_unsent(settings: Settings, paths: Paths, log: Path) -> str:
    """Return the earliest time of an event that waits to be sent; "" where none does or nothing is sent from here.

    Where more than `fleet.disk_mb` waits, the oldest are passed over first, and counted. Never raises: where the state
    can't be read, forgetting goes on as it would without.
    """
    if not settings["fleet.enabled"]:
        return ""
    try:
        file = StateFile(paths)
        state = file.load()
        with file.lock() as mine, Queue(Snapshot(log), state) as queue:
            if mine:
                _bound(queue, state, file, int(float(settings["fleet.disk_mb"]) * (1 << 20)))
            return _earliest(queue)
    except (CaroError, OSError):
        return ""


def _bound(queue: Queue, state: State, file: StateFile, most: int) -> None:
    if queue.left() > most and (count := queue.drop_oldest(most)):
        note_lost(state, count)
        file.save(state)


def _earliest(queue: Queue) -> str:
    earliest = ""
    while (batch := queue.next_batch()) is not None:
        times = [event.ts for event in batch.events]
        earliest = min([*times, earliest]) if earliest else min(times, default="")
        queue.take(batch)
    return earliest
