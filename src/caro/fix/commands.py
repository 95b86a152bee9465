"""Tier 0: the first word of a command exists nowhere."""

from __future__ import annotations

import math
import re
from collections.abc import Container, Iterator

from caro.fix.distance import DOUBLE, nearest
from caro.fix.evidence import names_word, said_missing
from caro.fix.model import Candidate, Failure, Inventory, Node
from caro.fix.spec_walk import SAME_SPEC, child, spec_for, walk
from caro.fix.words import PREFIXES, Simple, simple_commands

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


CATASTROPHIC = DESTRUCTIVE - frozenset("rm kill killall pkill rmdir unlink init format truncate".split())
"""Of these none stands before another name, and none is offered for a word of few letters."""
FILTERS = frozenset(
    "less more grep egrep awk sed sort uniq head tail wc cut tr tee xargs cat jq yq column nl rev tac fold bat pbcopy"
    " xclip bc base64 gzip zcat md5sum sha256sum python3 python sh bash perl fzf rg nc dd hexdump xxd od paste tar ssh"
    " lolcat mail ts pv psql mysql parallel sponge shuf comm join expand fmt strings".split()
)
"""Programs that read what comes through a pipe."""
BOTH = 1.5
FAR = 3.0
"""Energy of a name with another first letter and one more edit besides: hardly a slip, mostly another name."""
SHELLS = frozenset("sh bash zsh dash ksh".split())
NO_SCRIPT = 2.5
"""Energy of a shell in front of a word that is no file here."""
PIPED = 2.0
"""Energy by which a name behind a pipe is likelier if it reads from it, and less likely if it does not."""


GLUED = ("cd../", "cd~/", "ls../", "ls~/", "cat../", "cat~/")
"""Beginnings of a command and a path in one word, which are no path."""
SCRIPT = re.compile(r"\.(?:sh|bash|zsh|py|pl|rb|js|mjs|ts|php|lua|jar|run|bin|exe|bat|cmd|ps1|AppImage)$")
"""Endings of programs that are meant as files."""
UP = re.compile(r"cd[.,/]{2,3}")
"""What fingers make of `cd ..` without the space."""


def is_unknown(simple: Simple, failure: Failure, inventory: Inventory) -> bool:
    """True if the shell knows no such command. 127 alone isn't enough: a script passes on the 127 of what it could not
    find itself."""
    typed = simple.words[0].text
    if ("/" in typed and not typed.startswith(GLUED)) or not typed or simple.words[0].expands:
        return False
    output = failure.output or ""
    if re.search(r"\bis not an? \S+ command\b", output) and not said_missing(output, typed):
        return False  # oclif's tools end with 127 themselves
    if re.search(rf"^usage: {re.escape(typed)}\b", output, re.I | re.M) and not said_missing(output, typed):
        return False  # so do vault, consul and nomad
    if (inventory.has(typed) and not said_missing(output, typed)) or typed in PREFIXES:
        return False
    if failure.exit_code == 127:
        return not output.strip() or names_word(output, typed)
    if not output.strip() and failure.exit_code == 1:
        return any(word.text in ("sudo", "doas") for word in simple.prefix)
    # `sudo`, `env` and `xargs` end otherwise, but say so; a function's own "not found" is none of ours.
    told = (f"{typed}: command not found", f"command not found: {typed}", f"Command `{typed}` not found")
    return any(text in output for text in told)


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
        energy += NO_SCRIPT if name in SHELLS and not _is_here(first, inventory) else 0.0
    if name in ("cd", "pushd") and len(simple.words) > 2:
        energy += 1.5
    options = [word for word in simple.words[1:] if len(word.text) > 2 and word.text.startswith("--")]
    if options:
        renamed = Simple(simple.line, (type(simple.words[0])(name, 0, 0), *simple.words[1:]))
        roles = [step.role for step in walk(renamed, inventory) if step.word in options]
        energy += sum(-1.0 if role == "option" else 0.6 for role in roles) / len(roles)
    return energy


def _is_here(text: str, inventory: Inventory) -> bool:
    """True if the word may be a file of the folder that the command ran in."""
    if "/" in text:
        return True
    listing = inventory.listing(inventory.cwd) if inventory.cwd else None
    return text in listing if listing is not None else "." in text


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
            far = FAR if name[0] != typed[0] and cost > BOTH and sorted(name) != sorted(typed) else 0.0
            energy = EDIT * cost + RARITY * math.log(inventory.rank(name)) + known + far
            energies.append((name, energy))
    energies.sort(key=lambda item: item[1])
    return sorted(
        (
            (name, energy + _context(simple, name, inventory) + _place(simple, name))
            for name, energy in energies[:10]
        ),
        key=lambda item: item[1],
    )


def _place(simple: Simple, name: str) -> float:
    """Return the energy of a name by its place in the pipe."""
    start = simple.prefix[0].start if simple.prefix else simple.start
    if not simple.line[:start].rstrip().endswith(("|", "|&")):
        return 0.0
    return 0.0 if name in FILTERS else PIPED


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


