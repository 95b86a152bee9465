"""Which words may come next: the sub-commands and options that the specs have of a tool, with what the tables say."""

from __future__ import annotations

from caro.fix.model import Inventory, Node
from caro.fix.spec_walk import Step, option_names, walk
from caro.fix.words import Simple, simple_commands
from caro.knowledge.value import Knowledge
from caro.meaning.words import Tables

MOST = 400
_HERE = "\x01"
"""Stands for the word that is being typed: no spec has it."""


def next_words(line: str, knowledge: Knowledge, inventory: Inventory) -> list[tuple[str, str]]:
    """Return (word, meaning) of what may stand at the end of the line in place of the word typed there so far, in the
    order of their names; the meaning is "" where nothing says it. Nothing where a command, a value or a file comes."""
    before, typed = _split(line)
    simples = simple_commands(before + _HERE)
    simple = simples[-1] if simples else None
    if simple is None or len(simple.words) < 2 or simple.words[-1].text != _HERE:
        return []
    last = list(walk(simple, inventory))[-1]
    if not last.chain[0] or last.role == "value" or _ends_options(simple):
        return []
    tables = knowledge.view(Tables)
    if typed.startswith("-"):
        found = _options(last, tables)
    else:
        found = _subs(last.node, last.key, tables) if last.role == "unknown-sub" else {}
    return [(word, found[word]) for word in sorted(found) if word.startswith(typed)][:MOST]


def _split(line: str) -> tuple[str, str]:
    """Return the line in front of its last word, and that word where it is plain text."""
    at = max(line.rfind(blank) for blank in " \t\n") + 1
    return line[:at], line[at:]


def _ends_options(simple: Simple) -> bool:
    return any(word.text == "--" for word in simple.words[1:])


def _options(step: Step, tables: Tables) -> dict[str, str]:
    levels = step.key.split()
    entries = [tables.of(" ".join(levels[:count])) for count in range(len(levels), 0, -1)]
    names = [name.rstrip("=") for name in option_names(step.chain) if name.startswith("-")]
    return {
        name: next((said for entry in entries if (said := entry.options.get(name))), "") for name in names
    }


def _subs(node: Node, key: str, tables: Tables) -> dict[str, str]:
    said = tables.of(key).subs
    return {
        name: said.get(name, "") or tables.of(f"{key} {name}").summary
        for name, found in node.get("s", {}).items()
        if not isinstance(found, str)
    }
