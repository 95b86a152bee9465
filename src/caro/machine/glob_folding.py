"""Fold an expanded argument list into the pattern behind it: `rm -rf /home/u/a /home/u/b` was `rm -rf /home/u/*`.

The exec gate sees what a shell made of a pattern, and each of a hundred names is harmless by itself. Where the
arguments name everything that can be seen in the home folder, the root or a folder of the system, they stand for
that folder's pattern.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

MAX_ENTRIES = 5000
WATCHED = ("/", "/etc", "/usr", "/var", "/opt", "/home", "/root", "/boot", "/bin", "/sbin", "/lib", "/srv")


def globs_folded(argv: Sequence[str], cwd: str | None, home: str) -> list[str]:
    """Return the arguments, with `FOLDER/*` in the place of the first of those that name all of the folder."""
    folders = dict.fromkeys(folder for folder in (os.path.normpath(home) if home else "", *WATCHED) if folder)
    named: dict[str, set[str]] = {}
    for word in argv[1:]:
        place, name = _place(word, cwd)
        if name and place in folders:
            named.setdefault(place, set()).add(name)
    whole = {place for place, names in named.items() if len(names) > 1 and _names_all(place, names)}
    if not whole:
        return list(argv)
    result, told = [argv[0]], set[str]()
    for word in argv[1:]:
        place, name = _place(word, cwd)
        if not name or place not in whole:
            result.append(word)
        elif place not in told:
            told.add(place)
            result.append(place.rstrip("/") + "/*")
    return result


def _place(word: str, cwd: str | None) -> tuple[str, str]:
    if not word or word.startswith("-"):
        return "", ""
    whole = word if word.startswith("/") else os.path.join(cwd, word) if cwd else ""
    place, name = os.path.split(os.path.normpath(whole)) if whole else ("", "")
    return place, name


def _names_all(folder: str, names: set[str]) -> bool:
    try:
        with os.scandir(folder) as entries:
            for count, entry in enumerate(entries):
                if count > MAX_ENTRIES or (not entry.name.startswith(".") and entry.name not in names):
                    return False
    except OSError:
        return False
    return True
