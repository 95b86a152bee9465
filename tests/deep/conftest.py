"""Runs commands under caro-trace, as root and as nobody."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from deep.tracing import NOBODY, Deep, make_deep


@pytest.fixture
def deep(natives: Path) -> Iterator[Deep]:
    yield from make_deep(natives, os.geteuid())


@pytest.fixture
def nobody(natives: Path) -> Iterator[Deep]:
    assert os.geteuid() == 0, "only root can run a test as another user"
    yield from make_deep(natives, NOBODY)


@pytest.fixture(params=["root", "nobody"])
def anyone(request: pytest.FixtureRequest, natives: Path) -> Iterator[Deep]:
    """The same test as root (no no_new_privs) and without any privilege."""
    if request.param == "nobody":
        assert os.geteuid() == 0, "only root can run a test as another user"
    yield from make_deep(natives, NOBODY if request.param == "nobody" else os.geteuid())


@pytest.fixture(scope="session")
def odd_execs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    program = tmp_path_factory.mktemp("odd") / "odd_execs"
    source = Path(__file__).parent / "odd_execs.c"
    subprocess.run(["gcc", "-O1", "-w", "-pthread", "-o", program, source], check=True)
    return program
