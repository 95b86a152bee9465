"""Terminals that go away, and homes that nothing can be written to."""

from __future__ import annotations

import os
import shutil
import signal
from contextlib import contextmanager

import pexpect
import pytest

from invisible.jobs import as_user, is_gone, wait_for
from invisible.users import MODES, USERS, User, make_user


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


@pytest.mark.parametrize("mode", MODES)
def test_a_home_that_may_not_be_written_changes_nothing(mode: str) -> None:
    """Nothing is there yet, and nothing can be made: the command runs all the same."""
    with contextmanager(make_user)(USERS[-1]) as user:
        shutil.rmtree(user.home)
        user.home.mkdir(mode=0o555)
        try:
            done = user.run(mode, "bash", "-c", "git --version; exit 4")
        finally:
            user.home.chmod(0o755)
        assert done.returncode == 4 and done.stdout.startswith(b"git version"), done.stderr
