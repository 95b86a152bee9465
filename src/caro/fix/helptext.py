"""Option and sub-command names out of `--help` text and man pages.

Help texts have no grammar, but they share one habit: a name stands first on its line, or right after another
name and a comma or bar. So only the head of a line is read, never its prose.
"""

from __future__ import annotations

import re

from caro.parse.pattern import pattern

_OVERSTRIKE = pattern(r".\x08")
_ESCAPES = pattern(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
_OPTION = pattern(r"(-{1,2}[A-Za-z0-9?#@][\w.-]*|--)(\[no-\][\w-]+)?")
_VALUE = pattern(r"(\[?=|\[=| ?<|\s?\{| [A-Z][A-Z_-]+\b| (?:string|int|strings|stringArray|duration|list)\b)")
_LINE = pattern(r"^\s{0,12}(?:\[)?(-{1,2}[A-Za-z0-9?#@\[][^\n]*)$")
_BRACKETED = pattern(r"\[\s*(-{1,2}[A-Za-z0-9][^\]\n]*)\]")
_HEADING = pattern(
    r"^(?=\S)(?:.*[^\w-])?(?:commands?|subcommands?|operations|verbs|actions)\b[^\n]{0,40}:?\s*$", re.I
)
_FRAME = pattern(r"^[╭╰╔╚┌└][─━═ ]*|[─━═]*[╮╯╗╝┐┘]\s*$|^[│║┃|](?=\s)|[│║┃]\s*$", re.M)
"""The frames that rich draws around the lists of a help text."""
_ENTRY = pattern(r"^(?: {1,8}|\t)([a-z][\w-]*(?:,\s?[a-z][\w-]*)*)\*?(?:\s{2,}|\s+[<\[({A-Z…]|\t|:|\s+-\s|$)")

_CHOICES = pattern(r"^\s{1,24}\{([a-z][\w-]*(?:,[a-z][\w-]*)+)\}", re.M)
"""How argparse lists its sub-commands."""

Names = dict[str, bool]
"""Name -> whether a value must follow it."""


def plain(text: str) -> str:
    text = _ESCAPES.sub("", _OVERSTRIKE.sub("", text)).replace("\r", "")
    if "│" not in text and "║" not in text:
        return text
    # Between two names of one option rich leaves the blanks of a table, and a star before those that must be given.
    text = re.sub(r"^ ?\*(?= +-)", " ", _FRAME.sub("", text), flags=re.M)
    text = re.sub(r"(?<=[\w-]) {2,}(?=-{1,2}[A-Za-z])", ", ", text)
    return re.sub(r"(?m)^( *-[^\n]*?[\w-]) {2,}(?=[A-Z]{3,}\b)", r"\1 ", text)


def _heads(line: str) -> list[tuple[str, bool]]:
    """Return the names at the head of a line and whether each takes a value: `-o, --output=FILE  write there` ->
    [("-o", True), ("--output", True)]."""
    head = re.sub(r"(?<=^-\w)\s+(?=--\w)", ", ", line.strip())
    head = re.split(r"\s{2,}|\t", head, maxsplit=1)[0]
    names: list[str] = []
    takes_value = False
    for part in re.split(r",\s*|\s*\|\s*|\s+or\s+|\s*/\s*(?=-)", head):
        match = _OPTION.match(part)
        if match is None:
            break
        rest = part[match.end() :]
        takes_value = takes_value or (bool(_VALUE.match(rest)) and not rest.startswith("[="))
        if match[1].endswith("-") or match[1] == "--":
            stem = re.match(r"--\[no-?\]([\w-]+)", part)
            names += [f"--{stem[1]}", f"--no-{stem[1]}"] if stem else []
            continue
        names.append(match[1].rstrip("."))
    return [(name, takes_value) for name in names]


def options_in(text: str) -> Names:
    """Return every option that stands at the head of a line or inside the brackets of a usage line."""
    found: Names = {}
    for line in plain(text).splitlines():
        match = _LINE.match(line)
        if match is not None:
            stem = re.match(r"--\[no-?\]([\w-]+)", match[1])
            if stem is not None:
                found.update({f"--{stem[1]}": False, f"--no-{stem[1]}": False})
            for name, takes_value in _heads(match[1]):
                found[name] = found.get(name, False) or takes_value
    for match in _BRACKETED.finditer(plain(text)[:6000]):
        for name, takes_value in _heads(match[1]):
            found.setdefault(name, takes_value)
    return found


def commands_in(text: str) -> list[str]:
    """Return sub-commands listed below a heading such as `Commands:`, one a line, or indented lists with prose."""
    found: list[str] = []
    for listed in _CHOICES.findall(plain(text)[:20_000]):
        found += listed.split(",")
    inside = False
    for line in plain(text).splitlines():
        if _HEADING.match(line):
            inside = True
        elif line and not line[0].isspace():
            inside = False
        elif inside and (match := _ENTRY.match(line)) is not None:
            found += [name.strip() for name in match[1].split(",")]
    return list(dict.fromkeys(found))
