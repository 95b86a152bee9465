"""Tier 3: a path that isn't there, repaired part by part against the real folders."""

from __future__ import annotations

import math
from collections.abc import Iterator

from caro.fix.commands import EDIT
from caro.fix.distance import nearest
from caro.fix.evidence import Mention, names_word, quoted_words
from caro.fix.model import Candidate, Failure, Inventory
from caro.fix.words import Simple, Word, quote

_MOST = 4
READERS = frozenset(
    "cat ls cd less more head tail wc grep vim vi nvim nano emacs code cp mv rm rmdir stat file diff sort uniq cut"
    " source . bat chmod chown chgrp ln tar unzip gunzip gzip zcat touch du tree pushd open xdg-open readlink realpath"
    " python python3 node ruby perl php bash sh zsh md5sum sha256sum sha1sum wc od xxd hexdump strings awk sed jq make"
    " javac java gcc g++ pytest go cargo npx ts-node deno bun ssh-keygen".split()
)
ONLY_FOLDERS = frozenset(("cd", "pushd", "rmdir"))


def _absolute(text: str, inventory: Inventory) -> str | None:
    if text.startswith("~/") or text == "~":
        return inventory.home + text[1:]
    if text.startswith("/"):
        return text
    return f"{inventory.cwd.rstrip('/')}/{text}" if inventory.cwd else None


def _exists(path: str, inventory: Inventory) -> bool:
    folder, _, name = path.rstrip("/").rpartition("/")
    listing = inventory.listing(folder or "/")
    return listing is not None and (name in listing or name + "/" in listing or not name)


def exists(text: str, inventory: Inventory) -> bool:
    """True if a word, taken as a path from where the command ran, is there."""
    path = _absolute(text, inventory)
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
    near = nearest(part, names, _MOST)
    stem = part.rsplit(".", 1)[0]
    if not near and len(stem) > 2:
        near = [(name, 1.2) for name in names if name.rsplit(".", 1)[0] == stem][:1]
    return [(f"{folder}/{name}", cost + price) for name, price in near]


def _suspected(simple: Simple, failure: Failure, found: list[Mention]) -> Iterator[tuple[Word, float]]:
    """Give words that name a path the output complains of."""
    output = failure.output
    missing = {mention.bad.rstrip("/:") for mention in found if mention.kind == "path" and mention.bad}
    words = [*simple.words[1:], *simple.targets]
    if "/" in simple.words[0].text:
        words.insert(0, simple.words[0])
    for word in words:
        text = word.text
        if text.startswith("-") or word.expands or not text:
            continue
        if text.rstrip("/:") in missing or any(bad.endswith("/" + text) for bad in missing):
            yield word, 1.0
        elif output is None or not output.strip():
            if simple.name in READERS and failure.exit_code in (1, 2, 127):
                yield word, 0.8
        elif names_word(output, text.rstrip("/")) and ("/" in text or simple.name in READERS):
            yield word, 0.85
        elif text in quoted_words(output):
            yield word, 0.75


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
    simple: Simple, failure: Failure, inventory: Inventory, found: list[Mention]
) -> Iterator[Candidate]:
    for word, strength in _suspected(simple, failure, found):
        path = _absolute(word.text, inventory)
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
            chance = math.exp(-EDIT * cost) / total
            shown = _shown(choice, word.text, inventory)
            yield Candidate(
                simple.replaced(word, _quoted(shown)),
                chance * strength,
                f"no `{word.text}`; `{shown}` exists",
                "path",
            )
