"""The walk of `caro tour`: a throw-away shell that sees what was typed, and leaves nothing."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

ESC_ESC, PROMPT = "\x1b\x1b", "tour:"


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder whose name leaves room for a socket's address (108 bytes, unix(7))."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.mark.long
@pytest.mark.timeout(180)
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_walk_goes_on_as_one_does_what_it_says(
    shell: str, home: Path, env: dict[str, str], short: Path
) -> None:
    env |= {"SHELL": shell, "TMPDIR": str(short), "TERM": "xterm-256color"}
    child = pexpect.spawn("caro", ["tour"], env=env, timeout=60, encoding="utf-8", dimensions=(40, 120))  # type: ignore[arg-type]
    after(child, "1 of 5", "gti status\r")
    after(child, "2 of 5", "\r")
    while child.expect([r"esc esc\)", pexpect.TIMEOUT], timeout=5):
        child.send("\r")
    after(child, PROMPT, ESC_ESC)
    child.expect("git.*status")
    child.send("\r")
    after(child, "3 of 5", "git push --force\r")
    after(child, "4 of 5", "\x15caro tree\r")
    after(child, "5 of 5", "caro disable\r")
    after(child, "That is the walk", "exit\r")
    child.expect_exact("To keep Caro: caro install")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert [name for name in os.listdir(short) if name.startswith("caro-tour")] == []
    assert not (home / ".trace_shell.jsonl").exists()


def after(child: pexpect.spawn[str], told: str, keys: str) -> None:
    """Type when the prompt below that text has come."""
    child.expect_exact(told)
    if told != PROMPT:
        child.expect_exact(PROMPT)
    child.send(keys)
