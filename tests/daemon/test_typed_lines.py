"""The daemon keeps the files that a search reads: what was typed is there at once, what is forgotten at once not."""

from __future__ import annotations

import os
import stat

import pytest

from caro.paths import Paths
from daemons import World
from lines_reader import read_texts
from waiting import wait_until


def texts(paths: Paths) -> set[str]:
    found: set[str] = set()
    for file in (paths.lines, paths.newest_lines):
        if file.exists():
            found |= {text.decode() for text in read_texts(file)}
    return found


@pytest.fixture
def searching(world: World) -> World:
    """A daemon that has made the file of all, of a log with one line."""
    world.configure("[shell]\npick = true\n")
    world.preexec("echo first", 1)
    world.preexec("echo second", 2, "-e", "0")
    world.start()
    wait_until(Paths.of(world.env).lines.exists)
    return world


def test_lines_come_at_once_and_go_at_once(searching: World) -> None:
    paths = Paths.of(searching.env)
    searching.preexec("echo third", 3, "-e", "0")

    def asked() -> set[str]:
        searching.ask({"type": "lines"})
        return texts(paths)

    wait_until(lambda: asked() >= {"echo first", "echo second", "echo third"})
    for file in (paths.lines, paths.newest_lines):
        assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    done = searching.caro("history", "forget", "--fixed", "echo second", "--yes")
    assert done.returncode == 0, done.stderr
    assert "echo second" not in texts(paths)
    wait_until(lambda: asked() == {"echo first", "echo third"})
    searching.caro("privacy", "delete", "--all", "--yes")
    assert "echo first" not in texts(paths)


def test_a_line_behind_a_blank_is_not_searched(searching: World) -> None:
    paths = Paths.of(searching.env)
    searching.preexec(" echo nobody", 3, "-e", "0")
    searching.preexec("echo third", 4, "-e", "0")
    searching.preexec("echo fourth", 5, "-e", "0")

    def asked() -> set[str]:
        searching.ask({"type": "lines"})
        return texts(paths)

    wait_until(lambda: "echo third" in asked())
    assert " echo nobody" not in texts(paths)
    searching.configure("[shell]\npick = true\n[privacy]\nignore_space = false\n")
    wait_until(lambda: " echo nobody" in asked())
    searching.configure("[shell]\npick = true\n")
    wait_until(lambda: " echo nobody" not in asked() and "echo third" in asked())


def test_nothing_is_kept_where_nobody_searches(searching: World) -> None:
    searching.configure("[shell]\npick = false\n")
    searching.ask({"type": "lines"})
    paths = Paths.of(searching.env)
    wait_until(lambda: not paths.lines.exists() and not paths.newest_lines.exists())
