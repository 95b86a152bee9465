"""Rotation, compression and erasing while many processes write: nothing is torn, nothing live is lost."""

from __future__ import annotations

import gzip
import multiprocessing
import os
import random
from collections import Counter
from pathlib import Path

import pytest
import zstandard
from record_events import NOON, event, session_id

from caro.model import Event
from caro.record import erase
from caro.record.erase import erase_events
from caro.record.lease import HAS_LEASES, without_writers
from caro.record.lock import log_lock
from caro.record.reader import BadLines, log_names, read_events
from caro.record.retention import apply_retention
from caro.record.rotate import compress_files, rename_files, rotate
from caro.record.upkeep import keep_up
from caro.record.writer import append_line, encode_event, write_event

WRITERS = 64
LINES = 60


def read(log: Path) -> tuple[list[Event], BadLines]:
    bad = BadLines()
    return list(read_events(log, bad)), bad


def tags(events: list[Event]) -> Counter[str]:
    return Counter(event.argv[1] for event in events if event.argv is not None)


class Writers:
    """64 processes that append 60 lines each, as the native writers do: at the same time, a few a round."""

    def __init__(self, log: Path, size: int) -> None:
        # Forked: 64 interpreters that start one after the other would hardly ever write at the same time.
        context = multiprocessing.get_context("fork")
        self._log, self._size = log, size
        self._start = context.Barrier(WRITERS + 1)
        self._tickets = context.Semaphore(0)
        self._processes = [context.Process(target=self._write, args=(number,)) for number in range(WRITERS)]

    def _write(self, writer: int) -> None:
        rng = random.Random(writer)
        self._start.wait(60)
        for number in range(LINES):
            self._tickets.acquire()
            argv = ["echo", f"w{writer}-{number}", "x" * rng.randrange(self._size)]
            write_event(self._log, event(argv=argv, session_id="live"))

    def __enter__(self) -> Writers:
        for process in self._processes:
            process.start()
        self._start.wait(60)
        return self

    def let_write(self, lines: int) -> None:
        for _ in range(lines):
            self._tickets.release()

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.join(120)
        assert [process.exitcode for process in self._processes] == [0] * WRITERS


ALL_TAGS = Counter(f"w{writer}-{line}" for writer in range(WRITERS) for line in range(LINES))


