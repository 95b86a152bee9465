"""What the aliases of a person's own files stand for. The files are read, never run: what they compute is not known."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from caro.knowledge.shells import Shell
from caro.regular_file import read_start

MOST_BYTES = 256 * 1024
MOST_ALIASES = 2000
_ALIAS = re.compile(r"^\s*(?:alias|abbr)\s+(?P<rest>.+)$", re.M)
_SOURCED = re.compile(r"(?:^|[;&]\s*)\s*(?:source|\.)\s+['\"]?(?:~|\$HOME|\$\{HOME\})/([\w./+-]+)", re.M)


def aliases_in(text: str, fish: bool = False) -> dict[str, str]:
    """Return the aliases that lines of a shell's file define: what each name stands for. Those whose text is computed
    (`$(…)`) stay as they are written."""
    found: dict[str, str] = {}
    for match in _ALIAS.finditer(text.replace("\\\n", " ")):
        try:
            words = shlex.split(match["rest"], comments=True)
        except ValueError:
            continue
        words = [word for word in words if not (word.startswith("-") and "=" not in word)]
        if fish and len(words) == 2 and "=" not in words[0]:
            found[words[0]] = words[1]
            continue
        for word in words:
            name, equals, value = word.partition("=")
            if not equals or not name:
                break
            found[name] = value.rstrip("; ")
    return found


def read_aliases(shell: Shell, home: str) -> dict[str, str]:
    """Return the aliases of that shell in this home folder; a later definition replaces an earlier one."""
    found: dict[str, str] = {}
    waiting = [Path(home) / name for name in shell.name_files]
    for folder in shell.name_folders:
        waiting += sorted((Path(home) / folder).glob(f"*.{shell.name}"))
    for file in list(waiting):
        waiting += [Path(home) / name for name in _SOURCED.findall(_text(file)) if ".." not in name]
    for file in dict.fromkeys(waiting):
        found |= aliases_in(_text(file), shell.name == "fish")
    return dict(list(found.items())[:MOST_ALIASES])


def _text(file: Path) -> str:
    return read_start(file, MOST_BYTES).decode(errors="replace")
