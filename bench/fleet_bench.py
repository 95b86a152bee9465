"""The record of many machines: what sending an event costs, how fast a backlog goes to a real `clickhouse-server` after
an outage, what writers of the log notice of it, and how many hosts one server carries. Prints JSON.

`--short` leaves out the server. `--hosts N` alone plays one minute of N hosts with 20 events a second each, as fast as
the server takes them (10000: 12,000,000 events), and prints what came of it.
"""

from __future__ import annotations

import gc
import gzip
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote
from urllib.request import Request, urlopen

if TYPE_CHECKING:
    from caro.fleet.door import Door

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/fleet")]
SERVER = Path("/usr/sbin/clickhouse-server")
RATE, SECONDS = 20, 60
"""Events a second of each host, and for how long: a batch is what a host sends with `fleet.every_s` = 60."""
SENDERS = 4


def write_log(log: Path, count: int) -> None:
    """Write so many events, no two with the same arguments: what costs most."""
    from caro.model import Event
    from caro.record import uuid7
    from caro.record.times import seconds_ts
    from caro.record.writer import encode_event

    session = uuid7.new()
    with log.open("ab") as out:
        for number in range(count):
            argv = ["cc", "-O2", "-Wall", "-c", f"src/module_{number}.c", "-o", f"build/module_{number}.o"]
            out.write(encode_event(Event(
                v=1, id=uuid7.new(), kind="exec", source="shim", ts=seconds_ts(1_790_000_000 + number / 100),
                session_id=session, parent_id=session, command="cc", argv=argv, path="/usr/bin/cc",
                cwd="/home/u/project", pid=1000 + number % 30_000, ppid=999, user="u", host="h", platform="linux",
                exit_code=0, duration_ms=12.345, mode="noninteractive", tty=False,
            )))  # fmt: skip


def sent(kind: str, count: int) -> float:
    """Microseconds of the processor for an event, to a server that takes everything."""
    from caro.fleet.door import Answer, Door

    class Open(Door):
        def send(self, method: str, path: str, body: bytes, headers: object) -> Answer:
            return Answer(200, b"26.1.1.1")

    return round(1e6 * shipped(kind, count, "http://127.0.0.1:1", Open, time.process_time) / count, 1)


def arriving(count: int) -> dict[str, float]:
    """Events a second into a real server on this machine, as `caro fleet run` sends them."""
    from caro.fleet.door import Door

    with clickhouse() as server:
        took = shipped("clickhouse", count, server.url, Door, time.perf_counter)  # type: ignore[attr-defined]
        arrived = int(server.ask("SELECT uniqExact(id) FROM caro.events"))  # type: ignore[attr-defined]
    assert arrived == count, arrived
    return {"fleet_run_per_s": round(count / took)}


def shipped(kind: str, count: int, url: str, door: type[Door], clock: Callable[[], float]) -> float:
    """Seconds of a clock in which so many events go to a server."""
    from caro.cli.fleet import OBJECTS
    from caro.fleet.receiver import receiver_of
    from caro.fleet.shipper import Shipper
    from caro.fleet.target import Target
    from caro.outbox.redaction import Redaction
    from caro.outbox.state import StateFile
    from caro.paths import Paths

    with tempfile.TemporaryDirectory() as home:
        paths = Paths.of({"HOME": home})
        write_log(paths.default_log, count)
        target = Target(kind, url, "127.0.0.1", int(url.rpartition(":")[2]), "", False)
        shipper = Shipper(paths.default_log, StateFile(paths), receiver_of(target, "h"), door(target), Redaction(),
                          1000)  # fmt: skip
        before = gc.get_threshold()
        gc.set_threshold(OBJECTS)
        start = clock()
        while shipper.step() == 0:
            pass
        took = clock() - start
        gc.set_threshold(*before)
        assert shipper.state.sent == count, shipper.state.error
        shipper.close()
    return took


@contextmanager
def clickhouse() -> Iterator[object]:
    from old_clickhouse import old_clickhouse

    from caro.fleet.views import schema

    with tempfile.TemporaryDirectory() as folder, old_clickhouse(Path(folder) / "clickhouse") as server:
        for statement in schema("caro", old=True):
            server.ask(statement)
        yield server


