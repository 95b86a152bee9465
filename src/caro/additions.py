"""Which plugins, trusted projects and policies there are for a user: read from the disk, each checked.

    /etc/caro/policy.d/*.toml              managed: root's files alone
    ~/.local/state/caro/policy/*.json      the team's: verified copies (`caro policy`), with their signatures
    ~/.local/state/caro/trusted/*.json     projects' `.caro/`: copies as a person trusted them (`caro trust`)
    ~/.config/caro/plugins/NAME/           the user's own and added plugins

Trusted and verified things are read from copies that nobody else can write: what is changed at their source changes
nothing until it is trusted or verified anew. Where none of the four is there this costs four system calls.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from caro.addition import HEADER, MANAGED, MANIFEST, PLUGIN, PROJECT, TEAM, Addition, Table, checked
from caro.content import hash_of, read_folder
from caro.errors import CaroError, UsageError
from caro.paths import Paths
from caro.regular_file import read_regular_file

MANAGED_FOLDER = Path("/etc/caro/policy.d")
MANAGED_OWNER = 0
MOST_EACH = 100

Found = tuple[tuple[Addition, ...], tuple[str, ...], tuple[str, ...]]
"""Additions in the order of their layers, what is wrong with policies, what is wrong with the rest."""


def additions(paths: Paths) -> Found:
    """Return all that lies above the configuration. What can't be read is named, and nothing else suffers."""
    found: list[Addition] = []
    wrong: dict[str, list[str]] = {"policies": [], "plugins": []}
    for read, kind in (
        (_managed, "policies"),
        (_team, "policies"),
        (_projects, "plugins"),
        (_plugins, "plugins"),
    ):
        for place, load in read(paths):
            try:
                found.append(load())
            except (OSError, ValueError, KeyError, TypeError, AttributeError, CaroError) as error:
                wrong[kind].append(f"{place}: {_reason(error)}")
    return tuple(found), tuple(wrong["policies"]), tuple(wrong["plugins"])


def additions_stamp(paths: Paths) -> tuple[tuple[str, int, int], ...]:
    """Return what changes when one of them comes, goes or is written."""
    folders = (MANAGED_FOLDER, paths.policies, paths.trusted, paths.plugins)
    return tuple(stamp for folder in folders for stamp in _stamps(folder, 3))


def _stamps(folder: Path, deep: int) -> Iterator[tuple[str, int, int]]:
    for path in _entries(folder):
        try:
            status = os.stat(path, follow_symlinks=False)
        except OSError:
            continue
        yield str(path), status.st_mtime_ns, status.st_size
        if stat.S_ISDIR(status.st_mode) and deep:
            yield from _stamps(path, deep - 1)


def read_plugin(folder: Path, layer: str = PLUGIN) -> Addition:
    """Return a folder of data as it stands now. Raises UsageError, OSError."""
    return plugin_of(read_folder(folder), str(folder), layer)


def plugin_of(files: dict[str, bytes], place: str, layer: str = PLUGIN, root: str = "") -> Addition:
    """Return the folder with these files. Raises UsageError."""
    if MANIFEST not in files and layer == PLUGIN:
        raise UsageError(f"no {MANIFEST} in it")
    table = checked(_parsed(files.get(MANIFEST, b"")), layer)
    rest = {name: data for name, data in files.items() if name != MANIFEST}
    return Addition(layer, table["plugin"]["name"], table, rest, place, root)


def policy_of(data: bytes, layer: str, place: str) -> Addition:
    """Return the policy of these bytes. Raises UsageError."""
    table = checked(_parsed(data), layer)
    header = table["policy"]
    return Addition(layer, header["name"], table, place=place, enforced=is_enforced(header))


def is_enforced(header: Table) -> bool:
    """True if this host is one of those that the policy binds by now: `mode`, and `percent` of all hosts by a hash of
    their names, the same ones at each version."""
    if header.get("mode") == "observe":
        return False
    import hashlib

    share = hashlib.sha256(f"{header['name']}\0{os.uname().nodename}".encode()).digest()
    return int.from_bytes(share[:4], "big") % 100 < int(header.get("percent", 100))


def _parsed(data: bytes) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(str(error)) from None


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error) if isinstance(error, CaroError) else f"it can't be read: {error!r}"


def _entries(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return sorted(Path(entry.path) for entry in entries if entry.name[0] != ".")[:MOST_EACH]
    except OSError:
        return []


Loads = Iterator[tuple[str, Callable[[], Addition]]]


def _managed(_paths: Paths) -> Loads:
    for file in _entries(MANAGED_FOLDER):
        if file.suffix == ".toml":
            yield str(file), lambda file=file: _managed_policy(file)  # type: ignore[misc]


def _managed_policy(file: Path) -> Addition:
    for place in (MANAGED_FOLDER, file):
        status = place.stat()
        if status.st_uid != MANAGED_OWNER or status.st_mode & 0o022:
            raise UsageError(f"{place} may be written by others than root: chown root, chmod go-w")
    return policy_of(read_regular_file(file), MANAGED, str(file))


def _team(paths: Paths) -> Loads:
    for file in _entries(paths.policies):
        if file.suffix == ".json":
            yield str(file), lambda file=file: _team_policy(file)  # type: ignore[misc]


def _team_policy(file: Path) -> Addition:
    import hashlib
    import json

    kept = json.loads(read_regular_file(file))
    data = str(kept["text"]).encode()
    if hashlib.sha256(data).hexdigest() != kept["sha256"]:
        raise UsageError("it is not what was verified: `caro policy fetch` brings it back")
    return policy_of(data, TEAM, str(kept["source"]))


def _projects(paths: Paths) -> Loads:
    for file in _entries(paths.trusted):
        if file.suffix == ".json":
            yield str(file), lambda file=file: _project(file)  # type: ignore[misc]


def _project(file: Path) -> Addition:
    import json

    kept = json.loads(read_regular_file(file, 8 << 20))
    files = {name: text.encode("utf-8", "surrogateescape") for name, text in kept["files"].items()}
    if hash_of(files) != kept["sha256"]:
        raise UsageError(f"it is not what was trusted: caro trust {kept['root']}")
    return plugin_of(files, str(kept["place"]), PROJECT, str(kept["root"]))


def _plugins(paths: Paths) -> Loads:
    for folder in _entries(paths.plugins):
        if folder.is_dir():
            yield str(folder), lambda folder=folder: _plugin(folder)  # type: ignore[misc]


def _plugin(folder: Path) -> Addition:
    found = read_plugin(folder)
    if found.name != folder.name:
        raise UsageError(f"its {MANIFEST} calls it {found.name}: name the folder so")
    return found


def header_of(addition: Addition) -> Table:
    """Return its `[plugin]` or `[policy]`."""
    return addition.table[HEADER[addition.layer]]  # type: ignore[no-any-return]
