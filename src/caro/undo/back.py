"""Bring back what an entry kept."""

from __future__ import annotations

import difflib
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from caro.errors import CaroError
from caro.undo.entry import CantKeep, Entries, Entry
from caro.undo.git import Git
from caro.undo.git_refs import give_branches_back, give_stashes_back, stashes_of
from caro.undo.git_tree import give_tree_back, keep_tree, tree_diff
from caro.undo.keep import forget
from caro.undo.trash import Trash, give_back

SECONDS = 600.0
MOST = 1 << 50
MOST_DIFF = 4 * 1024 * 1024


@dataclass
class Outcome:
    """`count` of files, branches or stashes; what stands `in_the_way` and was left alone; the number under which the
    state before the undo is kept (0: nothing was overwritten)."""

    count: int = 0
    in_the_way: list[str] = field(default_factory=list)
    kept_as: int = 0


def undo(entry: Entry, entries: Entries) -> Outcome:
    """Bring all of it back; what is overwritten by that is kept as an entry of its own. Raises CaroError."""
    try:
        outcome = _undo(entry, entries)
    except OSError as error:
        raise CaroError(f"undo {entry.number}: {error.filename}: {error.strerror}") from None
    if not outcome.in_the_way:
        entry.undone = True
        entry.save()
    return outcome


def _undo(entry: Entry, entries: Entries) -> Outcome:
    if entry.kind in ("remove", "untracked"):
        outcome = Outcome()
        for item in entry.items:
            count, in_the_way = give_back(item["kept"], item["path"])
            outcome.count += count
            outcome.in_the_way += in_the_way
        return outcome
    if entry.kind == "overwrite":
        return _contents_back(entry, entries)
    git = Git(entry.git["top"], time.monotonic() + SECONDS)
    if not os.path.isdir(git.folder):
        raise CaroError(f"undo {entry.number}: {git.folder} is gone, and its repository with it")
    if entry.kind == "branches":
        return Outcome(*give_branches_back(git, entry))
    if entry.kind == "stashes":
        return Outcome(give_stashes_back(git, entry))
    now = _present(entry, entries)
    try:
        keep_tree(git, now, MOST)
        now.save()
    except BaseException:
        forget(now)
        raise
    return Outcome(give_tree_back(git, entry, now), kept_as=now.number)


def _present(entry: Entry, entries: Entries) -> Entry:
    """Return a new entry for the state before the undo."""
    now = entries.new()
    now.kind, now.cwd, now.line = entry.kind, entry.cwd, f"caro undo {entry.number}"
    now.of_undo = True
    now.expires = now.ts + max(entry.expires - entry.ts, 0)
    return now


def _contents_back(entry: Entry, entries: Entries) -> Outcome:
    now = _present(entry, entries)
    trash = Trash(now, time.monotonic() + SECONDS, MOST)
    try:
        trash.copy([item["path"] for item in entry.items])
        now.save()
    except CantKeep:
        forget(now)
        raise
    for item in entry.items:
        path = item["path"]
        if os.path.exists(path):
            # The same file: hard links and its owner stay.
            with open(item["kept"], "rb") as kept, open(path, "r+b") as file:
                shutil.copyfileobj(kept, file)
                file.truncate()
            shutil.copystat(item["kept"], path)
        else:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            shutil.copy2(item["kept"], path)
    return Outcome(len(entry.items), kept_as=now.number)


def diff(entry: Entry) -> Iterator[str]:
    """Yield lines of what undoing it would change: a diff, or what would come back."""
    if entry.kind == "tree":
        git = Git(entry.git["top"], time.monotonic() + SECONDS)
        yield from tree_diff(git, entry).decode("utf-8", "replace").splitlines()
    elif entry.kind == "overwrite":
        for item in entry.items:
            yield from _file_diff(item["path"], item["kept"])
    elif entry.kind in ("branches", "stashes"):
        yield from _missing_refs(Git(entry.git["top"], time.monotonic() + SECONDS), entry)
    else:
        for item in entry.items:
            yield from _missing(item["kept"], item["path"])


def _missing_refs(git: Git, entry: Entry) -> Iterator[str]:
    for branch in entry.git.get("branches", ()):
        if not git.text("rev-parse", "--verify", "--quiet", f"refs/heads/{branch['name']}"):
            yield f"+ branch {branch['name']} {branch['oid'][:10]}"
    now = [oid for oid, _ in stashes_of(git)]
    for oid, message in entry.git.get("stashes", ()):
        if oid not in now:
            yield f"+ stash {message} {oid[:10]}"


def _missing(kept: str, path: str) -> Iterator[str]:
    if not os.path.lexists(kept):
        return
    if not os.path.lexists(path):
        yield f"+ {path}"
    elif os.path.isdir(kept) and not os.path.islink(kept) and os.path.isdir(path):
        for name in sorted(os.listdir(kept)):
            yield from _missing(os.path.join(kept, name), os.path.join(path, name))
    elif not os.path.samestat(os.lstat(kept), os.lstat(path)):
        yield f"! {path} exists anew, and stays"


def _file_diff(path: str, kept: str) -> Iterator[str]:
    texts = []
    for name in (path, kept):
        try:
            with open(name, "rb") as stream:
                data = stream.read(MOST_DIFF + 1)
        except OSError:
            data = b""
        if len(data) > MOST_DIFF or b"\0" in data:
            yield f"~ {path}: {os.path.getsize(kept)} bytes come back"
            return
        texts.append(data.decode("utf-8", "replace").splitlines())
    yield from difflib.unified_diff(texts[0], texts[1], path, f"{path} (kept)", lineterm="")
