"""Two machines, each with a HOME and a host name of its own, and one real server: what a person sees of both."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from old_clickhouse import OldClickHouse, old_clickhouse

from environment import plain_environment

pytestmark = pytest.mark.long
NAMED = ("unshare", "--uts", "--map-root-user", "sh", "-c", 'hostname "$0" && exec "$@"')


class Machine:
    """A host name in a namespace of its own."""

    def __init__(self, folder: Path, name: str, server: OldClickHouse) -> None:
        self.name = name
        self.home = folder / name
        (self.home / ".config/caro").mkdir(parents=True)
        keys = f'[fleet]\nenabled = true\nurl = "{server.url}"\n'
        (self.home / ".config/caro/config.toml").write_text(keys)
        self.env = plain_environment(self.home)

    def caro(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*NAMED, self.name, "caro", *words],
            env=self.env,
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=120,
        )


def test_both_stand_in_one_view(tmp_path: Path) -> None:
    with old_clickhouse(tmp_path / "clickhouse") as server:
        one, two = Machine(tmp_path, "box-one", server), Machine(tmp_path, "box-two", server)
        assert one.caro("fleet", "schema", "--old", "--apply").returncode == 0
        assert one.caro("run", "--", "sh", "-c", "git --version; exit 3").returncode == 3
        assert (
            two.caro("run", "--agent", "claude-code", "--", "sh", "-c", "git --version; exit 3").returncode
            == 3
        )
        for machine in (one, two):
            sent = machine.caro("fleet", "run", "--once")
            assert sent.returncode == 0, sent.stderr
        hosts = json.loads(two.caro("fleet", "query", "hosts", "--json").stdout)["rows"]
        assert {row["host"] for row in hosts} == {"box-one", "box-two"}
        failed = one.caro("fleet", "query", "failures").stdout
        assert "sh" in failed and "3" in failed
        agents = json.loads(one.caro("fleet", "query", "agents", "--json").stdout)["rows"]
        assert {row["agent"] for row in agents} == {"claude-code"}
        assert one.caro("fleet", "query", "dangerous").returncode == 0
