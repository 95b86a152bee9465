"""A file of somebody's own safety knowledge (`~/.config/caro/rules/safety/*.toml`), taken apart by room and checked.

`[[rule]]` is a rule as in `safety/rules/`, `[program.NAME]` a program as in `safety/programs/`: a new one, or more
effects for one that Caro describes already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from caro.knowledge import Table, shipped
from caro.safety.deciders import decider_named
from caro.safety.effects import EFFECTS
from caro.safety.programs import DataError, spec_from
from caro.safety.rules import rule_from
from caro.safety.vocabulary import facts, is_target, scopes

RULES, PROGRAMS = "safety/rules", "safety/programs"
_OPTIONAL: Table = {"catches": [], "passes": [], "instead": ""}
"""What every shipped rule must have, and a person's own may leave out."""


def read_overlay(table: Table, layer: str) -> dict[str, Table]:
    """Return the file's tables by room, checked. Raises `DataError` with what is wrong."""
    unknown = set(table) - {"rule", "program"}
    if unknown:
        raise DataError(f"unknown keys {sorted(unknown)}; known: [[rule]] and [program.NAME]")
    rules, programs = table.get("rule", []), table.get("program", {})
    if not isinstance(rules, list) or not isinstance(programs, dict):
        raise DataError("write [[rule]] for a rule and [program.NAME] for a program")
    rules = [_OPTIONAL | rule if isinstance(rule, dict) else rule for rule in rules]
    _check(rules, programs, layer)
    found: dict[str, Table] = {}
    if rules:
        found[RULES] = {"rule": rules}
    if programs:
        found[PROGRAMS] = programs
    return found


def _check(rules: list[Table], programs: dict[str, Table], layer: str) -> None:
    """Raise `DataError` where a table can't be read as a rule or a program, whatever is wrong in it."""
    for name, program in programs.items():
        _check_kinds(f"program {name}", program, _OF_PROGRAM)
        for entry in program.get("effects", ()):
            _check_kinds(f"program {name}: an effect", entry, _OF_ENTRY)
        spec_from(name, program)
        _check_names(name, program)
    own = frozenset(fact for program in programs.values() for fact in _facts_of(program))
    for rule in rules:
        _check_kinds("a rule", rule, _OF_RULE)
        rule_from(rule, layer)
        _check_words(rule, own)


def _facts_of(program: Table) -> Iterator[str]:
    """Give the facts that a program of the file finds."""
    yield from program.get("facts", {})
    for entry in program.get("effects", ()):
        yield from entry.get("facts", ())


def _check_words(rule: Table, own: frozenset[str]) -> None:
    """Raise `DataError` for a place or a fact that nothing ever has: such a rule would keep silent, or never stop."""
    what, places = f"rule {rule['id']}", scopes(shipped())
    for key in ("scope", "scopes"):
        _refuse(f"{what}: {key}", "place", set(rule.get(key, ())) - places)
    for key in ("facts", "any", "without"):
        _refuse(f"{what}: {key}", "fact", set(rule.get(key, ())) - facts(shipped()) - own)


def _refuse(where: str, kind: str, unknown: set[str]) -> None:
    if unknown:
        raise DataError(f"{where}: no {kind} is called {', '.join(map(repr, sorted(unknown)))}")


def _check_names(name: str, program: Table) -> None:
    """Raise `DataError` where a program names an effect, a target, a place or a decider that does not exist."""
    for verb, effect in program.get("verbs", {}).items():
        if effect and effect not in EFFECTS:
            raise DataError(f"program {name}: verb {verb}: unknown effect {effect!r}")
    for entry in program.get("effects", ()):
        if not is_target(entry.get("target", "all")):
            raise DataError(f"program {name}: an effect: unknown target {entry['target']!r}")
        _refuse(
            f"program {name}: an effect: scope", "place", {entry.get("scope", "")} - {""} - scopes(shipped())
        )
    if "decider" in program:
        try:
            decider_named(program["decider"])
        except KeyError:
            raise DataError(f"program {name}: unknown decider {program['decider']!r}") from None


def _check_kinds(what: str, table: object, kinds: Mapping[str, Callable[[object], bool]]) -> None:
    """Raise `DataError` for a value that is not of its key's kind; unknown keys are their reader's."""
    if not isinstance(table, dict):
        raise DataError(f"{what} is no table: {table!r}")
    for key, value in table.items():
        if key in kinds and not kinds[key](value):
            raise DataError(f"{what}: {key} has a value of the wrong kind: {value!r}")


def _text(value: object) -> bool:
    return isinstance(value, str)


def _flag(value: object) -> bool:
    return isinstance(value, bool)


def _points(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _words(value: object) -> bool:
    return _text(value) or _texts(value)


def _tables(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _map_of(kind: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, dict) and all(map(kind, value.values()))


_OF_RULE = {
    **dict.fromkeys(("id", "effect", "why", "instead"), _text),
    **dict.fromkeys(("scope", "any", "facts", "without", "program", "catches", "passes"), _texts),
    "base": _points,
    "scopes": _map_of(_points),
}
_OF_PROGRAM = {
    **dict.fromkeys(("about", "decider"), _text),
    **dict.fromkeys(("single_dash", "service"), _flag),
    **dict.fromkeys(("values", "dry_run", "harmless", "safe"), _words),
    **dict.fromkeys(("same_as", "catches", "passes"), _texts),
    "facts": _map_of(_words),
    "verbs": _map_of(_text),
    "effects": _tables,
}
_OF_ENTRY = {
    **dict.fromkeys(("effect", "target", "why", "instead", "id", "scope"), _text),
    **dict.fromkeys(("verb", "options", "without", "words", "without_words"), _words),
    **dict.fromkeys(("given", "facts"), _texts),
    "base": _points,
}
