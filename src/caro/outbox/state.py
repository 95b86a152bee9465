"""What the sender has to remember across crashes: how far each file of the log was taken, and what was lost.

One JSON file, replaced whole and synced to the disk before anything depends on it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from caro.atomic import write_whole
from caro.errors import CaroError
from caro.paths import Paths
from caro.record import uuid7
from caro.record.times import now_ts


class Mark(msgspec.Struct, omit_defaults=True):
    """How far one file of the log was taken: `offset` counts bytes of its plain text. `last_id` is the event before
    that, which stands at `last_at`: it tells the file again when compression or erasure gave it another inode.
    `packed` is the size of a compressed file; `whole`: nothing more can come from it."""

    dev: int
    ino: int
    offset: int = 0
    last_at: int = 0
    last_len: int = 0
    last_id: str = ""
    packed: int = 0
    whole: bool = False


class Pending(msgspec.Struct):
    """The batch that may have been sent already: these very bytes are sent again, so that the server can tell."""

    dev: int
    ino: int
    start: int
    end: int


class Lost(msgspec.Struct):
    """Events that were dropped and of which the server has not heard yet."""

    id: str
    count: int
    since: str


class State(msgspec.Struct, omit_defaults=True):
    v: int = 1
    marks: list[Mark] = []
    pending: Pending | None = None
    lost: Lost | None = None
    lost_total: int = 0
    sent: int = 0
    unreadable: int = 0
    last_ok: str = ""
    error: str = ""
    error_since: str = ""


def note_lost(state: State, count: int) -> None:
    """Count dropped events, for the server and for `caro doctor`."""
    state.lost_total += count
    if state.lost is None:
        state.lost = Lost(uuid7.new(), 0, now_ts())
    state.lost.count += count


class StateFile:
    """The file of the state, and the lock that says who may change it."""

    def __init__(self, paths: Paths, folder: Path | None = None) -> None:
        self.folder = paths.fleet if folder is None else folder
        self.file = self.folder / "cursor.json"
        self.rejected = self.folder / "rejected"

    def load(self) -> State:
        """Return the state; an empty one where there is none. Raises CaroError where it can't be read: sending all
        again would be a surprise."""
        try:
            return msgspec.json.decode(self.file.read_bytes(), type=State)
        except FileNotFoundError:
            return State()
        except (msgspec.DecodeError, OSError) as error:
            raise CaroError(
                f"{self.file} can't be read ({error}); remove it to send the whole log again, which adds nothing twice"
            ) from None

    def save(self, state: State) -> None:
        """Replace the file and wait until the disk has it. Raises OSError."""
        self.make_folder()
        write_whole(self.file, msgspec.json.encode(state))

    def make_folder(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @contextlib.contextmanager
    def lock(self) -> Iterator[bool]:
        """Give True while no other process may change the state, False where another one has it."""
        self.make_folder()
        fd = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True
        finally:
            os.close(fd)

    def is_running(self) -> bool:
        """True if a sender holds the lock; asks without making anything."""
        try:
            fd = os.open(self.folder / "lock", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(fd)
        return False

    def parked(self) -> list[Path]:
        """Return the batches that the server refused, oldest first."""
        try:
            return sorted(self.rejected.glob("*.json"))
        except OSError:
            return []
