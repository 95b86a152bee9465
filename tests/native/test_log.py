"""The log: no torn line, none lost, and a command that never notices what becomes of it."""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from caro.record.reader import BadLines, read_events

from .conftest import Place

WRITERS, LINES = 64, 60


def test_many_writers_while_the_log_is_renamed(place: Place, helpers: Path) -> None:
    fillers = ["a" * 10, "b" * 500, "c" * 4_000, "\x01" * 800, "\\" * 31_000, "x" * 30_000, "é" * 800, ""]
    writers = [
        subprocess.Popen(
            [
                helpers / "make_event",
                *("-r", str(LINES), f"command=w{number}", "--"),
                fillers[number % len(fillers)],
            ],
            env=place.env,
        )
        for number in range(WRITERS)
    ]
    renamed = 0
    while any(writer.poll() is None for writer in writers):
        with suppress(subprocess.TimeoutExpired, StopIteration):
            next(writer for writer in writers if writer.poll() is None).wait(0.002)
        if place.log.exists() and place.log.stat().st_size > 5_000_000:
            renamed += 1
            place.log.rename(f"{place.log}.{renamed}")
    assert all(writer.returncode == 0 for writer in writers)
    seen: dict[str, list[int]] = {}
    longest = 0
    for file in place.home.glob(".trace_shell.jsonl*"):
        for line in file.read_bytes().splitlines():
            event = json.loads(line)
            seen.setdefault(event["command"], []).append(event["lineno"])
            longest = max(longest, len(line))
    assert renamed >= 2 and longest > 60_000
    # A writer that had the file open when it was renamed writes into the renamed one: the order is by file.
    assert {name: sorted(numbers) for name, numbers in seen.items()} == {
        f"w{number}": list(range(LINES)) for number in range(WRITERS)
    }
    assert not place.unwritten.exists()


def break_full_disk(place: Place) -> dict[str, str]:
    return {"TRACE_LOG_FILE": "/dev/full"}


def break_folder_missing(place: Place) -> dict[str, str]:
    return {"TRACE_LOG_FILE": f"{place.folder}/no/such/folder/log"}


def break_is_a_folder(place: Place) -> dict[str, str]:
    return {"TRACE_LOG_FILE": str(place.folder)}


def break_unread_pipe(place: Place) -> dict[str, str]:
    os.mkfifo(place.folder / "pipe")
    os.chmod(place.folder / "pipe", 0o666)
    return {"TRACE_LOG_FILE": str(place.folder / "pipe")}


def break_closed_folder(place: Place) -> dict[str, str]:
    (place.folder / "closed").mkdir(mode=0o555)
    return {"TRACE_LOG_FILE": f"{place.folder}/closed/log"}


def break_read_only_log(place: Place) -> dict[str, str]:
    (place.folder / "log").touch(mode=0o400)
    return {"TRACE_LOG_FILE": str(place.folder / "log")}


BREAKS = [
    break_full_disk,
    break_folder_missing,
    break_is_a_folder,
    break_unread_pipe,
    break_closed_folder,
    break_read_only_log,
]


@pytest.mark.parametrize("break_log", BREAKS, ids=lambda function: function.__name__)
def test_a_log_that_cannot_be_written_is_counted(nobody_place: Place, break_log) -> None:  # type: ignore[no-untyped-def]
    place = nobody_place
    place.tool("tool", "#!/bin/sh\necho out; echo err >&2; exit 5\n")
    place.shim("tool")
    env = place.env | break_log(place)
    for _ in range(3):
        done = place.run("tool", env=env)
        assert (done.returncode, done.stdout, done.stderr) == (5, b"out\n", b"err\n")
    assert place.unwritten.read_bytes() == b"+++"
    assert place.unwritten.stat().st_mode & 0o777 == 0o600
    assert place.unwritten.parent.stat().st_mode & 0o777 == 0o700


def test_a_home_that_cannot_be_written(nobody_place: Place) -> None:
    place = nobody_place
    place.tool("tool", "#!/bin/sh\nexit 5\n")
    place.shim("tool")
    place.home.chmod(0o555)
    done = place.run("tool")
    assert (done.returncode, done.stdout, done.stderr) == (5, b"", b"")
    assert list(place.home.iterdir()) == []


def test_a_limit_of_the_file_size_does_not_kill(place: Place) -> None:
    place.tool("tool", "#!/bin/sh\nexit 5\n")
    place.shim("tool")
    place.log.write_text("", "utf-8")
    os.truncate(place.log, 1024)
    done = place.run("bash", "-c", "ulimit -f 1; tool; echo $?")
    assert (done.stdout, done.stderr) == (b"5\n", b"")
    assert place.unwritten.read_bytes() == b"+"


def test_a_torn_line_takes_no_other_with_it(place: Place, helpers: Path) -> None:
    """The limit cuts the write in the middle, as a full disk does; what is written afterwards is read all the same."""
    place.log.write_text("", "utf-8")
    words = [helpers / "make_event", "-r", "1", "--", "x" * 3000]
    limited = f"ulimit -f 1; exec {' '.join(map(str, words))}"
    subprocess.run(["bash", "-c", limited], env=place.env, check=True)
    assert place.unwritten.read_bytes() == b"+"
    assert len(place.log.read_bytes()) == 1024
    subprocess.run([helpers / "make_event", "-r", "1", "command=after"], env=place.env, check=True)
    bad = BadLines()
    assert [event.command for event in read_events(place.log, bad)] == ["after"]
    assert len(bad.where) == 1
