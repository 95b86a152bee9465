"""Secrets among the arguments of calls, and in SQL."""

from __future__ import annotations

import itertools

from caro.redact.chars import BLANK, FAR, NAME, SPACE, WORD, back_of, run_of, until_of
from caro.redact.logins import mark_pair
from caro.redact.looks import looks_mixed
from caro.redact.marks import Marks
from caro.redact.names import is_secret_key, sounds_secret
from caro.redact.quotes import after_prefix, quoted_span
from caro.redact.table import table

ARGUMENT_ENDS = frozenset(",()")
NEXT_ROW = SPACE | frozenset("),")
ARGUMENTS_MAX = 32


def scan_calls(marks: Marks) -> None:
    """`login('ann', 'X')`: the last of at least two arguments; `setenv('DB_PASSWORD', 'X')`: that after the name."""
    text, at = marks.text, 0
    while (at := text.find("(", at)) >= 0:
        stop = at - (at > 0 and text[at - 1] == "=")
        whole = text[back_of(text, stop, 0, NAME) : stop].lower()
        name = whole.rpartition(".")[2]
        at += 1
        if not name:
            continue
        found, _ = _arguments(text, at)
        _mark_arguments(marks, found, name, whole, stop)


def _mark_arguments(marks: Marks, found: list[tuple[int, int, bool]], name: str, whole: str, at: int) -> None:
    """Mark those of a call of `name`, which is `whole` with what stands before its dots, and ends at `at`."""
    text, rules = marks.text, table()
    if whole.startswith(".") and name in rules.call_places and _mark_receiver(marks, at - len(whole)):
        return
    piped = back_of(text, at - len(whole), 0, BLANK)
    if text[piped - 1 : piped] == "|" and name in rules.call_places:
        _mark_receiver(marks, back_of(text, piped - 1, 0, BLANK))
        return
    place = rules.call_places.get(name, rules.call_places.get(whole, ARGUMENTS_MAX))
    if place < len(found) and found[place][2]:
        marks.add(found[place][0], found[place][1], named=True)
    if name in rules.words["pair_calls"] and found and found[0][2]:
        mark_pair(marks, found[0][0], found[0][1])
    if name in ("sub", "gsub", "gensub", "replace", "str_replace") and len(found) > 1 and found[1][2]:
        start, end, _ = found[1]
        if sounds_secret(text[found[0][0] : found[0][1]]) and looks_mixed(text[start:end]):
            marks.add(start, end, named=True)
        return
    if name in rules.words["calls"] and len(found) > 1 and found[-1][2]:
        marks.add(found[-1][0], found[-1][1], named=True)
        return
    for first, following in itertools.pairwise(found):
        named = first[2] or text[first[0] : first[0] + 1] == ":"
        if named and following[2] and is_secret_key(text[first[0] : first[1]].strip(":")):
            marks.add(following[0], following[1], named=True)


def _mark_receiver(marks: Marks, at: int) -> bool:
    """Mark X in `"X".crypt(salt)`, whose quotes close before `at`."""
    quote = marks.text[at - 1 : at] if at else ""
    opens = marks.text.rfind(quote, 0, at - 1) if quote in ('"', "'") else -1
    if opens >= 0:
        marks.add(opens + 1, at - 1, named=True)
    return opens >= 0


def scan_inserts(marks: Marks) -> None:
    """`(name, password) VALUES ('ann', 'X')` of SQL: the value below the name of a secret."""
    text, low, at = marks.text, marks.text.lower(), 0
    while (at := low.find("values", at)) >= 0:
        close = back_of(text, at, 0, SPACE)
        at += 6
        opens = text.rfind("(", max(0, close - FAR), close)
        if opens < 0 or text[close - 1] != ")":
            continue
        columns, _ = _arguments(text, opens + 1)
        begin = run_of(text, at, len(text), SPACE)
        while text.startswith("(", begin):
            values, begin = _arguments(text, begin + 1)
            for column, value in zip(columns, values, strict=False):
                if value[2] and is_secret_key(text[column[0] : column[1]]):
                    marks.add(value[0], value[1], named=True)
            begin = run_of(text, begin, len(text), NEXT_ROW)


def _arguments(text: str, at: int) -> tuple[list[tuple[int, int, bool]], int]:
    """Return each argument in the parentheses that open before `at`, without its quotes, whether it had some, and where
    they end; the arguments hold no parentheses but in quotes."""
    found: list[tuple[int, int, bool]] = []
    end = min(len(text), at + FAR)
    while at < end and len(found) < ARGUMENTS_MAX:
        at = run_of(text, at, end, SPACE)
        at = after_prefix(text, at, end)
        inside = quoted_span(text, at, end) if at < end else None
        if inside:
            found.append((*inside, True))
            at = inside[1] + (inside[0] - at)
        else:
            stop = until_of(text, at, end, ARGUMENT_ENDS)
            found.append((at, back_of(text, stop, at, SPACE), False))
            at = stop
        at = run_of(text, at, end, SPACE)
        if at >= end or text[at] != ",":
            break
        at += 1
    return found, at


def scan_replacements(marks: Marks) -> None:
    """`X==>Y`, as git-filter-repo and BFG replace a secret."""
    text, at = marks.text, 0
    while (at := text.find("==>", at)) >= 0:
        marks.add(back_of(text, at, 0, WORD), at)
        at += 3
