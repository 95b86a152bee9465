"""A daemon that runs forgets what is too old, from every file, while shells and shims go on writing."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

from caro.record.index import Index
from caro.record.reader import Snapshot
from daemons import World
from waiting import wait_until

# The same program; it only looks more often than once a minute.
IMPATIENT = """
import sys
import caro.daemon.run as run
run.TICK_SECONDS = run.SWEEP_SECONDS = 0.05
from caro.cli import main
sys.argv = ["caro", "daemon", "run"]
sys.exit(main())
"""
OLD = '"text":"ancient words"'


def files_with(home: Path, words: bytes) -> set[str]:
    found = set()
    for file in home.glob(".trace_shell.jsonl*"):
        try:
            data = file.read_bytes()
        except FileNotFoundError:  # it goes while it is looked at
            continue
        if words in (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data):
            found.add(file.name)
    return found


def plant_old_events(world: World) -> Path:
    """One in each kind of file, and an index that knows them."""
    world.preexec("young", 1)
    world.preexec("true", 2, "-e", "0")
    text = world.log.read_text()
    (young,) = (line for line in text.splitlines(keepends=True) if '"young"' in line)
    year = json.loads(young)["ts"][:4]
    old = young.replace(f'"ts":"{year}', '"ts":"2001').replace('"text":"young"', OLD)
    world.log.write_text(old + text)
    world.log.with_name(".trace_shell.jsonl.1").write_text(old)
    world.log.with_name(".trace_shell.jsonl.2.gz").write_bytes(gzip.compress(old.encode()))
    index_file = world.home / ".local/share/caro/index.db"
    index_file.parent.mkdir(parents=True, exist_ok=True)
    with Snapshot(world.log) as snapshot:
        index = Index(index_file)
        assert index.update(snapshot)
        index.close()
    return index_file


def test_old_events_go_while_others_write(world: World) -> None:
    world.configure("[privacy]\nretention_days = 30\nhistory_days = 30\n")
    index_file = plant_old_events(world)
    words = OLD.encode()
    assert len(files_with(world.home, words)) == 3
    shells = 16
    with subprocess.Popen([sys.executable, "-c", IMPATIENT], env=world.env) as daemon:
        try:
            for number in range(shells):
                world.preexec(f"while it works {number}", 3 + number, "-e", "0")
            wait_until(lambda: not files_with(world.home, words))
            wait_until(lambda: not index_file.exists())
        finally:
            daemon.terminate()
            daemon.wait(timeout=20)
    texts = [
        event["text"] for file in sorted(world.home.glob(".trace_shell.jsonl*")) for event in lines_of(file)
    ]
    assert sorted(text for text in texts if "works" in text) == sorted(
        f"while it works {number}" for number in range(shells - 1)
    )
    assert "young" in texts


def lines_of(file: Path) -> list[dict[str, str]]:
    data = file.read_bytes()
    data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    events = [json.loads(line) for line in data.splitlines() if line.strip()]
    return [event for event in events if event["kind"] == "line"]
