"""Programs that run another command, read from `wrappers.toml`: docs/safety-rules.md and the file's head say how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from caro.knowledge import Knowledge, Table
from caro.knowledge.shells import shell_programs

SHELLS = shell_programs()


@dataclass(frozen=True, slots=True)
class Wrapper:
    """How one program runs another; the head of `wrappers.toml` says what each field is."""

    values: frozenset[str] = frozenset()
    script: tuple[str, ...] = ()
    skip: int = 0
    inner: str = "argv"
    env: bool = False
    marks: frozenset[str] = frozenset()
    chdir: tuple[str, ...] = ()
    lead: frozenset[str] = frozenset()
    verbs: tuple[str, ...] = ()
    label: str = ""
    facts: frozenset[str] = frozenset()
    calls: Mapping[str, str] = field(default_factory=dict)
    pairs: frozenset[str] = frozenset()


def _wrapper(table: Table) -> Wrapper:
    script = tuple(table.get("script", "").split("|")) if table.get("script") else ()
    values = frozenset(table["values"].split("|")) if table.get("values") else frozenset()
    return Wrapper(
        values | set(script),
        script,
        table.get("skip", 0),
        table.get("inner", "argv"),
        table.get("env", False),
        frozenset(table.get("marks", ())),
        tuple(table.get("chdir", "").split("|")) if table.get("chdir") else (),
        frozenset(table["lead"].split("|")) if "lead" in table else frozenset(),
        tuple(table.get("verbs", ())),
        table.get("label", ""),
        frozenset(table.get("facts", ())),
        table.get("calls", {}),
        frozenset(table["pairs"].split("|")) if "pairs" in table else frozenset(),
    )


def _read_wrappers(knowledge: Knowledge) -> dict[str, Wrapper]:
    found: dict[str, Wrapper] = {}
    for name, entry in knowledge.table("safety/wrappers").items():
        wrapper = _wrapper(entry)
        for alias in (name, *entry.get("same_as", ())):
            found.setdefault(alias, wrapper)
    return found


def wrappers(knowledge: Knowledge) -> dict[str, Wrapper]:
    """Return the wrappers by name (`wrappers.toml`)."""
    return knowledge.view(_read_wrappers)
