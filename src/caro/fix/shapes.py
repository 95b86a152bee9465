"""Words whose letters are right and whose shape is not: a space too many, too few or in the wrong place, dashes
too many or none, upper for lower case."""

from __future__ import annotations

import re
from collections.abc import Iterator

from caro.fix.commands import is_unknown
from caro.fix.distance import nearest
from caro.fix.evidence import names_word
from caro.fix.folders import exists
from caro.fix.model import Candidate, Failure, Inventory, Node
from caro.fix.spec_walk import CLOSE, Step, child, option_names, spec_for, walk
from caro.fix.words import PREFIXES, Simple, Word

SURE = 1.0
"""Letters that fit without a change are no chance: above every name that is only near."""
LIKELY = 0.9
UNSEEN = 0.62
"""Without an output: the spec alone says so."""
CLUSTERS = frozenset("ls ps df du".split())
"""Programs that people type with their options and no space: `lsla`, `dfh`."""


def shapes(simple: Simple, failure: Failure, inventory: Inventory) -> Iterator[Candidate]:
    """Give candidates for one simple command."""
    if is_unknown(simple, failure, inventory):
        yield from _joined_command(simple, inventory)
        yield from _joined_operand(simple, inventory)
        yield from _dash_for_space(simple, inventory)
        yield from _split_command(simple, inventory)
        return
    if "/" in simple.words[0].text:
        yield from _command_in_path(simple, failure, inventory)
    steps = list(walk(simple, inventory))
    yield from _apart_from_command(simple, steps, inventory)
    lost = False
    for step in steps[1:]:
        lost = lost or step.role == "unknown-sub"
        if not step.word.expands and not step.word.quoted:
            yield from _joined_word(simple, step, inventory)
            yield from _split_word(simple, step, steps, inventory)
            yield from _dashes(simple, step, failure, lost)
            yield from _other_case(simple, step, failure)
    yield from _split_path(simple, failure, inventory)


def _space(simple: Simple, word: Word, text: str, why: str, score: float = SURE) -> Candidate:
    return Candidate(simple.replaced(word, text), score, why, "command")


def _joined_command(simple: Simple, inventory: Inventory) -> Iterator[Candidate]:
    first = simple.words[0]
    for at in range(2, len(first.text)):
        name, rest = first.text[:at], first.text[at:]
        if inventory.has(name) and _follows(name, rest, inventory):
            yield _space(simple, first, f"{name} {rest}", f"a space is missing after `{name}`")
        elif inventory.has(name) and name in CLUSTERS and _all_short(name, rest, inventory):
            yield _space(simple, first, f"{name} -{rest}", f"` -` is missing after `{name}`", 0.9)


OPERANDS = frozenset("cd ls cat mkdir touch vim nano less cp mv echo code open source".split())
"""Programs that people type with their operand in one word."""
MAKERS = frozenset("mkdir touch".split())


def _joined_operand(simple: Simple, inventory: Inventory) -> Iterator[Candidate]:
    """Give the two words of `mkdirbuild`, of `cdsrc` where `src` is there, of `echo"text"`."""
    first = simple.words[0]
    raw = simple.line[first.start : first.end]
    mark = re.match(r"([a-z]+)([\"'].*)$", raw)
    if mark is not None and inventory.has(mark[1]):
        yield _space(simple, first, f"{mark[1]} {mark[2]}", f"a space is missing after `{mark[1]}`")
    for at in range(2, len(first.text) - 1):
        name, rest = first.text[:at], first.text[at:]
        if name not in OPERANDS or not inventory.has(name) or first.quoted:
            continue
        if exists(rest, inventory):
            yield _space(simple, first, f"{name} {rest}", f"a space is missing after `{name}`")
        elif name in MAKERS and len(rest) > 2 and not _is_slip(first.text, inventory):
            yield _space(simple, first, f"{name} {rest}", f"a space is missing after `{name}`", 0.8)


