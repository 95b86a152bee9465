"""Start, stop or look at the daemon."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Any

from caro.cli.tell import tell
from caro.client import Client
from caro.errors import CaroError, DaemonAbsent, DaemonError
from caro.paths import Paths
from caro.settings import socket_file

START_SECONDS = 5.0
STOP_SECONDS = 3.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action",
        choices=("run", "start", "stop", "status", "reload"),
        help="run: in the foreground; start: in the background; status: is it there, and how is it",
    )
    parser.add_argument("--json", action="store_true", help="status as JSON")


def run(args: argparse.Namespace) -> int:
    return _ACTIONS[args.action](args)


def _client(timeout: float = 2.0) -> Client:
    return Client(socket_file(os.environ, Paths.of()), timeout)


def _run(_args: argparse.Namespace) -> int:
    from caro.daemon.run import run_daemon

    run_daemon(os.environ)
    return 0


def _is_up() -> bool:
    try:
        _client().request("status")
    except DaemonAbsent:
        return False
    return True


def _start(_args: argparse.Namespace) -> int:
    try:
        up = _is_up()
    except DaemonError as error:
        # Its words recommend a stop and a start, and this is the start.
        what = str(error).partition(";")[0]
        raise CaroError(f"{what}; end it with `caro daemon stop`, then start again") from None
    if up:
        tell("the daemon runs already")
        return 0
    # A file, not a pipe: nobody reads it any more when the daemon goes on.
    with tempfile.TemporaryFile() as said:
        child = _spawn(said)
        if _comes_up(child):
            return 0
        said.seek(0)
        words = said.read().decode("utf-8", "replace").strip().removeprefix("caro: ")
    if child.poll() is None:
        raise CaroError(
            f"the daemon did not answer within {START_SECONDS:g} s; its log: {Paths.of().daemon_log}"
        )
    raise CaroError(words or "the daemon ended at once")


def _spawn(said: IO[bytes]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "caro", "daemon", "run"]
    null = subprocess.DEVNULL
    return subprocess.Popen(command, stdin=null, stdout=null, stderr=said, start_new_session=True, cwd="/")


def _comes_up(child: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        ended = child.poll() is not None
        # One that ended may have lost a race against another start: that one serves as well.
        if _is_up():
            return True
        if ended:
            return False
        time.sleep(0.02)
    return False


def _stop(_args: argparse.Namespace) -> int:
    from caro.daemon.listen import wait_for_lock

    client = _client()
    socket_path = Path(client.socket_path)
    try:
        _ask_to_stop(client)
    except DaemonError as error:
        return _end(socket_path, error)
    if not wait_for_lock(socket_path, STOP_SECONDS):
        return _end(socket_path, DaemonError("the daemon said that it stops, and still runs"))
    return 0


def _ask_to_stop(client: Client) -> None:
    """Ask; one that a shell has started a moment ago, and that does not listen yet, is waited for."""
    while True:
        try:
            client.request("stop")
            return
        except DaemonAbsent:
            if not _is_being_started():
                raise
        time.sleep(0.02)


def _is_being_started() -> bool:
    """True if a shell's hook has started one within the last START_SECONDS (it notes that in a file)."""
    try:
        started = (Paths.of().state / "daemon.start").stat().st_mtime
    except OSError:
        return False
    return 0 <= time.time() - started < START_SECONDS


def _end(socket_path: Path, why: DaemonError) -> int:
    """End a daemon that can't be asked to, and say so; raise `why` where that can't be done either."""
    from caro.daemon.lock_holder import end_holder, holder_of

    pid = end_holder(socket_path)
    if pid is not None:
        absent = isinstance(why, DaemonAbsent)
        what = "the daemon's socket is gone" if absent else str(why).partition(";")[0]
        tell(f"{what}; its process {pid} was ended")
        return 0
    if (pid := holder_of(socket_path)) is not None:
        raise CaroError(
            f"the daemon's process {pid} does not end, not by SIGKILL either; it may wait for a disk"
        )
    if isinstance(why, DaemonAbsent):
        tell("no daemon runs")
        return 0
    raise why


def _status(args: argparse.Namespace) -> int:
    try:
        status = _client().request("status")
    except DaemonAbsent:
        print(json.dumps({"v": 1, "running": False}) if args.json else "no daemon runs")
        return 1
    status = {"v": 1, "running": True} | {name: value for name, value in status.items() if name != "id"}
    print(json.dumps(status) if args.json else _told(status))
    return 0


def _told(status: dict[str, Any]) -> str:
    requests = ", ".join(f"{name} {count}" for name, count in status["requests"].items())
    return (
        f"running: pid {status['pid']}, Caro {status['version']}, for {status['uptime_s']:.0f} s\n"
        f"sessions: {status['sessions']}   memory: {status['rss_kb'] / 1024:.0f} MB   user rules: {status['rules']}\n"
        f"requests: {requests or 'none'}"
    )


def _reload(_args: argparse.Namespace) -> int:
    _client().request("reload")
    return 0


_ACTIONS = {"run": _run, "start": _start, "stop": _stop, "status": _status, "reload": _reload}
