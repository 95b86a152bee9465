"""Terminals that go away, tmux, and what outlives a run."""

from __future__ import annotations

import os
import signal

import pexpect
import pytest

from invisible.jobs import as_user, is_gone, wait_for
from invisible.users import MODES, User


@pytest.mark.parametrize("mode", MODES)
def test_hang_up_reaches_a_tool_that_leads_its_session(user: User, mode: str) -> None:
    user.clear()
    out = user.work / "signals"
    words = [str(word) for word in user.under(mode, "recorder", str(out), str(int(signal.SIGHUP)))]
    words = as_user(user, words)
    terminal = pexpect.spawn(words[0], words[1:], env=user.env, cwd=str(user.work))
    wait_for(lambda: out.exists() and "ready" in out.read_text())
    os.close(terminal.child_fd)
    terminal.closed = True
    wait_for(lambda: "SIGHUP" in out.read_text())
    pid = int(out.read_text().split()[1])
    wait_for(lambda: is_gone(pid))
    assert out.read_text().count("SIGHUP") == 1
