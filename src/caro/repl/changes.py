"""What built-ins changed in a shell: from the words of a line, and from the difference of the shell's state.

Told as the built-ins that make such a change (`export NAME=#3f2a91c0`), whoever made it: a typed line, a function, a
file that was sourced. A value shows as a keyed hash of it alone, so that equal ones of a session can be told from
changed ones and nobody can try words against the log.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from caro.knowledge.shells import dialect_of
from caro.parse.lines import parse
from caro.parse.nodes import (
    Branch,
    Function,
    Group,
    Loop,
    Node,
    Opaque,
    Pipeline,
    Sequence,
    Simple,
    Word,
)

BUILTINS = frozenset(
    "cd export unset alias unalias set shopt source . eval declare typeset readonly trap umask ulimit pushd popd"
    " setopt unsetopt limit unlimit unfunction abbr chdir functions".split()
)
"""What a line's words tell of; `set` is fish's way to have variables too."""
_DECLARING = frozenset({"export", "declare", "typeset", "readonly", "alias", "abbr"})
_MOVES = frozenset({"cd", "chdir", "pushd", "popd"})
_PREFIXES = frozenset({"builtin", "command", "\\builtin"})


@dataclass(frozen=True)
class Change:
    """`argv` is the built-in that makes it, without values; `variables` are the names of those that it sets or takes
    away; `file` is what was sourced, where that made it."""

    argv: tuple[str, ...]
    variables: tuple[str, ...] = ()
    file: str | None = None


class Hasher:
    """Hashes values with a key of this session (HMAC-SHA-256, RFC 2104), cut to 8 hexadecimal digits."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def __call__(self, value: str) -> str:
        data = value.encode("utf-8", "surrogateescape")
        return "#" + hmac.new(self._key, data, hashlib.sha256).hexdigest()[:8]


_FISH_BLOCKS = frozenset({"begin", "if", "while", "for", "switch"})


def typed_changes(line: str, shell: str, hashed: Hasher) -> list[Change]:
    """Return the built-ins that stand in a line, in order."""
    dialect = dialect_of(shell)
    found = []
    for node in _run_here(parse(line, dialect).body, dialect):
        words = list(node.words)
        while len(words) > 1 and words[0].source in _PREFIXES:
            del words[0]
        name = (words[0].literal or "") if words else ""
        if name in BUILTINS:
            found.append(_typed(name, words[1:], dialect == "fish", hashed))
    return found


def changes(line: str, shell: str, difference: Iterable[Change], hashed: Hasher) -> list[Change]:
    """Return what a line changed: the built-ins in it, with what the state knows of them, then what changed besides."""
    typed, others = typed_changes(line, shell, hashed), list(difference)
    for index, change in enumerate(typed):
        for other in [each for each in others if _explains(change, each)]:
            others.remove(other)
            if len(other.argv) == 2 and change.argv[0] in _DECLARING:
                typed[index] = change = replace(change, argv=_with_hash(change.argv, other.argv[1]))
    sourced = [
        change.argv[1] for change in typed if change.argv[0] in ("source", ".") and len(change.argv) > 1
    ]
    file = sourced[0] if len(sourced) == 1 else None
    return [*typed, *(replace(other, file=file) for other in others)]


@lru_cache(maxsize=8)
def may_change(line: str, shell: str, own_names: frozenset[str] = frozenset()) -> bool:
    """True if a line may change the shell's state: by a built-in, an assignment, or one of the shell's functions and
    aliases. What can't be read may."""
    program = parse(line, dialect_of(shell))
    names = (
        BUILTINS
        | _PREFIXES
        | own_names
        | {"function", "functions", "read", "mapfile", "readarray", "printf", "getopts", "let", "local"}
    )
    for node in _simple_commands(program.body):
        if not node.words or not (literal := node.words[0].literal) or literal in names:
            return True
    return not program.clean or _defines(program.body)


