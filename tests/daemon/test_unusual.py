"""What is said of a line that took long or began to fail: the rule, on data; and through the daemon to the prompt."""

from __future__ import annotations

import os
import pty
import random
import select
import signal
import subprocess
import time
import tty
from pathlib import Path

import pytest

from caro.daemon.ended_lines import EndedLines
from caro.engine.unusual import Unusual, kind_of
from caro.settings import load_settings
from daemons import NATIVES, World
from waiting import wait_until

HOUR = 3600.0


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("make -j8 test", "make test -j2", True),
        ("FOO=1 cargo build --release", "cargo build --release", True),
        ("/usr/bin/git log -n 3 main", "git log -n 5 topic", True),
        ("pytest tests/a.py -k x", "pytest tests/b.py -k y", True),
        ("sudo apt update", "apt update", True),
        ("make test", "make lint", False),
        ("cargo build", "cargo build --release", False),
        ("cat a | sort", "cat a | uniq", False),
    ],
)
def test_lines_are_alike_by_their_words_without_values(one: str, other: str, alike: bool) -> None:
    assert (kind_of(one, "/p") == kind_of(other, "/p")) is alike
    assert kind_of(one, "/p") != kind_of(one, "/q")


def noted(times: list[float], *, step: float = 10.0, **options: bool) -> list[str]:
    unusual = Unusual()
    notes = [unusual.ended("make", "/p", 0, ms, 1e6 + step * n, **options) for n, ms in enumerate(times)]
    return [note for note in notes if note]


USUAL = [3000.0, 3100.0, 2900.0, 3000.0, 3200.0, 2800.0, 3000.0, 3000.0]


@pytest.mark.parametrize(
    ("times", "count"),
    [
        (USUAL, 0),
        ([*USUAL, 40_000.0], 1),
        ([*USUAL[:7], 40_000.0], 0),
        ([*USUAL, 14_000.0], 0),
        ([*[100.0] * 8, 4900.0], 0),
        ([*[500.0] * 8, 2900.0, 2900.0], 1),
        ([*[500.0] * 8, 2900.0, 500.0, 2900.0], 0),
        ([*USUAL, 40_000.0, 40_000.0, 40_000.0], 1),
        ([*[10.0] * 8, 900.0, 900.0], 0),
    ],
)
def test_only_much_longer_than_usual_is_said(times: list[float], count: int) -> None:
    assert len(noted(times)) == count


def test_it_is_said_once_an_hour_of_a_command() -> None:
    assert noted([*USUAL, 40_000.0, *USUAL, 40_000.0], step=HOUR) == ["that took 40 s, usually 3.0 s"] * 2
    assert noted([*USUAL, 40_000.0], alone=False) == []


@pytest.mark.parametrize("scale", [1.0, 20.0, 200.0])
def test_false_notes_are_rare_and_slow_runs_are_seen(scale: float) -> None:
    """A thousand runs with the spread that was measured on a busy machine (log-normal, 0.35), and the same twelve
    times slower."""
    numbers, false, seen, over = random.Random(7), 0, 0, 0
    for command in range(20):
        unusual = Unusual()
        for run in range(50):
            ms = 80 * scale * numbers.lognormvariate(0, 0.35)
            false += bool(unusual.ended("make", str(command), 0, ms, HOUR * 2 * run))
        ms = 12 * 80 * scale
        if ms > 6000:
            over += 1
            seen += bool(unusual.ended("make", str(command), 0, ms, 1e9))
    assert false <= 1 and seen >= 0.9 * over


def test_a_line_that_began_to_fail_and_what_changed_since() -> None:
    asked: list[tuple[str, float]] = []

    def changed(program: str, since: float) -> bool:
        asked.append((program, since))
        return program == "node"

    unusual = Unusual(changed)
    for n in range(9):
        assert unusual.ended("node a.js | tee log", "/p", 0, 100.0, 1000.0 + n) == ""
    said = unusual.ended("node a.js | tee log", "/p", 1, 100.0, 2000.0)
    assert said == "failed after 9 successes; node changed since the last one"
    assert asked == [("node", 1008.0), ("tee", 1008.0)]
    assert unusual.ended("node a.js | tee log", "/p", 1, 100.0, 2001.0) == ""


def test_what_is_usual_is_read_from_the_log(tmp_path: Path) -> None:
    line = '{"v":1,"id":"0192f0c1-2345-7abc-8def-%012d","kind":"line","source":"prompt","ts":"2026-01-01T00:00:%02dZ",'
    rest = '"text":"make all","cwd":"/p","exit_code":0,"duration_ms":2000.0}\n'
    log = tmp_path / "log"
    log.write_text("".join(line % (n, n) + rest for n in range(10)) + "torn {\n")
    lines = EndedLines(log, load_settings({"HOME": str(tmp_path)}))
    lines.begin()
    wait_until(lambda: lines.unusual.usual_ms("make all", "/p") == 2000.0, lambda: "not read")


