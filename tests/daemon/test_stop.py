"""`caro daemon stop` and `start` where the daemon hangs, or its socket is gone."""

from __future__ import annotations

import os
import select
import signal

from caro.daemon.listen import lock_file
from caro.daemon.lock_holder import holder_of
from daemons import World
from environment import processes_of


def ended(pidfd: int) -> bool:
    return bool(select.select([pidfd], [], [], 10)[0])


def test_a_daemon_that_hangs_is_ended_and_that_is_said(world: World) -> None:
    pid = world.start()
    pidfd = os.pidfd_open(pid)
    assert holder_of(world.socket) == pid
    os.kill(pid, signal.SIGSTOP)
    told = world.caro("daemon", "start")
    assert told.returncode == 1 and "did not answer" in told.stderr and "caro daemon stop" in told.stderr
    assert "caro daemon start" not in told.stderr
    done = world.caro("daemon", "stop")
    assert done.returncode == 0 and f"its process {pid} was ended" in done.stderr
    assert ended(pidfd) and holder_of(world.socket) is None
    os.close(pidfd)
    assert world.start() != pid


def test_a_daemon_without_its_socket_is_found_by_its_lock(world: World) -> None:
    pid = world.start()
    pidfd = os.pidfd_open(pid)
    os.kill(pid, signal.SIGSTOP)
    world.socket.unlink()
    done = world.caro("daemon", "stop")
    assert done.returncode == 0 and str(pid) in done.stderr and ended(pidfd)
    os.close(pidfd)


def test_a_number_that_is_not_the_holders_is_left_alone(world: World) -> None:
    """The lock is free, or held by a process that another number stands for: nobody is signalled."""
    lock = lock_file(world.socket)
    lock.write_text(f"{os.getpid()}\n")
    assert holder_of(world.socket) is None
    done = world.caro("daemon", "stop")
    assert done.returncode == 0 and done.stderr == "caro: no daemon runs\n"
    pid = world.start()
    lock.write_text("1999999\n")
    assert holder_of(world.socket) is None
    lock.write_text(f"{os.getpid()}\n")
    assert holder_of(world.socket) is None
    lock.write_text(f"{pid}\n")
    assert holder_of(world.socket) == pid


def test_a_daemon_that_a_shell_has_just_started_is_waited_for(world: World) -> None:
    """Its first line starts it, and `stop` comes before it listens."""
    world.env["CARO_DAEMON_AUTO_START"] = "true"
    world.preexec("rm -rf build", 1)
    assert (world.state / "daemon.start").exists()
    done = world.caro("daemon", "stop")
    assert (done.returncode, done.stderr) == (0, "")
    assert holder_of(world.socket) is None
    assert not [text for text in processes_of(world.home).values() if "daemon run" in text]
