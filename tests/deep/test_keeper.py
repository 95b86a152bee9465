"""When the worker is killed its keeper takes over: no exec fails, none hangs, the record goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from deep.tracing import Deep
from waiting import PATIENCE, wait_until

# Ends with the file, or its folder, or by itself: nothing is left running where a test fails or is killed.
STORM = """
for loop in 1 2 3; do
    ( round=0; while test -e {going} && test "$((round += 1))" -lt 100000; do
        /bin/true || echo "failed $?"
        /bin/echo "$loop" >/dev/null || echo "failed $?"
    done ) &
done
wait
exit 17
"""


def tracers(deep: Deep) -> dict[int, bool]:
    """The tracing processes of this test; the value tells the worker, which alone has an epoll descriptor."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(folder / "exe") != deep.tracer:
                continue
            links = [os.readlink(fd) for fd in (folder / "fd").iterdir()]
        except OSError:
            continue
        if any("seccomp" in link for link in links):
            found[int(folder.name)] = any("eventpoll" in link for link in links)
    return found


def wait_for_pair(deep: Deep, but: int = 0) -> tuple[int, int]:
    """The worker and its keeper, once both are there."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = tracers(deep)
        workers = [pid for pid, serves in found.items() if serves]
        if len(found) == 2 and len(workers) == 1 and workers[0] != but:
            (keeper,) = set(found) - set(workers)
            return workers[0], keeper
        time.sleep(0.005)
    raise AssertionError(f"no worker with a keeper: {tracers(deep)}")


def wait_for_events(deep: Deep) -> None:
    wait_until(lambda: deep.log.exists() and deep.log.stat().st_size)


def wait_for_the_end(deep: Deep) -> None:
    """Until every event is written: a worker that took over may end after the command."""
    wait_until(lambda: not tracers(deep), lambda: tracers(deep))


def kill_workers(deep: Deep, times: int) -> None:
    going = deep.folder / "going"
    going.touch()
    command = deep.words("sh", "-c", STORM.format(going=going), way="notify")
    storm = deep.start(subprocess.Popen, command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    wait_for_events(
        deep
    )  # what a worker had not read when it was killed is counted as lost: not the command itself
    worker = 0
    for _ in range(times):
        worker, _keeper = wait_for_pair(deep, but=worker)
        os.kill(worker, signal.SIGKILL)
    wait_for_pair(deep, but=worker)
    going.unlink()
    output, _ = storm.communicate(timeout=30)
    assert output == ""
    assert storm.returncode == 17
    wait_for_the_end(deep)
    (root,) = [event for event in deep.events() if event["argv"][:1] == ["sh"]]
    assert root["exit_code"] == 17
    assert len(deep.events()) > times / 2


def test_worker_killed_in_a_storm_of_execs(anyone: Deep) -> None:
    kill_workers(anyone, 10)


@pytest.mark.long
def test_worker_killed_two_hundred_times(anyone: Deep) -> None:
    kill_workers(anyone, 200)


def test_keeper_killed_is_replaced(deep: Deep) -> None:
    going = deep.folder / "going"
    going.touch()
    command = deep.words("sh", "-c", STORM.format(going=going), way="notify")
    storm = deep.start(subprocess.Popen, command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for _ in range(5):
        worker, keeper = wait_for_pair(deep)
        os.kill(keeper, signal.SIGKILL)
        assert wait_for_pair(deep)[0] == worker
    going.unlink()
    assert (storm.communicate(timeout=30)[0], storm.returncode) == ("", 17)


def test_daemon_goes_on_being_recorded_after_the_command(anyone: Deep) -> None:
    go, done = anyone.folder / "go", anyone.folder / "done"
    os.mkfifo(go)
    os.chown(go, anyone.user, anyone.user)
    script = f"(setsid sh -c 'read x <{go}; /bin/echo late >{done}' >/dev/null 2>&1 </dev/null &); exit 3"
    started = time.monotonic()
    assert anyone.run("sh", "-c", script, way="notify").returncode == 3
    assert time.monotonic() - started < 10
    go.write_text("go\n")
    wait_for_the_end(anyone)
    assert done.read_text() == "late\n"
    assert anyone.event("/bin/echo")["exit_code"] == 0
