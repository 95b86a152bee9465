"""Fixtures that every test shares: a fresh HOME, the built natives, shells."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from environment import NATIVES, end_what_is_left, plain_environment


def pytest_configure() -> None:
    """Give back what a job in the background, or below nohup, has been told to ignore: its programs would too."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    # A property that takes long on a busy machine is no wrong one.
    hypothesis.settings.register_profile("caro", deadline=None)
    hypothesis.settings.load_profile("caro")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A new user's HOME. What a test leaves running in it is ended, and fails the test."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    yield folder
    assert not end_what_is_left(folder), "left running"


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
