"""caro-launch: what `caro run` becomes while the command runs."""

from __future__ import annotations

import os
import signal
import subprocess
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Place

SESSION = str(uuid.uuid4())


def launch(place: Place, *words: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    options.setdefault("env", place.env | {"CARO_SESSION_ID": SESSION})
    return place.run(place.natives / "caro-launch", *words, **options)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--"],
        ["--", "/bin/true"],
        ["--session-event"],
        ["--unknown", "--", "/bin/true", "true"],
        ["/bin/true", "true"],
        ["--summary", ";", "--", "/bin/true", "true"],
        ["--summary", "/bin/echo", "--", "/bin/true", "true"],
    ],
    ids=" ".join,
)
def test_usage(place: Place, words: list[str]) -> None:
    done = launch(place, *words)
    assert (
        done.returncode == 100 and done.stdout == b"" and done.stderr.startswith(b"caro: caro-launch: usage:")
    )
    assert not place.log.exists()


@pytest.mark.parametrize("status", [0, 7, 127])
def test_a_run_is_a_session_and_an_exec(place: Place, status: int) -> None:
    done = launch(
        place, "--session-event", "--", "/bin/sh", "sh", "-c", f'echo "$0 $1"; exit {status}', "a b", "c"
    )
    assert (done.returncode, done.stdout, done.stderr) == (status, b"a b c\n", b"")
    (session,), (event,) = place.events("session"), place.events()
    assert session["id"] != event["id"] and session["session_id"] == event["session_id"] == SESSION
    assert event["source"] == "launch" and event["command"] == "sh" and event["path"] == "/bin/sh"
    assert event["exit_code"] == status and event["argv"][-1] == "c"


def test_a_compiler_finds_its_parts(place: Place) -> None:
    """By its bare name alone gcc would look for cc1 beside the first `gcc` on PATH, which is a shim."""
    place.shim("gcc", "python3")
    (place.folder / "a.c").write_text("int main(void) { return 3; }\n", "utf-8")
    done = launch(place, "--", "/usr/bin/gcc", "gcc", "-c", "a.c")
    assert (done.returncode, done.stderr) == (0, b"")
    done = launch(place, "--", "/usr/bin/python3", "python3", "-c", "import sys; print(sys.executable)")
    assert done.stdout == b"/usr/bin/python3\n"
    assert [event["argv"][0] for event in place.events()] == ["gcc", "python3"]


def test_death_by_a_signal(place: Place) -> None:
    assert launch(place, "--", "/bin/sh", "sh", "-c", "kill -SEGV $$").returncode == -signal.SIGSEGV
    assert place.events()[0]["signal"] == signal.SIGSEGV and place.events("session") == []


def test_the_command_is_the_parent_of_what_it_starts(place: Place) -> None:
    place.shim("true")
    launch(place, "--", "/bin/sh", "sh", "-c", "env true; exit 1")
    child, parent = place.events()
    assert child["parent_id"] == parent["id"] and child["session_id"] == SESSION


def test_only_the_parent_id_is_added_to_the_environment(place: Place) -> None:
    done = launch(place, "--", "/usr/bin/env", "env")
    names = {line.split("=")[0] for line in done.stdout.decode().splitlines()}
    assert names == {*place.env, "CARO_SESSION_ID", "CARO_PARENT_ID"}


@pytest.mark.parametrize("end", ["exit 5", "kill -TERM $$"])
def test_summary_comes_last_whatever_became_of_the_command(place: Place, end: str) -> None:
    done = launch(
        place, "--summary", "/bin/echo", "so", "it ends", ";", "--", "/bin/sh", "sh", "-c", f"echo out; {end}"
    )
    assert done.stdout == b"out\nso it ends\n"
    assert done.returncode == (5 if "exit" in end else -signal.SIGTERM)


def test_a_summary_that_is_missing_changes_nothing(place: Place) -> None:
    done = launch(place, "--summary", "/no/such/program", ";", "--", "/bin/sh", "sh", "-c", "exit 5")
    assert (done.returncode, done.stdout, done.stderr) == (5, b"", b"")


def test_not_found_and_not_executable(place: Place) -> None:
    done = launch(place, "--", "/no/such/file", "x")
    assert (done.returncode, done.stderr) == (127, b"caro: /no/such/file: no such file or directory\n")
    done = launch(place, "--", "/etc/passwd", "x")
    assert (done.returncode, done.stderr) == (126, b"caro: /etc/passwd: permission denied\n")


def test_switched_off_it_only_runs_the_command(place: Place) -> None:
    env = place.env | {"CARO_DISABLE": "1"}
    done = launch(place, "--session-event", "--", "/usr/bin/env", "env", env=env)
    assert {line.split("=")[0] for line in done.stdout.decode().splitlines()} == set(env)
    assert not place.log.exists()


def test_capture_none_keeps_the_session_without_its_words(place: Place) -> None:
    place.settings("capture = none\n")
    launch(place, "--session-event", "--", "/bin/echo", "echo", "private")
    assert (
        b"private" not in place.log.read_bytes()
        and len(place.events("session")) == 1
        and place.events() == []
    )


def test_an_agent_is_seen_while_it_runs(place: Place, wait_for: Callable[..., Any]) -> None:
    process = subprocess.Popen(
        [place.natives / "caro-launch", "--", "/bin/sh", "sh", "-c", "read x; exit 4"],
        env=place.env | {"CARO_SESSION_ID": SESSION, "CARO_AGENT": "robot"},
        stdin=subprocess.PIPE,
    )
    (start,) = wait_for(lambda: place.events("exec_start"))
    assert start["agent"] == "robot" and start["ppid"] == os.getpid()
    process.communicate(b"\n", timeout=60)
    assert process.returncode == 4 and place.events()[0]["id"] == start["id"]
