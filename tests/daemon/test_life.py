"""One daemon, which comes, heals, follows its configuration, and goes without a trace."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from daemons import SESSION, World
from environment import ends
from waiting import wait_until


def run_in_foreground(world: World) -> subprocess.CompletedProcess[str]:
    return world.caro("daemon", "run")


def wait_for_end(pid: int) -> None:
    assert ends(pid, 10), f"{pid} still runs"


def log_events(world: World) -> list[str]:
    return [json.loads(line)["event"] for line in (world.state / "daemon.log").read_text().splitlines()]


def wait_for_log(world: World, event: str) -> None:
    """Watches the log; the daemon writes it when the thing has happened."""
    wait_until(lambda: event in log_events(world), lambda: log_events(world))


def test_start_status_stop(world: World) -> None:
    assert world.caro("daemon", "status").returncode == 1
    assert json.loads(world.caro("daemon", "status", "--json").stdout) == {"v": 1, "running": False}
    pid = world.start()
    assert world.caro("daemon", "start").stderr == "caro: the daemon runs already\n"
    assert world.status()["pid"] == pid
    assert "running: pid" in world.caro("daemon", "status").stdout
    assert world.caro("daemon", "stop").returncode == 0
    wait_for_end(pid)
    assert not world.socket.exists()
    assert world.caro("daemon", "stop").stderr == "caro: no daemon runs\n"


def test_only_one(world: World) -> None:
    pid = world.start()
    second = run_in_foreground(world)
    assert second.returncode == 1
    assert second.stderr == "caro: a daemon runs already; `caro daemon status` tells more\n"
    assert world.status()["pid"] == pid


def test_several_at_once_leave_one(world: World) -> None:
    command = [sys.executable, "-m", "caro", "daemon", "run"]
    racing = [subprocess.Popen(command, env=world.env, stderr=subprocess.PIPE) for _ in range(5)]
    pid = world.start()
    losers = [process for process in racing if process.pid != pid]
    for process in losers:
        _, said = process.communicate(timeout=20)
        assert process.returncode == 1, said
    assert world.status()["pid"] == pid
    world.close()
    for process in racing:
        process.communicate(timeout=60)


def test_stale_socket_is_replaced(world: World) -> None:
    pid = world.start()
    os.kill(pid, signal.SIGKILL)
    wait_for_end(pid)
    assert world.socket.exists()
    assert world.start() != pid


def test_removed_socket_comes_back_when_it_is_missed(world: World) -> None:
    """The lock is held, the socket is gone: the next one that is started wakes the holder."""
    pid = world.start()
    world.socket.unlink()
    assert run_in_foreground(world).returncode == 1
    wait_for_log(world, "socket_lost")
    assert world.start() == pid


def test_files_are_private(world: World) -> None:
    world.config.chmod(0o755)
    world.start()
    world.preexec("true")
    assert stat.S_IMODE(world.config.stat().st_mode) == 0o700
    assert stat.S_IMODE(world.socket.stat().st_mode) == 0o600
    for file in world.state.rglob("*"):
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0, file


def symlink(world: World) -> None:
    world.socket.symlink_to(world.home / "elsewhere")


def plain_file(world: World) -> None:
    world.socket.write_text("mine")


def long_path(world: World) -> None:
    world.env["CARO_SOCKET"] = str(world.config / ("x" * 110))


def foreign_folder(world: World) -> None:
    folder = world.home / "foreign"
    folder.mkdir()
    os.chown(folder, 65534, 65534)
    world.env["CARO_SOCKET"] = str(folder / "caro.sock")


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (symlink, "is in the way and is no socket of ours"),
        (plain_file, "is in the way and is no socket of ours"),
        (long_path, "is too long for a socket"),
        (foreign_folder, "belongs to another user"),
    ],
    ids=["symlink", "file", "long", "foreign"],
)
def test_what_is_in_the_way_is_refused_in_one_line(
    world: World, prepare: Callable[[World], None], words: str
) -> None:
    prepare(world)
    done = world.caro("daemon", "run")
    assert done.returncode == 1
    assert words in done.stderr
    assert done.stderr.startswith("caro: ")
    assert done.stderr.count("\n") == 1
    if prepare is plain_file:
        assert world.socket.read_text() == "mine"
        world.socket.unlink()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it_and_lose_no_line(world: World, number: int) -> None:
    pid = world.start()
    world.preexec("one", 1)
    os.kill(pid, number)
    wait_for_end(pid)
    assert not world.socket.exists()
    assert log_events(world)[-1] == "stopped"
    world.preexec("two", 2, "-e", "5", "-d", "1000")
    (event,) = world.events()
    assert (event["text"], event["exit_code"]) == ("one", 5)


def test_configuration_is_followed(world: World) -> None:
    world.start()
    assert world.preexec("deploy", 1).returncode == 0
    world.configure('[safety]\nblock = ["deploy"]\n')
    world.caro("daemon", "reload")
    assert world.preexec("deploy", 2).returncode == 2
    conf = (world.config / "runtime.conf").read_text()
    assert "rule = block deploy\n" in conf
    world.configure("[safety]\nblock = []\n")
    world.caro("daemon", "reload")
    assert world.preexec("deploy", 3).returncode == 0


def test_a_mode_that_ends_by_itself(world: World) -> None:
    """Nothing is written at that moment: the natives and the daemon look at the clock."""
    end = datetime.fromtimestamp(int(time.time()) + 2, UTC).isoformat()
    rule = '[safety.commands]\n"deploy" = "confirm"\n'
    world.configure(f'[safety]\nmode = "passive"\nmode_until = "{end} active"\n{rule}')
    world.compile()
    wait_until(lambda: world.preexec("deploy").returncode == 2)
    world.start()
    compiled = world.config / "runtime.conf"
    wait_until(lambda: "mode_until" not in compiled.read_text(), compiled.read_text)
    assert "mode = active\n" in compiled.read_text()
    assert world.preexec("deploy", 2).returncode == 2


def test_a_mode_that_ends_while_the_daemon_runs(world: World) -> None:
    world.start()
    end = datetime.fromtimestamp(int(time.time()) + 2, UTC).isoformat()
    world.configure(f'[safety]\nmode = "passive"\nmode_until = "{end} active"\n')
    runtime = world.config / "runtime.conf"
    wait_until(lambda: world.preexec("true").returncode == 0 and "mode = active\n" in runtime.read_text())


def test_a_rule_that_can_not_be_read_loosens_nothing(world: World) -> None:
    """What stood before holds, and it is said."""
    world.configure('[safety]\nblock = ["deploy"]\n')
    world.start()
    world.configure("[safety]\nblock = 3\n")
    world.caro("daemon", "reload")
    assert "config_problem" in log_events(world)
    assert world.preexec("deploy", 1).returncode == 2


def test_a_pattern_that_ere_can_not_say_holds_in_a_wider_form(world: World) -> None:
    world.configure('[safety]\nblock = ["rm (?!-i)"]\n')
    world.start()
    done = world.preexec("rm x", 1)
    assert done.returncode == 2
    assert "matches your rule rm" in done.stderr
    assert world.preexec("rm -i x", 2).returncode == 2
    assert "config_problem" in log_events(world)


def test_lines_of_shells_that_are_gone_are_completed(world: World) -> None:
    shell = subprocess.Popen(["true"])
    shell.wait()
    world.hook("preexec", "-s", "zsh", "-p", str(shell.pid), line="last words", seq=1)
    assert world.events() == []
    assert (world.state / "fifo" / SESSION).exists()
    world.start()
    assert not (world.state / "fifo" / SESSION).exists()
    (event,) = world.events()
    assert event["text"] == "last words"
    assert "exit_code" not in event
    assert not (world.state / "sessions" / SESSION).exists()


def test_the_end_of_a_shell_is_noticed(world: World) -> None:
    world.start()
    shell = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
    world.preexec("last words", 1, "-p", str(shell.pid))
    assert world.events() == []
    assert shell.stdin is not None
    shell.stdin.close()
    file = world.state / "sessions" / SESSION
    # Before anybody has waited for it: a terminal may be slow to do so.
    wait_until(lambda: not file.exists())
    shell.wait()
    assert [event["text"] for event in world.events()] == ["last words"]
    assert world.status()["sessions"] == 0


def test_secrets_are_in_no_file_of_the_daemon(world: World) -> None:
    secret = "hunter2sEcret"
    world.start()
    world.preexec(f"export API_TOKEN={secret}", 1, API_TOKEN=secret)
    world.ask(
        {"type": "preexec", "line": f"mysql --password={secret}", "env": {"PW": secret}, "session": SESSION}
    )
    world.ask({"type": "dance", "line": secret})
    world.close()
    log = (world.state / "daemon.log").read_bytes()
    assert secret.encode() not in log


def test_idle_daemon_ends(world: World) -> None:
    world.configure("[daemon]\nidle_minutes = 0\n")
    pid = world.start()
    # 0 is never: it still answers after a tick.
    os.kill(pid, signal.SIGHUP)
    assert world.status()["pid"] == pid


def test_own_log_is_rotated(tmp_path: Path) -> None:
    from caro.daemon.log import KEPT, ROTATE_BYTES, DaemonLog
    from caro.daemon.redaction import Redactor
    from caro.settings import load_settings

    redact = Redactor(load_settings({"HOME": str(tmp_path)}))
    log = DaemonLog(tmp_path / "state" / "daemon.log", redact)
    for number in range(6 * (ROTATE_BYTES // 10_000)):
        log.write("filler", number=number, text="x" * 10_000)
    files = sorted(file.name for file in log.file.parent.iterdir())
    assert files == ["daemon.log", *(f"daemon.log.{number}" for number in range(1, KEPT + 1))]
    assert all(file.stat().st_size < ROTATE_BYTES + 20_000 for file in log.file.parent.iterdir())


@pytest.mark.parametrize("name", ("b\udcff.txt", "b\ud800.txt"))
def test_bytes_that_are_no_text_are_answered_at_once(world: World, name: str) -> None:
    """They cost the whole time-out: the daemon's error had no number, so it was no answer."""
    from caro.client import Client
    from caro.wire import parse_request

    asked = []

    def answer() -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rwb") as stream:
            asked.append(parse_request(stream.readline()))
            stream.write(b'{"v": 1, "id": "%s"}\n' % asked[0].id.encode())

    world.socket.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(world.socket))
    listener.listen(1)
    thread = threading.Thread(target=answer)
    thread.start()
    Client(world.socket, timeout=60).request("ask", command=name)
    thread.join()
    listener.close()
    assert asked[0].command.isprintable() and asked[0].command.startswith("b")


