"""What built-ins changed is told from the shell's answers, however late they come."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from types import SimpleNamespace

import pytest

from caro.repl.changes import Change
from caro.repl.marks import Prompt
from caro.repl.questions import Take
from caro.repl.state import SNAPSHOT
from caro.repl.told import Told


def answer_after(*lines: str) -> str:
    """What bash answers to a question about its state once these lines ran."""
    return subprocess.run(
        ["bash", "--norc", "-c", "\n".join((*lines, SNAPSHOT["bash"]))],
        env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> tuple[Told, list[Take], list[list[str]]]:
    """One of bash's, the questions it asked, and what it recorded: without values."""
    asked: list[Take] = []
    recorded: list[list[str]] = []

    def ask(code: str, take: Take) -> int:
        asked.append(take)
        return len(asked)

    def write(found: Iterable[Change], *_: object, **__: object) -> None:
        recorded.extend([word.partition("=")[0] for word in change.argv] for change in found)

    one = Told("bash", ask, lambda exported: None)
    monkeypatch.setattr(one, "_record_of", lambda session: SimpleNamespace(builtins=write))
    return one, asked, recorded


PROMPT = Prompt(session="01a22cdd-ac36-7003-ade2-1ea2666d5eb7", folder="/")
FUNCTION = "f() { export INSIDE=1; }"


def test_a_function_that_was_just_defined_is_known_before_its_answer_comes(
    told: tuple[Told, list[Take], list[list[str]]],
) -> None:
    one, asked, recorded = told
    for line in ("test -e /", FUNCTION, "f"):
        one.prompts(PROMPT)
        one.hands(line, PROMPT)
    one.prompts(PROMPT)
    states = [answer_after(), answer_after(), answer_after(FUNCTION), answer_after(FUNCTION, "f")]
    for number, (take, state) in enumerate(zip(asked, states, strict=True), 1):
        take(number, state)
    assert recorded == [["declare", "-f", "f"], ["export", "INSIDE"]]


def test_the_state_is_asked_once_at_each_prompt(told: tuple[Told, list[Take], list[list[str]]]) -> None:
    one, asked, recorded = told
    one.prompts(PROMPT)
    asked[0](1, answer_after())
    one.hands("test -e /", PROMPT)
    one.prompts(PROMPT)
    asked[1](2, answer_after())
    for _ in range(3):
        one.foresees("export A=1", PROMPT)
    assert not one.hands("true", PROMPT) and len(asked) == 2
    one.prompts(PROMPT)
    for _ in range(3):
        one.foresees("export A=1", PROMPT)
    assert one.hands("export A=1", PROMPT) and len(asked) == 3
    one.prompts(PROMPT)
    asked[2](3, answer_after())
    asked[3](4, answer_after("export A=1"))
    assert recorded == [["export", "A"]]
