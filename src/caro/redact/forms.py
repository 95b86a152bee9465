"""What only the whole text tells: Kubernetes secrets, .pgpass, sed, mnemonics."""

from __future__ import annotations

from caro.redact.calls import scan_calls, scan_inserts, scan_replacements
from caro.redact.chars import BLANK, DIGITS, NAME, NEWLINE, QUOTES, SMALL, SPACE, run_of, until_of
from caro.redact.formats import scan_formats
from caro.redact.looks import looks_mixed
from caro.redact.marks import Marks
from caro.redact.names import is_secret_name, sounds_secret
from caro.redact.table import table

MNEMONIC_EDGES = frozenset("\"'`=\n")
NEAR = 64
"""The parts of a substitution are shorter."""


def scan_forms(marks: Marks) -> None:
    """Mark what no word tells by itself."""
    text = marks.text
    if "kind: Secret" in text:
        _scan_secret_data(marks)
    if ".pgpass" in text:
        _scan_pgpass(marks)
    scan_formats(marks)
    _scan_substitutions(marks)
    scan_replacements(marks)
    scan_calls(marks)
    scan_inserts(marks)
    _scan_mnemonics(marks)


def _scan_secret_data(marks: Marks) -> None:
    """The values below `data:` and `stringData:`, as far as lines are indented."""
    text, at, inside = marks.text, 0, False
    while at < len(text):
        stop = until_of(text, at, len(text), NEWLINE)
        first = run_of(text, at, stop, BLANK)
        colon = text.find(":", first, stop)
        if inside and first > at:
            value = run_of(text, colon + 1 if colon >= 0 else first, stop, BLANK)
            marks.add(value, stop)
        else:
            inside = text[first:stop] in ("data:", "stringData:")
        at = stop + 1


def _scan_pgpass(marks: Marks) -> None:
    """`host:port:database:user:password`: its port is a number or `*`."""
    text, at = marks.text, 0
    while at < len(text):
        stop = until_of(text, at, len(text), SPACE | QUOTES | {"\\"})
        colons: list[int] = []
        while len(colons) < 4 and (found := text.find(":", colons[-1] + 1 if colons else at, stop)) >= 0:
            colons.append(found)
        if len(colons) == 4:
            port = text[colons[0] + 1 : colons[1]]
            if port == "*" or (port and all(c in DIGITS for c in port)):
                marks.add(colons[3] + 1, stop)
        at = stop + 1


def _scan_substitutions(marks: Marks) -> None:
    """`s/PATTERN/X/` where the pattern names a secret and X looks like one."""
    text = marks.text
    at = text.find("s")
    while 0 <= at < len(text) - 1:
        delimiter, before = text[at + 1], text[at - 1] if at else " "
        if delimiter in "/|#,!@" and before not in NAME:
            middle = text.find(delimiter, at + 2, at + NEAR)
            stop = text.find(delimiter, middle + 1, middle + NEAR) if middle >= 0 else -1
            if stop >= 0 and sounds_secret(text[at + 2 : middle]):
                value = stop
                while value > middle + 1 and text[value - 1] not in " :=\"'":
                    value -= 1
                if looks_mixed(text[value:stop]) and not is_secret_name(text[value:stop]):
                    marks.add(value, stop)
        at = text.find("s", at + 1)


def _scan_mnemonics(marks: Marks) -> None:
    """12, 15, 18, 21 or 24 small words of 3 to 8 letters and nothing else, in quotes or alone (BIP 39)."""
    text, at = marks.text, 0
    while at < len(text):
        if text[at] not in SMALL:
            at += 1
            continue
        option = at > 0 and text[at - 1] == "-"
        if option:
            at = run_of(text, at, len(text), SMALL)
            if at == len(text) or text[at] not in " =":
                continue
            at += 1
        first, count, plain, last = at, 0, False, at
        while at < len(text):
            stop = run_of(text, at, len(text), SMALL)
            if not 3 <= stop - at <= 8:
                break
            count += 1
            plain = plain or text[at:stop] in table().words["prose"]
            last, at = stop, stop
            if stop < len(text) and text[stop] == " ":
                at = stop + 1
            else:
                break
        whole = (
            option or first == 0 or text[first - 1] in MNEMONIC_EDGES or text[:first].endswith(": ")
        ) and (last == len(text) or text[last] in MNEMONIC_EDGES)
        if count in (12, 15, 18, 21, 24) and whole and not plain:
            marks.add(first, last)
        at = max(at, run_of(text, first, len(text), SMALL))
