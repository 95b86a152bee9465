"""What a person trusts: a copy of each project's `.caro/`, bound to its content's hash.

The copy is what holds: a project that changes afterwards, by whomever, changes nothing until it is trusted anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from caro.addition import PROJECT, Addition
from caro.additions import plugin_of
from caro.config_write import write_private
from caro.content import Files, hash_of, read_folder
from caro.errors import CaroError, UsageError
from caro.paths import Paths
from caro.regular_file import read_regular_file

FOLDER = ".caro"


@dataclass(frozen=True)
class Trusted:
    """One trusted project; `state`: `holds`, `changed` since, or `gone`."""

    root: str
    sha256: str
    when: float
    state: str


def project_above(folder: Path) -> Path | None:
    """Return the nearest folder from `folder` up that has a `.caro/`."""
    return next((place for place in (folder, *folder.parents) if (place / FOLDER).is_dir()), None)


def read_project(root: Path) -> tuple[Addition, Files]:
    """Return what the project's `.caro/` says now, and its files. Raises UsageError, OSError."""
    files = read_folder(root / FOLDER)
    if not files:
        raise UsageError(f"{root / FOLDER} has nothing in it")
    return plugin_of(files, str(root / FOLDER), PROJECT, str(root)), files


def trust(paths: Paths, root: Path, files: Files) -> str:
    """Trust these very bytes, which the person was shown; return their hash."""
    digest = hash_of(files)
    kept = {
        "v": 1,
        "root": str(root),
        "place": str(root / FOLDER),
        "sha256": digest,
        "when": time.time(),
        "files": {name: data.decode("utf-8", "surrogateescape") for name, data in files.items()},
    }
    write_private(_file(paths, str(root)), json.dumps(kept))
    return digest


def revoke(paths: Paths, root: str) -> bool:
    """Trust it no more; False where it was not trusted."""
    try:
        _file(paths, root).unlink()
    except FileNotFoundError:
        return False
    return True


def trusted(paths: Paths) -> list[Trusted]:
    """Return the trusted projects by folder."""
    found = []
    for file in sorted(paths.trusted.glob("*.json")):
        try:
            kept = json.loads(read_regular_file(file, 8 << 20))
            found.append(Trusted(kept["root"], kept["sha256"], float(kept["when"]), _state(kept)))
        except (OSError, ValueError, KeyError, TypeError):
            continue  # `caro.additions` names it
    return sorted(found, key=lambda one: one.root)


def _state(kept: dict[str, str]) -> str:
    try:
        return "holds" if hash_of(read_folder(Path(kept["place"]))) == kept["sha256"] else "changed"
    except FileNotFoundError:
        return "gone"
    except (OSError, CaroError):
        return "changed"


def _file(paths: Paths, root: str) -> Path:
    return paths.trusted / f"{hashlib.sha256(os.fsencode(root)).hexdigest()[:24]}.json"
