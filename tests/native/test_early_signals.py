"""Keys pressed while a shim makes its child: the moment is held open by strace, which delays one system call."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pexpect
import pytest

from .conftest import Place
from .test_signals import PROMPT, RECORDER, ask, bash, parent_of, recorder, status_of

__all__ = ["RECORDER", "bash", "recorder"]

STOP, INTERRUPT = "\x1a", "\x03"


def children_of(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def holds_all_signals(pid: int) -> bool:
    blocked = next(line for line in status_of(pid).splitlines() if line.startswith("SigBlk:"))
    return int(blocked.split()[1], 16) & 0b110 == 0b110  # INT and QUIT


def start_delayed(bash: pexpect.spawn, call: str, out: Path, wait_for: Callable[..., Any]) -> int:
    """The shim's process id, under a tracer that delays each `call` by a second."""
    bash.sendline(
        f"strace -DD -f -o /dev/null -e trace={call} -e inject={call}:delay_enter=1000000 tool {out}"
    )
    return int(wait_for(lambda: [pid for pid in children_of(bash.pid) if holds_all_signals(pid)])[0])


def test_stop_before_the_exec(
    bash: pexpect.spawn, place: Place, recorder: Path, wait_for: Callable[..., Any]
) -> None:
    """A child that were stopped there would keep the shim from telling the shell."""
    shim = start_delayed(bash, "execve", recorder, wait_for)
    tool = wait_for(lambda: children_of(shim))[0]
    bash.send(STOP)
    bash.expect_exact("Stopped")
    bash.expect_exact(PROMPT)
    assert parent_of(tool) == shim
    bash.sendline("fg")
    wait_for(lambda: recorder.exists() and "ready" in recorder.read_text("utf-8"))
    bash.sendline("end")
    bash.expect_exact(PROMPT)
    assert ask(bash, "echo $?") == "42"
    assert len(place.events()) == 1


@pytest.mark.parametrize(
    ("call", "key", "status"), [("vfork", INTERRUPT, "130"), ("execve", INTERRUPT, "130")]
)
def test_interrupt_before_there_is_a_tool(
    bash: pexpect.spawn, recorder: Path, wait_for: Callable[..., Any], call: str, key: str, status: str
) -> None:
    shim = start_delayed(bash, call, recorder, wait_for)
    if call == "execve":
        wait_for(lambda: children_of(shim))
    bash.send(key)
    bash.expect_exact(PROMPT)
    assert ask(bash, "echo $?") == status
    assert not recorder.exists() or "done" not in recorder.read_text("utf-8")
