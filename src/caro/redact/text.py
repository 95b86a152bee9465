"""Names and their secrets in text that is no command: YAML, TOML, SQL, XML, code."""

from __future__ import annotations

from caro.redact.chars import ALNUM, BLANK, DIGITS, ENDS, NAME, QUOTES, SPACE, run_of, until_of
from caro.redact.marks import Marks
from caro.redact.names import is_hint, is_secret_key, is_secret_name, is_text_secret
from caro.redact.near import Near
from caro.redact.quotes import quoted_span
from caro.redact.table import table
from caro.redact.told import mark_default, mark_digits, mark_pragma, mark_told, mark_told_line
from caro.redact.value import begins_text_line, mark_named


def scan_names(marks: Marks, start: int, end: int) -> None:
    """`password: X`, `token = "X"`, `PASSWORD 'X'`, `<apiKey>X<`, `IDENTIFIED BY X`; on one line each."""
    text, at, identified, login, expects = marks.text, start, False, False, False
    near, asked = Near(), 0
    while at < end:
        if text[at] not in ALNUM:
            at += 1
            continue
        stop = run_of(text, at, end, NAME)
        name = text[at:stop].lower()
        if marked := near.take(marks, at, stop, end):
            at = marked
            continue
        if marked := _mark_lines(marks, at, stop, end, expects):
            at = marked
            continue
        by = identified and name == "by"
        login = login or name in table().words["logins"]
        identified = identified or name == "identified"
        expects = expects or is_hint(text[at:stop])
        if (
            at == start + 1
            and text[start] == "/"
            and text.startswith(":", stop, end)
            and is_secret_key(text[at:stop])
        ):
            marks.add(stop + 1, end, named=True)
            stop = end
        elif name in table().words["digit_names"]:
            stop = max(stop, mark_digits(marks, stop, end))
        elif marked := mark_default(marks, at, stop, end):
            stop = marked
        elif name in table().words["no_secrets"]:
            pass
        elif by or is_text_secret(name) or is_secret_name(text[at:stop]):
            bare = (
                by
                or login
                or name in table().words["bare_names"]
                or name in table().words["more_bare_names"]
                or _is_line_of_two(text, at, stop, end)
            )
            bare = bare or (asked > 0 and text[asked:at].strip(" \t") == "")
            dashed = at > start and text[at - 1] == "-"
            asked = stop
            stop = max(stop, mark_named(marks, stop, end, bare, dashed) or mark_told(marks, at, stop, end))
        elif name == "set" or text[at:stop] == "ENV":
            asked = stop
        elif name == "pragma":
            stop = mark_pragma(marks, stop, end) or stop
        at = stop


def _is_line_of_two(text: str, at: int, stop: int, end: int) -> bool:
    """`password X`, alone on its line, as many configurations have it."""
    value = run_of(text, stop, end, BLANK)
    last = until_of(text, value, end, SPACE | {"\\"})
    if not begins_text_line(text, at) or not last > value > stop:
        return False
    return last == end or text[last] == "\n" or text.startswith(("\\n", "\\r"), last)


def _mark_lines(marks: Marks, at: int, stop: int, end: int, expects: bool) -> int:
    """Mark in lines that no name of a secret begins; give the end of what was marked, or 0."""
    name = marks.text[at:stop].lower()
    if name == "user":
        return _mark_user(marks, at, stop, end)
    if told := mark_told_line(marks, at, stop, end):
        return told
    return _mark_sent(marks, stop, end) if expects and name == "send" else 0


def _mark_user(marks: Marks, at: int, stop: int, end: int) -> int:
    """Mark X in the line `user ann X` of ftp(1), and in `user = "ann:X"` of curl(1); give its end, or 0."""
    text = marks.text
    first = run_of(text, stop, end, BLANK)
    if first == stop and (text[stop : stop + 1] != "=" or (at > 0 and text[at - 1] == "-")):
        return 0
    if text.startswith("=", first, end):
        value = run_of(text, first + 1, end, BLANK)
        last = until_of(text, value, end, SPACE)
        colon = text.find(":", value, last)
        last -= last > value and text[last - 1] in QUOTES
        if colon < 0 or colon + 1 > last or run_of(text, colon + 1, last, DIGITS) == last:
            return 0
        marks.add(colon + 1, last)
        return last
    gap = until_of(text, first, end, SPACE)
    value = run_of(text, gap, end, BLANK)
    last = until_of(text, value, end, SPACE)
    if text.startswith("on >", value, end):
        marks.add(value + 4, until_of(text, value + 4, end, SPACE))
        return until_of(text, value + 4, end, SPACE)
    if not begins_text_line(text, at) or not first < gap < value < last or text[last - 1] == ";":
        return 0
    if text[last : last + 1] not in ("", "\n"):
        return 0
    marks.add(value, last)
    return last


def _mark_sent(marks: Marks, at: int, end: int) -> int:
    """Mark the text in quotes that expect(1) sends after it waited for a password; give its end, or 0."""
    text = marks.text
    value = run_of(text, at, end, BLANK)
    if text.startswith("--", value, end):
        value = run_of(text, value + 2, end, BLANK)
    if not at < value < end:
        return 0
    inside = quoted_span(text, value, end) or (value, until_of(text, value, end, ENDS - {"\\"}))
    last = inside[1]
    while last - 2 >= inside[0] and text[last - 2 : last] in ("\\r", "\\n"):
        last -= 2
    marks.add(inside[0], last)
    return inside[1]
