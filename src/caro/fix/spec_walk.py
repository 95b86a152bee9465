"""Follows the words of a command through its spec and says what each of them is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from caro.fix.distance import nearest
from caro.fix.model import Inventory, Node
from caro.fix.words import Simple, Word

EMPTY: Node = {}

SAME_SPEC = {
    "pip3": "pip", "python3": "python", "nodejs": "node", "gmake": "make", "gtar": "tar", "bsdtar": "tar",
    "vi": "vim", "k": "kubectl", "oc": "kubectl", "egrep": "grep", "fgrep": "grep", "zgrep": "grep",
    "tofu": "terraform", "gradlew": "gradle", "mvnw": "mvn",
    "gsed": "sed", "gawk": "awk", "mawk": "awk", "clang": "gcc", "cc": "gcc", "docker-compose": "docker compose",
    "podman": "docker", "nerdctl": "docker", "python3.11": "python", "mariadb": "mysql", "g": "git", "hub": "git",
}  # fmt: skip


SEVERAL = frozenset("mvn mvnw gradle gradlew rake ninja".split())
"""Programs that take several of their words in one line, each a goal of its own."""


SHORTENING = frozenset("nmcli ip tc bridge".split())
"""Programs that take the beginning of a sub-command for it (ip(8), nmcli(1))."""
ATTACHING = {
    **dict.fromkeys("gcc g++ cc c++ clang clang++ cpp gfortran ld".split(), "lOm"),
    "perl": "MmIi", "ruby": "Ir", "mysql": "uph", "mysqldump": "uph", "mariadb": "uph", "7z": "omtpx", "nasm": "f",
    "php": "d", "awk": "vfF", "gawk": "vfF", "mawk": "vfF", "ssh": "LRDopilF", "rustc": "CLl",
}  # fmt: skip
"""Lower-case and other letters behind which a program takes a value in the same word (`-lpthread`, `-uroot`), of those
whose specs hold long names with one dash or not every letter."""
RUNS_REST = {
    "docker": ("run", "exec"), "podman": ("run", "exec"), "nerdctl": ("run", "exec"), "docker-compose": ("run", "exec"),
    "lxc": ("exec",), "kubectl": ("exec", "run"), "flatpak": ("run",),
}  # fmt: skip
"""Tool -> sub-commands with one operand and then a program's command line."""
RUN_IN_FIND = frozenset("-exec -execdir -ok -okdir".split())
"""find(1): what follows them, up to `;` or `+`, is another program's."""


@dataclass(frozen=True)
class Step:
    """One word: its `role` is `command`, `sub`, `option`, `unknown-option`, `value`, `arg` or `unknown-sub`.
    `node` is where the walk stood when it met the word, `chain` the nodes above with it."""

    word: Word
    role: str
    node: Node
    chain: tuple[Node, ...]
    key: str
    certain: bool = False


def spec_for(inventory: Inventory, name: str) -> Node | None:
    """Return the spec of a command by its name or by the name of one that takes the same words."""
    node = inventory.spec(name)
    if node is None and name in SAME_SPEC:
        return child_path(inventory, SAME_SPEC[name].split())
    return node


def child_path(inventory: Inventory, path: list[str]) -> Node | None:
    node = inventory.spec(path[0])
    for at in range(1, len(path)):
        node = child(inventory, node, " ".join(path[:at]), path[at]) if node is not None else None
    return node


def child(inventory: Inventory, node: Node, key: str, name: str) -> Node | None:
    """Return the child `name` of the node stored under `key`, through aliases and entries kept apart."""
    children = node.get("s", EMPTY)
    found = children.get(name)
    if isinstance(found, str):
        name, found = found, children.get(found)
    if not isinstance(found, dict):
        return None
    if "l" in found:
        return inventory.spec(f"{key} {name}") or EMPTY
    return found


def real_name(node: Node, name: str) -> str:
    found = node.get("s", EMPTY).get(name)
    return found if isinstance(found, str) else name


def option_names(chain: tuple[Node, ...]) -> list[str]:
    """Return options valid at the end of the chain: its own, and those that hold below of the nodes above."""
    found: list[str] = []
    for at, node in enumerate(reversed(chain)):
        keys = ("o", "v", "Po", "Pv") if at == 0 else ("Po", "Pv")
        for key in keys:
            found += node.get(key, ())
    return found


