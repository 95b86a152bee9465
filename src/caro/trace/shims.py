"""The shims: one real file per tool in the data folder, first on PATH.

Real files, no symlinks: tools such as ccache look past symlinks to find what they wrap, and a shim has to
know its tool from its own name. Hard links to one file would do, but a `cp -r` of the folder or a HOME that
crosses file systems breaks them apart; a copy is 40 KB.
"""

from __future__ import annotations

import fcntl
import glob
import os
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from caro.errors import UsageError
from caro.paths import Paths
from caro.trace import natives, search


@cache
def tool_table() -> Mapping[str, Any]:
    return tomllib.loads((Path(__file__).parent / "tools.toml").read_text("utf-8"))


def named_sets() -> dict[str, list[str]]:
    return dict(tool_table()["sets"])


def why_refused(name: str) -> str | None:
    """Why a tool never gets a shim, as a sentence's end, or None."""
    bare = name.removeprefix("-")
    refused = tool_table()["refused"]
    if bare in refused["shells"] or name.startswith("-"):
        return (
            f"{name} is a shell: behind a shim, login shells and job control break; "
            "Caro sees shells through BASH_ENV, the prompt's hooks and deep mode"
        )
    if bare in refused["callers"]:
        return f"{name} asks who called it, and a shim in between would change the answer"
    if bare in refused["own"]:
        return f"{name} is Caro's own"
    if not bare or "/" in bare or "\0" in bare or bare in (".", ".."):
        return f"{name!r} is not the name of a tool"
    return None


def expand_names(names: list[str]) -> list[str]:
    """`@core` and the like become their tools; raises UsageError for an unknown set."""
    expanded: dict[str, None] = {}
    for name in names:
        members = named_sets().get(name[1:]) if name.startswith("@") else [name]
        if members is None:
            raise UsageError(f"{name}: no such set of tools; there are: @{', @'.join(named_sets())}")
        expanded |= dict.fromkeys(members)
    return list(expanded)


def tool_folders(env: Mapping[str, str], paths: Paths) -> list[str]:
    """Return where tools are looked for: PATH, ORIGINAL_PATH, then the folders of version managers."""
    listed = env.get("PATH", "") + ":" + env.get("ORIGINAL_PATH", "")
    folders = dict.fromkeys(folder for folder in listed.split(":") if folder.startswith("/"))
    for pattern in tool_table()["extra_folders"]["patterns"]:
        # os.path.join drops HOME where the pattern is absolute.
        folders |= dict.fromkeys(sorted(glob.glob(os.path.join(paths.home, pattern)), reverse=True))
    return [folder for folder in folders if not search.same_file(folder, paths.shims)]


@dataclass(frozen=True)
class Sync:
    """What a sync did, by tool name; `missing` are wanted tools that aren't installed."""

    made: list[str]
    removed: list[str]
    kept: list[str]
    missing: list[str]


@contextmanager
def _locked(paths: Paths) -> Iterator[None]:
    """Two first uses of a HOME at once must not see each other's half-made folder."""
    natives.make_folder(paths.data, natives.PASSABLE)
    descriptor = os.open(paths.data / ".lock", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with open(descriptor, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def list_shims(paths: Paths) -> list[str]:
    try:
        return sorted(entry.name for entry in os.scandir(paths.shims) if not entry.name.startswith("."))
    except (FileNotFoundError, NotADirectoryError):
        return []


def sync_shims(tools: list[str], env: Mapping[str, str], paths: Paths) -> Sync:
    """Make shims of the tools that are installed, remove those of the others."""
    with _locked(paths):
        source = natives.packaged_native("caro-shim")
        natives.install_natives(paths)
        natives.make_folder(paths.shims, natives.PASSABLE)
        _link_configuration(paths)
        folders = tool_folders(env, paths)
        wanted = [name for name in expand_names(tools) if why_refused(name) is None]
        found = [name for name in wanted if search.find_tool(name, folders)]
        existing = list_shims(paths)
        removed = [name for name in existing if name not in found]
        for name in removed:
            (paths.shims / name).unlink(missing_ok=True)
        made = [name for name in found if natives.put_file(source, paths.shims / name)]
        kept = [name for name in found if name not in made]
        return Sync(made, removed, kept, [name for name in wanted if name not in found])


CONFIGURATION = ".config"


def _link_configuration(paths: Paths) -> None:
    """Let the shims find their configuration, whatever HOME and XDG_CONFIG_HOME are where they run."""
    link = paths.shims / CONFIGURATION
    if link.is_symlink() and os.readlink(link) == str(paths.config):
        return
    link.unlink(missing_ok=True)
    link.symlink_to(paths.config)


def ensure_shims(tools: list[str], env: Mapping[str, str], paths: Paths) -> None:
    """Make the shims where there are none yet, or where they are of another version; else do nothing."""
    existing = list_shims(paths)
    source = natives.packaged_native("caro-shim")
    if not existing or not natives.is_copy(paths.shims / existing[0], source):
        sync_shims(tools, env, paths)


def remove_shims(paths: Paths, names: list[str] | None = None) -> list[str]:
    """Remove the named shims, or all of them and their folder; return what was removed."""
    with _locked(paths):
        removed = [name for name in list_shims(paths) if names is None or name in names]
        for name in removed:
            (paths.shims / name).unlink(missing_ok=True)
        if names is None and paths.shims.is_dir():
            (paths.shims / CONFIGURATION).unlink(missing_ok=True)
            paths.shims.rmdir()
        return removed
