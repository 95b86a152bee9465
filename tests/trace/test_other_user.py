"""A program below Caro that became another user and kept the environment, as setpriv, gosu and su do."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from caro.trace.bash_environment import bash_value

OTHER: dict[str, Any] = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
"""Who the program becomes; where the tests are not run by root, nobody else."""
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def below(env: dict[str, str]) -> Iterator[Callable[[int], Run]]:
    """Return what runs a program as the other user, below a HOME of that mode with Caro's shims."""
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        top.chmod(0o755)
        home = top / "home"

        def make(mode: int) -> Run:
            home.mkdir()
            own = env | {"HOME": str(home)}
            done = subprocess.run(
                ["caro", "run", "--mode", "shims", "--", "env", "-0"], env=own, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stderr
            told = dict(pair.split("=", 1) for pair in done.stdout.split("\0") if pair)
            assert told["PATH"].startswith(f"{home}/.local/share/caro/shims:")
            path = f"{home}/.local/share/caro/shims:/usr/bin:/bin"
            home.chmod(mode)

            def run(*words: str) -> subprocess.CompletedProcess[str]:
                kept = told | {"PATH": path}
                return subprocess.run(words, env=kept, cwd="/", capture_output=True, text=True, **OTHER)

            return run

        yield make


@pytest.mark.parametrize("mode", [0o755, 0o711, 0o700])
def test_bash_says_nothing_of_a_file_of_roots(below: Callable[[int], Run], mode: int) -> None:
    done = below(mode)("/bin/bash", "-uc", "git --version; nothing-of-that-name")
    assert done.stdout.startswith("git version")
    assert done.stderr == "/bin/bash: line 1: nothing-of-that-name: command not found\n"
    assert done.returncode == 127


def test_not_found_stays_not_found_where_home_can_be_passed(below: Callable[[int], Run]) -> None:
    run = below(0o711)
    done = run("/bin/sh", "-c", "nothing-of-that-name")
    assert "not found" in done.stderr and done.returncode == 127
    assert run("/usr/bin/env", "nothing-of-that-name").returncode == 127


@pytest.mark.parametrize("name", ["plain", "a blank", "a $HOME", "a }", "höhe"])
def test_the_value_names_the_file_for_its_owner(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_text("echo sourced\n")
    words = ["bash", "-uc", ":"]
    own = os.geteuid()
    for uid in {own, 1000 if own == 0 else own}:
        env = {"BASH_ENV": bash_value(file, uid), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
        done = subprocess.run(words, env=env, capture_output=True, text=True)
        assert done.stdout == "sourced\n", (uid, done)