def drained(count: int) -> dict[str, float]:
    """A backlog of an outage, sent by `caro fleet run --once`; and what a writer of the log notices meanwhile."""
    from caro.model import Event
    from caro.record import uuid7
    from caro.record.times import now_ts
    from caro.record.writer import write_event

    with clickhouse() as server, tempfile.TemporaryDirectory() as home:
        env = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "CARO_"))}
        config = Path(home) / ".config/caro"
        config.mkdir(parents=True)
        (config / "config.toml").write_text(f'[fleet]\nenabled = true\nurl = "{server.url}"\n')  # type: ignore[attr-defined]
        log = Path(home) / ".trace_shell.jsonl"
        write_log(log, count)

        def write_times(until: threading.Event) -> list[float]:
            times = []
            while not until.is_set() and len(times) < 20_000:
                event = Event(v=1, id=uuid7.new(), kind="exec", source="shim", ts=now_ts(), command="ls")
                start = time.perf_counter()
                write_event(log, event)
                times.append(1e6 * (time.perf_counter() - start))
                time.sleep(0.001)
            return times

        ended = threading.Event()
        threading.Timer(3, ended.set).start()
        alone = write_times(ended)
        ended = threading.Event()
        words = [sys.executable, "-m", "caro", "fleet", "run", "--once"]
        start = time.perf_counter()
        sender = subprocess.Popen(words, env=env | {"HOME": home})
        threading.Thread(target=lambda: (sender.wait(), ended.set())).start()
        beside = write_times(ended)
        sender.wait()
        took = time.perf_counter() - start
        arrived = int(server.ask("SELECT uniqExact(id) FROM caro.events"))  # type: ignore[attr-defined]
        assert arrived >= count, arrived
    return {
        "fleet_drain_per_s": round(count / took),
        "fleet_writer_p99_ratio": round(p99(beside) / p99(alone), 2),
    }


def p99(times: list[float]) -> float:
    return statistics.quantiles(times, n=100)[98]


def played(hosts: int) -> dict[str, float]:
    """One minute of so many hosts: each sends its 1,200 events as one batch, packed as the sender packs them."""
    from caro.fleet.rows import rows
    from caro.model import Event
    from caro.record.times import seconds_ts

    events = []
    for number in range(RATE * SECONDS):
        argv = ["cc", "-c", f"src/module_{number % 300}.c", "-o", f"build/module_{number % 300}.o"]
        events.append(Event(
            v=1, id=f"019c0000-0000-7{number:03x}-8000-HOSTNUMBER00", kind="exec", source="shim",
            ts=seconds_ts(1_790_000_000 + number / RATE), session_id="019c0000-0000-7000-8000-HOSTNUMBER01",
            command="cc", argv=argv, path="/usr/bin/cc", cwd="/home/u/project", pid=1000 + number, ppid=999, user="u",
            host="hHOSTNUMBER", platform="linux", exit_code=int(number % 50 == 0), duration_ms=12.345,
            mode="noninteractive", tty=False,
        ))  # fmt: skip
    template = rows(events, "h")
    left = iter(range(hosts))
    lock = threading.Lock()
    slow: list[float] = []

    def send_all(url: str) -> None:
        statement = quote("INSERT INTO caro.events FORMAT JSONEachRow")
        while True:
            with lock:
                host = next(left, None)
            if host is None:
                return
            body = gzip.compress(template.replace(b"HOSTNUMBER", b"%010d" % host), 1, mtime=0)
            options = "input_format_skip_unknown_fields=1&date_time_input_format=best_effort"
            request = Request(f"{url}/?query={statement}&{options}", body, {"Content-Encoding": "gzip"})
            start = time.perf_counter()
            with urlopen(request, timeout=300) as reply:
                reply.read()
            slow.append(time.perf_counter() - start)

    with clickhouse() as server:
        start = time.perf_counter()
        threads = [threading.Thread(target=send_all, args=(server.url,)) for _ in range(SENDERS)]  # type: ignore[attr-defined]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.perf_counter() - start
        seen = int(server.ask("SELECT count() FROM caro.events"))  # type: ignore[attr-defined]
        assert seen == hosts * RATE * SECONDS, seen
        start = time.perf_counter()
        server.ask("SELECT host, count() FROM caro.seen WHERE exit_code != 0 GROUP BY host LIMIT 10")  # type: ignore[attr-defined]
        asked = time.perf_counter() - start
        sizes = "SELECT sum(bytes) FROM system.parts WHERE table = 'events' AND active"
        disk = int(server.ask(sizes))  # type: ignore[attr-defined]
        told = {
            "events": seen,
            "seconds": round(took, 1),
            "events_per_s": round(seen / took),
            "batch_p99_s": round(p99(slow), 2),
            "hosts_in_time": round(seen / took / RATE),
            "bytes_an_event": round(disk / seen, 1),
            "view_s": round(asked, 2),
        }
        # Said before the server's files go, which takes a while.
        print(f"fleet: {told}", file=sys.stderr, flush=True)
    return told


def main() -> None:
    words = sys.argv[1:]
    if "--hosts" in words:
        print(json.dumps(played(int(words[words.index("--hosts") + 1]))))
        return
    figures: dict[str, float | None] = {
        "fleet_clickhouse_us": sent("clickhouse", 20_000), "fleet_otlp_us": sent("otlp", 20_000),
        "fleet_run_per_s": None, "fleet_drain_per_s": None, "fleet_writer_p99_ratio": None,
        "fleet_one_server_per_s": None,
    }  # fmt: skip
    if "--short" not in words and SERVER.exists():
        figures |= arriving(200_000)
        figures |= drained(300_000)
        figures["fleet_one_server_per_s"] = played(1000)["events_per_s"]
    print(json.dumps({"figures": figures, "notes": [f"{os.cpu_count()} cores, which the server shares"]}))


if __name__ == "__main__":
    main()
