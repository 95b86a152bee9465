"""What this machine can do: a fix whose program, branch or remote isn't there is none.

Each word is asked only where the answer is known: without a PATH no program is missing, without a repository no branch.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from caro.fix.folders import absolute
from caro.fix.model import Candidate, Failure, Inventory
from caro.fix.words import PREFIXES, Simple, simple_commands

SHELL_WORDS = frozenset(
    ". : [ [[ (( { } ! for case select function while until if then do done else elif fi esac coproc in time"
    " abbr and autoload begin bindkey block builtin cd contains emulate end fish_add_path funced funcsave functions"
    " integer math noglob not or print private rehash set_color setopt status string switch unsetopt vared whence where"
    " zmodload zstyle".split()
)
"""Words of the shells that no PATH holds."""
BRINGING = frozenset("install add enable setup use -S i".split())
"""Words of commands that bring a program which a later command of the line may name."""
TAKES_REFS = frozenset(
    "checkout switch merge rebase log diff show cherry-pick reset revert worktree describe blame".split()
)
TAKES_REMOTE = frozenset("push pull fetch".split())
MAKES_REF = frozenset("-b -B -c -C --create --force-create --orphan -t --track".split())
ELSEWHERE = frozenset(("-C", "--git-dir", "--work-tree"))
REPOSITORIES = frozenset((".git", ".hg", ".svn", ".jj", ".bzr"))
_REVISION = re.compile(r"-|.*[~^:@{}*$]|[A-Z_]*HEAD$|[0-9a-f]{7,64}$|stash$|\d+$")
"""What git may know under a name that no file of references holds."""
_SUDO = re.compile(r"(^|&& |\|\| |; |\| )sudo (?!-)")


def doable(candidates: Iterable[Candidate], failure: Failure, inventory: Inventory) -> Iterator[Candidate]:
    """Give the candidates that name only what is here; for root without `sudo` with that left out."""
    typed = simple_commands(failure.command)
    old_names = {simple.words[0].text for simple in typed} | _prefixes(typed)
    told = inventory.has("ls") or inventory.has("sh")
    for candidate in candidates:
        if candidate.own:
            yield candidate
            continue
        one = candidate
        if told and inventory.root and not inventory.has("sudo") and _SUDO.search(one.command):
            one = replace(one, command=_SUDO.sub(r"\1", one.command))
        simples = simple_commands(one.command)
        if told and not _programs_there(simples, typed, old_names, inventory):
            continue
        if any(_deletes_too_much(simple, inventory) for simple in simples):
            continue
        if all(_references_there(simple, failure, inventory) for simple in simples if simple.name == "git"):
            yield one


def _deletes_too_much(simple: Simple, inventory: Inventory) -> bool:
    """True if a folder that is deleted with all below it is a repository, or the one that the line ran in."""
    options = [word.text for word in simple.words[1:] if word.text.startswith("-")]
    recursive = any(re.match(r"--recursive$|-\w*[rR]", option) for option in options)
    if simple.name != "rm" or not recursive:
        return False
    for word in simple.words[1:]:
        path = absolute(word.text, inventory)
        if path is None or word.text.startswith("-") or word.expands:
            continue
        full = posixpath.normpath(path)
        if f"{inventory.cwd or ''}/".startswith(full.rstrip("/") + "/"):
            return True
        if posixpath.basename(full) in REPOSITORIES or any(
            name.rstrip("/") in REPOSITORIES for name in inventory.listing(full) or ()
        ):
            return True
    return False


def _prefixes(simples: Iterable[Simple]) -> set[str]:
    return {word.text for simple in simples for word in simple.prefix if word.text in PREFIXES}


def _programs_there(
    simples: list[Simple], typed: list[Simple], old_names: set[str], inventory: Inventory
) -> bool:
    """True if every program that the failed line did not name can be run, or an earlier command brings it."""
    old_texts = {simple.text for simple in typed}
    changed = brought = False
    for simple in simples:
        for word in (*(word for word in simple.prefix if word.text in PREFIXES), simple.words[0]):
            name = word.text
            if name in old_names or word.expands or name in SHELL_WORDS:
                continue
            if "/" in name:
                if not changed and _is_missing(name, inventory):
                    return False
            elif name and not brought and not inventory.has(name):
                return False
        new = simple.text not in old_texts
        changed = changed or new
        brought = brought or (new and any(word.text in BRINGING for word in simple.words[1:]))
    return True


def _is_missing(path: str, inventory: Inventory) -> bool:
    """True if the folder of the path is known and holds no such name."""
    full = absolute(path, inventory)
    if full is None:
        return False
    folder, _, name = full.rstrip("/").rpartition("/")
    above = inventory.listing(folder or "/")
    if above is None:
        start = inventory.listing(inventory.cwd) if inventory.cwd else None
        return start is not None
    return name not in above and f"{name}/" not in above


def _references_there(simple: Simple, failure: Failure, inventory: Inventory) -> bool:
    """True if each branch, tag and remote that a git command names, and the failed line did not, is there."""
    words = [word.text for word in simple.words]
    if set(words) & ELSEWHERE or not (inventory.names("git-head") or inventory.names("git-branch")):
        return True
    operands = [text for text in words[1:] if not text.startswith("-")]
    if not operands:
        return True
    old = {word.text for one in simple_commands(failure.command) for word in one.words}
    sub, *names = operands
    if sub in TAKES_REMOTE:
        return _remote_there(sub, names, inventory)
    if sub == "remote" and len(names) > 1 and names[0] != "add":
        return names[1] in old or names[1] in inventory.names("git-remote")
    if sub not in TAKES_REFS or MAKES_REF & set(words):
        return True
    if "--" in words:
        names = names[: len([text for text in words[1 : words.index("--")] if text[:1] != "-"]) - 1]
    known = _references(inventory)
    return all(
        name in old or _REVISION.match(name) or name in known or not _is_missing(name, inventory)
        for one in names
        for name in re.split(r"\.{2,3}", one)
        if name
    )


def _references(inventory: Inventory) -> set[str]:
    remote = inventory.names("git-remote-branch")
    return {
        *inventory.names("git-branch"), *inventory.names("git-tag"), *remote, *inventory.names("git-remote"),
        *inventory.names("git-head"), *(name.partition("/")[2] for name in remote),
    }  # fmt: skip


def _remote_there(sub: str, names: list[str], inventory: Inventory) -> bool:
    """True if the remote is one, and what is pushed to it is here; a remote's branches are known where they were
    fetched."""
    if not names:
        return True
    remote, *specs = names
    if not re.search(r"[:/$]", remote) and remote not in inventory.names("git-remote"):
        return False
    own = _references(inventory)
    fetched = [name for name in inventory.names("git-remote-branch") if name.startswith(f"{remote}/")]
    for spec in specs:
        source = spec.lstrip("+").partition(":")[0]
        if not source or _REVISION.match(source) or source.startswith("refs/") or source == "tag":
            continue
        if (source not in own) if sub == "push" else bool(fetched) and f"{remote}/{source}" not in fetched:
            return False
    return True
