"""What the reader makes of whole, torn, foreign and compressed logs."""

from __future__ import annotations

import gzip
import json
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import assume, given
from hypothesis import strategies as st
from record_events import argvs, event, events

from caro.errors import CaroError
from caro.model import Event
from caro.record.reader import (
    BadLines,
    Snapshot,
    decode_line,
    lines_backwards,
    log_names,
    place_line,
    read_events,
    recover,
)
from caro.record.writer import append_line, encode_event, write_event


def read(log: Path) -> tuple[list[Event], BadLines]:
    bad = BadLines()
    return list(read_events(log, bad)), bad


@given(events)
def test_what_is_written_is_read(written: Event) -> None:
    line = encode_event(written)
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    assert decode_line(line) == written


@given(events, events, st.data())
def test_a_record_behind_a_torn_one_is_recovered(torn: Event, whole: Event, data: st.DataObject) -> None:
    piece = encode_event(torn)[:-1]
    cut = data.draw(st.integers(1, len(piece) - 1))
    found, rest = recover(piece[:cut] + encode_event(whole))
    assert [found_event for _, _, found_event in found] == [whole]
    assert rest


@given(events, events)
def test_two_whole_records_on_a_line_are_both_read(first: Event, second: Event) -> None:
    line = encode_event(first)[:-1] + encode_event(second)
    placed = place_line(100, line)
    assert [found for _, _, found in placed] == [first, second]
    assert [decode_line(line[at - 100 : at - 100 + size]) for at, size, _ in placed] == [first, second]
    assert recover(line)[1] is False


@given(st.lists(st.one_of(st.binary(max_size=60), events.map(lambda e: encode_event(e)[:-1])), max_size=20))
def test_any_bytes_are_read_without_an_error(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]
) -> None:
    log = tmp_path_factory.mktemp("log") / "log.jsonl"
    log.write_bytes(b"\n".join(lines))
    assume(log.read_bytes()[:2] not in (b"\x1f\x8b", b"\x28\xb5"))
    found, bad = read(log)
    whole = [line for part in lines for line in part.split(b"\n") if decode_line(line) is not None]
    assert len(found) == len(whole)
    parts = log.read_bytes().split(b"\n")
    unreadable = [
        n for n, line in enumerate(parts, 1) if decode_line(line) is None and line.strip(b" \t\r\v\f")
    ]
    assert [lineno for _, lineno in bad.where] == unreadable and bad.count == len(unreadable)


