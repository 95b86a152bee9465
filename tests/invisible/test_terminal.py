"""At a terminal: what is typed, the signals, the jobs and the full-screen programs behave as without Caro.

Each case is run bare too: what it demands is what bash does by itself.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from invisible.jobs import (
    END,
    ENTER,
    INTERRUPT,
    QUIT,
    STOP,
    Console,
    Recorder,
    foreground_is,
    is_gone,
    is_stopped,
    parent_of,
    process_field,
    start_console,
    wait_for,
)
from invisible.users import MODES, USERS, User

PLACES: list[Any] = [(USERS[0], "bare", "outside")]
PLACES += [(USERS[0], mode, where) for mode in MODES for where in ("inside", "outside")]
# What a user may do with processes of another is not at stake: of a second user two places are enough.
PLACES += [(name, *place) for name in USERS[1:] for place in (("shims", "inside"), ("deep", "outside"))]

PLACES += [pytest.param((USERS[0], "bare", "front"), marks=pytest.mark.long, id=f"{USERS[0]}-front")]

pytestmark = pytest.mark.parametrize("consoles", PLACES, ids="-".join, indirect=True, scope="session")


@pytest.fixture(scope="session")
def consoles(request: pytest.FixtureRequest, user_named: Callable[[str], User]) -> Iterator[list[Console]]:
    """One shell a place for all cases, as a person would have; a new one after a case that lost it."""
    name, mode, where = request.param
    user = user_named(name)
    user.clear()
    at_prompt = [start_console(user, mode, where)]
    yield at_prompt
    for console in at_prompt:
        console.shell.close()


@pytest.fixture
def console(consoles: list[Console]) -> Iterator[Console]:
    console = consoles.pop()
    try:
        terminal = console.type("stty -g")
        yield console
        assert console.type("jobs") == "" and console.type("stty -g") == terminal
        consoles.append(console)
    finally:
        if not consoles:
            console.shell.close()
            consoles.append(start_console(console.user, console.mode, console.where))


# --- signals from the keyboard


def test_interrupt_comes_once_each_time(console: Console) -> None:
    recorder = Recorder(console, signal.SIGINT, signal.SIGQUIT)
    for count in range(1, 6):
        console.shell.send(INTERRUPT)
        recorder.wait("SIGINT", count)
    console.shell.send(QUIT)
    recorder.wait("SIGQUIT")
    assert recorder.end() == 42
    assert recorder.lines("SIG") == ["SIGINT"] * 5 + ["SIGQUIT"]


@pytest.mark.parametrize(("key", "status"), [(INTERRUPT, 130), (QUIT, 131)])
def test_a_key_that_ends_the_command(console: Console, key: str, status: int) -> None:
    recorder = Recorder(console)
    place = console.shell.send(key)
    console.prompt(place)
    assert console.status() == status and is_gone(recorder.pid)


def test_interrupt_ends_the_shells_loop(console: Console) -> None:
    recorder = Recorder(console, before="for i in 1 2 3; do echo round$i; ", after="; done")
    place = console.shell.send(INTERRUPT)
    console.prompt(place)
    assert console.status() == 130 and is_gone(recorder.pid)
    assert len(recorder.lines("ready")) == 1


def test_interrupt_ends_a_pipeline(console: Console) -> None:
    recorder = Recorder(console, before=": | ", after=" < /dev/tty | cat")
    place = console.shell.send(INTERRUPT)
    console.prompt(place)
    assert console.status() == 130 and is_gone(recorder.pid)


def test_interrupt_that_the_command_survives_goes_on_in_the_script(console: Console) -> None:
    """bash goes on with a script only where the child did not die of the signal."""
    out = console.file("signals")
    words = f"""bash -c 'recorder {out} 2; echo "then $?"'"""
    place = console.begin(words)
    wait_for(lambda: out.exists() and "ready" in out.read_text())
    console.shell.send(INTERRUPT)
    wait_for(lambda: "SIGINT" in out.read_text())
    console.shell.send("end" + ENTER)
    console.prompt(console.shell.wait("then 42", place).end())


# --- jobs


def test_forty_times_stop_and_foreground(console: Console) -> None:
    recorder = Recorder(console, signal.SIGUSR1)
    for _ in range(40):
        place = console.shell.send(STOP)
        console.prompt(console.shell.wait("Stopped", place).end())
        wait_for(lambda: is_stopped(recorder.pid))
        console.shell.send("fg" + ENTER)
        wait_for(lambda: not is_stopped(recorder.pid) and not is_stopped(parent_of(recorder.pid)))
    assert recorder.end() == 42
    assert recorder.lines("SIG") == []


def test_background_and_kill(console: Console) -> None:
    recorder = Recorder(console)
    for _ in range(3):
        place = console.shell.send(STOP)
        console.prompt(console.shell.wait("Stopped", place).end())
        place = console.shell.send("fg" + ENTER)
        wait_for(lambda: not is_stopped(recorder.pid))
    place = console.shell.send(STOP)
    console.prompt(console.shell.wait("Stopped", place).end())
    # It reads the terminal, so in the background it is stopped again.
    console.type("bg")
    wait_for(lambda: "Stopped" in console.type("jobs"))
    wait_for(lambda: is_stopped(recorder.pid))
    # Continue it too: a shell that has not yet heard of the second stop sends SIGTERM alone, which then waits.
    console.told_at_a_prompt("kill %1; kill -CONT %1 2> /dev/null", "Terminated")
    wait_for(lambda: is_gone(recorder.pid))


def test_reading_the_terminal_in_the_background(console: Console) -> None:
    console.type(console.line("head -n 1 &"))
    wait_for(lambda: "Stopped" in console.type("jobs"))
    place = console.shell.send("fg" + ENTER)
    wait_for(lambda: foreground_is(console, "head"))
    place = console.shell.send("a line" + ENTER)
    console.shell.wait("a line\r\na line", place)
    console.prompt(place)


def test_stop_and_continue_of_the_tool_by_another(console: Console) -> None:
    recorder = Recorder(console)
    for _ in range(5):
        place = len(console.shell.seen)
        os.kill(recorder.pid, signal.SIGSTOP)
        console.prompt(console.shell.wait("Stopped", place).end())
        console.shell.send("fg" + ENTER)
        wait_for(lambda: not is_stopped(recorder.pid) and not is_stopped(parent_of(recorder.pid)))
    assert recorder.end() == 42


@pytest.mark.parametrize("name", ["TERM", "HUP", "USR1", "INT", "CONT"])
def test_a_signal_to_the_job_comes_once(console: Console, name: str) -> None:
    number = int(getattr(signal, f"SIG{name}"))
    pipe = console.file("pipe")
    os.mkfifo(pipe)
    os.chmod(pipe, 0o666)
    with open(os.open(pipe, os.O_RDWR), "w") as end:
        recorder = Recorder(console, number, after=f" < {pipe} &")
        console.prompt(recorder.place)
        console.type(f"kill -{name} $!")
        recorder.wait(f"SIG{name}")
        print("end", file=end, flush=True)
        assert "status=42" in console.type("wait $!; echo status=$?")
    assert recorder.lines("SIG") == [f"SIG{name}"]


# --- how it ends


@pytest.mark.parametrize(
    ("name", "status"),
    [("TERM", 143), ("KILL", 137), ("SEGV", 139), ("HUP", 129), ("PIPE", 141), ("ABRT", 134), ("INT", 130)],
)
def test_death_by_a_signal(console: Console, name: str, status: int) -> None:
    text = console.run(f"sh -c 'kill -{name} $$; sleep 5'")
    assert console.status() == status
    said = {
        "TERM": "Terminated",
        "KILL": "Killed",
        "SEGV": "Segmentation fault",
        "HUP": "Hangup",
        "ABRT": "Aborted",
    }
    assert text.strip() == said.get(name, "")


def test_exit_statuses(console: Console) -> None:
    for status in (0, 7, 42, 126, 127, 139, 143, 255):
        console.run(f"sh -c 'exit {status}'")
        assert console.status() == status


# --- who reads the keyboard


def test_read(console: Console) -> None:
    place = console.begin("bash -c 'read -p name\\? -r x; echo \"[$x]\"'")
    console.shell.wait(r"name\?$", place)
    console.shell.send("some body" + ENTER)
    console.prompt(console.shell.wait(r"\[some body\]", place).end())


def test_what_is_typed_ahead_waits_for_the_shell(console: Console) -> None:
    pipe = console.file("pipe")
    os.mkfifo(pipe)
    os.chmod(pipe, 0o666)
    place = console.begin(f"cat {pipe}")
    wait_for(lambda: foreground_is(console, "cat"))
    with open(pipe, "w") as end:
        console.shell.send("echo typed''ahead" + ENTER)
        print("from the pipe", file=end)
    after = console.shell.wait("from the pipe", place).end()
    console.prompt(console.shell.wait("typedahead", after).end())


def test_end_of_input(console: Console) -> None:
    place = console.begin("cat")
    wait_for(lambda: foreground_is(console, "cat"))
    console.shell.send("a line" + ENTER)
    console.shell.wait("a line\r\na line", place)
    place = console.shell.send(END)
    console.prompt(place)
    assert console.status() == 0


def test_size_of_the_window(console: Console) -> None:
    recorder = Recorder(console, signal.SIGWINCH)
    console.shell.child.setwinsize(41, 199)
    recorder.wait("SIGWINCH")
    console.shell.child.setwinsize(40, 200)
    recorder.wait("SIGWINCH", 2)
    assert recorder.end() == 42
    assert recorder.lines("SIG") == ["SIGWINCH"] * 2
    assert console.run("stty size").strip() == "40 200"


# --- programs that take the whole screen


def test_less(console: Console) -> None:
    file = console.file("text")
    file.write_text("".join(f"line {i}\n" for i in range(300)))
    place = console.begin(f"less {file}")
    console.shell.wait("line 38\r\n", place)
    console.shell.send("G")
    console.shell.wait("line 299", place)
    place = console.shell.send("/line 7$" + ENTER + "q")
    console.prompt(place)
    assert console.status() == 0


def test_vim_stopped_and_continued(console: Console) -> None:
    file = console.file("text")
    place = console.begin(f"vim -Nu NONE -i NONE {file}")
    console.shell.wait("~", place)
    console.shell.send("ihello\x1b")
    place = console.shell.send(STOP)
    console.prompt(console.shell.wait("Stopped", place).end())
    place = console.shell.send("fg" + ENTER)
    console.shell.wait("hello", place)
    console.shell.send("A world\x1b")
    place = console.shell.send(":wq" + ENTER)
    console.prompt(place)
    assert console.status() == 0 and file.read_text() == "hello world\n"


def test_htop(console: Console) -> None:
    place = console.begin("htop")
    console.shell.wait("F10", place)
    place = console.shell.send("q")
    console.prompt(place)
    assert console.status() == 0


def test_python_at_the_prompt(console: Console) -> None:
    place = console.begin("python3 -iq")
    console.shell.wait(">>> ", place)
    place = console.shell.send(
        "import time; any(print('go' 'es on') or time.sleep(.05) for _ in range(1200))" + ENTER
    )
    console.shell.wait("goes on", place)
    place = console.shell.send(INTERRUPT)
    console.shell.wait("KeyboardInterrupt", place)
    place = console.shell.send("exit(5)" + ENTER)
    console.prompt(place)
    assert console.status() == 5


def test_fzf(console: Console) -> None:
    file, chosen = console.file("list"), console.file("chosen")
    file.write_text("".join(f"item{i}\n" for i in range(100)))
    place = console.shell.send(console.line("fzf") + f" < {file} > {chosen}{ENTER}")
    console.shell.wait("100/100", place)
    console.shell.send("item42")
    console.shell.wait(r"[^0]1/100", place)
    place = console.shell.send(ENTER)
    console.prompt(place)
    assert console.status() == 0 and chosen.read_text() == "item42\n"
    place = console.shell.send(console.line("fzf") + f" < {file}{ENTER}")
    console.shell.wait("100/100", place)
    place = console.shell.send(INTERRUPT)
    console.prompt(place)
    assert console.status() == 130


def test_a_shell_in_the_shell(console: Console) -> None:
    """Its jobs are its own, and what it starts is in the log."""
    tag = f"tag.x={console.file('x').name}"
    place = console.begin("bash --norc --noprofile -i")
    console.shell.wait(r"bash-\d.*[$#] ", place)
    place = console.shell.send(f"PS1='in''> '; git -c {tag} --version{ENTER}")
    console.shell.wait("git version", place)
    place = console.shell.send(f"sleep 60{ENTER}")
    console.shell.wait("sleep 60\r\n", place)
    wait_for(lambda: foreground_is(console, "sleep"))
    place = console.shell.send(STOP)
    console.shell.wait("in> ", console.shell.wait("Stopped", place).end())
    console.shell.send(f"fg{ENTER}")
    wait_for(lambda: foreground_is(console, "sleep"))
    place = console.shell.send(INTERRUPT)
    console.shell.wait("in> ", place)
    place = console.shell.send(f"exit 17{ENTER}")
    console.prompt(place)
    assert console.status() == 17
    if console.mode != "bare":
        events = wait_for(lambda: [event for event in console.user.events() if tag in event["argv"]])
        assert [event["argv"][0] for event in events] == ["git"]


# --- when Caro's own process is killed


def test_a_killed_launcher_leaves_no_orphan(console: Console) -> None:
    """What stands between the shell and the tool takes the tool with it; with nothing between, it is the tool."""
    recorder = Recorder(console)
    above = parent_of(recorder.pid)
    if process_field(above, "Name") == "bash":
        above = recorder.pid
    os.kill(above, signal.SIGKILL)
    console.prompt(console.shell.wait("Killed", recorder.place).end())
    # What it can still read, while the signal is on its way, the shell does not get.
    wait_for(lambda: is_gone(recorder.pid))
    assert console.status() == 137
    if console.mode == "deep":  # the tracer is another process, and writes what became of it
        (event,) = wait_for(
            lambda: [event for event in console.user.events() if str(recorder.out) in event["argv"]]
        )
        assert event["signal"] == signal.SIGKILL
