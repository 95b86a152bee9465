"""Rules: an effect under conditions -> a base score, the reason, the safer way. Data: `rules/*.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from caro.safety.effects import EFFECTS, Effect
from caro.safety.programs import DataError

_KEYS = frozenset("id effect scope any facts without program base scopes why instead catches passes".split())


@dataclass(frozen=True, slots=True)
class Rule:
    """It speaks when the effect's scope is one of `scope`, all `facts` and one of `any` hold, none of `without`."""

    id: str
    effect: str
    base: int
    why: str
    instead: str
    scope: frozenset[str] = frozenset()
    any: frozenset[str] = frozenset()
    facts: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    program: frozenset[str] = frozenset()
    scopes: dict[str, int] = field(default_factory=dict)
    catches: tuple[str, ...] = ()
    passes: tuple[str, ...] = ()

    def matches(self, effect: Effect) -> bool:
        if self.scope and effect.scope not in self.scope:
            return False
        if self.program and effect.program not in self.program:
            return False
        facts = effect.facts
        return self.facts <= facts and not self.without & facts and (not self.any or bool(self.any & facts))


def rule_from(data: dict[str, Any]) -> Rule:
    unknown = set(data) - _KEYS
    missing = {"id", "effect", "base", "why", "instead", "catches", "passes"} - set(data)
    if unknown or missing or data["effect"] not in EFFECTS:
        raise DataError(
            f"rule {data.get('id')}: unknown {sorted(unknown)}, missing {sorted(missing)}, effect {data.get('effect')}"
        )
    sets = {key: frozenset(data.get(key, ())) for key in ("scope", "any", "facts", "without", "program")}
    return Rule(
        data["id"],
        data["effect"],
        data["base"],
        data["why"],
        data["instead"],
        **sets,
        scopes=data.get("scopes", {}),
        catches=tuple(data["catches"]),
        passes=tuple(data["passes"]),
    )


@cache
def rules() -> dict[str, tuple[Rule, ...]]:
    """Rules by effect, in the order of the files: the first that matches speaks."""
    found: dict[str, list[Rule]] = {}
    for file in sorted((resources.files("caro.safety") / "rules").iterdir(), key=lambda item: item.name):
        if file.name.endswith(".toml") and file.name != "score.toml":
            for data in tomllib.loads(file.read_text("utf-8"))["rule"]:
                rule = rule_from(data)
                found.setdefault(rule.effect, []).append(rule)
    return {effect: tuple(items) for effect, items in found.items()}


def rule_for(effect: Effect) -> Rule | None:
    return next((rule for rule in rules().get(effect.name, ()) if rule.matches(effect)), None)