@given(st.sampled_from([b"\x1f\x8b", b"\x28\xb5\x2f\xfd"]), st.binary(max_size=40))
def test_what_only_begins_as_packed_is_counted(
    tmp_path_factory: pytest.TempPathFactory, magic: bytes, rest: bytes
) -> None:
    log = tmp_path_factory.mktemp("log") / "log.jsonl"
    log.write_bytes(magic + rest)
    found, bad = read(log)
    assert not found and bad.count <= 1


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_packed_log_that_was_cut_gives_what_stands_before(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    log = tmp_path / "log.jsonl"
    whole = pack(b"".join(encode_event(event(argv=["echo", os.urandom(30).hex()])) for _ in range(3000)))
    log.write_bytes(whole[: len(whole) * 2 // 3])
    found, bad = read(log)
    assert 500 < len(found) < 3000 and bad.count >= 1
    log.write_bytes(whole + whole)
    found, bad = read(log)
    assert len(found) == 6000 and not bad.count


def test_bad_lines_are_told_by_number(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    whole = encode_event(event(argv=["true"]))
    foreign = json.dumps({"level": "info", "message": "not ours"}).encode() + b"\n"
    future = whole.replace(b'{"v":1,', b'{"v":2,')
    badly_timed = encode_event(event(argv=["true"], ts="yesterday"))
    log.write_bytes(whole + foreign + b"\x00\xff\xfe\n" + future + whole + badly_timed + b'{"v":1,"id":"x')
    found, bad = read(log)
    assert len(found) == 2
    assert [lineno for _, lineno in bad.where] == [2, 3, 4, 6, 7]
    assert bad.sentence() == f"5 lines could not be read (first: line 2 of {log})"


def test_times_of_other_writers_are_brought_into_one_form() -> None:
    for text, canonical in {
        "2026-01-31T12:00:00Z": "2026-01-31T12:00:00.000000Z",
        "2026-01-31T12:00:00.5+01:00": "2026-01-31T11:00:00.500000Z",
    }.items():
        found = decode_line(encode_event(event(ts=text)))
        assert found is not None and found.ts == canonical
    assert decode_line(encode_event(event(ts="2026-01-31T12:00:00"))) is None


def test_unknown_fields_are_ignored() -> None:
    written = event(argv=["true"])
    line = encode_event(written)[:-2] + b',"of_the_future":{"a":[1]}}\n'
    assert decode_line(line) == written


def test_rotated_and_compressed_files_are_read_oldest_first(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    written = [event(at, argv=["echo", str(at)]) for at in range(60)]
    parts = [b"".join(map(encode_event, written[at : at + 5])) for at in range(0, 60, 5)]
    for number, part in enumerate(reversed(parts)):
        if number == 0:
            log.write_bytes(part)
        elif number % 3 == 0:
            (tmp_path / f"log.jsonl.{number}.gz").write_bytes(gzip.compress(part))
        elif number % 3 == 1:
            (tmp_path / f"log.jsonl.{number}").write_bytes(part)
        else:
            (tmp_path / f"log.jsonl.{number}.zst").write_bytes(zstandard.compress(part))
    for name in ("log.jsonl.lock", "log.jsonl.bak", "log.jsonl.2.tmp", "other.jsonl"):
        (tmp_path / name).write_bytes(encode_event(event(argv=["no"])))
    found, bad = read(log)
    assert found == written
    assert bad.count == 0
    assert len(log_names(log)) == 12


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_compressed_file_that_was_cut_gives_what_is_whole(tmp_path: Path, pack: object) -> None:
    log = tmp_path / "log.jsonl"
    random.seed(1)
    lines = [encode_event(event(at, argv=["echo", random.randbytes(200).hex()])) for at in range(2000)]
    packed = pack(b"".join(lines))  # type: ignore[operator]
    log.with_name("log.jsonl.1").write_bytes(packed[: len(packed) // 2])
    log.write_bytes(lines[0])
    found, bad = read(log)
    assert 100 < len(found) < 2000
    assert bad.count >= 1


def test_erased_lines_are_no_bad_lines(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(b" " * 80 + b"\n\n" + encode_event(event(argv=["true"])))
    found, bad = read(log)
    assert len(found) == 1 and bad.count == 0


def test_a_line_longer_than_any_event_does_not_fill_the_memory(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    with log.open("wb") as out:
        for _ in range(40):
            out.write(b"x" * (1 << 20))
        out.write(b"\n" + encode_event(event(argv=["true"])))
    found, bad = read(log)
    assert len(found) == 1 and bad.count == 3


def test_a_log_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert read(tmp_path / "none.jsonl") == ([], BadLines())


def test_a_log_that_is_a_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(CaroError, match="cannot"):
        read(tmp_path)


def test_a_snapshot_keeps_its_files_while_they_are_renamed(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    write_event(log, event(argv=["first"]))
    with Snapshot(log) as snapshot:
        os.rename(log, tmp_path / "log.jsonl.1")
        write_event(log, event(argv=["second"]))
        with snapshot.files[0].stream() as stream:
            assert b"first" in stream.read()


@given(st.lists(argvs, max_size=30), st.integers(20, 400))
def test_lines_backwards_are_the_lines(
    tmp_path_factory: pytest.TempPathFactory, argvs: list[list[str]], block: int
) -> None:
    log = tmp_path_factory.mktemp("log") / "log.jsonl"
    lines = [encode_event(event(argv=argv)) for argv in argvs]
    log.write_bytes(b"".join(lines))
    with Snapshot(log) as snapshot:
        found = list(lines_backwards(snapshot.files[0], block))
    assert [line for _, line in found] == lines[::-1]
    assert all(log.read_bytes()[at : at + len(line)] == line for at, line in found)


def test_a_full_disk_is_told_and_the_next_line_is_readable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log.jsonl"
    line = encode_event(event(argv=["echo", "x" * 500]))
    real = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: real(fd, data[:100] if len(data) > 100 else data))
    with pytest.raises(OSError, match="in part"):
        append_line(log, line)
    monkeypatch.undo()
    append_line(log, line)
    found, bad = read(log)
    assert len(found) == 1 and bad.count == 1


def test_the_log_is_private(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    write_event(log, event(argv=["true"]))
    assert log.stat().st_mode & 0o777 == 0o600


def test_a_pipe_in_the_logs_place_is_refused_at_once(tmp_path: Path) -> None:
    """With a writer at its other end and without one; nobody waits."""
    pipe = tmp_path / "pipe.jsonl"
    os.mkfifo(pipe)
    with pytest.raises(CaroError, match="no regular file"):
        Snapshot(pipe)
    fd = os.open(pipe, os.O_RDWR)
    with pytest.raises(CaroError, match="no regular file"):
        Snapshot(pipe)
    os.close(fd)
    assert list(read_events(Path("/dev/null"))) == []


@pytest.mark.parametrize(
    ("ms", "is_read"), [("1e308", False), ("-1e308", False), ("1e400", False), ("1e9", True)]
)
def test_a_time_that_no_command_takes_is_none(ms: str, is_read: bool) -> None:
    head = '{"v":1,"id":"x","kind":"exec","source":"shim","ts":"2026-01-01T00:00:00Z"'
    line = f'{head},"duration_ms":{ms}}}'
    assert (decode_line(line.encode()) is not None) is is_read


@pytest.mark.parametrize("number", [2**31, 2**32 + 7, 2**63, 2**64, 10**30, -(2**31), 0])
def test_process_ids_of_any_size_are_read(tmp_path: Path, number: int) -> None:
    """A log may come from elsewhere, or be damaged: its numbers name nobody here, and break nothing."""
    from caro.record.alive import is_alive
    from caro.record.find import count_events
    from caro.record.process_tree import build_trees
    from caro.record.query import Filter
    from caro.show.event_line import EventLines
    from caro.show.look import Look
    from caro.show.tree_lines import tree_json, tree_lines

    log = tmp_path / "log.jsonl"
    for kind in ("exec", "exec_start", "builtin"):
        fields = {"pid": number, "ppid": number, "exit_code": number, "signal": number, "duration_ms": 1e300}
        write_event(log, event(kind=kind, argv=["x"], session_id="s", lineno=number, **fields))
    events = list(read_events(log))
    assert not is_alive(event(pid=number))
    lines = EventLines(Look())
    assert all(lines.line(each).isprintable() for each in events)
    for tree in build_trees(events):
        assert list(tree_lines(tree, Look(columns=80))) and tree_json(tree)
    with Snapshot(log) as snapshot:
        totals = count_events(snapshot, Filter(kinds=("exec",)), BadLines(), index=tmp_path / "index.db")
        assert totals.as_json()["count"] == len([each for each in events if each.kind == "exec"])