def _valued(chain: tuple[Node, ...], name: str) -> bool:
    return any(name in node.get(key, ()) for node in chain for key in ("v", "Pv"))


def _known_option(chain: tuple[Node, ...], text: str) -> bool:
    """True if the option is known; also of a cluster of short options (`-xzf`), of `-n5` and of unique beginnings
    (`--verb`)."""
    names = set(option_names(chain)) | set(option_names(chain[:1]))
    bare = text.split("=", 1)[0]
    if bare in names or text in ("-", "--", "--help", "-h", "--version") or bare + "=" in names:
        return True
    if text.startswith("--"):
        return bare.startswith("--no-") and "--" + bare[5:] in names
    if _holds_value(text, names):
        return True
    if (
        any(len(name) > 2 and name.startswith("-") and not name.startswith("--") for name in names)
        and len(text) > 3
    ):
        return any(text.startswith(name) and len(name) == 2 and not text[2:3].isalpha() for name in names)
    return text[1:2].isdigit() or all(f"-{letter}" in names or not letter.isalpha() for letter in text[1:])


_NO_LETTERS = frozenset(
    "chmod kill pkill killall setfacl find java gcc cc clang g++ test [ expr dd date".split()
)
"""Programs whose words behind one dash are modes, signals, names or tests."""
FEW = 4
"""Options of one letter below which a list is taken for incomplete."""


def unknown_letter(step: Step, program: str) -> str:
    """Return the letter of a cluster (`-rz`) that is surely no option of the program; "" for none, or where it can't be
    told. Letters behind one that takes a value are that value."""
    names = set(option_names(step.chain)) | set(option_names(step.chain[:1]))
    letters = {name for name in names if re.fullmatch(r"-[A-Za-z]", name)}
    text = step.word.text
    wordy = any(name.startswith("-") and not name.startswith("--") and len(name) > 2 for name in names)
    if (
        program in _NO_LETTERS
        or wordy
        or len(letters) < FEW
        or not re.fullmatch(r"-[A-Za-z][\w.,:/=-]*", text)
    ):
        return ""
    for letter in text[1:]:
        option = f"-{letter}"
        if not letter.isalpha() or _valued(step.chain, option) or option in ("-h", "-V"):
            return ""
        if option not in letters:
            return letter
    return ""


def _holds_value(text: str, names: set[str]) -> bool:
    """True if the word is a letter with its value: `-Iinclude`, `-Dname=1`, `-Xmx8g`, `-Bbuild`. A capital behind one
    dash is that by custom (XBD 12.2 of POSIX.1-2024), whatever a spec holds; only -W takes words that have slips. The
    beginning of a group (`-Wno-unused` of `-Wno-unused-value`) is a name as well."""
    if re.match(r"-[A-VX-Z][^A-Z]", text) and len(text) > 3 and "-" + text.lower() not in names:
        return True
    return len(text) > 4 and text[1] == "W" and any(name.startswith(text + "-") for name in names)


def _attaches(simple: Simple, text: str) -> bool:
    """True if the program takes what follows the word's first letter for the value of that option."""
    return text[1:2] in tuple(ATTACHING.get(simple.name, "")) and len(text) > 2


def _has_plus(chain: tuple[Node, ...]) -> bool:
    return any(name.startswith("+") for name in option_names(chain))


CLOSE = 1.25
"""The price of one slip of a finger, and no more."""


def is_wrong(step: Step) -> bool:
    """True if the spec alone shows a slip: a word the tool doesn't know, and one near that it does."""
    text = step.word.text
    if step.role == "unknown-option" and "=" in text and not set("$*?[`") & set(text.partition("=")[0]):
        return _is_slip_of_option(step)
    if step.word.expands or "/" in text or len(text) < 3:
        return False
    if step.role == "unknown-option":
        return _is_slip_of_option(step)
    if step.role == "unknown-sub":
        return bool(nearest(text, list(step.node.get("s", ())), 1))
    listed = step.node.get("a", ())
    return step.role == "arg" and len(listed) > 5 and text not in listed and bool(nearest(text, listed, 1))


