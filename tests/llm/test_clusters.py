"""A model's letters of options (`-rz`): what the program surely lacks is no answer, what can't be told passes."""

from __future__ import annotations

import os

import pytest

from caro.engine.modelled import check
from caro.engine.process import helper_of
from caro.engine.question import Question
from caro.llm.backend import NoAnswer

WORLD = helper_of({"HOME": "/", "PATH": os.environ["PATH"]}, lambda _problem: None)._inventory(
    "/", os.environ["PATH"]
)
GOOD = (
    "tar -xzvf a.tgz",
    "grep -rnE x .",
    "ls -lahtr",
    "cp -av a b",
    "rm -rfv x",
    "head -n5 x",
    "sort -rnk2 x",
    "cut -sd: -f1",
    "ps -efww",
    "chmod -x f",
    "kill -TERM 1",
    "tail -fn5 x",
    "xargs -0rn1",
    "touch -amc x",
    "git commit -aqm x",
    "du -sch x",
)
BAD = ("rm -rz x", "ls -laj", "cp -rpq a b")


@pytest.mark.parametrize("command", GOOD)
def test_letters_that_may_be_right_pass(command: str) -> None:
    check(command, Question("", cwd="/"), WORLD)


@pytest.mark.parametrize("command", BAD)
def test_a_letter_that_the_program_lacks_is_no_answer(command: str) -> None:
    with pytest.raises(NoAnswer, match=r"has no option -[zjq]$"):
        check(command, Question("", cwd="/"), WORLD)
