"""Three machines, random changes, kills and partitions: in the end all have the same, whatever came when."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from caro.config_write import set_values
from caro.errors import CaroError
from caro.machine.corrections import Corrections
from caro.model import Event
from caro.paths import Paths
from caro.record import uuid7
from caro.record.counted import read_counted
from caro.record.times import now_ts
from caro.record.writer import write_event
from caro.settings import load_settings
from caro.sync import exchange as exchange_module
from caro.sync.devices import Device, DeviceList
from caro.sync.exchange import Exchange
from caro.sync.machine import Machine
from caro.sync.operations import Operation
from caro.sync.remote import Moved
from caro.sync.state import State, SyncFile

NAMES = ("ann", "bob", "cat")
VALUES: dict[str, list[Any]] = {
    "safety.mode": ["off", "passive", "active", None],
    "safety.block": [["^a"], ["^b"], ["^a", "^b"], None],
    "safety.commands": [{"^x": "warn"}, {"^x": "block", "^y": "confirm"}, None],
    "safety.allow": [["one"], ["one", "two"], None],
    "privacy.redact": [True, False, None],
    "fix.confidence": [0.1, 0.2, 0.9, None],
    "ui.colour": ["always", "never", None],
    "trace.rotate_mb": [1, 2, 3],
}


class Killed(BaseException):
    """kill -9, at this very point."""


class World:
    """The remote, the network, and when somebody is killed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.commits: list[dict[str, bytes]] = []
        self.cut: set[str] = set()
        self.deadly = 0.0

    def maybe_kill(self) -> None:
        if self.random.random() < self.deadly:
            raise Killed


