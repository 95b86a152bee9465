"""A real `clickhouse-server` (Debian's 18.16) on loopback in a folder of its own, ended by its process id."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from waiting import wait_until

PROGRAM = "/usr/sbin/clickhouse-server"

CONFIG = """<?xml version="1.0"?>
<yandex>
  <logger><level>warning</level><log>{folder}/log</log><errorlog>{folder}/errors</errorlog></logger>
  <listen_host>127.0.0.1</listen_host>
  <http_port>{http}</http_port>
  <tcp_port>{tcp}</tcp_port>
  <interserver_http_port>{inter}</interserver_http_port>
  <path>{folder}/data/</path><tmp_path>{folder}/tmp/</tmp_path>
  <users_config>{folder}/users.xml</users_config>
  <default_profile>default</default_profile><default_database>default</default_database>
  <mark_cache_size>67108864</mark_cache_size><uncompressed_cache_size>8388608</uncompressed_cache_size>
  <max_concurrent_queries>200</max_concurrent_queries>
  <merge_tree><old_parts_lifetime>5</old_parts_lifetime></merge_tree>
</yandex>
"""
USERS = """<?xml version="1.0"?>
<yandex>
  <profiles><default><max_memory_usage>2000000000</max_memory_usage></default></profiles>
  <users><default><password>{password}</password><networks><ip>127.0.0.1</ip></networks>
    <profile>default</profile><quota>default</quota></default></users>
  <quotas><default/></quotas>
</yandex>
"""


class OldClickHouse:
    """One server; `start` and `kill` as often as a test likes."""

    def __init__(self, folder: Path, password: str = "") -> None:
        self.folder = folder
        self.password = password
        folder.mkdir(parents=True)
        self.http, tcp, inter = free_ports(3)
        (folder / "config.xml").write_text(CONFIG.format(folder=folder, http=self.http, tcp=tcp, inter=inter))
        (folder / "users.xml").write_text(USERS.format(password=password))
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http}"

    def start(self) -> None:
        words = [PROGRAM, f"--config-file={self.folder}/config.xml"]
        output = (self.folder / "output").open("ab")
        self.process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=self.folder
        )
        wait_until(self.answers)

    def answers(self) -> bool:
        assert self.process is not None and self.process.poll() is None, (self.folder / "output").read_text()
        with contextlib.suppress(OSError, urllib.error.URLError):
            return self.ask("SELECT 1").strip() == "1"
        return False

    def ask(self, sql: str) -> str:
        headers = {"X-ClickHouse-Key": self.password} if self.password else {}
        request = urllib.request.Request(self.url + "/", sql.encode(), headers)
        with urllib.request.urlopen(request, timeout=120) as reply:
            return str(reply.read().decode())

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@contextlib.contextmanager
def old_clickhouse(folder: Path) -> Iterator[OldClickHouse]:
    server = OldClickHouse(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def free_ports(count: int) -> list[int]:
    held = [socket.socket() for _ in range(count)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports
