"""The index answers as a scan does, whatever the events, the filter and the state of the index."""

from __future__ import annotations

import gzip
import multiprocessing
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from record_events import NOON, event, events, folders, session_id, sessions, texts

from caro.model import KINDS, Event
from caro.paths import Paths
from caro.record import find, index, index_build
from caro.record.find import find_events, scan_events
from caro.record.index_file import index_path
from caro.record.query import SHOWN_KINDS, Filter
from caro.record.reader import BadLines, Snapshot
from caro.record.times import seconds_ts
from caro.record.totals import Totals
from caro.record.typed_totals import TypedTotals
from caro.record.writer import encode_event, write_event

times = st.floats(0, 1000).map(lambda at: seconds_ts(NOON + at))
filters = st.builds(
    Filter,
    session=st.one_of(
        st.just(""), st.sampled_from(sessions), st.sampled_from(sessions).map(lambda s: s[:10])
    ),
    since=st.one_of(st.just(""), times),
    until=st.one_of(st.just(""), times),
    command=st.sampled_from(["", "", "git", "/usr/bin/git", "ls", "a/b/"]),
    cwd=st.lists(folders, max_size=2).map(tuple),
    failed=st.booleans(),
    slower=st.one_of(st.none(), st.floats(0, 5000)),
    grep=st.one_of(
        st.just(""),
        st.sampled_from(
            ["stat", "STATUS", "größe", "a b", "\0", '"qu', "i\u0307st", "s", "kelvin", "back\\slash"]
        ),
        texts,
    ),
    kinds=st.sampled_from([(), SHOWN_KINDS, ("exec",), ("line", "of-the-future"), KINDS]),
)
lines = st.one_of(
    events.map(encode_event),
    events.map(encode_event),
    st.tuples(events, events).map(lambda pair: encode_event(pair[0])[:-1] + encode_event(pair[1])),
    st.tuples(events, events).map(lambda pair: encode_event(pair[0])[:30] + encode_event(pair[1])),
    st.sampled_from([b"foreign\n", b"        \n", b"\xff\x00\n"]),
)


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """The index is used for the smallest log, in batches of a few events."""
    monkeypatch.setattr(find, "SCAN_BYTES", -1)
    monkeypatch.setattr(index_build, "BATCH", 3)


def by_index(log: Path, db: Path, wanted: Filter, count: int | None = None) -> tuple[list[Event], BadLines]:
    bad = BadLines()
    with Snapshot(log) as snapshot:
        return list(find_events(snapshot, wanted, bad, count=count, index=db)), bad


def by_scan(log: Path, wanted: Filter) -> tuple[list[Event], BadLines]:
    bad = BadLines()
    with Snapshot(log) as snapshot:
        return list(scan_events(snapshot, wanted, bad)), bad


def count_rows(db: Path) -> int:
    connection = sqlite3.connect(db)
    (count,) = connection.execute("SELECT count(*) FROM events").fetchone()
    connection.close()
    return int(count)


def put_files(folder: Path, parts: list[list[bytes]], compressed: bool) -> Path:
    """The parts as a log and its rotated files, oldest first."""
    log = folder / "log.jsonl"
    for number, part in enumerate(reversed(parts)):
        data = b"".join(part)
        if number == 0:
            log.write_bytes(data)
        elif compressed and number > 1:
            (folder / f"log.jsonl.{number}.gz").write_bytes(gzip.compress(data))
        else:
            (folder / f"log.jsonl.{number}").write_bytes(data)
    return log


def test_the_newest_lines_wait_for_no_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "SCAN_BYTES", 4000)
    made = [event(at, kind="line", text=f"line {at}", session_id=session_id(0)) for at in range(100)]
    log = put_files(tmp_path, [[encode_event(one) for one in made]], False)
    typed = Filter(kinds=("line",), people=True)
    assert by_index(log, tmp_path / "db", typed, 3)[0] == made[-3:]
    assert not (tmp_path / "db").exists()
    assert by_index(log, tmp_path / "db", Filter(grep="line 1", kinds=("line",)), 3)[0] == made[17:20]
    assert count_rows(tmp_path / "db") == 100


@settings(max_examples=40, deadline=None)
@given(
    parts=st.lists(st.lists(lines, max_size=12), min_size=1, max_size=4),
    compressed=st.booleans(),
    asked=st.lists(st.tuples(filters, st.one_of(st.none(), st.integers(0, 8))), min_size=1, max_size=5),
    more=st.lists(lines, max_size=5),
)
def test_index_and_scan_agree(
    tmp_path_factory: pytest.TempPathFactory,
    parts: list[list[bytes]],
    compressed: bool,
    asked: list[tuple[Filter, int | None]],
    more: list[bytes],
) -> None:
    folder = tmp_path_factory.mktemp("log")
    log = put_files(folder, parts, compressed)
    for step in range(3):
        for wanted, count in asked:
            scanned, scan_bad = by_scan(log, wanted)
            found, bad = by_index(log, folder / "index.db", wanted, count)
            assert found == (scanned if count is None else scanned[max(0, len(scanned) - count) :])
            if count is None:
                assert (bad.count, bad.where) == (scan_bad.count, scan_bad.where)
        for db in (None, folder / "index.db"):
            wanted = Filter(kinds=("line",), people=True)
            bad, scan_bad, typed = BadLines(), BadLines(), TypedTotals()
            with Snapshot(log) as snapshot:
                typed.add(scan_events(snapshot, wanted, scan_bad))
                assert find.count_typed(snapshot, wanted, bad, index=db).as_json() == typed.as_json()
            assert (bad.count, bad.where) == (scan_bad.count, scan_bad.where)
        if step == 0:
            with log.open("ab") as out:
                out.write(b"".join(more))
        else:
            os.rename(log, log.with_name("log.jsonl.0"))
            log.write_bytes(b"".join(more))


