"""Batch after batch to the server, one in flight; what follows each answer.

2xx                        the batch has arrived: the cursor moves, synced to the disk
400, 413, 415, 422, ...    it will never be taken: it is parked (`caro fleet retry`), the queue goes on
401, 403, 404, 3xx         the configuration is wrong, not the batch: wait, and say so
408, 429, 5xx, no answer   the server's trouble: wait, longer each time, up to a minute
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from caro.errors import CaroError
from caro.fleet.door import Answer, Door, Unreachable
from caro.fleet.parked import park
from caro.fleet.receiver import Post, Receiver
from caro.outbox.queue import Batch, Queue
from caro.outbox.redaction import Redaction
from caro.outbox.state import Lost, State, StateFile, note_lost
from caro.record.reader import Snapshot
from caro.record.times import now_ts

LONGEST_WAIT = 60.0
MOST_PARKED_IN_A_ROW = 3
"""After so many refused batches it is not the batches: the server is waited for."""
_HOLD = (401, 402, 403, 404, 405, 407)
_LATER = (408, 425, 429)


class Shipper:
    """Takes a log to a server. `step` does one thing and returns; every step may be the last one."""

    def __init__(
        self, log: Path, file: StateFile, receiver: Receiver, door: Door, redaction: Redaction, disk_mb: float
    ) -> None:
        self._log, self._file = log, file
        self._receiver, self._door, self._redaction = receiver, door, redaction
        self._most = int(disk_mb * (1 << 20))
        self.state: State = file.load()
        self._queue = Queue(Snapshot(log), self.state)
        self._failures = 0
        self._refused = 0
        self._through = 0
        """Requests of the batch at hand that have arrived, or were parked: the others alone are tried again."""
        self._unsaved = False

    def close(self) -> None:
        self._queue.close()
        self._door.close()

    def step(self) -> float | None:
        """Send one batch. Return None where nothing is left, else how many seconds to wait before the next step."""
        try:
            return self._step()
        except (Unreachable, OSError) as error:
            return self._failed(str(error))

    def _step(self) -> float | None:
        if self._failures:
            # Time has passed: what may be kept unsent is looked at again.
            self._queue.follow(Snapshot(self._log))
        self._bound()
        batch = self._queue.next_batch()
        if batch is None:
            self._queue.follow(Snapshot(self._log))
            batch = self._queue.next_batch()
        if self.state.lost is not None:
            wait = self._tell_lost(self.state.lost)
            if wait:
                return wait
        if batch is None:
            if self._unsaved or self.state.error:
                self._arrived()
            return None
        return self._send(batch)

    def _send(self, batch: Batch) -> float:
        self.state.pending = batch.pending
        self._file.save(self.state)
        for event in batch.events:
            self._redaction.event(event)
        for post in self._receiver.posts(batch.events)[self._through :]:
            answer = self._receiver.deliver(self._door, post)
            if _taken(answer):
                self._refused = 0
            elif _is_trouble(answer):
                return self._failed(_trouble(answer), answer.retry_after)
            else:
                self._refused += 1
                if self._refused > MOST_PARKED_IN_A_ROW:
                    return self._failed(f"the server refuses batch after batch: {told_of(answer)}")
                if gone := park(self._file.rejected, post, answer, len(batch.events)):
                    note_lost(self.state, gone)
            self._through += 1
        self._through = 0
        self.state.sent += len(batch.events)
        self.state.unreadable += batch.unreadable
        self._queue.take(batch)
        self._failures = 0
        self.state.error = self.state.error_since = ""
        self._unsaved = True
        self.state.last_ok = now_ts()
        return 0.0

    def _tell_lost(self, lost: Lost) -> float:
        answer = self._receiver.deliver(self._door, self._receiver.lost(lost, now_ts()))
        if not _taken(answer) and _is_trouble(answer):
            return self._failed(_trouble(answer), answer.retry_after)
        self.state.lost = None
        self._arrived()
        return 0.0

    def _arrived(self) -> None:
        self._failures = 0
        self.state.error = self.state.error_since = ""
        self._file.save(self.state)
        self._unsaved = False

    def _failed(self, why: str, after: float = 0.0) -> float:
        """Note what went wrong; return how long to wait."""
        self._failures += 1
        if not self.state.error:
            self.state.error_since = now_ts()
        self.state.error = why
        try:
            self._file.save(self.state)
        except OSError as error:
            self.state.error = f"{self._file.file} can't be written: {error.strerror}"
        longest = min(LONGEST_WAIT, 2.0 ** min(self._failures, 10) / 2)
        return max(min(after, LONGEST_WAIT), longest * (0.5 + random.random() / 2))

    def _bound(self) -> None:
        """Drop the oldest where more than `fleet.disk_mb` waits; remember how many, durably, before they are passed."""
        if self._queue.left() <= self._most:
            return
        count = self._queue.drop_oldest(self._most)
        if count:
            note_lost(self.state, count)
            self._through = 0
            self._file.save(self.state)


def retry_parked(
    file: StateFile, receiver: Receiver, door: Door, said: Callable[[Path, str], None]
) -> tuple[int, int]:
    """Send what was parked again, oldest first; return how many were taken and how many were not. Raises
    Unreachable."""
    from caro.fleet.parked import parked_post, remove

    taken = kept = 0
    for note in file.parked():
        try:
            post: Post = parked_post(note)
        except CaroError as error:
            said(note, str(error))
            kept += 1
            continue
        answer = receiver.deliver(door, post)
        if _taken(answer):
            remove(note)
            taken += 1
        else:
            said(note, told_of(answer))
            kept += 1
    return taken, kept


def _taken(answer: Answer) -> bool:
    return 200 <= answer.status < 300


def _is_trouble(answer: Answer) -> bool:
    """True where the same batch may be taken later."""
    return answer.status >= 500 or answer.status < 400 or answer.status in (*_HOLD, *_LATER)


def told_of(answer: Answer) -> str:
    """Return a server's refusal: its status and its words."""
    return f"{answer.status}: {answer.sentence}" if answer.sentence else str(answer.status)


def _trouble(answer: Answer) -> str:
    words = {
        401: "the server wants a token (fleet.user, fleet.token_file)",
        403: "the server refuses the token (fleet.token_file)",
        404: "the server has no such address, database or table (`caro fleet schema`)",
        429: "the server has too much to do",
    }
    if answer.status < 400:
        return f"the server sends elsewhere ({answer.status}); give fleet.url its own address"
    return f"{words.get(answer.status, 'the server answers')} {told_of(answer)}"
