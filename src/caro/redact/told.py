"""Sentences and lines that tell a secret: `password is X`, `connect ann/X`, `stats auth ann:X`.

All give the end of what they marked, or 0: nothing.
"""

from __future__ import annotations

from caro.redact.chars import (
    ALNUM,
    BLANK,
    DIGITS,
    ENDS,
    LETTERS,
    LOOSE,
    NAME,
    NAME_ENDS,
    NEWLINE,
    QUOTES,
    SIGNS,
    SMALL,
    SPACE,
    UPPER,
    back_of,
    run_of,
    until_of,
)
from caro.redact.logins import login_span
from caro.redact.marks import Marks
from caro.redact.names import is_secret_key, sounds_input
from caro.redact.quotes import quoted_span
from caro.redact.table import table
from caro.redact.value import begins_text_line, mark_named, mark_value

NEAR = 64
"""A value that is told is shorter."""
BETWEEN = SPACE | QUOTES | frozenset(",\\-}{")
ECHO_OPENS = QUOTES | frozenset("$(<")


def mark_told(marks: Marks, name: int, at: int, end: int) -> int:
    """Mark X in `password is X`, `password for ann: X`, `passphrase: X and more`, `PASSWORD FROM 'X' TO 'Y'`; give the
    end of what was marked, or 0."""
    text = marks.text
    if text[name:at].lower().endswith(("phrase", "mnemonic")) and text.startswith(": ", at, end):
        stop = until_of(text, at + 2, end, QUOTES | NEWLINE)
        marks.add(at + 2, stop, named=True)
        return stop
    if (
        marked := _mark_value_of(marks, at, end)
        or _mark_typed(marks, at, end)
        or _mark_numbered(marks, at, end)
    ):
        return marked
    first = run_of(text, at, end, BLANK)
    last = run_of(text, first, end, LETTERS)
    word = text[first:last].lower()
    value = run_of(text, last, end, BLANK)
    if first == at or value == last:
        return 0
    if word == "for":
        sign = until_of(text, value, min(end, value + NEAR), frozenset(":=\n;"))
        if sign >= end or text[sign] not in ":=":
            return 0
        value = run_of(text, sign + 1, end, BLANK)
    elif word not in ("is", "from", "to"):
        return 0
    inside = quoted_span(text, value, end) if value < end else None
    start, stop = inside or (value, until_of(text, value, end, ENDS))
    if not inside and (word in ("from", "to") or not is_telling(text, start, stop)):
        return 0
    if stop - start > NEAR:
        return 0
    marks.add(start, stop, named=True)
    return mark_told(marks, name, stop + 1, end) or stop if word == "from" else stop


def _mark_value_of(marks: Marks, at: int, end: int) -> int:
    """Mark X in `name: TOKEN, value: X`, whose name ends at `at`; give its end, or 0."""
    text = marks.text
    first = run_of(text, at, min(end, at + NEAR), BETWEEN)
    last = run_of(text, first, end, LETTERS)
    if first == at or text[first:last].lower() not in ("value", "parametervalue"):
        return 0
    sign = run_of(text, last, end, NAME_ENDS)
    value = run_of(text, sign, end, SIGNS)
    gap = run_of(text, value, end, BLANK)
    return mark_value(marks, gap, end, "<") if value > sign else 0


def _mark_typed(marks: Marks, at: int, end: int) -> int:
    """Mark X in `password string = "X"` and `apiKey: String = "X"`; give its end, or 0."""
    text = marks.text
    first = run_of(text, at, end, BLANK | {":"})
    last = run_of(text, first, end, NAME)
    sign = run_of(text, last, end, BLANK)
    value = run_of(text, sign + 1, end, BLANK)
    inside = quoted_span(text, value, end) if value < end else None
    if first in (at, last) or not text.startswith("=", sign, end) or not inside:
        return 0
    marks.add(*inside, named=True)
    return inside[1]


def _mark_numbered(marks: Marks, at: int, end: int) -> int:
    """Mark X in `secret 5 X`, which ends its line, as routers have it; give its end, or 0."""
    text = marks.text
    first = run_of(text, at, end, BLANK)
    value = run_of(text, first + 1, end, BLANK)
    last = until_of(text, value, end, SPACE)
    if first == at or not (first < end and text[first] in DIGITS) or not first + 1 < value < last:
        return 0
    if last < end and text[last] != "\n":
        return 0
    marks.add(value, last)
    return last


def is_telling(text: str, start: int, end: int) -> bool:
    """True of at least five characters that no sentence has: a digit, a capital inside or a sign among letters."""
    end = back_of(text, end, start, frozenset(".,?"))
    letters = run_of(text, start, end, SMALL | UPPER)
    if end - start < 5 or text[start] not in ALNUM:
        return False
    return letters < end or until_of(text, start + 1, end, UPPER) < end


def mark_digits(marks: Marks, at: int, end: int) -> int:
    """Mark the 4 to 12 digits of `PIN: 4823`; give their end, or 0."""
    text = marks.text
    sign = run_of(text, at, end, NAME_ENDS)
    value = run_of(text, sign, end, SIGNS)
    first = run_of(text, value, end, NAME_ENDS)
    last = run_of(text, first, end, DIGITS)
    if value == sign or not 4 <= last - first <= 12 or (last < end and text[last] in NAME):
        return 0
    marks.add(first, last)
    return last


def mark_pragma(marks: Marks, at: int, end: int) -> int:
    """Mark X in `PRAGMA key = 'X'` of SQLCipher; give its end, or 0."""
    first = run_of(marks.text, at, end, BLANK)
    last = run_of(marks.text, first, end, NAME)
    if marks.text[first:last].lower() not in ("key", "rekey", "hexkey", "textkey"):
        return 0
    return mark_named(marks, last, end, bare=False, dashed=False)


