"""Pictures of a terminal: well-formed whatever the lines say, and with all their text."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from caro.printable import printable
from caro.show.look import Look
from caro.show.terminal_svg import terminal_svg

TEXT = "{http://www.w3.org/2000/svg}text"
lines = st.lists(st.text(max_size=20), max_size=6)


def texts(svg: str) -> list[str]:
    _, *rows = ElementTree.fromstring(svg).iter(TEXT)
    return [row.text or "" for row in rows]


@settings(max_examples=50)
@given(lines, st.text(max_size=20))
def test_any_text_makes_a_picture(shown: list[str], title: str) -> None:
    assert texts(terminal_svg(shown, title)) == [text for line in shown if (text := printable(line)).strip()]


def test_colours_are_classes() -> None:
    look = Look(colour=True)
    svg = terminal_svg([look.paint("bad", "red") + " " + look.paint("good", "green") + " plain"], "x")
    found = {row.text: row.get("class") for row in ElementTree.fromstring(svg).iter(TEXT)}
    assert found == {"x": "title", "bad": "red", "good": "green", " plain": None}


def test_the_commands_draw_themselves(caro: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    assert caro("run", "--quiet", "--", "git", "--version").returncode == 0
    for name in ("tree", "stats"):
        shown = texts(caro(name, "--svg").stdout)
        assert any("git" in text for text in shown), name