def some_log(folder: Path, count: int = 50) -> Path:
    log = folder / "log.jsonl"
    for at in range(count):
        write_event(
            log, event(at, argv=["git", f"word{at % 7}"], session_id=sessions[at % 3], exit_code=at % 5)
        )
    return log


WANTED = Filter(command="git", failed=True, grep="word3")


def test_the_index_is_used_and_grows(tmp_path: Path) -> None:
    log, db = some_log(tmp_path), tmp_path / "data" / "index.db"
    found, _ = by_index(log, db, WANTED)
    assert found == by_scan(log, WANTED)[0] and found
    assert count_rows(db) == 50
    write_event(log, event(argv=["git", "word3"], exit_code=1))
    assert by_index(log, db, WANTED)[0][:-1] == found
    assert count_rows(db) == 51
    assert db.stat().st_mode & 0o777 == 0o600


def test_rotation_and_compression_keep_the_rows(tmp_path: Path) -> None:
    log, db = some_log(tmp_path), tmp_path / "index.db"
    before, _ = by_index(log, db, WANTED)
    os.rename(log, tmp_path / "log.jsonl.1")
    assert by_index(log, db, WANTED)[0] == before
    plain = tmp_path / "log.jsonl.1"
    (tmp_path / "log.jsonl.1.gz").write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    assert by_index(log, db, WANTED)[0] == before
    connection = sqlite3.connect(db)
    assert connection.execute("SELECT max(id), count(*) FROM files").fetchone() == (1, 1)
    connection.close()


def test_a_file_that_was_truncated_or_edited_is_indexed_anew(tmp_path: Path) -> None:
    log, db = some_log(tmp_path), tmp_path / "index.db"
    by_index(log, db, WANTED)
    lines_kept = log.read_bytes().splitlines(keepends=True)[:20]
    log.write_bytes(b"".join(lines_kept))
    assert by_index(log, db, WANTED)[0] == by_scan(log, WANTED)[0]
    assert count_rows(db) == 20


@pytest.mark.parametrize("damage", ["garbage", "head", "pages", "other version", "no tables"])
def test_a_damaged_index_is_made_anew(tmp_path: Path, damage: str) -> None:
    log, db = some_log(tmp_path, 400), tmp_path / "index.db"
    by_index(log, db, WANTED)
    for suffix in ("-wal", "-shm"):
        (tmp_path / f"index.db{suffix}").unlink(missing_ok=True)
    data = bytearray(db.read_bytes())
    if damage == "garbage":
        db.write_bytes(b"not a database at all" * 1000)
    elif damage == "head":
        db.write_bytes(b"\0" * 100 + data[100:])
    elif damage == "pages":
        data[4096:] = os.urandom(len(data) - 4096)
        db.write_bytes(data)
    elif damage == "no tables":
        db.unlink()
        connection = sqlite3.connect(db)
        connection.execute(f"PRAGMA user_version={index.SCHEMA}")
        connection.close()
    else:
        connection = sqlite3.connect(db)
        connection.execute("PRAGMA user_version=99")
        connection.close()
    expected = by_scan(log, WANTED)[0]
    assert by_index(log, db, WANTED)[0] == expected
    assert by_index(log, db, WANTED)[0] == expected
    assert count_rows(db) == 400


def test_a_row_that_leads_nowhere_is_noticed_and_the_scan_takes_over(tmp_path: Path) -> None:
    log, db = some_log(tmp_path), tmp_path / "index.db"
    by_index(log, db, WANTED)
    connection = sqlite3.connect(db)
    connection.execute("UPDATE events SET length = 5 WHERE at = (SELECT max(at) FROM events WHERE failed)")
    connection.execute("UPDATE events SET length = 5 WHERE at % 3 = 0")
    connection.commit()
    connection.close()
    wanted = Filter(failed=True)
    assert by_index(log, db, wanted)[0] == by_scan(log, wanted)[0]
    assert not db.exists()


def test_an_index_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    log = some_log(tmp_path)
    (tmp_path / "file").write_text("in the way of the data folder")
    assert by_index(log, tmp_path / "file" / "index.db", WANTED)[0] == by_scan(log, WANTED)[0]