class Remote:
    """As caro.sync.remote.Remote, in memory."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name = world, name

    def fetch(self) -> str:
        if self.name in self.world.cut:
            raise CaroError("no network")
        return str(len(self.world.commits)) if self.world.commits else ""

    def contains(self, newer: str, older: str) -> bool:
        return int(newer) >= int(older)

    def files(self, commit: str) -> dict[str, str]:
        return {path: f"{data.hex()}" for path, data in self.world.commits[int(commit) - 1].items()}

    def read(self, blob: str) -> bytes:
        return bytes.fromhex(blob)

    def publish(self, base: str, files: dict[str, bytes | None], message: str) -> str:
        self.world.maybe_kill()
        if self.fetch() != base:
            raise Moved("moved")
        before = self.world.commits[-1] if self.world.commits else {}
        after = {path: data for path, data in (before | files).items() if data is not None}
        self.world.commits.append(after)
        self.world.maybe_kill()
        return str(len(self.world.commits))


class Machines:
    def __init__(self, folder: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        import msgspec

        self.folder, self.world = folder, world
        listed = DeviceList(1, tuple(Device(name, name) for name in NAMES))
        monkeypatch.setattr(
            exchange_module, "seal", lambda key, device, number, ops, keys: msgspec.json.encode(ops)
        )
        monkeypatch.setattr(
            exchange_module, "unseal", lambda key, data, *_: msgspec.json.decode(data, type=list[Operation])
        )
        monkeypatch.setattr(exchange_module, "signed", lambda devices, key: msgspec.json.encode(devices))
        monkeypatch.setattr(
            exchange_module, "read_list", lambda data, trusted: msgspec.json.decode(data, type=DeviceList)
        )
        monkeypatch.setattr(exchange_module, "Key", lambda file: Device("key", str(file)))
        monkeypatch.setattr(exchange_module, "Remote", lambda folder, url: Remote(world, url))
        for name in NAMES:
            self.file(name).save(State(name, name, name, listed))
            self.paths(name).config.mkdir(parents=True)
            set_values(self.paths(name).config_toml, {"sync.suggestions": True})

        class Key:
            def __init__(self, file: Path) -> None:
                self.public = str(file)

        monkeypatch.setattr(exchange_module, "Key", Key)

    def paths(self, name: str) -> Paths:
        return Paths.of({"HOME": str(self.folder / name)})

    def file(self, name: str) -> SyncFile:
        file, world = SyncFile(self.paths(name)), self.world
        save = file.save

        def deadly_save(state: State) -> None:
            world.maybe_kill()
            save(state)
            world.maybe_kill()

        file.save = deadly_save  # type: ignore[method-assign]
        return file

    def exchange(self, name: str) -> Exchange:
        paths, file = self.paths(name), self.file(name)
        machine = Machine(paths, {}, load_settings({}, paths), paths.default_log)
        return Exchange(file, file.load(), machine)

    def sync(self, name: str) -> None:
        try:
            self.exchange(name).push()
        except (Killed, CaroError):
            pass

    def change(self, name: str) -> None:
        pick, paths = self.world.random, self.paths(name)
        what = pick.random()
        if what < 0.5:
            key = pick.choice(sorted(VALUES))
            set_values(paths.config_toml, {key: pick.choice(VALUES[key])})
        elif what < 0.8:
            file = paths.rules / "safety" / f"{pick.choice('xy')}.toml"
            if pick.random() < 0.3:
                file.unlink(missing_ok=True)
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                rules = pick.sample(range(6), pick.randrange(3))
                file.write_text("# rules\n" + "".join(f'[[rule]]\nid = "r{rule}"\n' for rule in rules))
        elif what < 0.9:
            self.types(paths, f"make t{pick.randrange(9)}", pick.randrange(1, 5))
        else:
            Corrections(paths.corrections_db).learn(f"gti {pick.randrange(20)}", "git status")

    def types(self, paths: Paths, text: str, times: int) -> None:
        """Once in a while somebody forgets what was typed."""
        if self.world.random.random() < 0.1:
            paths.default_log.unlink(missing_ok=True)
        for _ in range(times):
            line = Event(
                v=1, id=uuid7.new(), kind="line", source="prompt", ts=now_ts(), text=text, exit_code=0
            )
            write_event(paths.default_log, line)

    def picture(self, name: str) -> Any:
        exchange = self.exchange(name)
        replica, paths = exchange.replica, self.paths(name)
        rules = {str(f.relative_to(paths.rules)): f.read_text() for f in paths.rules.rglob("*.toml")}
        machine = Machine(paths, {}, load_settings({}, paths), paths.default_log)
        used = {device: replica.used_by(device) for device in NAMES}
        shown = {each.text: each.count for each in read_counted(paths.counted)}
        assert shown == replica.used_elsewhere(name, NAMES)
        return replica.operations(), machine.settings(), rules, replica.learned(), used

    def settle(self) -> None:
        """Heal everything, sync until quiet, and say yes wherever somebody is asked."""
        self.world.cut, self.world.deadly = set(), 0.0
        quiet = 0
        while quiet < 2:
            quiet += 1
            for name in NAMES:
                exchange = self.exchange(name)
                for key in list(exchange.state.asked):
                    quiet = 0
                    exchange.accept(key)
                self.exchange(name).push()


@pytest.mark.parametrize(
    "seed, count", [(1, 40), *(pytest.param(s, 1000, marks=pytest.mark.long) for s in range(3, 8))]
)
def test_all_have_the_same_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, count: int
) -> None:
    world = World(seed)
    machines = Machines(tmp_path, world, monkeypatch)
    world.deadly = 0.05
    for _ in range(count):
        name = world.random.choice(NAMES)
        machines.change(name)
        if world.random.random() < 0.1:
            world.cut = set(world.random.sample(NAMES, world.random.randrange(3)))
        if world.random.random() < 0.5:
            machines.sync(world.random.choice(NAMES))
    machines.settle()
    pictures = [machines.picture(name) for name in NAMES]
    assert pictures[0] == pictures[1] == pictures[2]
    assert len(pictures[0][0]) > 10 and len(world.commits) > 5
