"""A user's world for the tests of caro-hook and the daemon: one HOME, real programs, and sick daemons."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from environment import NATIVES
from waiting import wait_ready

__all__ = ["NATIVES", "FakeDaemon", "World"]

SESSION = "0192f0c1-2345-7abc-8def-0123456789ab"
OTHER_SESSION = "0192f0c1-2345-7abc-8def-ffffffffffff"


class World:
    """HOME, environment and programs of one user; `close()` stops the daemon."""

    def __init__(self, home: Path, env: dict[str, str]) -> None:
        self.home = home
        # No test gets a daemon that it did not ask for.
        self.env = env | {"CARO_SESSION_ID": SESSION, "CARO_DAEMON_AUTO_START": "false"}
        # On a busy machine 50 ms are missed now and then; tests of the deadline set it.
        self.env["CARO_DAEMON_TIMEOUT_MS"] = "5000"
        program = shutil.which("caro", path=env["PATH"])
        assert program is not None
        self.program = program
        self.config = home / ".config/caro"
        self.state = home / ".local/state/caro"
        self.config.mkdir(parents=True, mode=0o700)
        self.socket = self.config / "caro.sock"
        self.log = home / ".trace_shell.jsonl"

    def caro(self, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
        defaults = {"env": self.env, "timeout": 30, "capture_output": True, "text": True}
        return subprocess.run([self.program, *words], **(defaults | options))

    def hook(
        self, command: str, *words: str, line: str | bytes = "", seq: int = 1, **env: str
    ) -> subprocess.CompletedProcess[str]:
        """caro-hook, without a terminal: what it says comes on standard error."""
        variables: dict[Any, Any] = self.env | env
        if line:
            variables["CARO_LINE"] = line
        arguments = [command, "-s", "bash", "-p", str(os.getpid()), "-n", str(seq), *words]
        return subprocess.run(
            [NATIVES / "caro-hook", *arguments],
            env=variables,
            capture_output=True,
            text=True,
            timeout=20,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def preexec(
        self, line: str | bytes, seq: int = 1, *words: str, **env: str
    ) -> subprocess.CompletedProcess[str]:
        return self.hook("preexec", *words, line=line, seq=seq, **env)

    def configure(self, text: str) -> None:
        """Puts config.toml down, as an editor would; a daemon starts only where the text asks for one."""
        if "[daemon]" not in text:
            text += "[daemon]\nauto_start = false\n"
        (self.config / "config.toml").write_text(text)

    def compile(self) -> None:
        """What every change of the configuration by Caro ends with."""
        from caro.paths import Paths
        from caro.runtime_conf import refresh_runtime_conf

        refresh_runtime_conf(self.env, Paths.of(self.env))

    def start(self) -> int:
        """Starts the daemon; its process id."""
        done = self.caro("daemon", "start")
        assert done.returncode == 0, done.stderr
        return self.status()["pid"]

    def wait_ready(self) -> None:
        """Until the guard and the fixer are loaded: the daemon's log says so."""
        wait_ready(self.state / "daemon.log")

    def status(self) -> dict[str, Any]:
        done = self.caro("daemon", "status", "--json")
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def events(self, kind: str = "line") -> list[dict[str, Any]]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [event for event in map(json.loads, lines) if event["kind"] == kind]

    def connect(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(10)
        connection.connect(str(self.socket))
        return connection

    def ask(self, message: dict[str, Any]) -> dict[str, Any]:
        """One request over a connection of its own."""
        with self.connect() as connection:
            connection.sendall(json.dumps({"v": 1, "id": "x"} | message).encode() + b"\n")
            return read_reply(connection)

    def close(self) -> None:
        if self.socket.exists() or (self.state / "daemon.start").exists():
            self.caro("daemon", "stop")


def read_reply(connection: socket.socket) -> dict[str, Any]:
    data = b""
    while not data.endswith(b"\n"):
        part = connection.recv(65536)
        assert part, f"closed after {data!r}"
        data += part
    reply: dict[str, Any] = json.loads(data)
    return reply


Answer = Callable[[socket.socket, dict[str, Any]], None]


class FakeDaemon:
    """Listens where the daemon would and answers as `answer` does; `requests` has what it was asked."""

    def __init__(self, path: Path, answer: Answer, backlog: int = 64) -> None:
        self.requests: list[dict[str, Any]] = []
        self.asked = threading.Semaphore(0)
        self.lines: list[bytes] = []
        self.answer = answer
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(backlog)
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection:
            data = b""
            while not data.endswith(b"\n"):
                part = connection.recv(65536)
                if not part:
                    return
                data += part
            request = json.loads(data)
            self.lines.append(data)
            self.requests.append(request)
            self.asked.release()
            try:
                self.answer(connection, request)
            except OSError:
                pass

    def close(self) -> None:
        self.done.set()
        # close alone would leave accept waiting.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(5)


def reply_with(**fields: Any) -> Answer:
    def answer(connection: socket.socket, request: dict[str, Any]) -> None:
        connection.sendall(json.dumps({"v": 1, "id": request["id"], **fields}).encode() + b"\n")

    return answer
