"""Terminals that go away."""

from __future__ import annotations

import os
import signal

import pexpect
import pytest

from invisible.jobs import as_user, is_gone, wait_for
from invisible.users import MODES, User


@pytest.mark.parametrize("mode", ["bare", *MODES])
def test_hang_up_reaches_a_tool_that_leads_its_session(user: User, mode: str) -> None:
    """It reads a pipe: what reads the terminal may see its end before the signal, which came to another process."""
    user.clear()
    out, pipe = user.work / "signals", user.work / "pipe"
    os.mkfifo(pipe)
    user.give(pipe)
    words = [str(word) for word in user.under(mode, "recorder", str(out), str(int(signal.SIGHUP)))]
    words = as_user(user, ["sh", "-c", 'exec "$@" < pipe', "sh", *words])
    with open(os.open(pipe, os.O_RDWR), "w") as end:
        terminal = pexpect.spawn(words[0], words[1:], env=user.env, cwd=str(user.work))
        wait_for(lambda: out.exists() and "ready" in out.read_text())
        pid = int(out.read_text().split()[1])
        os.close(terminal.child_fd)
        terminal.closed = True
        wait_for(lambda: "SIGHUP" in out.read_text())
        print("end", file=end, flush=True)
        wait_for(lambda: is_gone(pid))
    assert out.read_text().count("SIGHUP") == 1
