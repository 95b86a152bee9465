"""What other tools keep of the shims: files with their paths, which outlive an uninstall, and stubs in their place."""

from __future__ import annotations

import glob
import json
import os
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from caro.errors import CaroError
from caro.paths import Paths
from caro.record.reader import lines_backwards, log_names, open_log_file
from caro.trace.search import find_tool
from caro.trace.shims import list_shims, tool_folders, tool_table

EVENTS, FOLDERS, FILES = 20_000, 300, 3_000
"""The newest events whose folders are looked at, how many folders, and how many files."""
READ_BYTES = 1 << 20


def files_with_shim_paths(log: Path, paths: Paths) -> list[Path]:
    """Return the files that hold a path of a shim: known caches of tools, below HOME and where commands ran lately."""
    table, mark = tool_table()["path_caches"], os.fsencode(f"{paths.shims}/")
    places = [(str(paths.home), table["home"])]
    places += [(folder, table["folder"]) for folder in _folders(log)]
    found = (
        Path(name)
        for folder, patterns in places
        for pattern in patterns
        for name in sorted(glob.iglob(os.path.join(glob.escape(folder), pattern), include_hidden=True))
    )
    return list(dict.fromkeys(file for file in islice(found, FILES) if _holds(file, mark)))


def _folders(log: Path) -> Iterator[str]:
    """Yield the folders that commands ran in, the newest first."""
    folders: dict[str, None] = {}
    try:
        for line in islice(_newest_lines(log), EVENTS):
            folder = _folder_of(line)
            if folder:
                folders.setdefault(folder)
    except (CaroError, OSError):
        pass  # no log: the caches below HOME alone
    yield from islice(folders, FOLDERS)


def _newest_lines(log: Path) -> Iterator[bytes]:
    for name in reversed(log_names(log)):
        file = open_log_file(name)
        if file is None:
            continue
        try:
            if not file.compressed:
                yield from (line for _offset, line in lines_backwards(file))
        finally:
            os.close(file.fd)


def _folder_of(line: bytes) -> str:
    try:
        folder = json.loads(line).get("cwd")
    except (ValueError, AttributeError, RecursionError):
        return ""
    return folder if isinstance(folder, str) and folder.startswith("/") else ""


def _holds(file: Path, mark: bytes) -> bool:
    try:
        if not file.is_file():
            return False
        with file.open("rb") as stream:
            return mark in stream.read(READ_BYTES)
    except OSError:
        return False


def leave_stubs(env: Mapping[str, str], paths: Paths) -> list[str]:
    """Put a link to the tool in each shim's place, and return the names; a shim without a tool goes."""
    kept, folders = [], tool_folders(env, paths)
    for name in list_shims(paths):
        tool, shim = find_tool(name, folders), paths.shims / name
        if tool is None:
            shim.unlink(missing_ok=True)
            continue
        aside = shim.with_name(f".{name}.{os.getpid()}")
        aside.symlink_to(tool)
        aside.replace(shim)
        kept.append(name)
    return kept
