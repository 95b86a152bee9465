"""Caro's own places: every way to change one is seen, whatever it is spelt like, and reading them is nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from caro.levels import Level
from caro.safety.assessment import assess_line
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


def lines_of(name: str) -> list[str]:
    return [line for line in (VECTORS / name).read_text().splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("line", lines_of("switch_off.txt"))
def test_way_to_switch_caro_off_is_high(line: str) -> None:
    assert assess_line(line, WORLD).level >= Level.HIGH


@pytest.mark.parametrize("line", lines_of("own_places_read.txt"))
def test_reading_is_nothing(line: str) -> None:
    assert assess_line(line, WORLD).level < Level.HIGH
