"""Aliases and functions that the person's own files define: names that can be typed first, though PATH has none.

The files are read, never run: what they compute stays unknown, what they write down is found. Cached by their times.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from caro.knowledge.shells import SHELLS
from caro.regular_file import read_start

FILES = tuple(name for shell in SHELLS for name in shell.name_files)
FOLDERS = tuple(name for shell in SHELLS for name in shell.name_folders)
SUFFIXES = tuple(f".{shell.name}" for shell in SHELLS)
MOST_FILES, MOST_BYTES, MOST_NAMES = 200, 256 * 1024, 2000

_ALIAS = re.compile(r"^\s*alias\s+(?:-[-\w]+\s+)*(?P<list>[^\n]+)", re.M)
_ALIAS_NAME = re.compile(r"(?:^|\s)([A-Za-z0-9.][\w.:+-]*)=(?=['\"\w$\\~/(.])")
_FISH_ALIAS = re.compile(r"^\s*(?:alias|abbr)\s+(?:-[-\w]+\s+)*([A-Za-z][\w.-]*)\s", re.M)
_FUNCTION = re.compile(r"^\s*(?:function\s+([A-Za-z][\w.:-]*)|([A-Za-z][\w.:-]*)\s*\(\s*\)\s*\{?)", re.M)
_SOURCED = re.compile(r"(?:^|[;&]\s*)\s*(?:source|\.)\s+['\"]?(?:~|\$HOME|\$\{HOME\})/([\w./+-]+)", re.M)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")

_ALIAS_VALUE = re.compile(
    r"(?:^|\s)([A-Za-z0-9.][\w.:+-]*)=('[^']*'|\"[^\"\\\\$`]*\"|[\w./:@%+,~-]+)(?=\s|$)"
)
_FISH_VALUE = re.compile(
    r"^\s*(?:alias|abbr)\s+(?:-[-\w]+\s+)*([A-Za-z][\w.-]*)\s+('[^']*'|\"[^\"\\\\$`]*\"|\w[^\n'\"\\\\$`;#]*)",
    re.M,
)

_NOT_IN_FRONT = re.compile(r"\s*alias\s+(?:-\w+\s+)*-\w*[gs]")
"""zsh's global and suffix aliases: those stand for no beginning of a line."""

Stamp = tuple[tuple[str, int], ...]


def names_in(text: str) -> list[str]:
    """Return names of aliases (also several on a line), abbreviations and functions, in bash, zsh and fish."""
    found: dict[str, None] = {}
    for match in _ALIAS.finditer(text):
        found.update(dict.fromkeys(_ALIAS_NAME.findall(_QUOTED.sub("''", match["list"]))))
    found.update(dict.fromkeys(_FISH_ALIAS.findall(text)))
    for one, other in _FUNCTION.findall(text):
        found[one or other] = None
    return list(found)


def aliases_in(text: str) -> dict[str, str]:
    """Return aliases and abbreviations with what they stand for, as far as that is written down without expansion."""
    found: dict[str, str] = {}
    for match in _ALIAS.finditer(text):
        if _NOT_IN_FRONT.match(match[0]):
            continue
        pairs = _ALIAS_VALUE.findall(match["list"])
        found |= {name: _unquoted(value) for name, value in pairs}
    found |= {name: _unquoted(value) for name, value in _FISH_VALUE.findall(text) if "=" not in name}
    return found


def _unquoted(value: str) -> str:
    return value[1:-1] if value[0] in "'\"" else value.strip()


class ShellNames:
    """`names()` of one HOME; read again when a file changed."""

    def __init__(self, home: str) -> None:
        self.home = Path(home)
        self._known: tuple[Stamp, tuple[str, ...]] = ((), ())
        self._sourced: tuple[str, ...] = ()
        self._aliases: dict[str, dict[str, str]] = {}

    def aliases(self, shell: str) -> dict[str, str]:
        """Return what is written down of the aliases in the files of that shell, and in those that no shell owns."""
        self.names()
        found: dict[str, str] = {}
        for file, aliases in self._aliases.items():
            if shell in _shells_of(file):
                found |= aliases
        return found

    def names(self) -> tuple[str, ...]:
        files = self._files()
        stamp = tuple((str(file), _mtime(file)) for file in files)
        if stamp != self._known[0]:
            self._known = (stamp, self._read(files))
        return self._known[1]

    def _files(self) -> list[Path]:
        found = [self.home / name for name in (*FILES, *self._sourced)]
        for name in FOLDERS:
            found += sorted(_listed(self.home / name))
        return [file for file in dict.fromkeys(found) if _mtime(file)][:MOST_FILES]

    def _read(self, files: Iterable[Path]) -> tuple[str, ...]:
        names: dict[str, None] = {}
        sourced: list[str] = []
        self._aliases = {}
        for file in files:
            text = _text(file)
            self._aliases[str(file.relative_to(self.home))] = aliases_in(text)
            sourced += _SOURCED.findall(text)
            names.update(dict.fromkeys(names_in(text)))
        new = [name for name in dict.fromkeys(sourced) if name not in self._sourced and ".." not in name]
        self._sourced += tuple(new[:20])
        for name in new[:20]:
            text = _text(self.home / name)
            self._aliases[name] = aliases_in(text)
            names.update(dict.fromkeys(names_in(text)))
        return tuple(name for name in names if not name.startswith("_") and len(name) < 64)[:MOST_NAMES]


def _shells_of(file: str) -> frozenset[str]:
    """Return the shells that read a file of HOME: all of them, where no record says whose it is."""
    owners = (
        shell.name
        for shell in SHELLS
        if file in shell.name_files or file.startswith(tuple(f"{folder}/" for folder in shell.name_folders))
    )
    return frozenset(owners) or frozenset(shell.name for shell in SHELLS)


def _listed(folder: Path) -> list[Path]:
    try:
        return [folder / name for name in os.listdir(folder) if name.endswith(SUFFIXES)]
    except OSError:
        return []


def _mtime(file: Path) -> int:
    try:
        return os.stat(file).st_mtime_ns
    except OSError:
        return 0


def _text(file: Path) -> str:
    return read_start(file, MOST_BYTES).decode(errors="replace")
