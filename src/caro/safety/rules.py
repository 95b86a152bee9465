"""Rules: an effect under conditions -> a base score, the reason, the safer way. Data: `rules/*.toml`."""

from __future__ import annotations

from dataclasses import dataclass, field

from caro.knowledge import SHIPPED, Knowledge, Table
from caro.safety.effects import EFFECTS, Effect
from caro.safety.programs import DataError

_KEYS = frozenset("id effect scope any facts without program base scopes why instead catches passes".split())


@dataclass(frozen=True, slots=True)
class SafetyRule:
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
    layer: str = SHIPPED
    """Which layer of the knowledge it stands in; all but the shipped one can only tighten."""

    def matches(self, effect: Effect) -> bool:
        if self.scope and effect.scope not in self.scope:
            return False
        if self.program and effect.program not in self.program:
            return False
        facts = effect.facts
        return self.facts <= facts and not self.without & facts and (not self.any or bool(self.any & facts))


def rule_from(table: Table, layer: str = SHIPPED) -> SafetyRule:
    """Check and convert one rule's table. Raises `DataError`."""
    unknown = set(table) - _KEYS
    missing = {"id", "effect", "base", "why", "instead", "catches", "passes"} - set(table)
    if unknown or missing or table["effect"] not in EFFECTS:
        raise DataError(
            f"rule {table.get('id')}: unknown {sorted(unknown)}, missing {sorted(missing)},"
            f" effect {table.get('effect')}"
        )
    sets = {key: frozenset(table.get(key, ())) for key in ("scope", "any", "facts", "without", "program")}
    return SafetyRule(
        table["id"],
        table["effect"],
        table["base"],
        table["why"],
        table["instead"],
        **sets,
        scopes=table.get("scopes", {}),
        catches=tuple(table["catches"]),
        passes=tuple(table["passes"]),
        layer=layer,
    )


class RuleBook:
    """The rules of a `Knowledge` by effect: `shipped` in the order of the files, then those that an overlay `added`."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.shipped: dict[str, list[SafetyRule]] = {}
        self.added: dict[str, list[SafetyRule]] = {}
        for document in knowledge.documents("safety/rules"):
            for entry in document.table["rule"]:
                rule = rule_from(entry, document.layer)
                (self.shipped if document.ships else self.added).setdefault(rule.effect, []).append(rule)

    def everything(self) -> list[SafetyRule]:
        """Return every rule, the shipped ones first."""
        return [rule for book in (self.shipped, self.added) for rules in book.values() for rule in rules]

    def speaking(self, effect: Effect) -> list[SafetyRule]:
        """Return the rules that speak of an effect: the first shipped one that matches, and every added one."""
        first = next((rule for rule in self.shipped.get(effect.name, ()) if rule.matches(effect)), None)
        added = [rule for rule in self.added.get(effect.name, ()) if rule.matches(effect)]
        return [first, *added] if first else added


def rules_of(knowledge: Knowledge) -> RuleBook:
    """Return the rules that `knowledge` holds."""
    return knowledge.view(RuleBook)