def _is_slip_of_option(step: Step) -> bool:
    """True if one slip made a long name of this. What a spec doesn't know may be new: one slip, no more, and no
    beginning of a name."""
    text = step.word.text.split("=", 1)[0]
    names = [*option_names(step.chain), *option_names(step.chain[:1])]
    if len(text) < 6 or any(name.startswith(text) for name in names):
        return False
    return any(cost <= CLOSE and len(name) > 5 for name, cost in nearest(text, names, 2))


def is_evident_slip(step: Step) -> bool:
    """True if one slip made the word of a name of the spec, whatever the output tells of."""
    if step.role == "unknown-sub" and step.certain and len(step.word.text) > 3 and is_wrong(step):
        return nearest(step.word.text, list(step.node.get("s", ())), 1)[0][1] <= CLOSE
    return step.role == "unknown-option" and is_wrong(step)


def _is_foreign(
    simple: Simple, words: tuple[Word, ...], at: int, key: str, in_args: bool, foreign: bool
) -> bool:
    """True if the word belongs to the command line of another program that this one runs."""
    if simple.name == "find":
        return words[at - 1].text in RUN_IN_FIND or (foreign and words[at - 1].text not in (";", "+"))
    last = key.rpartition(" ")[2]
    return foreign or (in_args and last in RUNS_REST.get(simple.name, ()))


def _below(simple: Simple, inventory: Inventory, node: Node, key: str, text: str) -> Node | None:
    """Return the node of a sub-command, by its beginning where the program takes that."""
    below = child(inventory, node, key, text)
    if below is None and simple.name in SHORTENING:
        longer = next((name for name in node.get("s", ()) if name.startswith(text)), "")
        return child(inventory, node, key, longer) if longer else None
    return below


def walk(simple: Simple, inventory: Inventory) -> Iterator[Step]:
    """Give the steps of a simple command, its first word included; stops being certain where the spec ends."""
    words = simple.words
    root = spec_for(inventory, simple.name)
    node: Node = EMPTY if root is None else root
    key = (
        simple.name
        if root is None or inventory.spec(simple.name) is not None
        else SAME_SPEC.get(simple.name, "")
    )
    chain: tuple[Node, ...] = (node,)
    yield Step(words[0], "command", node, chain, key, root is not None)
    at, options_end, in_args, foreign = 1, False, False, False
    while at < len(words):
        word = words[at]
        at += 1
        foreign = _is_foreign(simple, words, at - 1, key, in_args, foreign)
        if foreign:
            yield Step(word, "arg", EMPTY, (EMPTY,), key)
        elif word.text == "--":
            options_end = True
            yield Step(word, "option", node, chain, key)
        elif word.text == "-m" and simple.name.startswith("python") and at < len(words):
            yield Step(word, "option", node, chain, key)
            yield Step(words[at], "value", node, chain, key)
            key, node = words[at].text, spec_for(inventory, words[at].text) or EMPTY
            chain, at = (node,), at + 1
        elif word.text[:1] in "-+" and len(word.text) > 1 and not options_end:
            known = _known_option(chain, word.text) or _attaches(simple, word.text)
            if not known and word.text[0] == "+" and not _has_plus(chain):
                # Earthly's targets (`+build`), an editor's line: operands to a tool without such options.
                yield Step(word, "arg", node, chain, key)
                continue
            role = "option" if known else "unknown-option"
            yield Step(word, role, node, chain, key, bool(option_names(chain)))
            if known and "=" not in word.text and _valued(chain, word.text) and at < len(words):
                yield Step(words[at], "value", node, chain, key)
                at += 1
        elif not in_args and (below := _below(simple, inventory, node, key, word.text)) is not None:
            yield Step(word, "sub", node, chain, key, True)
            if simple.name in SEVERAL:
                continue
            key, node = f"{key} {real_name(node, word.text)}", below
            chain = (*chain, node)
        else:
            children = bool(node.get("s"))
            role = "unknown-sub" if children and not in_args else "arg"
            # A tool with many sub-commands and an argument of its own (git's aliases) still means the former.
            many = len(node.get("s", ())) > 5
            yield Step(word, role, node, chain, key, children and (many or not node.get("x")))
            in_args = True
