"""A block names the way past it, where a person can lift it."""

from __future__ import annotations

import os

import pytest

from caro.daemon.verdicts import way_past
from caro.engine.guard import Guard
from caro.engine.question import Question
from caro.paths import Paths
from caro.settings import load_settings

KEY = "ctrl-x ctrl-p, then mode passive"


@pytest.mark.parametrize(
    ("line", "way"),
    [
        ("kubectl delete pvc data", f"caro allow add 'kubectl delete pvc data' --reason '…', or {KEY}"),
        ("kubectl delete pvc $X", KEY),
        ("rm -rf /", ""),
    ],
)
def test_a_block_names_the_way_past_it(line: str, way: str, env: dict[str, str]) -> None:
    settings = load_settings(env, Paths.of(env))
    guard = Guard(settings, {**os.environ, **env}, print)
    decision = guard.decide(Question(line, "bash", nowhere=True, mode="active"))
    assert decision.action.word == "block"
    assert way_past(decision, r"\C-x\C-p") == way
