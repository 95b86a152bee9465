"""A repository's work tree, index and HEAD as they are, in a commit below refs/caro/undo/; and back.

The commit's tree holds every file, tracked or not, but not the ignored ones; a second one below it the index. Made by
an index of its own (git(1), GIT_INDEX_FILE): the person's index is only read.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from caro.undo.entry import CantKeep, Entry
from caro.undo.git import REFS, Git

UNFINISHED = (
    "MERGE_HEAD",
    "MERGE_MSG",
    "MERGE_MODE",
    "AUTO_MERGE",
    "CHERRY_PICK_HEAD",
    "REVERT_HEAD",
    "SQUASH_MSG",
)
"""Files of a merge or pick under way, which `git reset --hard` deletes."""
LITERAL = {"GIT_LITERAL_PATHSPECS": "1"}
MOST_STATED = 20_000
"""Files whose mode and times are noted; of a repository with more those that git would not have kept."""


def keep_tree(git: Git, entry: Entry, most: int, words: Sequence[str] = ()) -> None:
    """Keep work tree, index and HEAD; raise CantKeep where that is not possible or more than `most` bytes.

    `words`: those of git's command, among which is where it goes to: ignored files that it would write over are kept
    too.
    """
    top = git.text("rev-parse", "--show-toplevel")
    if not top:
        raise CantKeep("this is no work tree of git")
    own = git.text("rev-parse", "--absolute-git-dir")
    index = os.path.join(git.folder, git.text("rev-parse", "--git-path", "index"))
    git = Git(top, git.until)
    changed = _weigh(git, entry, most)
    work = os.path.join(entry.folder, "work")
    kept: dict[str, Any] = {
        "top": top,
        "own": own,
        "index": index,
        "head": git.text("rev-parse", "--verify", "--quiet", "HEAD"),
        "branch": git.text("symbolic-ref", "--quiet", "HEAD"),
        "ref": f"{REFS}/{entry.number}-{int(entry.ts)}",
    }
    if os.path.exists(index):
        shutil.copy2(index, os.path.join(entry.folder, "index"))
        shutil.copy2(index, work)
    git("add", "--all", "--", ".", index=work)
    if covered := _covered(git, entry, work, words, most):
        given = b"".join(os.fsencode(name) + b"\0" for name in covered)
        git(
            "add",
            "--force",
            "--pathspec-from-file=-",
            "--pathspec-file-nul",
            given=given,
            index=work,
            env=LITERAL,
        )
        changed += covered
    tree = git("write-tree", index=work).decode().strip()
    staged = git.text("write-tree", index=os.path.join(entry.folder, "index"))
    parents = ["-p", kept["head"]] if kept["head"] else []
    if staged:
        second = git("commit-tree", *parents, "-m", "caro undo: index", staged).decode().strip()
        parents += ["-p", second]
    commit = git("commit-tree", *parents, "-m", "caro undo: files", tree).decode().strip()
    names = git.names("ls-files", "-z", index=work)
    kept |= {"commit": commit, "stats": _stats(top, names if len(names) <= MOST_STATED else changed)}
    for name in UNFINISHED:
        with contextlib.suppress(OSError):
            shutil.copy2(os.path.join(own, name), os.path.join(entry.folder, name))
    git("update-ref", kept["ref"], commit)
    entry.git = kept
    entry.files = len(changed)
    os.unlink(work)


def _covered(git: Git, entry: Entry, work: str, words: Sequence[str], most: int) -> list[str]:
    """Return the ignored files that stand where one of the commits among `words` has a file, or a folder."""
    wanted: set[str] = set()
    for word in words:
        if not word.startswith("-") and git.text("rev-parse", "--verify", "--quiet", word + "^{commit}"):
            wanted |= set(git.names("ls-tree", "-r", "-z", "--name-only", "--full-tree", word + "^{commit}"))
    wanted -= set(git.names("ls-files", "-z", index=work))
    found: dict[str, None] = {}
    for name in wanted:
        for path in _in_the_way(git.folder, name):
            found[path] = None
            with contextlib.suppress(OSError):
                entry.size += os.lstat(os.path.join(git.folder, path)).st_size
            if entry.size > most or len(found) > MOST_STATED:
                raise CantKeep(f"it is more than {most / 1e9:g} GB (safety.undo_gb)")
    return list(found)


def _in_the_way(top: str, name: str) -> Iterator[str]:
    """Yield what has to go from the work tree where git writes `name`: it, all below it, or a file where it needs a
    folder."""
    for above in reversed(Path(name).parents[:-1]):
        path = os.path.join(top, above)
        if os.path.islink(path) or os.path.isfile(path):
            yield str(above)
            return
    path = os.path.join(top, name)
    if os.path.isdir(path) and not os.path.islink(path):
        for root, _, files in os.walk(path):
            yield from (os.path.relpath(os.path.join(root, file), top) for file in files)
    elif os.path.lexists(path):
        yield name


def _weigh(git: Git, entry: Entry, most: int) -> list[str]:
    """Return the files that are not as the index has them; raise CantKeep where those hold too much."""
    changed = git.names("ls-files", "-z", "--others", "--modified", "--exclude-standard")
    changed = list(dict.fromkeys(changed))
    for name in changed:
        with contextlib.suppress(OSError):
            entry.size += os.lstat(os.path.join(git.folder, name)).st_size
    if entry.size > most:
        raise CantKeep(f"it is more than {most / 1e9:g} GB (safety.undo_gb)")
    return changed


def _stats(top: str, names: list[str]) -> dict[str, list[int]]:
    found = {}
    for name in names:
        with contextlib.suppress(OSError):
            status = os.lstat(os.path.join(top, name))
            if stat.S_ISREG(status.st_mode):
                found[name] = [stat.S_IMODE(status.st_mode), status.st_mtime_ns]
    return found


def give_tree_back(git: Git, entry: Entry, now: Entry) -> int:
    """Make files, index and HEAD what they were; `now` is what `keep_tree` has kept of the present. Return how many
    files changed. Files that came since and were never git's stay."""
    kept, top = entry.git, entry.git["top"]
    tracked = set(git.names("ls-files", "-z"))
    gone, written = [], []
    changes = git.names(
        "diff-tree", "-r", "-z", "--no-renames", "--name-status", now.git["commit"], kept["commit"]
    )
    for kind, name in zip(changes[::2], changes[1::2], strict=True):
        if kind != "D":
            written.append(name)
        elif name in tracked:
            gone.append(name)
    for name in gone:
        _remove(top, name)
    _give_head_back(git, kept)
    work = os.path.join(entry.folder, "work")
    git("read-tree", kept["commit"], index=work)
    given = b"".join(os.fsencode(name) + b"\0" for name in written)
    git("checkout-index", "--force", "-z", "--stdin", given=given, index=work)
    os.unlink(work)
    _give_index_back(entry)
    for name in UNFINISHED:
        with contextlib.suppress(OSError):
            shutil.copy2(os.path.join(entry.folder, name), os.path.join(kept["own"], name))
    _give_stats_back(top, kept["stats"], written)
    git.text("update-index", "-q", "--refresh")
    return len(written) + len(gone)


