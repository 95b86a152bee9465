"""Values that words expand to, with what is not known marked inside the text.

An expanded argument is a `str` that may hold marks from Unicode's private use area: the home folder
(`HOME`, so that `~`, `$HOME` and `"${HOME}"` are one thing and a quoted `'~'` is another), and a piece
nobody can know before the command runs (`OPEN name CLOSE`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caro.safety.streams import Stream

from caro.parse.pattern import pattern

HOME = "\ue000"
OPEN, CLOSE = "\ue001", "\ue002"
UNKNOWN = pattern(f"{OPEN}([^{CLOSE}]*){CLOSE}")
_MARKS = pattern(f"[{HOME}{OPEN}{CLOSE}]")


class Arg(str):
    """An argument: its text, whether it holds an unquoted glob, and what it streams (`<(…)`)."""

    glob: bool = False
    quoted: bool = False
    stream: Stream | None = None


def arg(text: str, glob: bool = False, quoted: bool = False) -> Arg:
    value = Arg(text)
    if glob:
        value.glob = True
    if quoted:
        value.quoted = True
    return value


def unknown(name: str) -> str:
    return f"{OPEN}{name}{CLOSE}"


def shown(text: str) -> str:
    """The text as a person would write it."""
    return UNKNOWN.sub(_shown_name, text).replace(HOME, "~")


def _shown_name(match: re.Match[str]) -> str:
    if match[1] == "(":
        return "$(…)"
    return f"${{{match[1][:-1]}:?}}" if match[1].endswith("?") else "$" + match[1]


def without_marks(text: str) -> str:
    """Text from outside, with our marks taken out: nobody may write them by hand."""
    return _MARKS.sub("\ufffd", text) if _MARKS.search(text) else text
