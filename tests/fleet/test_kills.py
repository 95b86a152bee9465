"""A real ClickHouse on loopback, and a sender that is killed again and again: every event is there, and counts once."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from old_clickhouse import old_clickhouse

from caro.model import Event
from caro.record import uuid7
from caro.record.rotate import rename_files
from caro.record.times import seconds_ts
from caro.record.writer import encode_event

EVENTS, KILLS = 100_000, 200


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_two_hundred_kills_lose_nothing(home: Path, env: dict[str, str], tmp_path: Path) -> None:
    log = home / ".trace_shell.jsonl"
    words = [sys.executable, "-m", "caro", "fleet", "run", "--once"]
    rng = random.Random(7)
    with old_clickhouse(tmp_path / "clickhouse") as server:
        (home / ".config/caro").mkdir(parents=True)
        (home / ".config/caro/config.toml").write_text(f'[fleet]\nenabled = true\nurl = "{server.url}"\n')
        schema = [sys.executable, "-m", "caro", "fleet", "schema", "--old", "--apply"]
        subprocess.run(schema, env=env, check=True, capture_output=True)
        for kill in range(KILLS):
            with log.open("ab") as out:
                for number in range(EVENTS // KILLS):
                    at = seconds_ts(1_790_000_000 + kill + number / 1000)
                    event = Event(
                        v=1, id=uuid7.new(), kind="exec", source="shim", ts=at, command="make", host="a"
                    )
                    out.write(encode_event(event))
            if kill % 60 == 59:
                rename_files(log)
            sender = subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            # When it dies is what is tried out; nothing depends on it.
            end = threading.Timer(rng.uniform(0.05, 1.0), sender.kill)
            end.start()
            sender.wait()
            end.cancel()
        subprocess.run(words, env=env, check=True, capture_output=True, timeout=300)
        counts = "SELECT uniqExact(id) FROM caro.events", "SELECT count() FROM caro.seen"
        assert [int(server.ask(sql)) for sql in counts] == [EVENTS, EVENTS]