def test_64_writers_lose_and_tear_nothing_while_the_log_is_rotated(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    rotations = 20
    with Writers(log, 65536) as writers:
        for number in range(rotations):
            writers.let_write(WRITERS * LINES // rotations)
            # So many lines have some 6 MB: sooner or later there is one to rotate.
            while not rotate(log, rotate_mb=1, compress=number % 8 == 7):
                os.sched_yield()
    found, bad = read(log)
    assert bad.count == 0
    assert tags(found) == ALL_TAGS
    assert len(log_names(log)) >= rotations
    assert any(name.suffix == ".gz" for name in log_names(log))


def test_erasing_loses_no_line_of_64_writers(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    old = [event(at, argv=["old", f"old-{at}", "x" * 200], session_id="old") for at in range(1000)]
    log.with_name("log.jsonl.1").write_bytes(b"".join(map(encode_event, old[:500])))
    log.write_bytes(b"".join(map(encode_event, old[500:])))
    erased = []
    with Writers(log, 300) as writers:
        for _ in range(6):
            for one in old[:10]:
                write_event(log, one)
            writers.let_write(WRITERS * LINES // 6)
            erased.append(erase_events(log, lambda found: found.session_id == "old"))
            rotate(log, rotate_mb=0.01, compress=False)
    found, bad = read(log)
    assert erased == [1010, 10, 10, 10, 10, 10]
    assert bad.count == 0
    assert tags(found) == ALL_TAGS
    assert all(b"old-" not in name.read_bytes() for name in log_names(log))


def fill(log: Path, count: int, **fields: object) -> list[Event]:
    made = [event(at, argv=["echo", f"e{at}"], **fields) for at in range(count)]
    for one in made:
        write_event(log, one)
    return made


def test_files_keep_their_order_and_the_newest_rotated_one_stays_plain(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    made = []
    for _ in range(5):
        made += fill(log, 3)
        with log_lock(log):
            rename_files(log)
            compress_files(log)
    names = [name.name for name in log_names(log)]
    assert names == [f"log.jsonl.{n}.gz" for n in (5, 4, 3, 2)] + ["log.jsonl.1"]
    assert [e.id for e in read(log)[0]] == [e.id for e in made]
    assert all(name.stat().st_mode & 0o777 == 0o600 for name in log_names(log))


def test_a_file_that_a_writer_holds_is_not_compressed(tmp_path: Path) -> None:
    assert HAS_LEASES
    log = tmp_path / "log.jsonl"
    fill(log, 3)
    held = os.open(log, os.O_WRONLY | os.O_APPEND)
    late = event(9, argv=["echo", "late"])
    with log_lock(log):
        rename_files(log)
        fill(log, 1)
        rename_files(log)
        compress_files(log)
        assert [name.name for name in log_names(log)] == ["log.jsonl.2", "log.jsonl.1"]
        os.write(held, encode_event(late))
        os.close(held)
        compress_files(log)
    assert [name.name for name in log_names(log)] == ["log.jsonl.2.gz", "log.jsonl.1"]
    assert late in read(log)[0]


def test_readers_do_not_count_as_writers(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    fill(log, 1)
    with log.open("rb") as reader, log.open("rb") as asking, without_writers(asking.fileno()) as free:
        assert free and reader.read()
    with log.open("ab"), log.open("rb") as asking, without_writers(asking.fileno()) as free:
        assert not free


def test_a_small_log_is_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    fill(log, 3)
    assert not rotate(log, 64)
    assert not rotate(tmp_path / "none.jsonl", 64)
    assert rotate(log, 0.0001)
    assert not rotate(log, 0)


def test_only_one_process_rotates_at_a_time(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    fill(log, 10)
    with log_lock(log):
        assert not rotate(log, 0.0001)
    assert rotate(log, 0.0001)


def log_of_three_kinds(tmp_path: Path) -> tuple[Path, list[str]]:
    """A log with a plain, a gzip and a zstd file; two sessions in each."""
    log = tmp_path / "log.jsonl"
    sessions = [session_id(0), session_id(50)]
    lines = [
        encode_event(event(at, argv=["echo", f"e{at}"], session_id=sessions[at % 2])) for at in range(40)
    ]
    (tmp_path / "log.jsonl.3.zst").write_bytes(zstandard.compress(b"".join(lines[:10])))
    (tmp_path / "log.jsonl.2.gz").write_bytes(gzip.compress(b"".join(lines[10:20])))
    (tmp_path / "log.jsonl.1").write_bytes(b"".join(lines[20:30]))
    log.write_bytes(b"".join(lines[30:]))
    return log, sessions


def all_bytes(log: Path) -> bytes:
    parts = []
    for name in log_names(log):
        data = name.read_bytes()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        elif data[:4] == b"\x28\xb5\x2f\xfd":
            data = zstandard.decompress(data, max_output_size=1 << 20)
        parts.append(data)
    return b"".join(parts)


def test_a_session_is_erased_from_every_kind_of_file(tmp_path: Path) -> None:
    log, sessions = log_of_three_kinds(tmp_path)
    db = tmp_path / "index.db"
    db.write_bytes(b"to be deleted")
    assert erase_events(log, lambda e: e.session_id == sessions[0], db) == 20
    found, bad = read(log)
    assert [e.argv[1] for e in found if e.argv] == [f"e{at}" for at in range(1, 40, 2)]
    assert bad.count == 0
    assert sessions[0].encode() not in all_bytes(log)
    assert not db.exists()


def test_everything_is_erased_torn_lines_too(tmp_path: Path) -> None:
    log, _ = log_of_three_kinds(tmp_path)
    append_line(log, b"foreign secret\n")
    with log.open("ab") as out:
        out.write(b'{"v":1,"torn secret')
    assert erase_events(log, None) == 41
    assert log_names(log) == []


def test_a_torn_line_goes_with_the_event_before_it(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(
        b"leading torn\n"
        + encode_event(event(0, argv=["echo", "old"]))
        + b"middle torn\n"
        + encode_event(event(100, argv=["echo", "new"]))
        + b"trailing torn\n"
    )
    limit = event(50).ts
    assert erase_events(log, lambda e: e.ts < limit) == 3
    data = all_bytes(log)
    assert b"leading" not in data and b"middle" not in data and b"old" not in data
    assert b"new" in data and b"trailing torn" in data


def test_of_two_records_on_one_line_only_the_right_one_goes(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    kept = event(100, argv=["echo", "new"])
    log.write_bytes(encode_event(event(0, argv=["echo", "old"]))[:-1] + encode_event(kept))
    limit = event(50).ts
    assert erase_events(log, lambda e: e.ts < limit) == 1
    assert read(log) == ([kept], BadLines())
    assert b"old" not in all_bytes(log)


def test_a_file_that_a_writer_holds_is_blanked_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erase, "SETTLE", 0.0)
    log = tmp_path / "log.jsonl"
    fill(log, 20, session_id="old")
    held = os.open(log, os.O_WRONLY | os.O_APPEND)
    size = log.stat().st_size
    assert erase_events(log, lambda e: e.session_id == "old") == 20
    late = event(99, argv=["echo", "late"])
    os.write(held, encode_event(late))
    os.close(held)
    assert read(log) == ([late], BadLines())
    assert log.with_name("log.jsonl.1").stat().st_size > size
    assert b'"e1"' not in all_bytes(log)


def test_retention_forgets_what_is_too_old(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    day = 86_400
    for days_ago in (100, 91, 89, 1):
        write_event(log, event(-days_ago * day, argv=["echo", str(days_ago)]))
    assert apply_retention(log, 90, now=NOON) == 2
    assert [e.argv for e in read(log)[0]] == [["echo", "89"], ["echo", "1"]]
    assert apply_retention(log, 90, now=NOON) == 0
    assert apply_retention(log, 0, now=NOON) == 0


def test_upkeep_rotates_and_forgets_once_a_day(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    day = 86_400
    keep_up(log, 64, 90, now=NOON)
    assert list(tmp_path.iterdir()) == []
    fill(log, 3)
    write_event(log, event(-100 * day, argv=["echo", "ancient"]))
    # 89 days later all are young enough but the ancient one.
    keep_up(log, 64, 90, now=NOON + 89 * day)
    assert len(read(log)[0]) == 3
    write_event(log, event(-100 * day, argv=["echo", "ancient"]))
    keep_up(log, 64, 90, now=NOON + 89 * day + 3600)
    assert len(read(log)[0]) == 4
    keep_up(log, 64, 0, now=NOON + 300 * day)
    assert len(read(log)[0]) == 4
    keep_up(log, 0.0001, 90, now=NOON + 90 * day)
    assert len(read(log)[0]) == 3
    assert [name.name for name in log_names(log)] == ["log.jsonl.1"]


def test_upkeep_of_a_folder_that_cannot_be_written_is_silent(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    fill(log, 3)
    (tmp_path / "log.jsonl.lock").mkdir()
    keep_up(log, 0.0001, 1, now=NOON + 10 * 86_400)
    assert len(read(log)[0]) == 3
