"""Caro's own places: ways to change one, or to switch Caro off, are seen however they are spelt; reading is nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from caro.levels import Level
from caro.safety.assessment import assess_line
from caro.safety.policy import Policy, decide
from caro.safety.world import World

VECTORS = Path(__file__).parent.parent / "vectors"
HOME = "/home/ann"
WORLD = World(
    cwd=HOME,
    home=HOME,
    own_files=(
        f"{HOME}/.trace_shell.jsonl",
        f"{HOME}/.config/caro/caro.sock",
        f"{HOME}/.claude/settings.json",
    ),
)
BELOW_AGENT = replace(WORLD, agent="claude-code")
UNSEEN = 0.01
"""Share of the forms that may pass: an archive's or a patch's names, a program's output that nobody knows."""


def lines_of(name: str) -> list[str]:
    return [line for line in (VECTORS / name).read_text().splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize(("world", "unseen"), [(BELOW_AGENT, UNSEEN), (WORLD, 2 * UNSEEN)])
def test_ways_to_switch_caro_off_are_high(world: World, unseen: float) -> None:
    lines = lines_of("switch_off.txt")
    assert len(lines) == len(set(lines)) >= 750
    passed = [line for line in lines if assess_line(line, world).level < Level.HIGH]
    assert len(passed) <= unseen * len(lines), passed


def test_what_people_may_do_stops_an_agent() -> None:
    lines = lines_of("switch_off_agent.txt")
    assert len(lines) >= 100
    assert [line for line in lines if assess_line(line, BELOW_AGENT).level < Level.HIGH] == []
    assert [line for line in lines if assess_line(line, WORLD).level >= Level.HIGH] == []


def test_ways_of_other_shells_are_high() -> None:
    lines = [line.split(" ", 1) for line in lines_of("switch_off_shells.txt")]
    assert len(lines) >= 10
    assert [line for shell, line in lines if assess_line(line, BELOW_AGENT, shell).level < Level.HIGH] == []


@pytest.mark.parametrize("world", [WORLD, BELOW_AGENT])
def test_reading_is_nothing(world: World) -> None:
    lines = lines_of("own_places_read.txt")
    assert len(lines) >= 550
    assert [line for line in lines if assess_line(line, world).level >= Level.HIGH] == []


@pytest.mark.parametrize("home", ["/srv/people/ann", "/tmp/x/home", "/root"])
def test_home_folder_may_stand_anywhere(home: str) -> None:
    world = World(cwd=f"{home}/p", home=home, agent="x")
    for line in (f"echo x > {home}/.bashrc", f"python3 -c \"open('{home}/.config/caro/disabled','w')\"",
                 "rm ../.zshrc", f"sh -c 'rm -rf {home}/.config/caro'"):  # fmt: skip
        assert assess_line(line, world).level >= Level.HIGH, line


def test_link_on_the_disk_counts_as_where_it_leads() -> None:
    world = replace(BELOW_AGENT, links={f"{HOME}/c": f"{HOME}/.config/caro"})
    for line in ("touch c/disabled", "cd c && touch disabled", "rm -rf c/"):
        assert assess_line(line, world).level >= Level.HIGH, line
    assert assess_line("touch d/disabled", world).level < Level.HIGH


@pytest.mark.parametrize(
    "line", ["exec bash --norc", "unset PROMPT_COMMAND", "trap - DEBUG", "alias caro=true"]
)
def test_person_may_do_so_unasked(line: str) -> None:
    assessment = assess_line(line, WORLD)
    assert assessment.level >= Level.HIGH
    assert decide(assessment, Policy("active"), HOME, person=True).action.word == "allow"
    assert decide(assessment, Policy("active"), HOME).action.word == "block"


SWITCHES = ["CARO_DISABLE=1 git status", "CARO_DISABLE=1 bash", "export CARO_DISABLE=1", "env CARO_DISABLE=1 make",
            "touch ~/.config/caro/disabled"]  # fmt: skip


@pytest.mark.parametrize("line", SWITCHES)
def test_the_switch_that_the_pages_name_is_no_question_to_who_types_it(line: str) -> None:
    assert decide(assess_line(line, WORLD), Policy("active"), HOME, person=True).action.word == "allow"
    assert decide(assess_line(line, WORLD), Policy("active"), HOME).action.word == "block"
    assert assess_line(line, BELOW_AGENT).level >= Level.HIGH


@pytest.mark.parametrize(
    "line",
    [
        "CARO_DISABLE=1 rm -rf /",
        "sh -c 'export CARO_DISABLE=1'",
        "eval 'touch ~/.config/caro/disabled'",
        "rm -rf ~/.config/caro",
        "CARO_SAFETY_MODE=off make",
    ],
)
def test_behind_the_switch_and_in_other_text_it_is_a_question(line: str) -> None:
    assert decide(assess_line(line, WORLD), Policy("active"), HOME, person=True).action.word != "allow"
