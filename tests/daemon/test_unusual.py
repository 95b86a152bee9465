"""What is said of a line that took long or began to fail: the rule, on data; and through the daemon to the prompt."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from caro.daemon.ended_lines import EndedLines
from caro.engine.unusual import Unusual, kind_of
from caro.settings import load_settings
from daemons import World
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