def _explains(typed: Change, found: Change) -> bool:
    name = typed.argv[0]
    if found.argv[0] == "cd":
        return name in _MOVES
    if found.variables:
        return bool(set(found.variables) & set(typed.variables))
    if found.argv[0] in ("alias", "unalias"):
        names = {word.partition("=")[0] for word in typed.argv[1:]}
        return name in ("alias", "unalias", "abbr") and found.argv[1].partition("=")[0] in names
    same = {"set": ("set", "setopt", "unsetopt"), "shopt": ("shopt",), "trap": ("trap",), "umask": ("umask",)}
    same |= {"ulimit": ("ulimit", "limit", "unlimit"), "unset": ("unset", "unfunction", "functions")}
    if found.argv[0] in ("umask", "ulimit"):
        return name in same[found.argv[0]]
    return name in same.get(found.argv[0], ()) and found.argv[-1].lower() in {
        word.lower().removeprefix("sig") for word in typed.argv[1:]
    }


def _with_hash(argv: tuple[str, ...], known: str) -> tuple[str, ...]:
    name = known.partition("=")[0]
    return tuple(
        known if word.partition("=")[0] == name and not word.startswith("-") else word for word in argv
    )


def _typed(name: str, words: list[Word], fish: bool, hashed: Hasher) -> Change:
    if fish and name == "set":
        return _fish_set(words, hashed)
    shown: list[str] = []
    variables: list[str] = []
    for index, word in enumerate(words):
        text = word.literal if word.literal is not None else word.source
        variable, equals, value = text.partition("=")
        if name in _DECLARING and equals and not text.startswith("-"):
            shown.append(f"{variable}={hashed(value)}" if word.literal is not None else f"{variable}=…")
        elif (name == "trap" and index == 0 and len(words) > 1 and text not in ("", "-", "-p", "-l")) or (
            name == "set"
            and not text.startswith(("-", "+"))
            and not (index and words[index - 1].source in ("-o", "+o"))
        ):
            shown.append(hashed(text))
        else:
            shown.append(text)
        is_name = name in ("export", "declare", "typeset", "readonly", "unset") and not text.startswith("-")
        if is_name and not any(each.source == "-f" for each in words[:index]):
            variables.append(variable.rstrip("+"))
    return Change((name, *shown), tuple(variables))


def _fish_set(words: list[Word], hashed: Hasher) -> Change:
    """fish: `set -x NAME VALUE...`."""
    shown: list[str] = []
    variables: list[str] = []
    for word in words:
        text = word.literal if word.literal is not None else word.source
        if variables:
            shown.append(hashed(text))
        else:
            shown.append(text)
            if not text.startswith("-"):
                variables.append(text)
    return Change(("set", *shown), tuple(variables))


def _simple_commands(node: Node) -> Iterator[Simple]:
    if isinstance(node, Simple):
        yield node
    for inner in _inner(node):
        yield from _simple_commands(inner)


def _run_here(body: Node, dialect: str) -> Iterator[Simple]:
    """Yield the simple commands that a line itself runs. fish's blocks are parsed flat: a function's ends by its own
    `end`."""
    depth = 0
    for node in _simple_commands(body):
        first = node.words[0].source if dialect == "fish" and node.words else ""
        if first == "function" or (depth and first in _FISH_BLOCKS):
            depth += 1
        elif depth:
            depth -= first == "end"
        else:
            yield node


def _inner(node: Node) -> list[Node]:
    """Return the parts of a compound command that this shell runs; a function's body runs where it is called."""
    if isinstance(node, Sequence):
        return [item for _, item in node.items]
    if isinstance(node, Pipeline):
        return list(node.commands)
    if isinstance(node, Group):
        return [] if node.subshell else [node.body]
    if isinstance(node, Loop):
        return [part for part in (node.condition, node.body) if part is not None]
    return list(node.arms) if isinstance(node, Branch) else []


def _defines(node: Node) -> bool:
    """True if functions are defined, or variables assigned by something else than a simple command."""
    if isinstance(node, Function | Opaque):
        return True
    if isinstance(node, Loop) and node.variable:
        return True
    return any(map(_defines, _inner(node)))
