"""Fixtures that every test shares: a fresh HOME, the built natives, shells."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from environment import NATIVES, plain_environment


def processes_of(home: Path) -> dict[int, str]:
    """Processes whose HOME is that folder, as pid and command line (Linux: from /proc)."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"HOME={home}\0".encode() in (folder / "environ").read_bytes() + b"\0":
                found[int(folder.name)] = (
                    (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                )
        except OSError:
            continue  # gone, or not ours
    return found


def ends(pid: int, seconds: float = 3.0) -> bool:
    """Whether a process ends by itself, as collectors do when their shells are gone."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], seconds)[0])
    finally:
        os.close(descriptor)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A new user's HOME. What a test leaves running in it is ended, and fails the test."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    yield folder
    left = {pid: text for pid, text in processes_of(folder).items() if pid != os.getpid() and not ends(pid)}
    for pid in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert not {text for text in left.values() if text}, "left running"


@pytest.fixture
def env(home: Path) -> dict[str, str]:
    return plain_environment(home)


@pytest.fixture(scope="session")
def natives() -> Path:
    """The folder of the built native programs."""
    assert (NATIVES / "caro-shim").exists(), "build first: make setup"
    return NATIVES


@pytest.fixture
def caro(env: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the `caro` command as a user would; returns what it printed and its status."""

    def run(*words: str, **options: object) -> subprocess.CompletedProcess[str]:
        options.setdefault("env", env)
        options.setdefault("timeout", 60)
        command = [shutil.which("caro", path=env["PATH"]) or "caro", *words]
        return subprocess.run(command, capture_output=True, text=True, **options)  # type: ignore[call-overload]

    return run
