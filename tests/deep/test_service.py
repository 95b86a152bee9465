"""Caro's own service is no part of a record: an agent's hook with its shell, the daemon, and what the daemon starts."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from deep.tracing import Deep
from environment import NATIVES


@pytest.fixture
def homely(deep: Deep) -> Deep:
    """With a hook beside the tracer, and an interpreter that has a module `caro`: it starts one more program."""
    beside = Path(deep.tracer).parent
    shutil.copy2(NATIVES / "caro-hook", beside / "caro-hook")
    module = beside / "modules/caro"
    module.mkdir(parents=True)
    module.joinpath("__main__.py").write_text("import subprocess\nsubprocess.run(['uname', '--help'])\n")
    noted = beside / "home/.local/share/caro/bin/interpreter"
    noted.parent.mkdir(parents=True)
    noted.write_text(f"{shutil.which('python3', path=deep.env['PATH'])}\n")
    noted.chmod(0o600)
    deep.env |= {"PYTHONPATH": str(module.parent), "D": str(beside), "CARO_DAEMON_AUTO_START": "false"}
    return deep


@pytest.mark.parametrize("way", ["notify", "ptrace"])
@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("sh -c \"'$D/caro-hook' agent claude-code\" </dev/null >/dev/null 2>&1; /bin/true", ["true"]),
        ("cd /; (setsid python3 -m caro daemon run >/dev/null 2>&1); /bin/true", ["setsid", "true"]),
        ("cd /; \"$(command -v python3)\" -m caro daemon run >/dev/null; /bin/true", ["true"]),
        # What only looks so is a command as any.
        ("sh -c \"'$D/caro-hook' agent x; uname\" </dev/null >/dev/null 2>&1; /bin/true", ["sh", "uname", "true"]),
        ("cp /bin/true caro-hook; sh -c \"$PWD/caro-hook agent x\"", ["cp", "sh", "caro-hook"]),
        ("python3 -m caro daemon run >/dev/null", ["python3", "uname"]),
        ("cd /; cp /bin/echo $D/work/python3; $D/work/python3 -m caro daemon run", ["cp", "python3"]),
    ],
)  # fmt: skip
def test_only_the_service_is_left_out(homely: Deep, way: str, line: str, seen: list[str]) -> None:
    homely.run("sh", "-c", f"{line}\n:", way=way)
    names = [os.path.basename(event["path"]) for event in homely.events()]
    assert sorted(names) == sorted([*seen, "sh"])
