"""Formats that only their whole text tells, each by a word that it holds."""

from __future__ import annotations

from caro.redact.chars import (
    ALNUM,
    BLANK,
    DIGITS,
    ENDS,
    NAME,
    NEWLINE,
    QUOTES,
    SPACE,
    UPPER,
    back_of,
    run_of,
    until_of,
)
from caro.redact.marks import Marks
from caro.redact.names import is_secret_name, is_text_secret
from caro.redact.quotes import quoted_span
from caro.redact.table import table


def scan_formats(marks: Marks) -> None:
    """cloud-init's `chpasswd:`, QEMU's `secret,id=`, a QR code's `WIFI:`, and what a tool types by its comment."""
    text = marks.text
    if "chpasswd:" in text:
        _scan_user_list(marks)
    if "secret,id=" in text:
        _scan_objects(marks)
    if "WIFI:" in text:
        _scan_wifi(marks)
    if " # " in text:
        _scan_typed(marks)
    _scan_tunnels(marks)
    _scan_schemes(marks)


def _scan_user_list(marks: Marks) -> None:
    """`ann:X` on a line of its own, as cloud-init's `chpasswd: list:` has it."""
    text, at = marks.text, 0
    while at < len(text):
        stop = until_of(text, at, len(text), NEWLINE)
        first = run_of(text, at, stop, BLANK | {"-"})
        colon = run_of(text, first, stop, NAME)
        if at < first < colon < stop - 1 and text[colon] == ":" and text[colon + 1] not in SPACE:
            marks.add(colon + 1, stop)
        at = stop + 1


def _scan_objects(marks: Marks) -> None:
    """X in `secret,id=a,data=X` of QEMU."""
    text, at = marks.text, 0
    while (at := text.find(",data=", at)) >= 0:
        marks.add(at + 6, until_of(text, at + 6, len(text), ENDS))
        at += 6


def _scan_wifi(marks: Marks) -> None:
    """X in `WIFI:T:WPA;S:ann;P:X;;`, which stands in a QR code."""
    text, at = marks.text, marks.text.find("WIFI:") + 4
    while (at := text.find("P:", at)) >= 0:
        if text[at - 1] in ":;":
            marks.add(at + 2, until_of(text, at + 2, len(text), QUOTES | {";"}))
        at += 2


def _scan_typed(marks: Marks) -> None:
    """X in `wtype 'X' # password`, where a comment says what a tool types."""
    text = marks.text
    comment = text.rfind(" # ")
    last = until_of(text, 0, comment, SPACE)
    names = text[comment:].split()
    said = any(is_secret_name(name) or is_text_secret(name) for name in names)
    if not said or text[:last].rpartition("/")[2] not in table().words["typing_tools"]:
        return
    at = last
    if until_of(text, at, comment, QUOTES) == comment:
        value = text.rfind(" ", at, comment) + 1
        if text.endswith((" type ", " text "), at, value):
            marks.add(value, comment, named=True)
    while (at := until_of(text, at, comment, QUOTES)) < comment:
        inside = quoted_span(text, at, comment)
        if not inside:
            return
        marks.add(*inside, named=True)
        at = inside[1] + 1


def _scan_tunnels(marks: Marks) -> None:
    """X in `trojan://X@host`: there the name of a user is the secret."""
    text, at = marks.text, 0
    while (at := text.find("://", at)) >= 0:
        first = back_of(text, at, 0, ALNUM)
        at += 3
        if text[first : at - 3] in table().words["tunnels"]:
            stop = until_of(text, at, len(text), SPACE | QUOTES | frozenset("@/?#"))
            if text.startswith("@", stop):
                marks.add(at, stop)


def _scan_schemes(marks: Marks) -> None:
    """X in `{SSHA}X`, as LDAP and dovecot write the hash of a password."""
    text, at = marks.text, 0
    while (at := text.find("{", at)) >= 0:
        stop = run_of(text, at + 1, len(text), UPPER | DIGITS | {"-"})
        if text.startswith("}", stop) and text[at + 1 : stop] in table().words["hash_schemes"]:
            marks.add(stop + 1, until_of(text, stop + 1, len(text), ENDS | {":"}))
        at = stop
