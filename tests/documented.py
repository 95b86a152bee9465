"""The command lines that the documentation names, each with the page where it stands."""

from __future__ import annotations

import re
from pathlib import Path

from caro.cli.examples import EXAMPLES
from caro.cli.main import COMMANDS
from environment import ROOT

PAGES = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")]
PAGES += [page for page in sorted((ROOT / "docs").glob("*.md")) if page.name != "reference.md"]
PAGES += sorted((ROOT / "src/caro/cli/topics").glob("*.txt"))
_INLINE = re.compile(r"`((?:[A-Z_]+=\S+ )*caro(?: [^`\n]+)?)`")
_BLOCK = re.compile(r"^(?:    |  |\$ )((?:[A-Z_]+=\S+ )*caro(?: .*)?)$")


def documented_lines() -> dict[str, list[str]]:
    """Return each command line as it stands, with the names of its pages."""
    found: dict[str, list[str]] = {}
    for page in PAGES:
        for line in _lines_of(page):
            pages = found.setdefault(line, [])
            if page.name not in pages:
                pages.append(page.name)
    shown = {command.name for command in COMMANDS if not command.hidden}
    for name, examples in EXAMPLES.items():
        for line in examples if name in shown else ():
            found.setdefault(line, []).append(f"caro {name} --help")
    return found


def _lines_of(page: Path) -> list[str]:
    lines = []
    for text in page.read_text("utf-8").splitlines():
        if (block := _BLOCK.match(text)) is not None:
            lines.append(without_comment(block[1]))
        else:
            lines += _INLINE.findall(text)
    return [line for line in lines if line != "caro"]


def without_comment(line: str) -> str:
    """Return the command of `caro doctor       which parts work` or `caro log   # filters`.

    Two blanks outside quotes begin what is said of it.
    """
    quote = ""
    for at, char in enumerate(line):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif line.startswith("  ", at) or line.startswith(" # ", at):
            return line[:at]
    return line.rstrip()