def mark_default(marks: Marks, at: int, stop: int, end: int) -> int:
    """Mark X in `${PASSWORD:-X}`, whose name ends at `stop`; give its end, or 0."""
    text = marks.text
    if not text.startswith("${", at - 2) or not text.startswith((":-", ":="), stop, end):
        return 0
    if not is_secret_key(text[at:stop]):
        return 0
    last = until_of(text, stop + 2, end, frozenset("}"))
    marks.add(stop + 2, last, named=True)
    return last


def mark_told_line(marks: Marks, at: int, stop: int, end: int) -> int:
    """Mark in the lines that begin, at `at`, with `connect`, `auth`, `sp_password` or the name of a header."""
    name = marks.text[at:stop].lower()
    if name == "login" and (marked := _mark_imap(marks, at, stop, end)):
        return marked
    if marks.text.startswith("=", stop, end) and name in table().words["pair_fields"]:
        return _mark_field(marks, stop + 1, end)
    if name in ("connect", "conn") and (
        at == 0 or begins_text_line(marks.text, at) or marks.text[at - 1] in QUOTES
    ):
        return _mark_connect(marks, stop, end)
    if name == "auth":
        return _mark_login_pair(marks, stop, end)
    if marks.text.startswith("=", stop, end) and (marked := _mark_echo(marks, at, stop, end)):
        return marked
    if name in table().words["quoting_names"]:
        return _mark_quoted(marks, stop, end)
    return _mark_header_pair(marks, stop, end) if name in table().words["headers"] else 0


def _mark_imap(marks: Marks, at: int, stop: int, end: int) -> int:
    """Mark X in the line `a1 LOGIN ann X` of IMAP; give its end, or 0."""
    text = marks.text
    tag = back_of(text, at, 0, BLANK)
    first = back_of(text, tag, 0, ALNUM)
    if text[at:stop] != "LOGIN" or tag == at or first == tag or (first > 0 and text[first - 1] in NAME):
        return 0
    if tag - first > 1 and not any(c in DIGITS for c in text[first:tag]):
        return 0
    user = run_of(text, stop, end, BLANK)
    gap = until_of(text, user, end, SPACE)
    value = run_of(text, gap, end, BLANK)
    last = until_of(text, value, end, SPACE | {"\\"})
    if not stop < user < gap < value < last or (last < end and text[last] not in "\r\n\\"):
        return 0
    marks.add(value, last)
    return last


def _mark_field(marks: Marks, at: int, end: int) -> int:
    """Mark X in `login=ann:X`; give its end, or 0."""
    text = marks.text
    last = until_of(text, at, end, ENDS)
    colon = text.find(":", at, last)
    if not at < colon < last - 1 or text[colon + 1] == "/" or run_of(text, colon + 1, last, DIGITS) == last:
        return 0
    marks.add(colon + 1, last, named=True)
    return last


def _mark_connect(marks: Marks, at: int, end: int) -> int:
    """Mark X in the line `connect ann/X as sysdba` of sqlplus(1); give its end, or 0."""
    first = run_of(marks.text, at, end, BLANK)
    login = login_span(marks.text, first, until_of(marks.text, first, end, SPACE | QUOTES | {";"}))
    if not login or first == at or login[0] == login[1]:
        return 0
    marks.add(*login)
    return login[1]


def _mark_login_pair(marks: Marks, at: int, end: int) -> int:
    """Mark X in `stats auth ann:X`; give its end, or 0."""
    text = marks.text
    first = run_of(text, at, end, BLANK)
    split = run_of(text, first, end, LETTERS)
    last = run_of(text, split + 1, end, LOOSE)
    if (
        not at < first < split < last - 3
        or text[split] != ":"
        or run_of(text, split + 1, last, DIGITS) == last
    ):
        return 0
    marks.add(split + 1, last)
    return last


def _mark_echo(marks: Marks, name: int, at: int, end: int) -> int:
    """Mark X in `PASSCOMMAND='echo X'` and `TOKEN="$(echo X)"`; give its end, or 0."""
    text = marks.text
    first = run_of(text, at + 1, end, ECHO_OPENS)
    last = run_of(text, first, end, SMALL)
    value = run_of(text, last, end, BLANK)
    if text[first:last] not in ("echo", "printf") or value == last or not sounds_input(text[name:at]):
        return 0
    stop = until_of(text, value, end, QUOTES | {")"})
    marks.add(value, stop, named=True)
    return stop


def _mark_quoted(marks: Marks, at: int, end: int) -> int:
    """Mark each text in quotes of the line `sp_password NULL, 'X', 'sa'`; give their end."""
    text, stop = marks.text, until_of(marks.text, at, end, NEWLINE | {";"})
    while (at := until_of(text, at, stop, QUOTES)) < stop and (inside := quoted_span(text, at, stop)):
        marks.add(*inside, named=True)
        at = inside[1] + 1
    return stop


def _mark_header_pair(marks: Marks, at: int, end: int) -> int:
    """Mark X in `'Authorization': 'Token X'` of code; give its end, or 0."""
    text = marks.text
    sign = run_of(text, at, end, NAME_ENDS)
    value = run_of(text, run_of(text, sign, end, SIGNS | {","}), end, BLANK)
    inside = quoted_span(text, value, end) if sign < value < end else None
    if not inside or sign == at:
        return 0
    scheme = run_of(text, inside[0], inside[1], LETTERS)
    blank = run_of(text, scheme, inside[1], BLANK)
    marks.add(blank if inside[0] < scheme < blank else inside[0], inside[1])
    return inside[1]
