"""Before a line runs: keep what it takes away (`caro undo --keep`, started by caro-hook)."""

from __future__ import annotations

import contextlib
import fnmatch
import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from caro.undo.entry import CantKeep, Entries, Entry
from caro.undo.git import Git, would_clean
from caro.undo.git_refs import keep_branches, keep_stashes
from caro.undo.git_tree import keep_tree
from caro.undo.trash import Trash

SECONDS = 2.0
"""What keeping may take where nobody says otherwise (`safety.undo_seconds`)."""
DAY = 86_400
MOST_PATHS = 20_000


def keep(plan: Mapping[str, Any], entries: Entries) -> Entry:
    """Keep what the plan (`UndoPlan.told`) names, seen from this folder. Raises CantKeep, with all as it was."""
    most = int(float(plan.get("gigabytes", 0)) * 1e9)
    entry = entries.new()
    entry.line, entry.cwd, entry.kind = str(plan.get("line", "")), os.getcwd(), str(plan["kind"])
    entry.expires = entry.ts + float(plan.get("days", 7)) * DAY
    trash = Trash(entry, time.monotonic() + float(plan.get("seconds", SECONDS)), most)
    try:
        _keep(plan, entry, trash)
        entry.save()
    except BaseException:
        trash.back()
        forget(entry)
        raise
    return entry


def _keep(plan: Mapping[str, Any], entry: Entry, trash: Trash) -> None:
    if entry.kind == "remove":
        trash.take(_paths(plan), bool(plan.get("whole")))
    elif entry.kind == "overwrite":
        trash.copy(_paths(plan))
    else:
        folder = os.path.abspath(os.path.expanduser(str(plan.get("folder", ""))) or ".")
        git, words = Git(folder, trash.until), tuple(map(str, plan.get("words", ())))
        if not os.path.isdir(folder):
            raise CantKeep(f"there is no folder {folder}")
        if not git.text("rev-parse", "--git-dir"):
            raise CantKeep(f"{folder} is in no repository")
        _keep_of_git(git, entry, words, trash)


def _keep_of_git(git: Git, entry: Entry, words: tuple[str, ...], trash: Trash) -> None:
    if entry.kind == "tree":
        keep_tree(git, entry, trash.most, words)
    elif entry.kind == "untracked":
        trash.take(would_clean(git, words), whole=False)
    elif entry.kind == "branches":
        keep_branches(git, entry, words)
    elif entry.kind == "stashes":
        keep_stashes(git, entry)
    else:
        raise CantKeep(f"{entry.kind} is nothing that this version keeps")


def _paths(plan: Mapping[str, Any]) -> list[str]:
    found: dict[str, None] = {}
    for text, is_pattern in plan["paths"]:
        # abspath would drop a slash at the end, with which rm takes a link for its folder.
        base = os.getcwd()
        for path in matching(text) if is_pattern else [text]:
            found[os.path.join(base, path)] = None
        if len(found) > MOST_PATHS:
            raise CantKeep(f"more than {MOST_PATHS} names match")
    return _outermost(list(found))


def _outermost(paths: list[str]) -> list[str]:
    """Return the paths without those that lie in another one."""
    whole = {os.path.normpath(path) for path in paths}
    kept = []
    for path in paths:
        above = Path(os.path.normpath(path)).parents
        if not any(str(parent) in whole for parent in above):
            kept.append(path)
    return list({os.path.normpath(path): path for path in kept}.values())


def matching(text: str) -> list[str]:
    """Return the paths that a shell's pattern can match: names with a dot in front, and the other case, too. More is
    kept than any shell would take by it, since its options are not known here; undo brings back what is missing."""
    found = ["/" if text.startswith("/") else ""]
    for piece in filter(None, text.split("/")):
        if not any(sign in piece for sign in "*?["):
            found = [os.path.join(base, piece) for base in found]
            continue
        wanted = re.compile(fnmatch.translate(piece.replace("[^", "[!")), re.IGNORECASE)
        deeper = []
        for base in found:
            with contextlib.suppress(OSError):
                deeper += [os.path.join(base, name) for name in os.listdir(base or ".") if wanted.match(name)]
        found = deeper[: MOST_PATHS + 1]
    return [path for path in found if os.path.lexists(path)]


def forget(entry: Entry) -> None:
    """Take the entry off the disk, and its refs out of the repository."""
    refs = [*entry.git.get("refs", ()), *filter(None, [entry.git.get("ref")])]
    if refs and os.path.isdir(entry.git.get("top", "")):
        git = Git(entry.git["top"], time.monotonic() + 10)
        for ref in refs:
            git.text("update-ref", "-d", ref)
    entry.remove()


def prune(entries: Entries, gigabytes: float, now: float | None = None, seconds: float | None = None) -> int:
    """Forget what is older than its days, and the oldest of what is too much. Return how many entries went.

    `seconds`: somebody waits, so the rest is left to the daemon after so long.
    """
    now = time.time() if now is None else now
    until = None if seconds is None else time.monotonic() + seconds
    held, gone = 0, 0
    for entry in entries.all():
        if entry.expires <= now or held + entry.size > gigabytes * 1e9:
            if until is not None and time.monotonic() > until:
                break
            forget(entry)
            gone += 1
        else:
            held += entry.size
    return gone