def _is_slip(text: str, inventory: Inventory) -> bool:
    return any(cost <= 2 * CLOSE for _, cost in nearest(text, inventory.commands(), 1))


def _dash_for_space(simple: Simple, inventory: Inventory) -> Iterator[Candidate]:
    """Give `npm run` for `npm-run`: a dash where the space belongs."""
    first = simple.words[0]
    name, dash, rest = first.text.partition("-")
    node = spec_for(inventory, name) if dash and inventory.has(name) else None
    known = first.text in inventory.names("common") or inventory.spec(first.text) is not None
    if node is not None and not known and rest in node.get("s", ()):
        yield _space(simple, first, f"{name} {rest}", "a dash in place of the space")


def _follows(name: str, rest: str, inventory: Inventory) -> bool:
    if re.fullmatch(r"-{1,2}[A-Za-z][\w=-]*", rest):
        node = spec_for(inventory, name)
        if len(rest) > 3 and any(cost <= CLOSE for _, cost in nearest(name + rest, inventory.commands(), 1)):
            return False  # `ssh-keygne`: one slip from a name that is there
        return len(rest) == 2 or (node is not None and _takes(rest, (node,)))
    if name in PREFIXES and name.isalpha():
        return inventory.has(rest) and len(rest) > 2
    if name == "make" and rest in TARGETS:
        return True
    node = spec_for(inventory, name)
    files = node is not None and node.get("t") in ("filepaths", "folders")
    return files and "." in rest[1:] and exists(rest, inventory)


def _takes(text: str, chain: tuple[Node, ...]) -> bool:
    """True if the option, or each letter of it, is one of a spec."""
    names = set(option_names(chain))
    return text in names or (not text.startswith("--") and {f"-{one}" for one in text[1:]} <= names)


def _all_short(name: str, rest: str, inventory: Inventory) -> bool:
    node = spec_for(inventory, name)
    return (
        node is not None and 2 <= len(rest) <= 4 and {f"-{one}" for one in rest} <= set(option_names((node,)))
    )


def _command_in_path(simple: Simple, failure: Failure, inventory: Inventory) -> Iterator[Candidate]:
    """Give the two words of `cat/etc/hosts`, `cd/`: a command and an absolute path in one word."""
    first = simple.words[0]
    name, slash, rest = first.text.partition("/")
    if (
        failure.exit_code in (126, 127)
        and len(name) > 1
        and inventory.has(name)
        and exists("/" + rest, inventory)
    ):
        yield _space(simple, first, f"{name} {slash}{rest}", f"a space is missing after `{name}`", 0.95)


def _swapped(simple: Simple, one: Word, other: Word, text: str) -> str:
    return simple.line[: one.start] + text + simple.line[other.end :]


def _split_command(simple: Simple, inventory: Inventory) -> Iterator[Candidate]:
    """Give the command where the space is a few letters off: `doc ker ps`, `gits tatus`, `dockerp s`."""
    if len(simple.words) < 2:
        return
    one, other = simple.words[:2]
    why = "a space in the wrong place"
    if other.text.isalnum() and inventory.has(one.text + other.text) and len(one.text + other.text) > 2:
        yield Candidate(_swapped(simple, one, other, one.text + other.text), SURE, why, "command")
    both = one.text + other.text
    for at in range(max(2, len(one.text) - 2), min(len(one.text) + 3, len(both))):
        name, rest = both[:at], both[at:]
        node = spec_for(inventory, name) if inventory.has(name) else None
        if node is not None and rest in node.get("s", ()):
            yield Candidate(_swapped(simple, one, other, f"{name} {rest}"), SURE, why, "command")
    # `g it status`: a letter alone, and a name that starts with it
    if len(simple.words) > 2 and len(one.text) == 1 and inventory.has(one.text + other.text):
        yield Candidate(_swapped(simple, one, other, one.text + other.text), SURE, why, "command")