def test_client_tells_absent_from_broken(world: World) -> None:
    from caro.client import Client
    from caro.errors import DaemonAbsent, DaemonError, RefusedError

    with pytest.raises(DaemonAbsent):
        Client(world.socket).request("status")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(world.socket))
    with pytest.raises(DaemonAbsent):
        Client(world.socket).request("status")
    listener.listen(1)
    with pytest.raises(DaemonError, match="did not answer within"):
        Client(world.socket, timeout=0.05).request("status")
    world.config.chmod(0o750)
    with pytest.raises(RefusedError, match="open to other users"):
        Client(world.socket).request("status")
    world.config.chmod(0o700)
    listener.close()
    world.socket.unlink()


def test_log_is_rotated_and_old_events_go(world: World) -> None:
    """In one process, so that nothing waits for the minute in which the daemon does it."""
    import asyncio

    from caro.daemon.run import Daemon

    world.configure("[trace]\nrotate_mb = 1\n[privacy]\nretention_days = 30\n")
    world.preexec("old", 1)
    world.preexec("new", 2, "-e", "0")
    old, rest = (
        world.log.read_text().splitlines(keepends=True)[0],
        world.log.read_text().splitlines(keepends=True)[1:],
    )
    year = json.loads(old)["ts"][:4]
    filler = [json.dumps(json.loads(rest[0]) | {"text": "x" * 30_000}) + "\n"] * 40
    world.log.write_text(old.replace(f'"ts":"{year}', '"ts":"2001') + "".join(rest + filler))

    async def tidy() -> None:
        Daemon(world.env)._tidy_log()

    asyncio.run(tidy())
    kept = "".join(file.read_text() for file in world.home.glob(".trace_shell.jsonl*"))
    assert (world.home / ".trace_shell.jsonl.1").exists()
    assert '"2001' not in kept
    assert kept.count("\n") == len(rest + filler)
