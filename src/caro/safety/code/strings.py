"""String literals of code: where one starts and ends, what it says, pieces that are added up."""

from __future__ import annotations

import re

from caro.parse.pattern import pattern

STRING = r"""(?:[rbuf]{0,2}(?:'''(.*?)'''|\"\"\"(.*?)\"\"\"|'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"))"""
QUOTED = pattern(STRING, re.DOTALL)


_CODE_POINT = pattern(r"\bchr\(\s*(\d{2,3})\s*\)")
_JOINED = pattern(r"""(['"])([^'"\\\n]*)\1\s*[+.]\s*(['"])([^'"\\\n]*)\3""")


def joined(text: str) -> str:
    """String literals that are added up (`"sys"+"tem"`, `chr(114)+'m'`) as one literal."""
    if "chr(" in text:
        text = _CODE_POINT.sub(
            lambda match: repr(chr(int(match[1]))) if int(match[1]) > 31 else match[0], text
        )
    for _ in range(24):
        text, count = _JOINED.subn(lambda match: f"{match[1]}{match[2]}{match[4]}{match[1]}", text)
        if not count:
            break
    return text


def within(match: re.Match[str], spans: list[tuple[int, int]]) -> bool:
    """True if the name of the call (the end of the match, without its bracket) only stands in a string."""
    at = match.start() + len(match[0].rstrip(" ([{\n\t")) - 1
    return any(start < at < end - 1 for start, end in spans)


_PERL_QUOTES = pattern(
    r"(?:q|qq|qx|%q|%Q|%)(?:\((.*?)\)(?=[\s;,)]|$)|\{(.*?)\}|\[(.*?)\]|/(.*?)/|\|(.*?)\|)", re.DOTALL
)


def _as_quoted(match: re.Match[str]) -> str:
    if match.start():
        return match[0]
    return "'" + next(group for group in match.groups() if group is not None).replace("'", "\\'") + "'"


def first_string(text: str) -> tuple[str, bool]:
    """Return (the string literal that `text` starts with, whether it is one)."""
    value, rest = take_string(text)
    return value, rest is not None


def take_string(text: str) -> tuple[str, str | None]:
    """Return (the string literal that `text` starts with, what follows it); None where it starts with none."""
    text = _PERL_QUOTES.sub(_as_quoted, text.lstrip(), count=1)
    match = QUOTED.match(text)
    if not match:
        return "", None
    value = next((group for group in match.groups() if group is not None), "")
    if "\\" in value:
        value = value.encode("latin-1", "backslashreplace").decode("unicode_escape", "replace")
    return value, text[match.end() :]
