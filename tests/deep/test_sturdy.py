"""Many processes at once, the tracer's memory, and a log that goes away or can't be written."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from deep.execs import read_events
from deep.tracing import Deep, put

MEMORY_MB = 8
WAYS = ["notify", "ptrace"]


def test_sixty_four_at_once(anyone: Deep, odd_execs: Path) -> None:
    anyone.run(put(anyone, odd_execs), "many", "64")
    assert len([e for e in anyone.events() if e["argv"] == ["true", "many"] and e["exit_code"] == 0]) == 64


@pytest.mark.long
def test_twenty_thousand_processes(deep: Deep, odd_execs: Path) -> None:
    deep.run(put(deep, odd_execs), "many", "20000", timeout=300)
    events = [event for event in deep.events() if event["argv"] == ["true", "many"]]
    assert len(events) == 20000
    assert all(event["exit_code"] == 0 for event in events)


def memory_of(pid: int, program: str) -> int:
    """KiB of a process and of all below it that run the tracer."""
    own = int(Path(f"/proc/{pid}/status").read_text().split("VmRSS:")[1].split()[0])
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    tracers = [child for child in children if os.readlink(f"/proc/{child}/exe") == program]
    return own + sum(memory_of(int(child), program) for child in tracers)


@pytest.mark.parametrize("way", WAYS)
def test_memory_after_many_processes(anyone: Deep, odd_execs: Path, way: str) -> None:
    command = f"{put(anyone, odd_execs)} many 2000; echo done; read -r word; exit 3"
    words = anyone.words("sh", "-c", command, way=way)
    child = anyone.start(subprocess.Popen, words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"done\n"
    assert 100 < memory_of(child.pid, anyone.tracer) < MEMORY_MB * 1024
    child.communicate(b"\n")
    assert child.returncode == 3


def test_log_that_cannot_be_written(anyone: Deep) -> None:
    anyone.env["TRACE_LOG_FILE"] = "/proc/none/log"
    done = anyone.start(subprocess.run, anyone.words("sh", "-c", "echo a; /bin/echo b; exit 3"))
    assert (done.returncode, done.stdout, done.stderr) == (3, "a\nb\n", "")
    assert (Path(anyone.env["HOME"]) / ".local/state/caro/unwritten").stat().st_size == 2


@pytest.mark.parametrize("way", WAYS)
def test_full_disk(anyone: Deep, way: str) -> None:
    anyone.env["TRACE_LOG_FILE"] = "/dev/full"
    command = anyone.words("sh", "-c", "echo a; /bin/echo b; (exit 3)", way=way)
    done = anyone.start(subprocess.run, command)
    assert (done.returncode, done.stdout, done.stderr) == (3, "a\nb\n", "")
    assert (Path(anyone.env["HOME"]) / ".local/state/caro/unwritten").stat().st_size == 2


@pytest.mark.parametrize("way", WAYS)
def test_log_deleted_and_rotated(anyone: Deep, way: str) -> None:
    """What was written before is where it was put; all that ends later is in a new file."""
    log = anyone.log
    wait = "until test -s {log}; do :; done"
    script = (
        f"/bin/echo one; {wait}; mv {log} {log}.1; /bin/echo two; {wait}; rm {log}; /bin/echo three; exit 4"
    )
    done = anyone.run("sh", "-c", script.format(log=log), way=way)
    assert (done.returncode, done.stderr) == (4, "")
    first = [event["argv"] for event in read_events(Path(f"{log}.1"))]
    last = [event["argv"] for event in anyone.events()]
    assert first == [["/bin/echo", "one"]]
    assert ["/bin/echo", "three"] in last
    assert "sh" in [argv[0] for argv in last]
