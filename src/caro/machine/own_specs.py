"""Names that the tools of a plugin, a trusted project or a team accept: `specs/*.toml`, one table for a command or a
sub-command. They stand beside what ships and what a tool says of itself; nothing is taken away."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from caro.errors import UsageError
from caro.fix.model import Node
from caro.knowledge import Knowledge

ROOM = "fix/specs"
KEYS = {"subcommands": "s", "options": "o", "values": "v"}
"""Keys of a table, with the field of a node that each one fills."""
CASES = "cases"
"""Key of a table whose own keys are lines that fail, and its values what was meant."""
_COMMAND = re.compile(r"[\w.+-]+( [\w.+:-]+){0,4}")
_NAME = re.compile(r"[\w.+:=/-]{1,64}")
MOST_NAMES = 2000


def check_specs(table: Mapping[str, Any], title: str) -> None:
    """Raise UsageError with what is wrong in the table of a file."""
    for command, said in table.items():
        if not _COMMAND.fullmatch(command) or not isinstance(said, Mapping):
            raise UsageError(
                f"{title}: [{command!r}] is no table of a command (`tool` or `tool sub-command`)"
            )
        for key, names in said.items():
            if (
                key == CASES
                and isinstance(names, Mapping)
                and all(isinstance(line, str) for line in names.values())
            ):
                continue
            if key not in KEYS:
                raise UsageError(f"{title}: {command}: {key}: no such key; known: {', '.join(KEYS)}, {CASES}")
            _check_names(names, key, f"{title}: {command}")


def _check_names(names: object, key: str, where: str) -> None:
    if not isinstance(names, list) or len(names) > MOST_NAMES:
        raise UsageError(f"{where}: {key} is no list of at most {MOST_NAMES} names")
    for name in names:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise UsageError(f"{where}: {key}: {name!r} is no name of one word")
        if name.startswith("-") is (key == "subcommands"):
            raise UsageError(
                f"{where}: {key}: {name!r} should {'not ' * (key == 'subcommands')}begin with a hyphen"
            )


class OwnSpecs:
    """What all files together say, by command; build it with `knowledge.view(OwnSpecs)`."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._roots: dict[str, dict[str, Any]] = {}
        for document in knowledge.documents(ROOM):
            for command, said in document.table.items():
                self._take(command.split(), said)

    @property
    def roots(self) -> Mapping[str, Node]:
        """What is said, by the program's name."""
        return self._roots

    def node(self, command: str) -> Node | None:
        """Return what is said of a command (`tool`), with all below it; None where nothing is."""
        return self._roots.get(command)

    def _take(self, words: list[str], said: Mapping[str, Any]) -> None:
        node = self._roots.setdefault(words[0], {})
        for word in words[1:]:
            node = node.setdefault("s", {}).setdefault(word, {})
        for name in said.get("subcommands", ()):
            node.setdefault("s", {}).setdefault(name, {})
        for key in ("options", "values"):
            if key in said:
                node[KEYS[key]] = list(dict.fromkeys([*node.get(KEYS[key], ()), *said[key]]))


def joined(node: Node | None, more: Node | None) -> Node | None:
    """Return a node with the names of another one that it lacks, and so each child; neither is changed."""
    if node is None or more is None:
        return more if node is None else node
    known = {name for key in ("o", "v", "Po", "Pv") for name in node.get(key, ())}
    found: dict[str, Any] = {**node}
    for key in ("o", "v"):
        if new := [name for name in more.get(key, ()) if name not in known]:
            found[key] = [*node.get(key, ()), *new]
    if "s" in more:
        children = dict(node.get("s", {}))
        for name, child in more["s"].items():
            there = children.get(name)
            # A text there stands for another child: who names an alias means what it stands for.
            children[name] = there if isinstance(there, str) else joined(there, child)
        found["s"] = children
    return found
