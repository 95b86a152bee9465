"""Where the texts of a line's here-documents stand."""

from __future__ import annotations

import re
from dataclasses import dataclass

_COMMAND = re.compile(
    r"""\\.|\$?'(?:(?<=\$')(?:\\.|[^'\\])*|[^']*)(?:'|\Z)|(?P<quote>")|(?<![^\s;&|()])\#[^\n]*|\(\(.*?\)\)|<<<"""
    r"""|(?P<opens>\()|(?P<closes>\))|(?P<ends>\n)"""
    r"""|<<(?P<tabs>-?)[ \t]*(?P<word>(?:'[^'\n]*'|"[^"\n]*"|\\.|[^\s;&|()<>'"\\`])+)""",
    re.S,
)
"""What matters outside of double quotes; what is quoted otherwise, commented or calculated begins nothing."""
_QUOTED = re.compile(r"""\\.|(?P<quote>")|\$\(\(.*?\)\)|\$(?P<opens>\()""", re.S)
"""What matters within them."""
_MARKS = re.compile(r"""['"]|\\(?=.)""")


@dataclass(frozen=True)
class HereDocument:
    """`start` and `end` are of its text with the line that ends it; both the whole's end where none has begun."""

    start: int
    end: int
    ended: bool


def here_documents(text: str) -> list[HereDocument]:
    """Return them in order. Source: bash(1), "Here Documents", "QUOTING"."""
    found: list[HereDocument] = []
    waiting: list[tuple[str, bool]] = []
    inside: list[str] = []
    at = 0
    while match := (_QUOTED if inside[-1:] == ['"'] else _COMMAND).search(text, at):
        at = match.end()
        kind = match.lastgroup
        if kind == "quote" and inside[-1:] == ['"']:
            inside.pop()
        elif kind in ("quote", "opens"):
            inside.append(match.group()[-1])
        elif kind == "closes" and inside:
            inside.pop()
        elif kind == "word":
            waiting.append((_MARKS.sub("", match["word"]), bool(match["tabs"])))
        elif kind == "ends":
            for word, tabs in waiting:
                found.append(_read(text, at, word, tabs))
                at = found[-1].end
            waiting = []
    return found + [HereDocument(len(text), len(text), False) for _ in waiting]


def _read(text: str, begin: int, word: str, tabs: bool) -> HereDocument:
    at, ended = begin, False
    while at < len(text) and not ended:
        stop = text.find("\n", at)
        stop = len(text) if stop < 0 else stop
        line, at = text[at:stop], stop + 1
        ended = (line.lstrip("\t") if tabs else line) == word
    return HereDocument(begin, min(at, len(text)), ended)
