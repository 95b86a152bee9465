"""Words of a shell with their quotes."""

from __future__ import annotations

from caro.redact.chars import ALNUM, QUOTES, SPACE, back_of


def quoted_span(text: str, at: int, end: int) -> tuple[int, int] | None:
    """Return the inside of the quotes that open at `at`; an escaped quote closes at an escaped one."""
    width = 2 if text[at : at + 1] == "\\" and text[at + 1 : at + 2] in QUOTES else 1
    quote = text[at : at + width]
    if at + width > end or quote[-1:] not in QUOTES:
        return None
    close = text.find(quote, at + width, end)
    while quote == '"' and close > 0 and _is_escaped(text, at + 1, close):
        close = text.find(quote, close + 1, end)
    return at + width, close if close >= 0 else end


def _is_escaped(text: str, start: int, at: int) -> bool:
    return (at - back_of(text, at, start, frozenset("\\"))) % 2 == 1


def whole_quotes(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the inside of the quotes that a word stands in as a whole."""
    inside = quoted_span(text, start, end) if start < end else None
    if inside and inside[1] + (inside[0] - start) == end:
        return inside
    return None


def raw_word_end(text: str, at: int, end: int) -> int:
    """Return the end of the raw word at `at`, with its quotes."""
    while at < end and text[at] not in SPACE and text[at] not in ";&|()<>`":
        inside = quoted_span(text, at, end) if text[at] in "\"'\\" else None
        if inside:
            at = min(inside[1] + (inside[0] - at), end)
        else:
            at += 2 if text[at] == "\\" and at + 1 < end else 1
    return min(at, end)


def joined_span(text: str, inside: tuple[int, int], opens: int, end: int) -> tuple[int, int]:
    """Return the inside of quotes, or from there to the end of all that is glued to them."""
    close = min(inside[1] + (inside[0] - opens), end)
    joined = _joined_end(text, close, end)
    return (inside[0], joined) if joined > close else inside


def _joined_end(text: str, start: int, end: int) -> int:
    """Return the end of what stands in quotes up to `start`, with the pieces that are glued to it: 'ab'"cd"ef."""
    if start >= end or text[start] not in ALNUM | QUOTES | {"\\"}:
        return start
    return raw_word_end(text, start, end)


def after_prefix(text: str, at: int, end: int) -> int:
    """Pass over the letter of `b'X'` and `N'X'`."""
    return at + (at + 1 < end and text[at] in "bN@$ru" and text[at + 1] in QUOTES)
