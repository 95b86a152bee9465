"""Tier 3: a path that isn't there, repaired part by part against the real folders."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from caro.fix.commands import EDIT
from caro.fix.decisions.tables import says_errno
from caro.fix.distance import nearest
from caro.fix.evidence import Mention, names_word
from caro.fix.model import Candidate, Failure, Inventory
from caro.fix.spec_walk import CLOSE, walk
from caro.fix.words import Simple, Word, quote
from caro.knowledge import Knowledge

_MOST = 4
READERS = frozenset(
    "cat tac ls cd less more head tail wc vim vi nvim nano emacs code cp mv stat file diff cmp sort uniq cut"
    " source . bat chmod chown chgrp ln unzip gunzip zcat tree pushd open xdg-open readlink realpath du od xxd"
    " hexdump strings python python3 node ruby perl php bash sh zsh md5sum sha256sum sha1sum rsync scp".split()
)
"""Programs whose operands are files that have to be there: what their status tells, without an output too."""
OTHERS = frozenset(
    "grep egrep rm rmdir tar gzip xz awk sed jq javac java gcc g++ pytest deno bun ssh-keygen unlink find zip".split()
)
"""Programs with operands that are files and others that are none: an output has to name the file."""
INTERPRETERS = frozenset("python python3 node ruby perl php bash sh zsh".split())
INTO = frozenset("cp mv ln rsync scp".split())
"""Programs whose last operand may be new."""
FIRST_IS_NONE = frozenset("chmod chown chgrp tar grep egrep sed awk jq".split())
"""Programs whose first operand is no file."""
MAKES = frozenset(
    "-o -O -of --output --out --outfile --output-file --output-dir --outdir --target --dest".split()
)
"""Options that name what shall be made: never taken for a slip of a file that is there."""
ONLY_FOLDERS = frozenset(("cd", "pushd", "rmdir"))
EDITORS = frozenset("vim vi nvim nano emacs code".split())
"""Programs that make the file which isn't there: only an output may blame it."""


def absolute(text: str, inventory: Inventory) -> str | None:
    """Return the path that a word means where the command ran; None where that folder isn't known."""
    if text.startswith("~/") or text == "~":
        return inventory.home + text[1:]
    if text.startswith("/"):
        return text
    return f"{inventory.cwd.rstrip('/')}/{text}" if inventory.cwd else None


CASE = 0.5
"""Cost of letters in another case, of the only name that differs in nothing else."""


def _exists(path: str, inventory: Inventory) -> bool:
    folder, _, name = path.rstrip("/").rpartition("/")
    listing = inventory.listing(folder or "/")
    return listing is not None and (name in listing or name + "/" in listing or not name)


def exists(text: str, inventory: Inventory) -> bool:
    """True if a word, taken as a path from where the command ran, is there."""
    path = absolute(text, inventory)
    return path is not None and _exists(path, inventory)


def repaired(
    path: str, inventory: Inventory, only_folders: bool = False, start: str = ""
) -> list[tuple[str, float]]:
    """Return existing paths near a missing one with their costs: each part taken as it is where it exists, else the
    nearest names of that folder, the best few kept (a beam search). `path` hangs below the folder `start`, which is
    right and need not be readable above."""
    parts = [part for part in path.split("/") if part]
    beam: list[tuple[str, float]] = [(start, 0.0)]
    for at, part in enumerate(parts):
        last = at == len(parts) - 1
        following: list[tuple[str, float]] = []
        for folder, cost in beam:
            following += _next_parts(folder, part, cost, inventory, not last or only_folders)
        beam = sorted(following, key=lambda item: item[1])[:_MOST]
        if not beam:
            return []
    tail = "/" if path.endswith("/") else ""
    return [(found + tail, cost) for found, cost in beam if cost > 0]


def _next_parts(
    folder: str, part: str, cost: float, inventory: Inventory, only_folders: bool
) -> list[tuple[str, float]]:
    if part in (".", ".."):
        return [(f"{folder}/{part}", cost)]
    listing = inventory.listing(folder or "/")
    if listing is None:
        return []
    names = [name.rstrip("/") for name in listing if not only_folders or name.endswith("/")]
    if part in names:
        return [(f"{folder}/{part}", cost)]
    if part.isdecimal():
        return []  # another number is another thing: a process, a year
    same = [name for name in names if name.casefold() == part.casefold()]
    if len(same) == 1:
        return [(f"{folder}/{same[0]}", cost + CASE)]
    near = nearest(part, names, _MOST)
    stem = part.rsplit(".", 1)[0]
    if not near and len(stem) > 2:
        near = [(name, 1.2) for name in names if name.rsplit(".", 1)[0] == stem][:1]
    return [(f"{folder}/{name}", cost + price) for name, price in near]


def _has_bare_mode(simple: Simple) -> bool:
    """True if chmod's mode looks like an option: `+x`, `-w`."""
    return simple.name == "chmod" and re.fullmatch(r"[-+][rwxXst]+", simple.words[1].text) is not None


