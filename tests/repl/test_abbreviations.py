"""fish's abbreviations in the editor of `caro repl`, as fish itself prints them."""

from __future__ import annotations

import subprocess

import pytest

from caro.repl.abbreviations import CODE, Abbreviations

SET = r"""
abbr -a gco git checkout
abbr -a L --position anywhere '| less'
abbr -a cur --set-cursor=% 'echo "%" done'
abbr -a edit --regex '.+\.txt' --function last_edit
abbr -a q 'it'"'"'s' 'quoted "x" \\ y'
"""


@pytest.fixture(scope="module")
def found() -> Abbreviations:
    printed = subprocess.run(
        ["fish", "--no-config", "-c", SET + CODE], capture_output=True, text=True, check=True
    ).stdout
    abbreviations = Abbreviations()
    abbreviations.take(printed)
    return abbreviations


@pytest.mark.parametrize(
    ("before", "text"),
    [
        ("gco", "git checkout"),
        ("ls; gco", "git checkout"),
        ("and not gco", "git checkout"),
        ("echo (gco", "git checkout"),
        ("echo a L", "| less"),
        ("cur", 'echo "" done'),
        ("q", 'it\'s quoted "x" \\ y'),
        ("echo gco", None),
        ("'gco", None),
        ("gcox", None),
        ("", None),
    ],
)
def test_a_word_becomes_what_it_stands_for(found: Abbreviations, before: str, text: str | None) -> None:
    expansion = found.expansion(before)
    assert (expansion.text if expansion else None) == text
    assert not expansion or before[len(before) - expansion.replaces :] in ("gco", "L", "cur", "q")


def test_the_cursor_has_its_place_and_a_function_is_fishs(found: Abbreviations) -> None:
    marked, told = found.expansion("cur"), found.expansion("a.txt")
    assert marked is not None and marked.at == len('echo "')
    assert told is not None and "last_edit 'a.txt'" in told.code
