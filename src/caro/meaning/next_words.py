"""Which words may come next: the sub-commands and options that the specs have of a tool, with what the tables say;
the values and arguments of `values.toml` and of the specs; which kind of files it wants."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from caro.fix.model import Inventory, Node
from caro.fix.spec_walk import Step, option_names, walk
from caro.fix.tokens import DYNAMIC
from caro.fix.words import Simple, quote, simple_commands
from caro.knowledge.value import Knowledge
from caro.meaning.words import Tables

VALUES = "meaning/values"
MOST = 400
FILES = ""
"""The word of a row that stands for files: its meaning is patterns of their names with a blank between, `/` for folders
alone."""
_BLANK = re.compile(r"(?<!\\)(?:\\\\)*[ \t\n]")
_HERE = "\x01"
"""Stands for the word that is being typed: no spec has it."""

Rows = list[tuple[str, str]]


def next_words(line: str, knowledge: Knowledge, inventory: Inventory) -> Rows:
    """Return (word, meaning) of what may stand at the end of the line in place of the word typed there so far, in the
    order of their names; the meaning is "" where nothing says it. One row of FILES where files of a kind are wanted.
    Nothing for a command and for any other file."""
    before, typed = _split(line)
    simples = simple_commands(before + _HERE)
    simple = simples[-1] if simples else None
    if simple is None or len(simple.words) < 2 or simple.words[-1].text != _HERE:
        return []
    steps = list(walk(simple, inventory))
    last = steps[-1]
    option, equals, value = typed.partition("=")
    if last.role == "value":
        return _Values(last, knowledge, inventory).of_option(steps[-2].word.text, typed)
    if equals and option.startswith("-"):
        rows = _Values(last, knowledge, inventory).of_option(option, value)
        return [(f"{option}={word}" if word else FILES, said) for word, said in rows]
    if typed.startswith("-"):
        options = (
            _options(last, knowledge.view(Tables)) if last.chain[0] and not _ends_options(simple) else {}
        )
        return _starting(typed, options)
    return _words(last, typed, knowledge, inventory)


def _words(step: Step, typed: str, knowledge: Knowledge, inventory: Inventory) -> Rows:
    found = _subs(step.node, step.key, knowledge.view(Tables)) if step.role == "unknown-sub" else {}
    values = _Values(step, knowledge, inventory)
    found |= {word: "" for word in values.arguments() if word not in found}
    return _starting(typed, found) or values.files(step.key.split())


def _starting(typed: str, found: dict[str, str]) -> Rows:
    return [(word, found[word]) for word in sorted(found) if word.startswith(typed)][:MOST]


class _Values:
    """What may stand at one place of a command, by values.toml, the spec, and the names of this machine."""

    def __init__(self, step: Step, knowledge: Knowledge, inventory: Inventory) -> None:
        self._step = step
        self._table = knowledge.table(VALUES)
        self._inventory = inventory

    def of_option(self, option: str, typed: str) -> Rows:
        """Return the values of an option that begin as typed."""
        names = [*self._step.key.split(), option]
        words = [*self._listed("words", names), *self._names(self._listed("names", names))]
        return _starting(typed, dict.fromkeys(words, "")) or self.files(names)

    def arguments(self) -> Iterator[str]:
        """Yield arguments that the spec lists, and names of this machine."""
        tool, *subs = self._step.key.split() or [""]
        table = DYNAMIC.get(tool, {})
        kinds = table.get(" ".join(subs[:1])) or table.get("*" if subs else "", ())
        yield from self._step.node.get("a", ())
        yield from self._names([*kinds, *self._listed("names", self._step.key.split())])

    def files(self, names: list[str]) -> Rows:
        patterns = self._listed("files", names)
        return [(FILES, " ".join(patterns))] if patterns else []

    def _listed(self, part: str, names: list[str]) -> list[str]:
        """Return what the table has of the longest of `a b --option`, `a --option`, `* --option`."""
        *levels, last = names or [""]
        table = self._table[part]
        keys = [" ".join([*levels[:count], last]) for count in range(len(levels), 0, -1)] or [last]
        if last.startswith("-"):
            keys.append(f"* {last}")
        return list(next((table[key] for key in keys if key in table), ()))

    def _names(self, kinds: Iterable[str]) -> Iterator[str]:
        """Yield names that need no quotes: a branch may be called `$(reboot)`, and shells put in what they get."""
        for kind in dict.fromkeys(kinds):
            yield from (name for name in self._inventory.names(kind) if quote(name) == name)


def _split(line: str) -> tuple[str, str]:
    """Return the line in front of its last word, and that word where it is plain text."""
    at = max((blank.end() for blank in _BLANK.finditer(line)), default=0)
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