def _operands(simple: Simple, inventory: Inventory) -> Iterator[tuple[Word, bool]]:
    """Give the words that may name a file which has to be there; True with those that only an output may blame:
    values of options, and words whose place says nothing."""
    steps = list(walk(simple, inventory))
    plain = [
        step.word for step in steps[1:] if step.role in ("arg", "unknown-sub") and step.word.text[:1] != "-"
    ]
    if simple.name in FIRST_IS_NONE and not _has_bare_mode(simple):
        plain = plain[1:]
    if simple.name in INTERPRETERS:
        plain = plain[:1]
    new = plain[-1] if simple.name in INTO and len(plain) > 1 else None
    for at, step in enumerate(steps[1:], 1):
        text, before = step.word.text, simple.words[at - 1].text
        if before in MAKES or step.word.expands or not text or text.startswith("-"):
            continue
        if step.role == "value":
            yield step.word, True
        elif step.word in plain:
            behind_option = before.startswith("-") and not steps[at - 1].node
            is_file = simple.name in READERS - EDITORS or (simple.name in OTHERS and "." in text[1:])
            yield step.word, step.word is new or behind_option or not is_file


def _suspected(
    simple: Simple, failure: Failure, inventory: Inventory, found: list[Mention], knowledge: Knowledge
) -> Iterator[tuple[Word, float]]:
    """Give words that name a path the output complains of; without an output those of readers of files alone."""
    output = failure.output
    missing = {mention.bad.rstrip("/:") for mention in found if mention.kind == "path" and mention.bad}
    first = [(simple.words[0], True)] if "/" in simple.words[0].text else []
    targets = [(word, True) for word in simple.targets if not word.expands and _is_read(word, simple)]
    takes_files = simple.name in READERS | OTHERS
    for word, only_named in (*first, *_operands(simple, inventory), *targets):
        text = word.text
        if text.rstrip("/:") in missing or any(bad.endswith("/" + text) for bad in missing):
            if takes_files or "/" in text or "." in text or _is_value(word, simple):
                yield word, 1.0
        elif output is None or not output.strip():
            if not only_named and failure.exit_code in (1, 2, 127):
                yield word, 0.8
        elif _is_missed(output, text.rstrip("/"), knowledge) and (
            "/" in text or takes_files or _is_value(word, simple)
        ):
            yield word, 0.85


def _is_read(target: Word, simple: Simple) -> bool:
    """True if the redirection's file has to be there, or the folder that it lies in."""
    return "/" in target.text or simple.line[: target.start].rstrip().endswith("<")


def _is_value(word: Word, simple: Simple) -> bool:
    before = simple.words[simple.words.index(word) - 1].text if word in simple.words[1:] else ""
    return before.startswith("-") or word in simple.targets


def _is_missed(output: str, text: str, knowledge: Knowledge) -> bool:
    """True if a line that holds the word says, in any language, that something isn't there."""
    lines = [line for line in output.splitlines()[:200] if text in line and names_word(line, text)]
    return any(says_errno(line.lower(), name, knowledge) for line in lines for name in ("ENOENT", "ENOTDIR"))


def _is_another(typed: str, found: str) -> bool:
    """True if the two are members of a series (`data1`, `data2`; `a.txt`, `b.txt`), not one slip apart."""
    one, other = (name.rstrip("/").rpartition("/")[2] for name in (typed, found))
    if one.casefold() == other.casefold():
        return False
    if min(len(name.partition(".")[0]) for name in (one, other)) < 2 and len(one) == len(other):
        return True
    same = re.sub(r"\d+", "0", one) == re.sub(r"\d+", "0", other)
    return same and sorted(re.findall(r"\d", one)) != sorted(re.findall(r"\d", other))


def _shown(found: str, typed: str, inventory: Inventory) -> str:
    """Return the repaired path in the form in which it was typed: absolute, from home, or relative."""
    if typed.startswith("~"):
        return "~" + found[len(inventory.home) :] if found.startswith(inventory.home) else found
    if typed.startswith("/") or not inventory.cwd:
        return found
    base = inventory.cwd.rstrip("/") + "/"
    shown = found[len(base) :] if found.startswith(base) else found
    return "./" + shown if typed.startswith("./") and not shown.startswith("./") else shown


def _quoted(path: str) -> str:
    if path.startswith("~/"):
        return "~/" + quote(path[2:]) if path[2:] else path
    return quote(path)


def wrong_paths(
    simple: Simple, failure: Failure, inventory: Inventory, found: list[Mention], knowledge: Knowledge
) -> Iterator[Candidate]:
    """Give the real paths near one that isn't there; nearer ones where no output names it."""
    unseen = not (failure.output or "").strip()
    for word, strength in _suspected(simple, failure, inventory, found, knowledge):
        path = absolute(word.text, inventory)
        if path is None or _exists(path, inventory) or word.text.endswith("/..."):
            continue
        start = (
            ""
            if word.text.startswith("/")
            else inventory.home
            if word.text.startswith("~")
            else inventory.cwd or ""
        )
        below = path[len(start) :] if start else path
        choices = repaired(below, inventory, simple.name in ONLY_FOLDERS, start.rstrip("/"))
        total = sum(math.exp(-EDIT * cost) for _, cost in choices) + math.exp(
            -EDIT * (0.25 * len(path) ** 0.8 + 1.0)
        )
        for choice, cost in choices:
            if (unseen and cost > CLOSE) or _is_another(path, choice):
                continue
            chance = math.exp(-EDIT * cost) / total
            shown = _shown(choice, word.text, inventory)
            yield Candidate(
                simple.replaced(word, _quoted(shown)),
                chance * strength,
                f"no `{word.text}`; `{shown}` exists",
                "path",
            )
