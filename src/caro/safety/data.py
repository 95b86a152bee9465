"""The guard's tables: the TOML files beside this one, or all of them in one JSON file, which loads much faster.

The build writes `compiled.json` (`make tables`, hatch_build.py). It holds a checksum of the TOML that it was made
from: where that differs, or the file is missing, the TOML is read, so that an edited table counts at once.
Only the standard library is imported here: the build runs this file before anything is installed.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
COMPILED = "compiled.json"
FOLDERS = ("", "rules", "programs", "programs/services")
_HEADER = re.compile(r'^\[(?:"([^"\]]+)"|([\w-]+))\]|^same_as = \[([^\]]*)\]', re.MULTILINE)

Table = dict[str, Any]


class BrokenTable(ValueError):
    """A file that is no TOML; the message names it and the line."""


@cache
def _texts() -> dict[str, bytes]:
    """Every TOML file by its path below FOLDER, in the order in which they are read."""
    files = [file for folder in FOLDERS for file in sorted((FOLDER / folder).glob("*.toml"))]
    return {file.relative_to(FOLDER).as_posix(): file.read_bytes() for file in files}


def _checksum() -> int:
    total = 0
    for path, text in _texts().items():
        total = zlib.crc32(text, zlib.crc32(path.encode(), total))
    return total


@cache
def _compiled() -> dict[str, Table]:
    """The tables by path; empty where they must be read from the TOML."""
    try:
        compiled = json.loads((FOLDER / COMPILED).read_bytes())
        return dict(compiled["tables"]) if compiled["checksum"] == _checksum() else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def files(folder: str) -> list[str]:
    """The paths of the files that stand in `folder` itself."""
    return [path for path in _texts() if path.rpartition("/")[0] == folder]


@cache
def table(path: str) -> Table:
    """What one file says. Raises `BrokenTable`."""
    found = _compiled().get(path)
    if found is not None:
        return found
    import tomllib  # 5 ms that a compiled file saves

    try:
        return tomllib.loads(_texts()[path].decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BrokenTable(f"{path}: {error}") from error


def names(path: str) -> Iterator[tuple[str, str]]:
    """(name or other name of a program, its table) of a file, without parsing the TOML."""
    if _compiled():
        for name, entry in table(path).items():
            for alias in (name, *entry.get("same_as", ())):
                yield alias, name
        return
    name = ""
    for match in _HEADER.finditer(_texts()[path].decode("utf-8")):
        if match[3] is None:
            name = match[1] or match[2]
            yield name, name
        else:
            for alias in re.findall(r'"([^"]+)"', match[3]):
                yield alias, name


def write_compiled() -> Path:
    """Compile all tables into one file beside them; returns its path."""
    import tomllib

    tables = {path: tomllib.loads(text.decode("utf-8")) for path, text in _texts().items()}
    target = FOLDER / COMPILED
    text = json.dumps({"checksum": _checksum(), "tables": tables}, ensure_ascii=False, separators=(",", ":"))
    target.write_text(text + "\n", "utf-8")
    return target


if __name__ == "__main__":
    print(write_compiled())
