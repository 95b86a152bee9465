"""Branches and stashes that a line deletes: what they named, held by refs below refs/caro/undo/; and back."""

from __future__ import annotations

from caro.undo.entry import CantKeep, Entry
from caro.undo.git import REFS, Git


def keep_branches(git: Git, entry: Entry, words: tuple[str, ...]) -> None:
    """Keep the branches that `git branch -D WORDS` names, and what the configuration says of them."""
    names = [word for word in words if not word.startswith("-")]
    found = []
    for name in names:
        oid = git.text("rev-parse", "--verify", "--quiet", f"refs/heads/{name}")
        if not oid:
            # A shell's pattern, `@{-1}`, `-`: git may know a branch by it that nothing here would hold.
            raise CantKeep(f"{name} is no branch by its name")
        settings = git.text("config", "--local", "--get-regexp", f"^branch\\.{_literal(name)}\\.")
        found.append({"name": name, "oid": oid, "settings": settings})
    _hold(git, entry, [each["oid"] for each in found])
    entry.git |= {"branches": found}
    entry.files = len(found)


def _literal(name: str) -> str:
    return "".join(char if char.isalnum() or char in "_/-" else f"\\{char}" for char in name)


def keep_stashes(git: Git, entry: Entry) -> None:
    """Keep every stash with its message, the newest first."""
    found = stashes_of(git)
    _hold(git, entry, [oid for oid, _ in found])
    entry.git |= {"stashes": found}
    entry.files = len(found)


def stashes_of(git: Git) -> list[list[str]]:
    """Return [commit, message] of each stash, the newest first."""
    said = git.text("reflog", "show", "--format=%H%x09%gs", "refs/stash")
    return [line.split("\t", 1) for line in said.split("\n") if "\t" in line]


def _hold(git: Git, entry: Entry, oids: list[str]) -> None:
    """Make refs, so that no gc takes the commits."""
    entry.git = {"top": git.folder, "refs": []}
    for index, oid in enumerate(oids):
        ref = f"{REFS}/{entry.number}-{int(entry.ts)}-{index}"
        git("update-ref", ref, oid)
        entry.git["refs"].append(ref)


def give_branches_back(git: Git, entry: Entry) -> tuple[int, list[str]]:
    """Make the branches again. Return how many, and the names that exist anew: those stay as they are."""
    count, in_the_way = 0, []
    for branch in entry.git["branches"]:
        ref = f"refs/heads/{branch['name']}"
        present = git.text("rev-parse", "--verify", "--quiet", ref)
        if present and present != branch["oid"]:
            in_the_way.append(f"branch {branch['name']}")
        elif not present:
            git("update-ref", "-m", "caro undo", ref, branch["oid"], "")
            for line in filter(None, branch["settings"].split("\n")):
                key, _, value = line.partition(" ")
                git("config", "--local", "--add", key, value)
            count += 1
    return count, in_the_way


def give_stashes_back(git: Git, entry: Entry) -> int:
    """Store the stashes that are gone again, in their order where no other came since. Return how many."""
    now = stashes_of(git)
    before = entry.git["stashes"]
    gone = [each for each in before if each not in now]
    rest = [each for each in before if each in now]
    again = gone
    if now == rest and gone:
        # From the first that is gone on, all are stored anew, so that each has its number again.
        deepest = max(before.index(each) for each in gone)
        again = before[: deepest + 1]
        for _ in range(len([each for each in again if each in now])):
            git("stash", "drop", "--quiet")
    for oid, message in reversed(again):
        git("stash", "store", "--quiet", "-m", message, oid)
    if len(again) < len(gone):
        raise CantKeep("not every stash could be stored")
    return len(gone)