def _apart_from_command(simple: Simple, steps: list[Step], inventory: Inventory) -> Iterator[Candidate]:
    """Give the one name with a dash of two words, and the other way round: `apt get update`, `docker compose`."""
    if len(steps) < 2 or steps[1].role != "unknown-sub":
        return
    name = f"{simple.words[0].text}-{steps[1].word.text}"
    if inventory.has(name) or spec_for(inventory, name) is not None:
        text = _swapped(simple, simple.words[0], steps[1].word, name)
        yield Candidate(text, SURE, "one word with a dash", "command")


def _joined_word(simple: Simple, step: Step, inventory: Inventory) -> Iterator[Candidate]:
    """Give the words that lost their space: `git checkout-b`, `docker composeup`, `git pushorigin`."""
    if step.role != "unknown-sub":
        return
    text = step.word.text
    for at in range(2, len(text)):
        name, rest = text[:at], text[at:]
        below = child(inventory, step.node, step.key, name)
        if below is not None and _continues_word(f"{step.key} {name}", name, rest, step, inventory):
            yield Candidate(
                simple.replaced(step.word, f"{name} {rest}"),
                SURE,
                f"a space is missing after `{name}`",
                "spec",
            )


def _continues_word(key: str, name: str, rest: str, step: Step, inventory: Inventory) -> bool:
    below = child(inventory, step.node, step.key, name)
    if re.fullmatch(r"-{1,2}[A-Za-z][\w=-]*", rest):
        return len(rest) == 2 or (below is not None and _takes(rest, (*step.chain, below)))
    if below is not None and len(rest) > 1 and rest in below.get("s", ()):
        return True
    if key.startswith("git "):
        return rest in ("origin", "upstream", *inventory.names("git-branch"))
    return key.split(" ")[-1] in ("run", "run-script") and rest in SCRIPTS


SCRIPTS = frozenset("build test start dev lint format watch serve deploy preview clean typecheck".split())
"""Names that scripts of projects mostly have."""


TARGETS = SCRIPTS | frozenset("all install check distclean help docs run".split())


def _split_word(simple: Simple, step: Step, steps: list[Step], inventory: Inventory) -> Iterator[Candidate]:
    """Give the one word of two: `git sta tus`, `git cherry pick`, `docker ps- a`, `git -- version`, `tar - xf`."""
    at = steps.index(step)
    if at + 1 >= len(steps):
        return
    after, text = steps[at + 1].word, step.word.text
    if after.start != step.word.end + 1 or after.quoted or after.expands:
        return
    names = step.node.get("s", ())
    why = "a space in the wrong place"
    if step.role == "unknown-sub":
        for glued in (text + after.text, f"{text}-{after.text}"):
            if glued in names:
                yield Candidate(_swapped(simple, step.word, after, glued), SURE, why, "spec")
        if text.endswith("-") and text.rstrip("-") in names:
            moved = text.rstrip("-") + " " + text[len(text.rstrip("-")) :] + after.text
            yield Candidate(_swapped(simple, step.word, after, moved), SURE, why, "spec")
    elif step.role == "sub" and steps[at + 1].role != "sub" and f"{text}-{after.text}" in names:
        yield Candidate(_swapped(simple, step.word, after, f"{text}-{after.text}"), LIKELY, why, "spec")
    elif text in ("-", "--") and after.text.isalnum() and _is_option(text + after.text, step):
        yield Candidate(_swapped(simple, step.word, after, text + after.text), LIKELY, why, "spec")


def _is_cluster(letters: str, step: Step) -> bool:
    """True if the letters are short options in one word: none twice but for `-vvv`, and none that would take the rest
    for its value."""
    once = len(set(letters)) in (1, len(letters))
    valued = {name for node in step.chain for key in ("v", "Pv") for name in node.get(key, ())}
    return once and _is_option("-" + letters, step) and not {f"-{one}" for one in letters[:-1]} & valued


