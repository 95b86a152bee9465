"""Pull and push, in the order in which nothing is lost: read what is there, say what is new here, publish, remember.

Every step may be the last one: what was published and not remembered is published again, and says nothing new.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from caro.errors import CaroError
from caro.record.times import now_ts
from caro.sync.devices import Device, DeviceList, first_list, read_list, signed
from caro.sync.machine import Machine
from caro.sync.operations import DEVICE_NAME, Replica
from caro.sync.remote import Moved, Remote
from caro.sync.segment import Key, Unreadable, seal, unseal
from caro.sync.state import Change, State, SyncFile

LIST = "devices.json"
_SEGMENT = re.compile(r"h/([A-Za-z0-9._-]{1,64})/([0-9]{1,9})\.age")
_REQUEST = re.compile(r"requests/([A-Za-z0-9._-]{1,64})\.json")
TRIES = 8
MOST_SEGMENTS = 40
"""Above so many a machine folds its own into one."""
Progress = Callable[[str, int, int], None]


@dataclass
class Told:
    """What came of one sync."""

    changes: list[str] = field(default_factory=list)
    read: int = 0
    sent: int = 0


class Exchange:
    """One sync of this machine; the lock is held by the caller."""

    def __init__(
        self, file: SyncFile, state: State, machine: Machine, progress: Progress | None = None
    ) -> None:
        self._file, self.state, self._machine = file, state, machine
        self._key = Key(Path(state.key_file))
        self._remote = Remote(file.repository, state.url)
        self._progress = progress or (lambda *_: None)
        self.replica = Replica(state.operations)
        self._files: dict[str, str] = {}
        self._listed: DeviceList | None = None
        """The list as the remote has it."""

    def accept(self, key: str) -> None:
        """Take over here what others loosened; sent with the next push. Raises CaroError."""
        self._machine.accept(key, self.state, self.replica)
        self._remember()

    def pull(self) -> Told:
        """Take what the others said, and bring this machine's files to what all agree on."""
        told = Told()
        self._gather()
        self._read(told)
        told.changes = self._machine.apply(self.state, self.replica)
        if self.state.joined:
            self.state.last_ok = now_ts()
        self._remember()
        return told

    def push(self) -> Told:
        """Pull, then publish what this machine has to say; made anew where another machine was faster."""
        told = self.pull()
        for _ in range(TRIES):
            if not self._has_news():
                return told
            self._check_joined()
            try:
                told.sent = self._publish()
            except Moved:
                self._read(told)
                continue
            told.changes += self._machine.apply(self.state, self.replica)
            self._remember()
            return told
        raise CaroError(f"{self.state.url} moved on {TRIES} times in a row; try again in a moment")

    def requests(self) -> list[Device]:
        """Return the machines that ask to be let in; after `pull`."""
        asking = []
        for path, blob in sorted(self._files.items()):
            if (match := _REQUEST.fullmatch(path)) is None:
                continue
            device = read_request(self._remote.read(blob))
            if device is not None and device.name == match[1] and device.key not in self.state.devices.keys:
                asking.append(device)
        return asking

    # ---- steps ----

    def _gather(self) -> None:
        made = self._machine.gather(self.state, self.replica)
        self.state.outgoing += made
        self._remember(made_progress=bool(made))

    def _remember(self, made_progress: bool = True) -> None:
        if made_progress:
            self.state.operations = self.replica.operations()
            self._file.save(self.state)

    def _read(self, told: Told) -> None:
        """Fetch, and take the list and every segment that was not read."""
        state = self.state
        self._progress("asking the remote", 0, 1)
        commit = self._remote.fetch()
        if state.seen and not (
            commit and (commit == state.seen or self._remote.contains(commit, state.seen))
        ):
            raise CaroError(
                f"the history of {state.url} was rewritten since this machine last looked; nothing was taken. "
                "If that was you: `caro sync push --accept-rewrite`"
            )
        self._files = self._remote.files(commit) if commit else {}
        self._listed = None
        self._take_list()
        fresh = [(path, blob) for path, blob in sorted(self._files.items())
                 if _SEGMENT.fullmatch(path) and state.read.get(path) != blob]  # fmt: skip
        for number, (path, blob) in enumerate(fresh):
            self._progress("reading", number + 1, len(fresh))
            told.read += self._read_segment(path, blob)
        state.seen = commit
        state.unreadable = {path: why for path, why in state.unreadable.items() if path in self._files}
        self._remember()

    def _read_segment(self, path: str, blob: str) -> int:
        match = _SEGMENT.fullmatch(path)
        assert match is not None
        device, number = match[1], int(match[2])
        public = self.state.devices.key_of(device)
        if device == self.state.name or public is None:
            # One's own, or of a machine that was removed: it has no say.
            self.state.read[path] = blob
            return 0
        try:
            operations = unseal(self._key, self._remote.read(blob), device, number, public)
        except Unreadable as error:
            self.state.unreadable[path] = str(error)
            self.state.read[path] = blob
            return 0
        for operation in operations:
            self.replica.take(operation)
        self.state.read[path] = blob
        self.state.unreadable.pop(path, None)
        return 1

    def _take_list(self) -> None:
        """Take a newer list that a machine of the one before signed."""
        state, blob = self.state, self._files.get(LIST)
        if blob is None:
            return
        data = self._remote.read(blob)
        found = read_list(data, state.devices.keys) if state.devices.serial else first_list(data)[0]
        self._listed = found
        if found.serial < state.devices.serial:
            if state.seen:
                raise CaroError(
                    f"{state.url} holds an older list of machines than this machine has seen; not taken"
                )
            return
        if found.serial > state.devices.serial:
            self._take_newer_list(found)
        state.joined = self._key.public in found.keys

    def _take_newer_list(self, found: DeviceList) -> None:
        """Who is new can't read what was said before: what this machine said is said again, to all."""
        state = self.state
        if set(found.keys) - set(state.devices.keys) - {self._key.public}:
            state.again = state.joined
            old = set(state.devices.names)
            state.read = {
                path: blob
                for path, blob in state.read.items()
                if path not in state.unreadable and (path.split("/")[1] in old)
            }
        state.devices = found

    def _check_joined(self) -> None:
        if not self.state.joined:
            raise CaroError(
                f"this machine, {self.state.name}, is not on the list yet; on one that is: "
                f"caro sync devices add {self.state.name}"
            )

    def _has_news(self) -> bool:
        state = self.state
        lacks = [path for path in self._own_segments() if path not in self._files]
        return bool(state.outgoing or state.changes or state.again or lacks or self._listed != state.devices)

    def _own_segments(self) -> list[str]:
        return [path for path in self.state.read if path.startswith(f"h/{self.state.name}/")]

    def _publish(self) -> int:
        """Publish the changed list, and what was said here since; return how many operations went."""
        state = self.state
        files: dict[str, bytes | None] = {}
        devices = _changed(state.devices, state.changes)
        if self._key.public not in devices.keys:
            raise CaroError("a machine can't take itself off the list; do it on another one")
        if devices != self._listed:
            files[LIST] = signed(devices, self._key)
            for change in state.changes:
                if f"requests/{change.name}.json" in self._files:
                    files[f"requests/{change.name}.json"] = None
        there = {
            path: int(m[2]) for path in self._files if (m := _SEGMENT.fullmatch(path)) and m[1] == state.name
        }
        known = [path for path in self._own_segments() if path not in self._files]
        # A new machine can't read what is there, and one that lost its segments says all again: one whole segment.
        whole = (
            state.again
            or bool(known)
            or len(there) >= MOST_SEGMENTS
            or any(change.device for change in state.changes)
        )
        operations = self.replica.operations() if whole else list(state.outgoing)
        number = max([0, *there.values(), *(int(path.split("/")[2][:-4]) for path in known)]) + 1
        path = f"h/{state.name}/{number}.age"
        if operations:
            files |= dict.fromkeys(there) if whole else {}
            self._progress("sending", 0, 1)
            files[path] = seal(self._key, state.name, number, operations, devices.keys)
        commit = self._remote.publish(state.seen, files, "caro sync")
        state.seen, state.devices, state.changes, state.outgoing, state.again = commit, devices, [], [], False
        self._listed = devices
        state.read = (
            {p: b for p, b in state.read.items() if p not in there and p not in known}
            if whole
            else state.read
        )
        self._files = self._remote.files(commit)
        if path in self._files:
            state.read[path] = self._files[path]
        state.last_ok, state.error = now_ts(), ""
        self._remember()
        return len(operations)


