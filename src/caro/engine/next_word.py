"""Words that this machine knows for the place at the end of a line: branches, targets, hosts, processes, folders,
options and sub-commands of specs, files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from caro.fix.model import Inventory
from caro.fix.spec_walk import Step, option_names, walk
from caro.fix.tokens import DYNAMIC
from caro.fix.words import quote, simple_commands

UNDER_WAY = "\x00"
"""Stands for a word of which nothing is typed yet: no name begins so."""
INTO = frozenset(("cd", "pushd"))
PROCESSES = frozenset(("kill", "renice", "strace", "gdb", "wait"))
MORE_HOSTS = frozenset(("scp", "rsync", "sftp", "mosh", "ping", "ssh-copy-id"))
FEW_FILES = 20
SHORTEST_COMMAND = 2

Uses = Callable[[str], int]
"""How often somebody typed a line in a folder."""


@dataclass(frozen=True)
class NextWord:
    """Words that begin as typed, best first. `closed`: there are no others, whatever was typed once."""

    begun: str = ""
    words: tuple[str, ...] = ()
    closed: bool = False


def next_words(typed: str, inventory: Inventory, uses: Uses) -> NextWord:
    """Return what may stand at the end of the line; nothing where it is quoted or expanded."""
    open_word = not typed or typed[-1] in " \t"
    simples = simple_commands(typed + UNDER_WAY if open_word else typed)
    if not simples or simples[-1].words[-1].end < len(typed):
        return NextWord()
    last = simples[-1].words[-1]
    if last.quoted or last.expands or last.end != len(typed) + open_word:
        return NextWord()
    begun = "" if open_word else last.text
    steps = list(walk(simples[-1], inventory))
    if len(steps) == 1:
        return NextWord(begun, _commands(begun, inventory))
    return _argument(begun, steps, inventory, uses)


def _argument(begun: str, steps: list[Step], inventory: Inventory, uses: Uses) -> NextWord:
    step, tool = steps[-1], steps[0].word.text
    if begun.startswith("-"):
        return NextWord(begun, _starting(begun, option_names(step.chain)) if len(begun) > 1 else ())
    if tool in INTO:
        return NextWord(begun, _folders(begun, inventory, uses))
    names = [name for kind in _kinds(tool, step.key) for name in inventory.names(kind)]
    words = _starting(begun, names)
    if words:
        return NextWord(begun, words, closed=True)
    if begun and step.role in ("sub", "unknown-sub"):
        node = step.chain[-2] if step.role == "sub" and len(step.chain) > 1 else step.node
        subs = sorted(node.get("s", ()), key=lambda name: inventory.word_rank(step.key, name))
        words = _starting(begun, subs)
    return NextWord(begun, words or _files(begun, inventory))


def _kinds(tool: str, key: str) -> tuple[str, ...]:
    if tool in PROCESSES:
        return ("process",)
    if tool in MORE_HOSTS:
        return ("host",)
    table = DYNAMIC.get(tool, {})
    sub = key.partition(" ")[2]
    return table.get(sub, ()) or (table.get("*", ()) if sub else ())


def _starting(begun: str, names: Iterable[str]) -> tuple[str, ...]:
    found = (name for name in names if name.startswith(begun) and name != begun)
    return tuple(quoted for name in dict.fromkeys(found) if (quoted := quote(name)) == name)


def _commands(begun: str, inventory: Inventory) -> tuple[str, ...]:
    if len(begun) < SHORTEST_COMMAND or "/" in begun:
        return _files(begun, inventory) if "/" in begun else ()
    names = [name for name in inventory.commands() if name.startswith(begun)]
    return _starting(begun, sorted(names, key=lambda name: (inventory.rank(name), name)))


def _split(begun: str, inventory: Inventory) -> tuple[str, str, str]:
    """Return (folder as typed, its path, the beginning of a name in it)."""
    folder, slash, name = begun.rpartition("/")
    shown = folder + slash
    if shown.startswith("~/"):
        return shown, os.path.join(inventory.home, shown[2:]), name
    return shown, os.path.join(inventory.cwd or "/nonexistent", shown), name


def _folders(begun: str, inventory: Inventory, uses: Uses) -> tuple[str, ...]:
    """Return folders, those first where somebody typed most."""
    shown, path, name = _split(begun, inventory)
    inside = [entry for entry in inventory.listing(path) or () if entry.endswith("/")]
    if not name:
        inside = [entry for entry in inside if not entry.startswith(".")]
    inside.sort(key=lambda entry: (-uses(os.path.normpath(os.path.join(path, entry))), entry))
    return (
        _starting(begun, (shown + entry for entry in inside))
        if begun or _any_used(path, inside, uses)
        else ()
    )


def _any_used(path: str, inside: list[str], uses: Uses) -> bool:
    return bool(inside) and uses(os.path.normpath(os.path.join(path, inside[0]))) > 0


def _files(begun: str, inventory: Inventory) -> tuple[str, ...]:
    """Return files, where a name is begun and few are called so."""
    shown, path, name = _split(begun, inventory)
    if not name:
        return ()
    found = _starting(begun, (shown + entry for entry in sorted(inventory.listing(path) or ())))
    return found if len(found) <= FEW_FILES else ()