def tree_diff(git: Git, entry: Entry) -> bytes:
    """Return a diff from the files as they are to what `give_tree_back` makes of them. Only an index of its own is
    written: with the person's, files that git does not track would look as if they were gone."""
    kept, seen = entry.git, os.path.join(entry.folder, "seen")
    tracked = git.names("ls-files", "--stage", "-z")
    try:
        git("read-tree", kept["commit"], index=seen)
        held = set(git.names("ls-files", "-z", index=seen))
        since = [row for row in tracked if row.partition("\t")[2] not in held]
        git(
            "update-index",
            "-z",
            "--index-info",
            given=b"".join(os.fsencode(row) + b"\0" for row in since),
            index=seen,
        )
        return git("diff", "-R", "--no-ext-diff", "--no-textconv", "--no-color", kept["commit"], index=seen)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(seen)


def _remove(top: str, name: str) -> None:
    path = os.path.join(top, name)
    with contextlib.suppress(OSError):
        os.unlink(path)
        while (path := os.path.dirname(path)) != top:
            os.rmdir(path)


def _give_head_back(git: Git, kept: dict[str, Any]) -> None:
    if kept["branch"] and git.text("symbolic-ref", "--quiet", "HEAD") != kept["branch"]:
        git("symbolic-ref", "-m", "caro undo", "HEAD", kept["branch"])
    if kept["head"] and git.text("rev-parse", "--verify", "--quiet", "HEAD") != kept["head"]:
        how = [] if kept["branch"] else ["--no-deref"]
        git("update-ref", "-m", "caro undo", *how, "HEAD", kept["head"])


def _give_index_back(entry: Entry) -> None:
    """Put the index back as git does: by a lock file beside it (gitrepository-layout(5))."""
    saved, index = Path(entry.folder, "index"), Path(entry.git["index"])
    if not saved.exists():
        return
    lock = index.with_name(index.name + ".lock")
    try:
        with lock.open("xb") as stream:
            stream.write(saved.read_bytes())
        lock.replace(index)
    except FileExistsError:
        raise CantKeep(f"{lock} exists: another git is at work in this repository") from None


def _give_stats_back(top: str, stats: dict[str, list[int]], written: list[str]) -> None:
    for name in written:
        if name in stats:
            mode, modified = stats[name]
            with contextlib.suppress(OSError):
                os.chmod(os.path.join(top, name), mode)
                os.utime(os.path.join(top, name), ns=(modified, modified))