def test_the_prompt_is_told(world: World) -> None:
    world.configure("[notify]\nlong_lines = true\n")
    world.start()
    world.wait_ready()
    for seq in range(1, 10):
        world.preexec("make all", seq)
        us = 61_000_000 if seq == 9 else 1_200_000
        told = world.hook("postexec", "-e", "0", "-d", str(us), seq=seq, TERM="xterm-kitty").stderr
        assert ("caro: that took 1 min 01 s, usually 1.2 s" in told) is (seq == 9), told
        note = "\x1b]99;i=caro:o=unfocused;done after 1 min 01 s: make all\x07"
        assert (note in told) is (seq == 9), told
    world.preexec("vim notes", 10)
    assert world.hook("postexec", "-e", "0", "-d", "99000000", seq=10, TERM="xterm-kitty").stderr == ""


LONG = "done after 1 min 01 s: make all"
NINE, N777, N99 = f"\x1b]9;{LONG}\a", f"\x1b]777;notify;caro;{LONG}\a", f"\x1b]99;i=caro:o=unfocused;{LONG}\a"
TERMINALS = [
    ({"TERM_PROGRAM": "iTerm.app"}, NINE),
    ({"TERM_PROGRAM": "WezTerm"}, NINE),
    ({"TERM_PROGRAM": "ghostty"}, NINE),
    ({"LC_TERMINAL": "iTerm2"}, NINE),
    ({"WT_SESSION": "1"}, NINE),
    ({"TERM": "xterm-kitty"}, N99),
    ({"KITTY_WINDOW_ID": "1", "TERM_PROGRAM": "tmux"}, N99),
    ({"TERM": "foot"}, N777),
    ({"TERM": "rxvt-unicode-256color"}, N777),
    ({"VTE_VERSION": "7000"}, N777),
    ({"TERM": "xterm-kitty", "TMUX": "/tmp/t,1,0"}, f"\x1bPtmux;\x1b{N99}\x1b\\"),
    ({"VTE_VERSION": "7000", "TMUX": "/tmp/t,1,0"}, f"\x1bPtmux;\x1b{N777}\x1b\\"),
    ({"TERM": "linux"}, ""),
]


def test_each_terminal_is_notified_in_its_own_way(world: World, tmp_path: Path) -> None:
    """By OSC 9, 99 or 777, through tmux; where the terminal has none, by notify-send where there is a desktop."""
    world.configure("[notify]\nlong_lines = true\nunusual = false\n")
    world.start()
    world.wait_ready()
    for seq, (variables, sequence) in enumerate(TERMINALS, 1):
        world.preexec("make all", seq)
        said = world.hook("postexec", "-e", "0", "-d", "61000000", seq=seq, **variables).stderr
        assert said == sequence, variables
    sent = tmp_path / "sent"
    (tmp_path / "notify-send").write_text(
        f'#!/bin/sh\nprintf "%s|" "$@" >{sent}.part && mv {sent}.part {sent}\n'
    )
    (tmp_path / "notify-send").chmod(0o755)
    world.preexec("make all", 40)
    told = {"TERM": "linux", "DISPLAY": ":9", "PATH": f"{tmp_path}:{world.env['PATH']}"}
    world.hook("postexec", "-e", "2", "-d", "61000000", seq=40, **told)
    wait_until(sent.exists)
    assert sent.read_text() == "--app-name=caro|caro|failed (2) after 1 min 01 s: make all|"


@pytest.mark.parametrize(
    ("idle", "waiting", "notified"), [(60, b"", True), (1, b"", False), (60, b"l", False)]
)
def test_who_types_is_not_notified(world: World, idle: int, waiting: bytes, notified: bool) -> None:
    """The terminal's last read tells whether somebody types, and so do keys that nobody has read yet."""
    world.configure("[notify]\nlong_lines = true\nunusual = false\n")
    world.start()
    world.wait_ready()
    world.preexec("make all", 1)
    ours, theirs = pty.openpty()
    then = time.time() - idle
    words = [NATIVES / "caro-hook", "postexec", "-s", "bash", "-p", str(os.getpid()), "-n", "1", "-e", "0"]
    tty.setraw(theirs)  # which drops the keys that are there
    os.write(ours, waiting)
    if waiting:
        wait_until(lambda: select.select([theirs], [], [], 0)[0])
    os.utime(os.ttyname(theirs), (then, then))
    subprocess.run([*words, "-d", "61000000"], env=world.env | {"TERM": "xterm-kitty"}, timeout=20,
                   stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, check=False)  # fmt: skip
    os.write(theirs, b"end")
    shown = b""
    while not shown.endswith(b"end"):
        shown += os.read(ours, 4096)
    assert (N99.encode() in shown) is notified
    os.close(ours)
    os.close(theirs)


def test_what_a_slow_daemon_could_not_say_in_time_is_said_at_a_later_prompt(world: World) -> None:
    world.configure("")
    pid = world.start()
    world.wait_ready()
    for seq in range(1, 9):
        world.preexec("make all", seq)
        assert world.hook("postexec", "-e", "0", "-d", "1200000", seq=seq).stderr == ""
    world.preexec("make all", 9)
    os.kill(pid, signal.SIGSTOP)
    try:
        missed = world.hook("postexec", "-e", "0", "-d", "61000000", seq=9, CARO_DAEMON_TIMEOUT_MS="50")
    finally:
        os.kill(pid, signal.SIGCONT)
    assert (missed.returncode, missed.stderr) == (3, "")
    said: list[str] = []
    wait_until(lambda: said.append(world.hook("late", seq=9).stderr) or any(said), lambda: "not said")
    assert "that took 1 min 01 s, usually 1.2 s" in said[-1]
    assert world.hook("late", seq=9).stderr == ""
