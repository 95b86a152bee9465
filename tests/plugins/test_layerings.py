"""Nothing that comes from outside lowers an action: the answer is never below that of any layer alone."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from caro.addition import ACTIONS, POLICIES, Addition
from caro.engine.decision import Decision
from caro.engine.guard import Guard
from caro.engine.question import Question
from caro.levels import Action
from caro.plugins.answers import tightened
from caro.settings import Settings, load_settings
from plugins.layerings import addition, guard_of, layered, own_settings, question

BARE = load_settings({"HOME": "/nonexistent"})
ANSWERS = (*ACTIONS, "allow", "ALLOW", "off", "", None, 0, -1, True, [], ["block"], {"a": 1}, "\x1b[2J")
OFF = replace(BARE, values=dict(BARE.values) | {"safety.mode": "off", "safety.agent_mode": "off"})


def lowest_of(one: Addition, own: Settings, asked: Question) -> Action:
    """Return what a layer alone asks for, below a person who asks for nothing. Where it leaves exceptions to the
    person, theirs hold."""
    exceptions = one.layer not in POLICIES or any(
        table.get("require", {}).get("exceptions")
        for table in (one.table, *one.table.get("environments", {}).values())
    )
    allow = own.values["safety.allow"] if exceptions else []
    base = replace(OFF, values=dict(OFF.values) | {"safety.allow": allow})
    return guard_of(layered(base, [one])).decide(replace(asked, mode=None)).action


def after_programs(chance: random.Random, decision: Decision) -> Action:
    """Return the action after programs of plugins have answered, each whatever it likes; each asks for it alone."""
    for at in range(chance.randint(0, 3)):
        told = {
            key: chance.choice(ANSWERS) for key in ("action", "reason", "level", "final", "allow", "rules")
        }
        before, decision = decision, tightened(decision, told, f"p{at}")
        asked = Action[str(told["action"]).upper()] if told["action"] in ACTIONS else before.action
        assert decision.action == max(before.action, asked)
        assert (decision.level, decision.score, decision.final) >= (before.level, before.score, before.final)
        assert set(before.rules) <= set(decision.rules)
    return decision.action


def holds(seed: int, ruled: bool, asked: int) -> None:
    chance = random.Random(seed)
    own, added = own_settings(chance), [addition(chance, at, ruled) for at in range(chance.randint(1, 4))]
    together, alone = guard_of(layered(own, added)), guard_of(own)
    for _ in range(asked):
        one = question(chance)
        decision = together.decide(one)
        action = after_programs(chance, decision)
        assert action >= decision.action >= alone.decide(one).action, (seed, one)
        for layer in added:
            assert action >= lowest_of(layer, own, one), (seed, one, layer)


@pytest.fixture(autouse=True)
def _one_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """What ships judges the same few lines in each layering: once is enough."""
    from caro.engine import guard

    known: dict[object, object] = {}
    assess = guard.Guard.assess

    def remembered(self: Guard, asked: Question) -> object:
        here = [one for one in self.settings.additions if not one.root or one in self._projects(asked.cwd)]
        rules = [(one.layer, str(one.table.get("rule")), str(one.table.get("program"))) for one in here]
        key = (asked.words, asked.agent, asked.cwd, str(dict(asked.env)), str(rules))
        if key not in known:
            known[key] = assess(self, asked)
        return known[key]

    monkeypatch.setattr(guard.Guard, "assess", remembered)


def test_no_layering_of_modes_and_patterns_lowers_an_action() -> None:
    for seed in range(60):
        holds(seed, ruled=False, asked=3)


def test_no_layering_of_rules_lowers_an_action() -> None:
    for seed in range(5):
        holds(seed, ruled=True, asked=3)


@pytest.mark.long
@pytest.mark.parametrize("part", range(10))
def test_no_layering_of_ten_thousand_lowers_an_action(part: int) -> None:
    for seed in range(part * 1000, part * 1000 + 1000):
        holds(seed, ruled=seed % 20 == 0, asked=2)