def test_an_index_that_another_process_builds_is_not_waited_for(tmp_path: Path) -> None:
    import fcntl

    log, db = some_log(tmp_path), tmp_path / "index.db"
    with (tmp_path / "index.db.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert by_index(log, db, WANTED)[0] == by_scan(log, WANTED)[0]
    assert by_index(log, db, WANTED)[0]
    assert count_rows(db) == 50


def _ask(log: Path, db: Path, results: multiprocessing.SimpleQueue[int]) -> None:
    find.SCAN_BYTES = -1
    index_build.BATCH = 50
    for _ in range(5):
        results.put(len(by_index(log, db, WANTED)[0]))


def test_many_readers_at_once_build_and_ask(tmp_path: Path) -> None:
    log, db = some_log(tmp_path, 2000), tmp_path / "index.db"
    expected = len(by_scan(log, WANTED)[0])
    context = multiprocessing.get_context("spawn")
    results = context.SimpleQueue()
    readers = [context.Process(target=_ask, args=(log, db, results)) for _ in range(4)]
    for reader in readers:
        reader.start()
    counts = [results.get() for _ in range(20)]
    for reader in readers:
        reader.join()
    assert counts == [expected] * 20
    assert count_rows(db) == 2000


def test_each_log_has_an_index_of_its_own(home: Path) -> None:
    paths = Paths.of({"HOME": str(home)})
    usual = index_path(paths, paths.default_log)
    other = index_path(paths, home / "other.jsonl")
    assert usual == paths.index_db
    assert other != usual and other.parent == usual.parent
    assert other == index_path(paths, home / "x" / ".." / "other.jsonl")


def test_an_unknown_session_finds_nothing(tmp_path: Path) -> None:
    assert by_index(some_log(tmp_path), tmp_path / "index.db", Filter(session=session_id(5)))[0] == []


totals_filters = st.builds(
    Filter,
    session=st.one_of(st.just(""), st.sampled_from(sessions).map(lambda s: s[:10])),
    command=st.sampled_from(["", "git", "a/b/"]),
    since=st.one_of(st.just(""), times),
    until=st.one_of(st.just(""), times),
    cwd=st.lists(folders, max_size=2).map(tuple),
    failed=st.booleans(),
    slower=st.one_of(st.none(), st.floats(0, 5000)),
    kinds=st.sampled_from([("exec",), ("exec",), KINDS, ("line", "of-the-future"), ()]),
)


def numbers_of(totals: Totals) -> dict[str, Any]:
    """The document, with sums of floats as far as their order leaves them alike."""
    document = totals.as_json()
    for row in [document, *document["tools"]]:
        for key in ("total_ms", "mean_ms"):
            if key in row:
                row[key] = pytest.approx(row[key], abs=0.002)
    document["tools"].sort(key=lambda tool: tool["name"])
    return document


@settings(max_examples=30, deadline=None)
@given(
    parts=st.lists(st.lists(lines, max_size=12), min_size=1, max_size=3),
    compressed=st.booleans(),
    asked=st.lists(totals_filters, min_size=1, max_size=4),
    more=st.lists(lines, max_size=5),
)
def test_totals_of_the_index_are_those_of_a_scan(
    tmp_path_factory: pytest.TempPathFactory,
    parts: list[list[bytes]],
    compressed: bool,
    asked: list[Filter],
    more: list[bytes],
) -> None:
    """Without an index, with one, and with one that is behind the log."""
    folder = tmp_path_factory.mktemp("log")
    log = put_files(folder, parts, compressed)
    for step in range(2):
        for wanted in asked:
            for db in (None, folder / "index.db"):
                bad, scan_bad = BadLines(), BadLines()
                with Snapshot(log) as snapshot:
                    scanned = find.totals_of(scan_events(snapshot, wanted, scan_bad))
                    counted = find.count_events(snapshot, wanted, bad, index=db)
                assert numbers_of(counted) == numbers_of(scanned)
                assert (bad.count, bad.where) == (scan_bad.count, scan_bad.where)
        if step == 0:
            find.SCAN_BYTES = 1 << 20
            with log.open("ab") as out:
                out.write(b"".join(more))
    find.SCAN_BYTES = -1


def test_a_broken_index_does_not_change_the_totals(tmp_path: Path) -> None:
    log, db = tmp_path / "log.jsonl", tmp_path / "index.db"
    for number in range(20):
        write_event(log, event(number, argv=["git"], duration_ms=1.0, session_id="s"))
    for damage in ("DELETE FROM words", "UPDATE events SET at = at + 1", "DROP TABLE totals"):
        with Snapshot(log) as snapshot:
            find.count_events(snapshot, Filter(kinds=("exec",)), BadLines(), index=db)
        connection = sqlite3.connect(db)
        connection.execute(damage)
        connection.commit()
        connection.close()
        with Snapshot(log) as snapshot:
            totals = find.count_events(snapshot, Filter(kinds=("exec",)), BadLines(), index=db)
        assert totals.as_json()["tools"] == [
            {"name": "git", "count": 20, "failed": 0, "total_ms": 20.0, "max_ms": 1.0, "mean_ms": 1.0}
        ], damage