def _nothing(simple: Simple, inventory: Inventory) -> float:
    """Return the energy of 'not a slip': low for long words, which stay readable, and for a tool that just isn't
    installed."""
    typed = simple.words[0].text
    return -8.0 if _is_elsewhere(simple, inventory) else EDIT * (0.35 * len(typed) + 0.35) + 2.5


def _is_elsewhere(simple: Simple, inventory: Inventory) -> bool:
    """True if the word names a tool that just isn't here. A short one must be met by a word of that tool's own: `sl` is
    a tool, and what fingers make of `ls`."""
    typed = simple.words[0].text
    node = inventory.spec(typed)
    if len(typed) > 3:
        return typed in inventory.names("common") or node is not None
    if len(typed) == 3 and typed in inventory.names("common"):
        return not any(cost <= DOUBLE for _, cost in nearest(typed, inventory.commands(), 1))
    words = [word.text for word in simple.words[1:] if not word.text.startswith("-")]
    return node is not None and bool(words) and words[0] in node.get("s", ())


def unknown_command(simple: Simple, failure: Failure, inventory: Inventory) -> Iterator[Candidate]:
    """Give the nearest names, then words that lost their space (`gitstatus`, `cd..`)."""
    if not is_unknown(simple, failure, inventory):
        return
    first = simple.words[0]
    typed = first.text
    if UP.fullmatch(typed):
        yield Candidate(simple.replaced(first, "cd .."), 0.99, "the folder above", "command")
        return
    names = ranked_names(simple, inventory)
    tame = [item for item in names if item[0] not in CATASTROPHIC and not item[0].startswith("mkfs.")]
    # A catastrophic name that may be meant takes its part of the chance, though it is not offered: better silent than
    # `sed` for `shrd`.
    wild = [item for item in names if item not in tame]
    unsure = [energy for _, energy in wild] if len(typed) <= LONGEST_UNSURE else []
    nothing = -math.log(sum(math.exp(-energy) for energy in (_nothing(simple, inventory), *unsure)))
    least = SUREST
    for name, chance in chances(tame, nothing):
        if _is_file_name(typed, name):
            continue
        if typed[: len(name) + 1] == name + "-" and len(typed) == len(name) + 2:
            continue  # `chmod-R`: an option without its space, not a slip
        far = name in DESTRUCTIVE and name != "rm" and not _close_enough(typed, name)
        if not far and chance > 0.02:
            least = min(least, chance)
            yield _named(simple, name, min(chance, SUREST))
    for name, chance in chances(wild, nothing) if len(typed) > LONGEST_UNSURE else []:
        if _close_enough(typed, name) and chance > 0.02:
            yield _named(simple, name, min(chance, least - 0.01, SUREST))
    for name, rest in ((typed[:at], typed[at:]) for at in range(2, len(typed))):
        if inventory.has(name) and _continues(name, rest, inventory):
            likelier = len(rest) < 3 and names and names[0][0].startswith(typed)  # `whoam` is `whoami`
            yield Candidate(
                simple.replaced(first, f"{name} {rest}"),
                0.9 if likelier else 0.995,
                f"a space is missing after `{name}`",
                "command",
            )


def _is_file_name(typed: str, name: str) -> bool:
    """True if the word is a file's rather than a slip of the name: `script.sh`, a filter such as `.items[0]`."""
    if "." in name or "." not in typed:
        return False
    return typed[0] == "." or SCRIPT.search(typed) is not None or typed.startswith(name + ".")


LONGEST_UNSURE = 4
"""Letters of a word that may be anything: a catastrophic command is never offered for it."""


def _named(simple: Simple, name: str, chance: float) -> Candidate:
    first = simple.words[0]
    why = f"no command `{first.text}`; `{name}` is near"
    return Candidate(_everywhere(simple, name), chance, why, "command")


def _everywhere(simple: Simple, name: str) -> str:
    """Return the line with the name exchanged wherever a command of it begins with the same slip."""
    typed, line = simple.words[0].text, simple.line
    for other in reversed(simple_commands(line)):
        if other.words[0].text == typed:
            line = line[: other.words[0].start] + name + line[other.words[0].end :]
    return line


def _children(name: str, inventory: Inventory) -> Container[str]:
    node = spec_for(inventory, name)
    return () if node is None else node.get("s", ())


def _continues(name: str, rest: str, inventory: Inventory) -> bool:
    if name == "cd":
        return rest.startswith(("..", "/", "~"))
    if name == "exit":
        return rest.isdigit()
    if rest.startswith("-") and rest[1:] in _children(name, inventory):
        return False  # `npm-run`: a dash for the space, see shapes.py
    if rest.startswith("-") and name in ("ls", "grep", "cat", "make"):
        return len(rest) > 1
    node = spec_for(inventory, name)
    return node is not None and len(rest) > 1 and rest in node.get("s", {})


def _close_enough(typed: str, name: str) -> bool:
    """True if one slip lies between the two: where a third of the word would change, no destructive command is
    offered."""
    best = dict(nearest(typed, [name], 1)).get(name, 9.0)
    return best <= max(len(typed), len(name)) / 3 + 0.05
