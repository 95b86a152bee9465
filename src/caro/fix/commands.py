"""Tier 0: the first word of a command exists nowhere."""

from __future__ import annotations

import math
from collections.abc import Iterator

from caro.fix.distance import nearest
from caro.fix.evidence import names_word, said_missing
from caro.fix.model import Candidate, Failure, Inventory, Node
from caro.fix.spec_walk import SAME_SPEC, child, spec_for, walk
from caro.fix.words import PREFIXES, Simple

EDIT = 4.0
"""Energy of one full edit: a candidate one edit further away is e**4 times less likely, all else equal."""
RARITY = 0.45
"""Energy of a command e times as rare (see tokens.py for what energies are)."""
SHARED = 0.35
"""How much of the chance that other names have a name gets too, as one look tells the right one of three."""
SUREST = 0.97
ABSENT = 2.2
"""A command that isn't installed here was meant less often than one that is."""

DESTRUCTIVE = frozenset(
    "rm dd mkfs fsck shred wipefs fdisk parted mkswap reboot shutdown halt poweroff init kill killall pkill"
    " userdel groupdel rmdir truncate unlink srm blkdiscard sgdisk format".split()
)


def is_unknown(simple: Simple, failure: Failure, inventory: Inventory) -> bool:
    """True if the shell knows no such command. 127 alone isn't enough: a script passes on the 127 of what it could not
    find itself."""
    typed = simple.words[0].text
    if "/" in typed or not typed or simple.words[0].expands:
        return False
    output = failure.output or ""
    if (inventory.has(typed) and not said_missing(output, typed)) or typed in PREFIXES:
        return False
    if failure.exit_code == 127:
        return not output.strip() or names_word(output, typed)
    # `sudo`, `env` and `xargs` end otherwise, but say so; a function's own "not found" is none of ours.
    return f"{typed}: command not found" in output or f"command not found: {typed}" in output


def _context(simple: Simple, name: str, inventory: Inventory) -> float:
    """Return an energy by how well the rest of the line suits `name`: negative where its spec knows the words."""
    node = spec_for(inventory, name)
    if node is None or len(simple.words) < 2:
        return 0.0
    first = next((word.text for word in simple.words[1:] if not word.text.startswith("-")), None)
    energy = 0.0
    children = len(node.get("s", ()))
    if first is not None and children:
        known = child(inventory, node, SAME_SPEC.get(name, name), first) is not None
        close = not known and bool(nearest(first, list(node["s"]), 1))
        energy += -2.5 if known else -0.5 if close else 1.5 if children > 5 or not node.get("x") else 0.0
    elif first is not None:
        energy += _files_fit(node, first)
    if name in ("cd", "pushd") and len(simple.words) > 2:
        energy += 1.5
    options = [word for word in simple.words[1:] if len(word.text) > 2 and word.text.startswith("--")]
    if options:
        renamed = Simple(simple.line, (type(simple.words[0])(name, 0, 0), *simple.words[1:]))
        roles = [step.role for step in walk(renamed, inventory) if step.word in options]
        energy += sum(-1.0 if role == "option" else 0.6 for role in roles) / len(roles)
    return energy


def _files_fit(node: Node, first: str) -> float:
    """Return the energy of a word that looks like a file: it speaks for commands that take files."""
    looks = "/" in first or "." in first.strip(".")
    takes = node.get("t") in ("filepaths", "folders")
    return -0.8 if looks and takes else 0.3 if looks and node.get("x") and not takes else 0.0


def ranked_names(simple: Simple, inventory: Inventory) -> list[tuple[str, float]]:
    """Return names that may have been meant with their energies, lowest first."""
    typed = simple.words[0].text
    names = inventory.commands()
    present = dict(nearest(typed, names, 60))
    absent = {
        name: cost for name, cost in nearest(typed, inventory.names("common"), 20) if name not in present
    }
    energies = []
    for known, costs in ((0.0, present), (ABSENT, absent)):
        for name, cost in costs.items():
            energy = EDIT * cost + RARITY * math.log(inventory.rank(name)) + known
            energies.append((name, energy))
    energies.sort(key=lambda item: item[1])
    return sorted(
        ((name, energy + _context(simple, name, inventory)) for name, energy in energies[:10]),
        key=lambda item: item[1],
    )


def chances(energies: list[tuple[str, float]], nothing: float) -> list[tuple[str, float]]:
    """Return energies as confidences, with `nothing` the energy of 'none of these was meant'.

    Where several names share the chance, each is worth more than its part: that the word is wrong is sure, and one
    look tells the right one of three."""
    weights = [(name, math.exp(-energy)) for name, energy in energies]
    total = sum(weight for _, weight in weights) + math.exp(-nothing)
    something = 1 - math.exp(-nothing) / total
    return [(name, _shared(weight / total, something)) for name, weight in weights]


def _shared(chance: float, something: float) -> float:
    return chance + SHARED * (something - chance) if chance > 0.02 else chance


def _nothing(typed: str, inventory: Inventory) -> float:
    """Return the energy of 'not a slip': low for long words, which stay readable, and for a tool that just isn't
    installed."""
    known_elsewhere = len(typed) > 3 and (
        typed in inventory.names("common") or inventory.spec(typed) is not None
    )
    return -8.0 if known_elsewhere else EDIT * (0.35 * len(typed) + 0.35) + 2.5


def unknown_command(simple: Simple, failure: Failure, inventory: Inventory) -> Iterator[Candidate]:
    """Give the nearest names, then words that lost their space (`gitstatus`, `cd..`)."""
    if not is_unknown(simple, failure, inventory):
        return
    first = simple.words[0]
    typed = first.text
    for name, chance in chances(ranked_names(simple, inventory), _nothing(typed, inventory)):
        if "." in typed[1:] and "." not in name and typed.startswith(name + "."):
            continue  # `script.sh`: the file of that name was meant, not its stem
        if typed[: len(name) + 1] == name + "-" and len(typed) == len(name) + 2:
            continue  # `chmod-R`: an option without its space, not a slip
        far = name in DESTRUCTIVE and name != "rm" and not _close_enough(typed, name)
        if not far and chance > 0.02:
            yield Candidate(
                simple.replaced(first, name),
                min(chance, SUREST),
                f"no command `{typed}`; `{name}` is near",
                "command",
            )
    for name, rest in ((typed[:at], typed[at:]) for at in range(2, len(typed))):
        if inventory.has(name) and _continues(name, rest, inventory):
            yield Candidate(
                simple.replaced(first, f"{name} {rest}"),
                0.995,
                f"a space is missing after `{name}`",
                "command",
            )


def _continues(name: str, rest: str, inventory: Inventory) -> bool:
    if name == "cd":
        return rest.startswith(("..", "/", "~"))
    if rest.startswith("-") and name in ("ls", "grep", "cat", "make"):
        return len(rest) > 1
    node = spec_for(inventory, name)
    return node is not None and len(rest) > 1 and rest in node.get("s", {})


def _close_enough(typed: str, name: str) -> bool:
    """True if one slip lies between the two: where a third of the word would change, no destructive command is
    offered."""
    best = dict(nearest(typed, [name], 1)).get(name, 9.0)
    return best <= max(len(typed), len(name)) / 3 + 0.05
