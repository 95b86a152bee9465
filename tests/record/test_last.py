"""The last session and the last events are found from the end of the log."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
from record_events import event, session_id

from caro.record import reader
from caro.record.last import find_last_session, find_session, last_events, session_events
from caro.record.query import Filter
from caro.record.reader import BadLines, Snapshot
from caro.record.writer import encode_event


def make_log(folder: Path, sessions: int = 30, each: int = 200) -> tuple[Path, list[str]]:
    """Sessions a minute apart, each event a tenth of a second behind the one before."""
    log = folder / "log.jsonl"
    ids = [session_id(60 * number) for number in range(sessions)]
    lines = [
        encode_event(event(60 * n + k / 10, argv=["echo", f"{n}-{k}"], session_id=ids[n], duration_ms=5.0))
        for n in range(sessions)
        for k in range(each)
    ]
    log.write_bytes(b"".join(lines))
    return log, ids


def commands(log: Path) -> list[str]:
    with Snapshot(log) as snapshot:
        found = find_last_session(snapshot)
        return (
            []
            if found is None
            else [e.argv[1] for e in session_events(snapshot, found, BadLines()) if e.argv]
        )


def test_the_last_session_is_found_whole(tmp_path: Path) -> None:
    log, _ = make_log(tmp_path)
    assert commands(log) == [f"29-{k}" for k in range(200)]


def test_only_the_end_of_the_log_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log, ids = make_log(tmp_path, 200)
    read: list[int] = []
    real = os.pread

    def counting(fd: int, length: int, offset: int) -> bytes:
        read.append(length)
        return real(fd, length, offset)

    monkeypatch.setattr(reader.os, "pread", counting)
    with Snapshot(log) as snapshot:
        found = find_last_session(snapshot)
    assert found is not None and found.session_id == ids[-1]
    assert sum(read) < log.stat().st_size / 10


def test_a_session_that_began_earlier_and_ends_later_is_not_the_last(tmp_path: Path) -> None:
    log, ids = make_log(tmp_path, 3)
    with log.open("ab") as out:
        for at in range(1000):
            out.write(encode_event(event(500 + at, argv=["echo", "early bird"], session_id=ids[0])))
    assert commands(log) == [f"2-{k}" for k in range(200)]


def test_a_session_goes_on_across_rotated_and_compressed_files(tmp_path: Path) -> None:
    log, ids = make_log(tmp_path, 2, 3000)
    lines = log.read_bytes().splitlines(keepends=True)
    (tmp_path / "log.jsonl.2.gz").write_bytes(gzip.compress(b"".join(lines[:4000])))
    (tmp_path / "log.jsonl.1").write_bytes(b"".join(lines[4000:5000]))
    log.write_bytes(b"".join(lines[5000:]))
    assert commands(log) == [f"1-{k}" for k in range(3000)]
    with Snapshot(log) as snapshot:
        first = find_session(snapshot, ids[0])
        assert first is not None
        assert len(list(session_events(snapshot, first, BadLines()))) == 3000


def test_sessions_that_somebody_named_are_told_apart_by_time(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(
        encode_event(event(0, argv=["echo", "old"], session_id="zzz"))
        + encode_event(event(100, argv=["echo", "new"], session_id="aaa"))
    )
    assert commands(log) == ["new"]


def test_a_session_in_which_nobody_did_anything_is_not_the_last(tmp_path: Path) -> None:
    log, _ = make_log(tmp_path, 3, 5)
    opened, idle = {"kind": "session", "source": "prompt"}, session_id(310)
    with log.open("ab") as out:
        for at, session in ((300, session_id(300)), (310, idle)):
            out.write(encode_event(event(at, session_id=session, **opened)))
        out.write(encode_event(event(311, argv=["git", "config"], session_id=idle)))
    assert commands(log) == [f"2-{k}" for k in range(5)]
    with log.open("ab") as out:
        out.write(encode_event(event(312, kind="line", text="ls", session_id=idle)))
    assert commands(log) == ["config"]
    opening, helper = (
        event(0, session_id="alone", **opened),
        event(1, argv=["git", "x"], session_id="alone"),
    )
    log.write_bytes(encode_event(opening) + encode_event(helper))
    assert commands(log) == ["x"], "there is no other"


def test_no_log_and_no_session(tmp_path: Path) -> None:
    assert commands(tmp_path / "none.jsonl") == []
    (tmp_path / "log.jsonl").write_bytes(encode_event(event(argv=["echo"])) + b"torn")
    assert commands(tmp_path / "log.jsonl") == []


def test_bad_lines_in_the_session_are_told_by_their_true_number(tmp_path: Path) -> None:
    log, _ = make_log(tmp_path, 20, 300)
    lines = log.read_bytes().splitlines(keepends=True)
    lines[5900] = b"torn\n"
    log.write_bytes(b"".join(lines))
    bad = BadLines()
    with Snapshot(log) as snapshot:
        found = find_last_session(snapshot)
        assert found is not None and found.offset > 0
        assert len(list(session_events(snapshot, found, bad))) == 299
    assert bad.where == [(str(log), 5901)]


def test_the_last_events_come_from_all_files(tmp_path: Path) -> None:
    log, _ = make_log(tmp_path, 1, 30)
    lines = log.read_bytes().splitlines(keepends=True)
    (tmp_path / "log.jsonl.2.gz").write_bytes(gzip.compress(b"".join(lines[:10])))
    (tmp_path / "log.jsonl.1").write_bytes(b"".join(lines[10:20]))
    log.write_bytes(b"".join(lines[20:]))
    with Snapshot(log) as snapshot:
        for count in (0, 5, 10, 15, 25, 40):
            found = [e.argv[1] for e in last_events(snapshot, Filter(), count) if e.argv]
            assert found == [f"0-{k}" for k in range(max(0, 30 - count), 30)]
        odd = Filter(grep="7")
        assert [e.argv for e in last_events(snapshot, odd, 2)] == [["echo", "0-17"], ["echo", "0-27"]]
