"""Rules: an effect under conditions -> a base score, the reason, the safer way. Data: `rules/*.toml`."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from caro.safety import data
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


def rule_from(table: dict[str, Any]) -> Rule:
    unknown = set(table) - _KEYS
    missing = {"id", "effect", "base", "why", "instead", "catches", "passes"} - set(table)
    if unknown or missing or table["effect"] not in EFFECTS:
        raise DataError(
            f"rule {table.get('id')}: unknown {sorted(unknown)}, missing {sorted(missing)},"
            f" effect {table.get('effect')}"
        )
    sets = {key: frozenset(table.get(key, ())) for key in ("scope", "any", "facts", "without", "program")}
    return Rule(
        table["id"],
        table["effect"],
        table["base"],
        table["why"],
        table["instead"],
        **sets,
        scopes=table.get("scopes", {}),
        catches=tuple(table["catches"]),
        passes=tuple(table["passes"]),
    )


@cache
def rules() -> dict[str, tuple[Rule, ...]]:
    """Rules by effect, in the order of the files: the first that matches speaks."""
    found: dict[str, list[Rule]] = {}
    for path in data.files("rules"):
        if path != "rules/score.toml":
            for entry in data.table(path)["rule"]:
                rule = rule_from(entry)
                found.setdefault(rule.effect, []).append(rule)
    return {effect: tuple(items) for effect, items in found.items()}


def rule_for(effect: Effect) -> Rule | None:
    return next((rule for rule in rules().get(effect.name, ()) if rule.matches(effect)), None)
