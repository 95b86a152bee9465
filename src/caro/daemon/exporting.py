"""New events for the plugins that take them: the log is the queue, and a cursor on the disk says how far each one is.

What a plugin has not confirmed comes again, from the beginning of its batch: an event's `id` tells it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from caro.daemon.plugged import Plugged
from caro.outbox.queue import Queue
from caro.outbox.redaction import Redaction
from caro.outbox.state import StateFile
from caro.paths import Paths
from caro.record.reader import Snapshot
from caro.runtime_conf import redact_patterns
from caro.settings import Settings

if TYPE_CHECKING:
    from caro.plugins.process import Process

EACH = 100
EACH_BYTES = 128 << 10
BATCHES = 8
"""At one time; the rest comes five seconds later."""


def export_new(plugged: Plugged, settings: Settings, paths: Paths, log: Path) -> None:
    """Hand what is new to each of them. Raises OSError, CaroError."""
    redaction = Redaction(redact_patterns(settings))
    for process in plugged.exporters():
        file = StateFile(paths, paths.plugin_exports / process.name)
        new = not file.file.exists()
        with Queue(Snapshot(log), file.load()) as queue:
            if new:
                queue.drop_oldest(0)  # what was before it came is not its business
                file.save(queue.state)
            _drain(plugged, process, queue, file, redaction)


def _drain(plugged: Plugged, process: Process, queue: Queue, file: StateFile, redaction: Redaction) -> None:
    for _ in range(BATCHES):
        batch = queue.next_batch()
        if batch is None:
            return
        for event in batch.events:
            redaction.event(event)
        if not all(
            plugged.export(process, part) for part in _parts(plugged.told(event) for event in batch.events)
        ):
            return
        queue.take(batch)
        file.save(queue.state)


def _parts(events: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    part: list[dict[str, Any]] = []
    size = 0
    for event in events:
        length = len(msgspec.json.encode(event))
        if part and (len(part) >= EACH or size + length > EACH_BYTES):
            yield part
            part, size = [], 0
        part.append(event)
        size += length
    if part:
        yield part
