"""Which words may come next: the sub-commands and options that the specs have of a tool, with what the tables say;
the values and arguments of `values.toml` and of the specs; which kind of files it wants."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

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
FOLDERS = "/"
_BLANK = re.compile(r"(?<!\\)(?:\\\\)*[ \t\n]")
_HERE = "\x01"
"""Stands for the word that is being typed: no spec has it."""

Rows = list[tuple[str, str]]


@dataclass(frozen=True)
class Candidates:
    """What may stand at the end of a line, in no order of merit, whatever is typed of it.

    `kind` is `command`, `option`, `value` (of an option) or `word`. `front` is what stands in the same word before
    (`--output=`), `typed` what is there of it. `said` has words of the tool with their meanings, `names` those that
    only this machine knows, `files` patterns of the files that are wanted.
    """

    kind: str
    step: Step
    typed: str
    front: str = ""
    said: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


def candidates(line: str, knowledge: Knowledge, inventory: Inventory) -> Candidates | None:
    """Return what may stand at the end of the line in place of the word typed there so far; None where that is quoted,
    or no word of a command."""
    before, typed = _split(line)
    simples = simple_commands(before + _HERE)
    simple = simples[-1] if simples else None
    if simple is None or not simple.words or simple.words[-1].text != _HERE:
        return None
    steps = list(walk(simple, inventory))
    last = steps[-1]
    if len(simple.words) == 1:
        return Candidates("command", last, typed)
    option, equals, value = typed.partition("=")
    values = _Values(last, knowledge, inventory)
    if last.role == "value":
        return values.of_option(steps[-2].word.text, typed)
    if equals and option.startswith("-"):
        return values.of_option(option, value, f"{option}=")
    if typed.startswith("-"):
        options = (
            _options(last, knowledge.view(Tables)) if last.chain[0] and not _ends_options(simple) else {}
        )
        return Candidates("option", last, typed, said=options)
    return values.arguments(typed, knowledge.view(Tables))


def next_words(line: str, knowledge: Knowledge, inventory: Inventory) -> Rows:
    """Return (word, meaning) of what may stand at the end of the line, in the order of their names; the meaning is ""
    where nothing says it. One row of FILES where files of a kind are wanted. Nothing for a command and any other
    file."""
    found = candidates(line, knowledge, inventory)
    if found is None:
        return []
    if found.kind == "word" and FOLDERS in found.files:
        return [
            (FILES, " ".join(found.files))
        ]  # the shell lists them, with the slash that leads on; `-` is typed
    said = {**dict.fromkeys(found.names, ""), **found.said}
    rows = [
        (found.front + word, said[word])
        for word in sorted(said)
        if word.startswith(found.typed) and word != "-"
    ][:MOST]
    return rows or ([(FILES, " ".join(found.files))] if found.files else [])


class _Values:
    """What may stand at one place of a command, by values.toml, the spec, and the names of this machine."""

    def __init__(self, step: Step, knowledge: Knowledge, inventory: Inventory) -> None:
        self._step = step
        self._table = knowledge.table(VALUES)
        self._inventory = inventory

    def of_option(self, option: str, typed: str, front: str = "") -> Candidates:
        """Return the values of an option."""
        names = [*self._step.key.split(), option]
        said = dict.fromkeys(self._listed("words", names), "")
        known = tuple(self._names(self._listed("names", names)))
        return Candidates("value", self._step, typed, front, said, known, self._listed("files", names))

    def arguments(self, typed: str, tables: Tables) -> Candidates:
        """Return sub-commands, arguments that the spec lists, and names of this machine."""
        step = self._step
        tool, *subs = step.key.split() or [""]
        table = DYNAMIC.get(tool, {})
        kinds = table.get(" ".join(subs[:1])) or table.get("*" if subs else "", ())
        said = dict.fromkeys(step.node.get("a", ()), "")
        if step.role == "unknown-sub":
            said |= _subs(step.node, step.key, tables)
        known = tuple(self._names([*kinds, *self._listed("names", step.key.split())]))
        files = self._listed("files", step.key.split())
        return Candidates("word", step, typed, "", said, known, files)

    def _listed(self, part: str, names: list[str]) -> tuple[str, ...]:
        """Return what the table has of the longest of `a b --option`, `a --option`, `* --option`."""
        *levels, last = names or [""]
        table = self._table[part]
        keys = [" ".join([*levels[:count], last]) for count in range(len(levels), 0, -1)] or [last]
        if last.startswith("-"):
            keys.append(f"* {last}")
        return tuple(next((table[key] for key in keys if key in table), ()))

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
