"""Meta lines: what begins with a colon is the custom shell's own, and never reaches the person's shell.

`:` alone is the shells' own command, and `: words` too; a meta line has its name right behind the colon.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Meta:
    """`argument` is what it takes, as help shows it; `choices` are the words that it may be."""

    name: str
    help: str
    argument: str = ""
    choices: tuple[str, ...] = ()


METAS: tuple[Meta, ...] = (
    Meta("help", "show these lines"),
    Meta("mode", "show or choose what the guard does in this shell", "[MODE]", ("off", "passive", "active")),
    Meta("dry", "show the plan of a line; nothing runs", "LINE"),
    Meta("log", "show what this session ran", "[OPTION ...]"),
    Meta("tree", "show who started whom in this session", "[OPTION ...]"),
    Meta("why", "say why a line was judged as it was: the last one, or this", "[LINE]"),
    Meta("undo", "bring back what the last line took away", "[OPTION ...]"),
    Meta("quit", "leave the shell"),
)
_BY_NAME = {meta.name: meta for meta in METAS}
_META = re.compile(r"\s*:([A-Za-z]+)(?:\s+(.*))?\s*\Z", re.S)


@dataclass(frozen=True)
class MetaLine:
    """A meta line: `meta` is None where there is none of that name."""

    name: str
    argument: str
    meta: Meta | None


def meta_of(line: str) -> MetaLine | None:
    """Return the meta line that a typed line is; None for one of the shell's."""
    match = _META.match(line)
    return MetaLine(match[1], (match[2] or "").strip(), _BY_NAME.get(match[1])) if match else None


def completions(line: str) -> list[tuple[str, str]]:
    """Return (word, description) for what may stand at the end of a typed meta line."""
    match = re.match(r"\s*:([A-Za-z]*)(\s+)?(\S*)\Z", line)
    if match is None:
        return []
    name, gap, typed = match.groups()
    if not gap:
        return [(f":{meta.name}", meta.help) for meta in METAS if meta.name.startswith(name)]
    choices = _BY_NAME[name].choices if name in _BY_NAME else ()
    return [(choice, "") for choice in choices if choice.startswith(typed)]


def help_lines() -> list[str]:
    """Return what `:help` shows."""
    heads = [f":{meta.name} {meta.argument}".rstrip() for meta in METAS]
    width = max(map(len, heads)) + 2
    return [f"{head:{width}}{meta.help}" for head, meta in zip(heads, METAS, strict=True)]


def unknown_line(name: str) -> str:
    """Return what is said of a meta line that there is not."""
    import difflib

    near = difflib.get_close_matches(name, list(_BY_NAME), n=1)
    return f":{name} is no meta line{f'; did you mean :{near[0]}?' if near else ''} (:help shows them all)"
