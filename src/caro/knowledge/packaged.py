"""The TOML that ships: the files of the package, or all of a part in one JSON file, which loads much faster.

The build writes `compiled.json` into each part of PARTS (`make tables`, hatch_build.py). It holds a checksum of the
TOML that it was made from: where that differs, or the file is missing, the TOML is read, so that an edited table
counts at once. Only the standard library is imported here: the build runs this file before anything is installed.
"""

from __future__ import annotations

import json
import zlib
from functools import cache
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parent.parent
COMPILED = "compiled.json"
DERIVED = "derived.json"
PARTS = ("safety", "knowledge", "fix", "ask", "meaning")
"""Parts of the package whose TOML is compiled: those that one `caro check`, `explain`, `fix` or `ask` waits for."""

Table = dict[str, Any]


class BrokenTable(ValueError):
    """A file that is no TOML; the message names it and the line."""


def path_of(name: str) -> Path:
    """Return the path of a file or folder that ships, `fix/data` for example: for what is no table."""
    return PACKAGE / name


@cache
def texts(part: str) -> dict[str, bytes]:
    """Return every TOML file of a part by its path below the package; those of a folder before those deeper."""
    folder = PACKAGE / part
    files = sorted(folder.rglob("*.toml"), key=lambda file: (len(file.parts), file))
    return {file.relative_to(PACKAGE).as_posix(): file.read_bytes() for file in files}


def checksum(part: str) -> int:
    total = 0
    for path, text in texts(part).items():
        total = zlib.crc32(text, zlib.crc32(path.encode(), total))
    return total


@cache
def compiled(part: str) -> dict[str, Table]:
    """Return the tables by path; empty where they must be read from the TOML."""
    if part not in PARTS:
        return {}
    try:
        document = json.loads((PACKAGE / part / COMPILED).read_bytes())
        return dict(document["tables"]) if document["checksum"] == checksum(part) else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


@cache
def derived(part: str) -> Any:
    """Return what the build worked out of a part's tables (`specs/compile_asks.py`); None: do it anew."""
    try:
        document = json.loads((PACKAGE / part / DERIVED).read_bytes())
        return document["rows"] if document["checksum"] == checksum(part) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_derived(part: str, rows: Any) -> Path:
    """Keep what was worked out of a part's tables beside them; return the file's path."""
    target = PACKAGE / part / DERIVED
    aside = target.with_suffix(".new")
    aside.write_text(
        json.dumps({"checksum": checksum(part), "rows": rows}, ensure_ascii=False, separators=(",", ":")),
        "utf-8",
    )
    aside.replace(target)
    derived.cache_clear()
    return target


def paths(room: str) -> list[str]:
    """Return the paths of a room's files: `ROOM.toml`, or every file below the folder ROOM."""
    part = room.partition("/")[0]
    return [path for path in texts(part) if path == f"{room}.toml" or path.startswith(f"{room}/")]


@cache
def table(path: str) -> Table:
    """Return what one file says. Raises `BrokenTable`."""
    part = path.partition("/")[0]
    found = compiled(part).get(path)
    if found is not None:
        return found
    import tomllib  # 5 ms that a compiled file saves

    try:
        return tomllib.loads(texts(part)[path].decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BrokenTable(f"{path}: {error}") from error


def write_compiled() -> list[Path]:
    """Compile the tables of each part into one file beside them; return the files' paths."""
    import tomllib

    written = []
    for part in PARTS:
        tables = {path: tomllib.loads(text.decode("utf-8")) for path, text in texts(part).items()}
        document = {"checksum": checksum(part), "tables": tables}
        target = PACKAGE / part / COMPILED
        target.write_text(json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
        written.append(target)
    return written


if __name__ == "__main__":
    for file in write_compiled():
        print(file)
