"""What a machine knows of the others: one JSON file, replaced whole; and the lock that one sync at a time holds."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from caro.atomic import write_whole
from caro.errors import CaroError
from caro.paths import Paths
from caro.sync.devices import Device, DeviceList
from caro.sync.operations import LINE, USE, Operation, Replica, holds_text


class Change(msgspec.Struct):
    """An addition to the list of machines (`device`), or a removal by name, that is not in the remote yet."""

    name: str
    device: Device | None = None


class State(msgspec.Struct):
    name: str
    """Of this machine."""
    url: str
    key_file: str
    devices: DeviceList
    """The list that was taken last."""
    v: int = 1
    operations: list[Operation] = []
    """All that is known, reduced."""
    outgoing: list[Operation] = []
    """This machine's own that the remote may not have."""
    changes: list[Change] = []
    base: dict[str, Any] = {}
    """The shared keys as they stood in config.toml when it was last looked at."""
    rules: dict[str, str] = {}
    """The same of files of rules: name to version."""
    learned: list[str] = []
    """Corrections that came from other machines."""
    seen: str = ""
    """The remote's newest commit that was read."""
    read: dict[str, str] = {}
    """Segments that were read: path to blob."""
    unreadable: dict[str, str] = {}
    """Segments that could not be: path to why."""
    asked: list[str] = []
    """What others loosened, and this machine's person was not asked about yet."""
    joined: bool = True
    """Whether this machine is on the list."""
    again: bool = False
    """Whether this machine has to say everything again, since somebody new is on the list."""
    error: str = ""
    last_ok: str = ""


def forget_texts(file: SyncFile, condemned: Callable[[str], bool]) -> None:
    """Leave out the lines and corrections that are condemned; the next push takes back what this machine said of them.
    Raises CaroError, OSError."""
    if not file.exists():
        return
    with file.lock():
        state = file.load()
        replica = Replica(state.operations)
        gone = [each for each in replica.operations() if holds_text(each, condemned)]
        back = [
            Operation(each.kind, each.key, replica.next_clock(time.time_ns() // 1_000_000), state.name)
            for each in gone
            if each.kind == LINE or (each.kind == USE and each.device == state.name)
        ]
        kept = [each for each in state.operations if not holds_text(each, condemned)]
        state.operations = Replica([*kept, *back]).operations()
        state.outgoing = [each for each in state.outgoing if not holds_text(each, condemned)] + back
        if gone:
            file.save(state)


class SyncFile:
    """The state's file and lock."""

    def __init__(self, paths: Paths) -> None:
        self.folder = paths.sync
        self.file = self.folder / "state.json"
        self.repository = self.folder / "repository"

    def exists(self) -> bool:
        return self.file.exists()

    def load(self) -> State:
        """Raises CaroError where sync is not set up, or the file can't be read."""
        try:
            return msgspec.json.decode(self.file.read_bytes(), type=State)
        except FileNotFoundError:
            raise CaroError("sync is not set up here: `caro sync setup REMOTE`") from None
        except (OSError, msgspec.DecodeError) as error:
            raise CaroError(
                f"{self.file} can't be read ({error}); move it away and set sync up again"
            ) from None

    def save(self, state: State) -> None:
        """Raises OSError; then the file is what it was."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(self.file, msgspec.json.encode(state))

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the lock. Raises CaroError where another sync has it."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CaroError("another `caro sync` of yours is at it; try again when it is done") from None
            yield
        finally:
            os.close(fd)
