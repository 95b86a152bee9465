"""A follower sees every event once, across rotation, truncation and a new beginning."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pytest
from record_events import event, session_id

from caro.record.lock import log_lock
from caro.record.reader import BadLines, Snapshot
from caro.record.rotate import compress_files, rename_files
from caro.record.tail import Follower
from caro.record.times import now_ts
from caro.record.writer import encode_event, write_event


def put(log: Path, *names: str) -> None:
    for name in names:
        write_event(log, event(argv=["echo", name]))


def new(follower: Follower) -> list[str]:
    return [found.argv[1] for found in follower.read_new() if found.argv]


def rotate_now(log: Path) -> None:
    with log_lock(log):
        rename_files(log)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log.jsonl"


@contextmanager
def at_end(log: Path, bad: BadLines | None = None) -> Iterator[Follower]:
    with Snapshot(log) as snapshot:
        follower = Follower.at_end(snapshot, bad)
    with follower:
        yield follower


def test_only_what_is_new_is_given(log: Path) -> None:
    put(log, "old")
    with at_end(log) as follower:
        assert new(follower) == []
        put(log, "a", "b")
        assert new(follower) == ["a", "b"]
        assert new(follower) == []


def test_a_log_that_begins_later_is_followed(log: Path) -> None:
    with at_end(log) as follower:
        assert new(follower) == []
        put(log, "first")
        assert new(follower) == ["first"]


def test_half_a_line_is_waited_for(log: Path) -> None:
    put(log, "old")
    line = encode_event(event(argv=["echo", "late"]))
    with log.open("ab", buffering=0) as out:
        out.write(line[:30])
        with at_end(log) as follower:
            assert new(follower) == []
            out.write(line[30:])
            assert new(follower) == ["late"]


def test_rotation_loses_and_doubles_nothing(log: Path) -> None:
    put(log, "old")
    with at_end(log) as follower:
        put(log, "a")
        with log.open("ab", buffering=0) as slow:
            rotate_now(log)
            put(log, "b")
            assert new(follower) == ["a", "b"]
            slow.write(encode_event(event(argv=["echo", "late in the rotated file"])))
            put(log, "c")
            assert new(follower) == ["late in the rotated file", "c"]


def test_several_rotations_between_two_looks(log: Path) -> None:
    put(log, "old")
    with at_end(log) as follower:
        for name in "abcde":
            put(log, name)
            rotate_now(log)
        put(log, "f")
        assert new(follower) == list("abcdef")


def test_files_that_were_compressed_meanwhile_are_read(log: Path) -> None:
    put(log, "old")
    with at_end(log) as follower:
        rotate_now(log)
        for name in "abc":
            put(log, name)
            rotate_now(log)
        put(log, "d")
        packed = log.with_name("log.jsonl.2")
        packed.write_bytes(gzip.compress(packed.read_bytes()))
        assert new(follower) == list("abcd")


def test_truncation_and_recreation_begin_anew(log: Path) -> None:
    put(log, "old", "older")
    with at_end(log) as follower:
        os.truncate(log, 0)
        put(log, "a")
        assert new(follower) == ["a"]
        log.unlink()
        assert new(follower) == []
        put(log, "b")
        assert new(follower) == ["b"]


def test_compression_of_old_files_disturbs_nobody(log: Path) -> None:
    with at_end(log) as follower:
        for name in "abcd":
            put(log, name)
            assert new(follower) == [name]
            rotate_now(log)
            with log_lock(log):
                compress_files(log)
        assert new(follower) == []


def test_torn_lines_are_counted(log: Path) -> None:
    put(log, "old")
    bad = BadLines()
    with at_end(log, bad) as follower, log.open("ab", buffering=0) as out:
        out.write(b'{"v":1,"torn' + encode_event(event(argv=["echo", "whole"])) + b"foreign\n\n     \n")
        assert new(follower) == ["whole"]
    assert bad.count == 2


def test_caro_tail_prints_events_as_they_come(log: Path, env: dict[str, str]) -> None:
    first, other = session_id(0), session_id(1)
    write_event(log, event(argv=["echo", "old"], session_id=first))
    command = [sys.executable, "-m", "caro", "tail", "--json", "--log", str(log), "--session", first]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["argv"] == ["echo", "old"]
        write_event(log, event(argv=["echo", "other"], session_id=other))
        write_event(log, event(argv=["echo", "new"], session_id=first, kind="exec_start"))
        shown = json.loads(process.stdout.readline())
        assert (shown["argv"], shown["kind"]) == (["echo", "new"], "exec_start")
        rotate_now(log)
        write_event(log, event(argv=["echo", "after"], session_id=first))
        assert json.loads(process.stdout.readline())["argv"] == ["echo", "after"]
        process.terminate()


def test_a_log_that_is_not_there_is_waited_for(log: Path, env: dict[str, str]) -> None:
    command = [sys.executable, "-m", "caro", "tail", "--log", str(log)]
    with subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stderr.readline() == f"caro: nothing is recorded in {log} yet; waiting\n"
        write_event(log, event(argv=["echo", "first"]))
        assert "echo first" in process.stdout.readline()
        process.terminate()


def test_a_terminal_shows_what_still_runs(log: Path, env: dict[str, str]) -> None:
    write_event(log, event(argv=["echo", "old"]))
    child = pexpect.spawn("caro", ["tail", "--log", str(log)], env=env, dimensions=(24, 80), timeout=30)
    child.expect("echo old")
    running = event(argv=["make", "all"], kind="exec_start", pid=os.getpid(), ts=now_ts())
    write_event(log, running)
    child.expect("1 running: make all")
    write_event(log, event(argv=["git", "status"], exit_code=1, duration_ms=3.0))
    child.expect("git status.*1 running: make all")
    running.kind, running.exit_code, running.duration_ms = "exec", 0, 5000.0
    write_event(log, running)
    child.expect("5.0 ?s.*make all")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 130
    assert b"Traceback" not in child.before
