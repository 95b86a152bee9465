"""A file of somebody's own safety knowledge (`~/.config/caro/rules/safety/*.toml`), taken apart by room and checked.

`[[rule]]` is a rule as in `safety/rules/`, `[program.NAME]` a program as in `safety/programs/`: a new one, or more
effects for one that Caro describes already.
"""

from __future__ import annotations

from caro.knowledge import Table
from caro.safety.programs import DataError, spec_from
from caro.safety.rules import rule_from

RULES, PROGRAMS = "safety/rules", "safety/programs"
_OPTIONAL = {"catches": (), "passes": (), "instead": ""}
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
    for each in (*rules, *programs.values()):
        if not isinstance(each, dict):
            raise DataError(f"{each!r} is no table")
    try:
        for rule in rules:
            rule_from(rule, layer)
        for name, program in programs.items():
            spec_from(name, program)
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        raise DataError(f"a value of the wrong kind: {error}") from error
