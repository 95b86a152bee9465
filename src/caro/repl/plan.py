"""The plan of a line or a script: what would run, with what words, on which files, and the guard's word on it.

Nothing runs and nothing is written: the text is parsed, expanded as far as that can be known without running anything,
and judged by the guard; files are counted where that is cheap.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from caro.printable import printable

if TYPE_CHECKING:
    from caro.engine.decision import Decision
    from caro.engine.guard import Guard
    from caro.engine.question import Question
    from caro.machine.file_count import FileCount
    from caro.safety.effects import Effect
    from caro.safety.plan import Planned

MOST_COUNTED = 40
"""Targets of one plan whose files are counted."""
_FILES = frozenset({"delete", "overwrite", "change_permissions", "change_owner"})
"""Effects whose cost is a number of files."""


@dataclass
class Statement:
    """One statement of the text; `number` is the line that it begins on, from 1."""

    number: int
    source: str
    commands: list[Planned]
    problems: list[str]
    decision: Decision
    costs: dict[str, FileCount] = field(default_factory=dict)
    """What stands behind targets of its effects here."""


def plan(guard: Guard, question: Question, home: str) -> list[Statement]:
    """Return the statements of the question's words, planned."""
    from caro.machine.file_count import count_files

    found, left = [], MOST_COUNTED
    for planned, decision in guard.plan(question):
        statement = Statement(planned.number, planned.source, planned.commands, planned.problems, decision)
        for effect in _effects_of(planned.commands):
            if left and effect.name in _FILES and not effect.place and effect.target not in statement.costs:
                left -= 1
                count = count_files(effect.target, question.cwd, home)
                if count is not None:
                    statement.costs[effect.target] = count
        found.append(statement)
    return found


def plan_lines(statements: list[Statement], ascii_only: bool = False) -> list[str]:
    """Return the plan for a person, one screen line each."""
    if not statements:
        return ["Nothing would run."]
    lines: list[str] = []
    for statement in statements:
        mark = f"{statement.number}: " if len(statements) > 1 else ""
        lines.append(f"{mark}{printable(statement.source.strip())}")
        lines += _command_lines(statement.commands, statement, "  ", ascii_only)
        lines += [f"  could not be read in full: {problem}" for problem in statement.problems]
        lines += _verdict_lines(statement.decision)
    return [*lines, "Nothing was run."]


def _command_lines(
    commands: list[Planned], statement: Statement, indent: str, ascii_only: bool
) -> Iterator[str]:
    arrow = "=>" if ascii_only else "→"
    for command in commands:
        yield indent + " ".join(filter(None, (command.operator, _command_text(command))))
        if command.alias:
            yield f"{indent}    an alias for: {printable(command.alias)}"
        for effect in command.effects:
            yield f"{indent}    {arrow} {_effect_text(effect, statement)}"
        yield from _command_lines(command.inner, statement, indent + "    ", ascii_only)


def _command_text(command: Planned) -> str:
    from caro.knowledge.shells import posix_quote

    words = [word if _is_plain(word) else posix_quote(word) for word in command.words]
    assignments = [f"{name}…" for name in command.assignments]
    return printable(" ".join([*assignments, *words, *command.redirects]))


def _is_plain(word: str) -> bool:
    """True if a word reads the same with no quotes around: patterns and what can't be known stay as they are typed."""
    if word.startswith(("$(", "`")):
        return True
    name, bracket, rest = word.partition("(")
    chosen = name and bracket and rest.endswith(")")  # zsh: `*.txt(.)`
    return bool(word) and not any(
        char in (name + rest[:-1] if chosen else word) for char in " \t\n'\"\\;&|<>()"
    )


def _effect_text(effect: Effect, statement: Statement) -> str:
    from caro.engine.story import effect_told

    told = effect_told(effect.name, effect.target, effect.scope)
    count = statement.costs.get(effect.target)
    return printable(f"{told} ({_cost(count)})" if count is not None else told)


def _cost(count: FileCount) -> str:
    from caro.show.event_text import counted

    more = "" if count.whole else "more than "
    return f"{more}{counted(count.files, 'file')}, {_size(count.bytes)}"


def _size(count: int) -> str:
    size, units = float(count), ["bytes", "KB", "MB", "GB", "TB"]
    while size >= 1000 and len(units) > 1:
        size, units = size / 1000, units[1:]
    return f"{count} bytes" if units[0] == "bytes" else f"{size:.3g} {units[0]}"


def _verdict_lines(decision: Decision) -> list[str]:
    lines = [f"  verdict: {decision.level.word} ({decision.score} of 100), {decision.action.word}"]
    if decision.reason and (decision.score >= 30 or decision.action):
        lines[0] += f": {printable(decision.reason)}"
    if decision.instead and decision.action:
        lines.append(f"  instead: {printable(decision.instead)}")
    return lines


def plan_fields(statement: Statement) -> dict[str, Any]:
    """Return one statement as JSON's fields."""
    decision = statement.decision
    return {
        "v": 1,
        "line": statement.number,
        "command": statement.source,
        "level": decision.level.word,
        "score": decision.score,
        "action": decision.action.word,
        "rules": list(decision.rules),
        "why": decision.reason,
        "instead": decision.instead,
        "problems": statement.problems,
        "commands": [_fields_of(command, statement) for command in statement.commands],
    }


def _fields_of(command: Planned, statement: Statement) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "operator": command.operator,
        "typed": command.typed,
        "words": list(command.words),
        "assigns": [name.rstrip("+=") for name in command.assignments],
        "redirects": list(command.redirects),
        "effects": [_effect_fields(effect, statement) for effect in command.effects],
        "runs": [_fields_of(inner, statement) for inner in command.inner],
    }
    return fields | ({"alias": command.alias} if command.alias else {})


def _effect_fields(effect: Effect, statement: Statement) -> dict[str, Any]:
    fields: dict[str, Any] = {"effect": effect.name, "target": effect.target, "scope": effect.scope}
    count = statement.costs.get(effect.target)
    if count is not None:
        fields |= {"files": count.files, "bytes": count.bytes, "all_counted": count.whole}
    return fields


def _effects_of(commands: list[Planned]) -> Iterator[Effect]:
    for command in commands:
        yield from command.effects
        yield from _effects_of(command.inner)