def _is_option(text: str, step: Step) -> bool:
    return text in ("--version", "--help") or _takes(text, step.chain) or _takes(text, step.chain[:1])


def _dashes(simple: Simple, step: Step, failure: Failure, lost: bool) -> Iterator[Candidate]:
    text = step.word.text
    if text[:1] in "—–−‐‑" and len(text) > 1:
        yield _ascii_dash(simple, step)
    score = _score(text, failure)
    short = re.fullmatch(r"--([A-Za-z]{1,4})(\d*)", text)
    if short and not (step.role == "option" and text in option_names(step.chain)):
        near = [name for name in option_names(step.chain) if len(name) > 3]
        if len(text) > 3 and any(name.startswith(text) for name in near):
            return  # a beginning: `git reset --ha`
        slip = nearest(text, near, 1) if len(text) > 3 else []
        if _is_cluster(short[1], step) and score and not (slip and slip[0][1] <= CLOSE):
            yield Candidate(simple.replaced(step.word, text[1:]), score, "one dash", "spec")
    if (
        step.role == "unknown-option"
        and not lost
        and text.startswith("-")
        and text.lstrip("-") in step.node.get("s", ())
        and score
    ):
        yield Candidate(simple.replaced(step.word, text.lstrip("-")), score, "no dash", "spec")
    dashless = simple.name == "find" and len(text) > 2 and step.role in ("arg", "unknown-sub")
    if dashless and "-" + text in option_names(step.chain):
        yield Candidate(simple.replaced(step.word, "-" + text), LIKELY, "a dash is missing", "spec")


def _ascii_dash(simple: Simple, step: Step) -> Candidate:
    """Give the option that a word processor's dash began: with two dashes where it made one of two, else with one."""
    name = step.word.text[1:]
    one = not _is_option("--" + name.split("=")[0], step) and (
        len(name) == 1 or _takes("-" + name, step.chain)
    )
    return Candidate(
        simple.replaced(step.word, ("-" if one else "--") + name),
        SURE,
        "one dash, not a long one" if one else "two dashes, not a long one",
        "spec",
    )


def _score(text: str, failure: Failure) -> float:
    """Return how sure it is: by whether the output names the word, its letters, or options at all."""
    if not (failure.output or "").strip():
        return UNSEEN + 0.1
    output = failure.output or ""
    if names_word(output, text) or names_word(output, text.lstrip("-")):
        return 0.993
    return 0.7 if re.search(r"option|flag|switch|usage", output, re.I) else 0.0


def _other_case(simple: Simple, step: Step, failure: Failure) -> Iterator[Candidate]:
    """Give the other case of a letter that is no option, where that one is: `make -c folder`. Nothing unseen: a spec
    seldom holds every letter."""
    text = step.word.text
    if (
        not (failure.output or "").strip()
        or step.role != "unknown-option"
        or not re.fullmatch(r"-[A-Za-z]", text)
    ):
        return
    if text.swapcase() in option_names(step.chain) and (score := _score(text, failure)):
        why = f"`{simple.name}` knows no option `{text}`; `{text.swapcase()}` is one"
        yield Candidate(simple.replaced(step.word, text.swapcase()), min(score, LIKELY), why, "spec")


def _split_path(simple: Simple, failure: Failure, inventory: Inventory) -> Iterator[Candidate]:
    """Give the one path of two words, where it is there: `cat notes .txt`, `./tools /setup.sh`."""
    if simple.name in ("basename", "dirname"):
        return  # `basename notes.c .c`: a suffix
    for one, other in zip(simple.words, simple.words[1:], strict=False):
        plain = not (one.quoted or other.quoted or one.expands or other.expands)
        if not plain or other.text[:1] not in "./" or other.start != one.end + 1 or one.text.startswith("-"):
            continue
        whole = one.text.rstrip("/") + other.text
        if exists(whole, inventory) and not exists(other.text, inventory):
            yield Candidate(_swapped(simple, one, other, whole), SURE, "a space inside a path", "path")
