"""Signals, stops and terminals: a shimmed tool behaves as the tool does, at a prompt and in scripts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from signal_recorder import RECORDER

from .conftest import Place

PROMPT = "@@ "


@pytest.fixture
def recorder(place: Place) -> Path:
    place.tool("tool", RECORDER.format(python=sys.executable))
    place.shim("tool")
    return place.folder / "signals"


class Recorded:
    """A shimmed recorder, started without a terminal."""

    def __init__(
        self, place: Place, out: Path, wait_for: Callable[..., Any], *numbers: int, **options: Any
    ) -> None:
        self.out, self.wait_for = out, wait_for
        words = ["tool", str(out), *map(str, numbers)]
        self.process = subprocess.Popen(
            words, env=place.env, cwd=place.folder, stdin=subprocess.PIPE, text=True, **options
        )
        self.pid = int(wait_for(lambda: self.lines("ready"))[0].split()[1])

    def lines(self, start: str = "") -> list[str]:
        text = self.out.read_text("utf-8") if self.out.exists() else ""
        return [line for line in text.splitlines() if line.startswith(start)]

    def end(self) -> int:
        self.process.communicate("end\n", timeout=60)
        return self.process.returncode


@pytest.mark.parametrize(
    "name", ["TERM", "HUP", "INT", "QUIT", "USR1", "USR2", "ALRM", "CONT", "WINCH", "PIPE", "RTMIN"]
)
def test_what_is_sent_to_the_shim_reaches_the_tool_once(
    place: Place, recorder: Path, wait_for: Callable[..., Any], name: str
) -> None:
    number = int(getattr(signal, f"SIG{name}"))
    tool = Recorded(place, recorder, wait_for, number)
    assert tool.pid != tool.process.pid
    tool.process.send_signal(number)
    wait_for(lambda: tool.lines("SIG"))
    assert tool.end() == 42
    assert tool.lines("SIG") == [signal.Signals(number).name]


def test_a_signal_that_the_tool_dies_of(place: Place, recorder: Path, wait_for: Callable[..., Any]) -> None:
    tool = Recorded(place, recorder, wait_for)
    tool.process.terminate()
    assert tool.process.wait(60) == -signal.SIGTERM
    assert place.events()[0]["signal"] == signal.SIGTERM


def test_a_signal_that_was_ignored_from_the_start(place: Place, wait_for: Callable[..., Any]) -> None:
    place.tool("tool", "#!/bin/sh\ngrep SigIgn /proc/$$/status > out\nread x\nexit 9\n")
    place.shim("tool")
    process = subprocess.Popen(
        ["sh", "-c", "trap '' HUP; exec tool"], env=place.env, cwd=place.folder, stdin=subprocess.PIPE
    )
    out = place.folder / "out"
    wait_for(lambda: out.exists() and out.read_text("utf-8"))
    process.send_signal(signal.SIGHUP)
    process.communicate(b"\n", timeout=60)
    assert process.returncode == 9
    assert int(out.read_text("utf-8").split()[1], 16) & 1


def test_an_alarm_that_was_set_before(place: Place) -> None:
    """alarm(2) survives exec but not fork: what `perl -e 'alarm 1; exec @ARGV'` does has to work."""
    place.tool("tool", "#!/bin/sh\nexec sleep 20\n")
    place.shim("tool")
    code = "import os, signal; signal.setitimer(signal.ITIMER_REAL, 0.2); os.execvp('tool', ['tool'])"
    assert place.run(sys.executable, "-c", code).returncode == -signal.SIGALRM


def test_kill_0_in_the_tools_own_trap(place: Place) -> None:
    place.tool("tool", "#!/bin/sh\ntrap 'echo term' TERM\nkill -TERM 0\necho end\nexit 3\n")
    place.shim("tool")
    done = place.run("tool", start_new_session=True)
    assert (done.returncode, done.stdout) == (3, b"term\nend\n")


def test_a_killed_shim_leaves_no_orphan(place: Place, recorder: Path, wait_for: Callable[..., Any]) -> None:
    tool = Recorded(place, recorder, wait_for)
    tool.process.kill()
    assert tool.process.wait(60) == -signal.SIGKILL
    wait_for(lambda: not Path(f"/proc/{tool.pid}").exists() or "State:\tZ" in status_of(tool.pid))


def status_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/status").read_text("utf-8")
    except FileNotFoundError:
        return "State:\tZ"


def is_stopped(pid: int) -> bool:
    return "State:\tT" in status_of(pid)


def test_stop_of_the_tool_stops_the_shim_and_both_go_on(
    place: Place, recorder: Path, wait_for: Callable[..., Any]
) -> None:
    tool = Recorded(place, recorder, wait_for)
    for _ in range(10):
        os.kill(tool.pid, signal.SIGSTOP)
        _, status = os.waitpid(tool.process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status) and os.WSTOPSIG(status) == signal.SIGSTOP and is_stopped(tool.pid)
        tool.process.send_signal(signal.SIGCONT)
        wait_for(lambda: not is_stopped(tool.pid) and not is_stopped(tool.process.pid))
    assert tool.end() == 42


@pytest.fixture
def bash(place: Place) -> Iterator[pexpect.spawn]:
    """An interactive bash in a terminal, with the shims first on PATH."""
    env = place.env | {"PS1": PROMPT, "TERM": "dumb", "HISTFILE": "/dev/null"}
    shell = pexpect.spawn(
        "/bin/bash",
        ["--norc", "--noprofile", "-i"],
        env=env,
        cwd=str(place.folder),
        timeout=60,
        encoding="utf-8",
    )
    shell.expect_exact(PROMPT)
    shell.sendline("bind 'set enable-bracketed-paste off' 2>/dev/null; PS2=; stty -echo")
    shell.expect_exact(PROMPT)
    yield shell
    shell.close(force=True)


def ask(shell: pexpect.spawn, line: str) -> str:
    shell.sendline(line)
    shell.expect_exact(PROMPT)
    return str(shell.before).replace("\r", "").strip()


def start_recorder(shell: pexpect.spawn, out: Path, wait_for: Callable[..., Any], *numbers: int) -> None:
    shell.sendline(f"tool {out} {' '.join(map(str, numbers))}")
    wait_for(lambda: out.exists() and "ready" in out.read_text("utf-8"))


def test_interrupt_comes_once(bash: pexpect.spawn, recorder: Path, wait_for: Callable[..., Any]) -> None:
    start_recorder(bash, recorder, wait_for, signal.SIGINT, signal.SIGQUIT)
    for count in range(1, 6):
        bash.sendintr()
        wait_for(lambda count=count: recorder.read_text("utf-8").count("SIGINT") >= count)
    bash.send("\x1c")
    wait_for(lambda: "SIGQUIT" in recorder.read_text("utf-8"))
    bash.sendline("end")
    bash.expect_exact(PROMPT)
    assert ask(bash, "echo $?") == "42"
    assert recorder.read_text("utf-8").split()[2:] == ["SIGINT"] * 5 + ["SIGQUIT", "done"]


def test_interrupt_ends_a_loop_of_the_shell(
    place: Place, bash: pexpect.spawn, wait_for: Callable[..., Any]
) -> None:
    place.tool("tool", "#!/bin/sh\necho started >> started\nexec sleep 30\n")
    place.shim("tool")
    bash.sendline("for i in 1 2 3; do tool; done")
    wait_for(lambda: (place.folder / "started").exists())
    bash.sendintr()
    bash.expect_exact(PROMPT)
    assert ask(bash, "echo $?") == "130"
    assert (place.folder / "started").read_text("utf-8") == "started\n"


def test_forty_times_stop_and_foreground(
    place: Place, bash: pexpect.spawn, recorder: Path, wait_for: Callable[..., Any]
) -> None:
    start_recorder(bash, recorder, wait_for, signal.SIGUSR1)
    pid = int(recorder.read_text("utf-8").split()[1])
    for _ in range(40):
        bash.send("\x1a")
        bash.expect_exact("Stopped")
        bash.expect_exact(PROMPT)
        assert is_stopped(pid)
        bash.sendline("fg")
        wait_for(lambda: not is_stopped(pid) and not is_stopped(parent_of(pid)))
    bash.sendline("end")
    bash.expect_exact(PROMPT)
    assert ask(bash, "echo $?") == "42"
    assert len(place.events()) == 1


def parent_of(pid: int) -> int:
    return int(next(line for line in status_of(pid).splitlines() if line.startswith("PPid")).split()[1])


def test_background_and_kill(bash: pexpect.spawn, place: Place, wait_for: Callable[..., Any]) -> None:
    place.tool("tool", "#!/bin/sh\necho $$ > pid\nexec sleep 30\n")
    place.shim("tool")
    bash.sendline("tool")
    pid = int(
        wait_for(
            lambda: (place.folder / "pid").exists() and (place.folder / "pid").read_text("utf-8").strip()
        )
    )
    for _ in range(5):
        bash.send("\x1a")
        bash.expect_exact("Stopped")
        bash.expect_exact(PROMPT)
        ask(bash, "bg")
        wait_for(lambda: not is_stopped(pid))
        bash.sendline("fg")
        bash.expect_exact("tool")
    bash.send("\x1a")
    bash.expect_exact("Stopped")
    bash.expect_exact(PROMPT)
    ask(bash, "bg")
    assert "status=143" in ask(bash, "kill %1; wait %1; echo status=$?")
    assert place.events()[0]["signal"] == signal.SIGTERM


def test_reading_the_terminal_in_the_background(
    bash: pexpect.spawn, place: Place, wait_for: Callable[..., Any]
) -> None:
    place.tool("tool", '#!/bin/sh\necho $$ > pid\nread line\necho "got $line"\n')
    place.shim("tool")
    ask(bash, "tool &")
    pid = int(
        wait_for(
            lambda: (place.folder / "pid").exists() and (place.folder / "pid").read_text("utf-8").strip()
        )
    )
    wait_for(lambda: is_stopped(pid) and is_stopped(parent_of(pid)))
    bash.sendline("fg")
    wait_for(lambda: not is_stopped(pid))
    assert "got hello" in ask(bash, "hello")
    assert place.events()[0]["tty"] is True


WAITS_FOR_HANG_UP = """#!{python} -ISu
import signal, sys
out = open(sys.argv[1], "a", buffering=1)
signal.signal(signal.SIGHUP, lambda number, frame: (print("SIGHUP", file=out), sys.exit(3)))
print("ready", file=out)
signal.pause()
"""


def test_hang_up_reaches_a_tool_that_leads_its_session(place: Place, wait_for: Callable[..., Any]) -> None:
    """As in a terminal window or tmux that starts the tool itself: the kernel's SIGHUP goes to the leader alone."""
    place.tool("tool", WAITS_FOR_HANG_UP.format(python=sys.executable))
    place.shim("tool")
    out = place.folder / "signals"
    terminal = pexpect.spawn("tool", [str(out)], env=place.env, cwd=str(place.folder))
    wait_for(lambda: out.exists() and "ready" in out.read_text("utf-8"))
    os.close(terminal.child_fd)
    (event,) = wait_for(place.events)
    assert out.read_text("utf-8") == "ready\nSIGHUP\n" and event["exit_code"] == 3
    terminal.closed = True


def test_mode_is_interactive_in_front_of_a_person(bash: pexpect.spawn, place: Place) -> None:
    place.shim("true", "cat")
    ask(bash, f"{place.shims}/true")
    ask(bash, f"echo | {place.shims}/cat")
    ask(bash, f"CARO_AGENT=robot {place.shims}/true")
    assert [(event["mode"], event["tty"]) for event in place.events()] == [
        ("interactive", True),
        ("interactive", False),
        ("noninteractive", True),
    ]


def test_a_shell_in_the_shell_has_its_own_job_control(bash: pexpect.spawn, place: Place) -> None:
    place.shim("bash")
    bash.sendline("bash --norc --noprofile -i")
    bash.expect_exact(PROMPT)
    bash.sendline("sleep 30")
    bash.send("\x1a")
    bash.expect_exact("Stopped")
    bash.expect_exact(PROMPT)
    assert "Stopped" in ask(bash, "jobs")
    ask(bash, "kill %1; wait %1")
    ask(bash, "exit 17")
    assert ask(bash, "echo $?") == "17"
    assert [event["exit_code"] for event in place.events()] == [17]
