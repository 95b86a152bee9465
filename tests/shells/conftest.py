"""Shells with Caro in them: a HOME where `caro install` ran, rules whose verdicts the tests know.

Nothing dangerous is ever typed: a veto is proven by a marker file that did not come into being.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from homes import SHELL_WORDS, make_home
from terminals import Terminal


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """Starts shells; ends those that a test left open."""
    open_ones: list[Terminal] = []

    def run(
        shell: str, home: Path, env: dict[str, str], words: list[str] | None = None, cwd: Path | None = None
    ) -> Terminal:
        if shell == "sh":
            env = env | {"ENV": str(home / ".shrc")}
        terminal = Terminal(words or SHELL_WORDS[shell], env, cwd or home)
        open_ones.append(terminal)
        terminal.wait_prompt()
        return terminal

    yield run
    for terminal in open_ones:
        terminal.close()


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, dict[str, str]]]:
    """One installed HOME a shell, for all tests that don't change it."""
    made: dict[str, tuple[Path, dict[str, str]]] = {}

    def home_of(shell: str) -> tuple[Path, dict[str, str]]:
        if shell not in made:
            home = tmp_path_factory.mktemp(shell) / "home"
            made[shell] = (home, make_home(home, shell))
        return made[shell]

    return home_of
