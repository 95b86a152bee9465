"""Which word to offer at the end of a line while it is typed: of what may stand there, the best, and folders and files
by how often somebody was there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from caro.fix.model import Inventory
from caro.fix.words import quote
from caro.knowledge import Knowledge
from caro.meaning.next_words import Candidates, candidates

INTO = frozenset(("cd", "pushd"))
FEW_FILES = 20
SHORTEST_COMMAND = 2
_QUOTES = frozenset("'\"\\$`*?[{(<>")

Uses = Callable[[str], int]
"""How often somebody typed a line in a folder."""


@dataclass(frozen=True)
class NextWord:
    """Words that begin as typed, best first. `closed`: there are no others, whatever was typed once."""

    begun: str = ""
    words: tuple[str, ...] = ()
    closed: bool = False


def next_words(typed: str, knowledge: Knowledge, inventory: Inventory, uses: Uses) -> NextWord:
    """Return what may stand at the end of the line; nothing where it is quoted or expanded."""
    found = candidates(typed, knowledge, inventory)
    if found is None or _QUOTES.intersection(found.typed):
        return NextWord()
    begun = found.typed
    if found.kind == "command":
        return NextWord(begun, _commands(begun, inventory))
    if found.kind == "option":
        return NextWord(begun, _starting(begun, found.said) if len(begun) > 1 else ())
    if found.step.key in INTO or found.files == ("/",):
        return NextWord(begun, _folders(begun, inventory, uses))
    names = _starting(begun, found.names)
    if names:
        return NextWord(begun, names, closed=True)
    return NextWord(begun, _said(found, inventory) or _files(begun, inventory))


def _said(found: Candidates, inventory: Inventory) -> tuple[str, ...]:
    """Return words of the tool that begin as typed, the usual ones first."""
    if not found.typed:
        return ()
    key = found.step.key
    return _starting(found.typed, sorted(found.said, key=lambda name: inventory.word_rank(key, name)))


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
