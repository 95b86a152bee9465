"""Where the texts of a line's here-documents stand."""

from __future__ import annotations

import re
from dataclasses import dataclass

_BEGINS = re.compile(r"""(?<!<)<<(?P<tabs>-?)[ \t]*(?P<quote>['"\\]?)(?P<word>[\w.-]+)""")
_NOT = re.compile(r"""\\.|'[^']*'|"(?:\\.|[^"\\])*"|(?<![^\s;&|()])\#[^\n]*|\(\(.*?\)\)""", re.S)


@dataclass(frozen=True)
class HereDocument:
    """`start` and `end` are of its text with the line that ends it; both the whole's end where none has begun."""

    start: int
    end: int
    ended: bool


def here_documents(text: str) -> list[HereDocument]:
    """Return them in order. Source: bash(1), "Here Documents"."""
    found: list[HereDocument] = []
    waiting: list[tuple[str, bool]] = []
    at = 0
    while at < len(text):
        stop = _line_end(text, at)
        line = _NOT.sub(lambda match: _blanked(match.group()), text[at:stop])
        waiting += [(match["word"], bool(match["tabs"])) for match in _BEGINS.finditer(line)]
        at = stop + 1
        while waiting and at < len(text):
            word, tabs = waiting.pop(0)
            begin, ended = at, False
            while at < len(text) and not ended:
                stop = _line_end(text, at)
                line, at = text[at:stop], stop + 1
                ended = (line.lstrip("\t") if tabs else line) == word
            found.append(HereDocument(begin, min(at, len(text)), ended))
    return found + [HereDocument(len(text), len(text), False) for _ in waiting]


def _blanked(quoted: str) -> str:
    """Return as many characters that begin nothing. What may be a here-document's quoted end stays."""
    return quoted if re.fullmatch(r"""(['"])[\w.-]+\1|\\\w""", quoted) else "_" * len(quoted)


def _line_end(text: str, at: int) -> int:
    stop = text.find("\n", at)
    return len(text) if stop < 0 else stop