def _changed(devices: DeviceList, changes: list[Change]) -> DeviceList:
    """Return the list with changes made; the same one where they change nothing."""
    kept = {device.name: device for device in devices.devices}
    for change in changes:
        if change.device is not None:
            kept[change.name] = change.device
        else:
            kept.pop(change.name, None)
    made = tuple(kept.values())
    return devices if made == devices.devices else DeviceList(devices.serial + 1, made)


def read_request(data: bytes) -> Device | None:
    """Return a machine that asks to be let in, None for anything else."""
    import msgspec

    try:
        device = msgspec.json.decode(data, type=Device)
    except msgspec.DecodeError:
        return None
    good = DEVICE_NAME.fullmatch(device.name) and re.fullmatch(
        r"ssh-(ed25519|rsa) [A-Za-z0-9+/=]{20,2000}", device.key
    )
    return device if good else None


def set_up(file: SyncFile, url: str, name: str, key_file: Path) -> tuple[State, Device | None]:
    """Join a remote, or begin an empty one; return the state and, where others are there, the machine that vouches for
    their list: its fingerprint is to be compared. Raises CaroError."""
    import msgspec

    if not DEVICE_NAME.fullmatch(name):
        raise CaroError(f"{name!r} is no name for a machine: letters, digits, dots and dashes")
    if not url or url.startswith("-"):
        raise CaroError(f"{url!r} is no remote: give what `git clone` takes")
    key = Key(key_file)
    me = Device(name, key.public)
    remote = Remote(file.repository, url)
    remote.prepare()
    for _ in range(TRIES):
        commit = remote.fetch()
        files = remote.files(commit) if commit else {}
        if LIST not in files:
            state = State(name, url, str(key_file), DeviceList(0, ()), changes=[Change(name, me)])
            return state, None
        devices, signer = first_list(remote.read(files[LIST]))
        state = State(name, url, str(key_file), devices, joined=key.public in devices.keys)
        if devices.key_of(name) not in (None, key.public):
            raise CaroError(f"{name} is on the list already with another key; take another name: --name NAME")
        if state.joined:
            return state, signer
        try:
            remote.publish(commit, {f"requests/{name}.json": msgspec.json.encode(me)}, "caro sync")
            return state, signer
        except Moved:
            continue
    raise CaroError(f"{url} moved on {TRIES} times in a row; try again in a moment")
