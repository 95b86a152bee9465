"""Values that stand behind a name, in text that is no command."""

from __future__ import annotations

from caro.redact.chars import BLANK, ENDS, FAR, NEWLINE, QUOTES, SIGNS, SPACE, back_of, run_of, until_of
from caro.redact.marks import Marks
from caro.redact.quotes import after_prefix, quoted_span
from caro.redact.table import table


def mark_named(marks: Marks, at: int, end: int, bare: bool, dashed: bool) -> int:
    """What follows a name that ends at `at`; gives the end of it, or 0. `bare`: one word after a space is the value.
    `dashed`: it is an option, `-storepass:X`."""
    text = marks.text
    closed = run_of(text, at, end, QUOTES | frozenset("\\]"))
    if text.startswith(">", closed, end):
        return mark_value(marks, closed + 1, end, "<")
    sign = run_of(text, closed, end, BLANK)
    sign += 2 * text.startswith(("||=", "??="), sign, end)
    value = run_of(text, sign, end, SIGNS)
    gap = run_of(text, value, end, BLANK)
    signs = text[sign:value]
    if (
        signs == ""
        and closed > at
        and text[closed - 1] == "]"
        and gap > closed
        and gap < end
        and text[gap] in QUOTES
    ):
        return mark_value(marks, gap, end, "")
    if signs == "":
        if closed > at or (sign == at and not text.startswith("(", at, end)):
            return 0
        gap += text.startswith(("(", "N'"), gap, end)
        opens = gap < end and (text[gap] in QUOTES or _dollar_quote(text, gap, end) > 0)
        quote = opens and (sign > at or text[at] == "(")
        return mark_value(marks, gap, end, "") if quote or bare else 0
    if signs not in (":", "=", ":=", "=>") or gap >= end:
        return 0
    if signs == ":" and text[gap] in "|>":
        return _mark_block(marks, gap, end)
    gap += text.startswith("N'", gap, end)
    spaced = gap > value or sign > at or text[gap] in QUOTES or (dashed and signs == ":")
    return mark_value(marks, gap, end, ":" if signs == ":" else "=") if spaced else 0


def _mark_block(marks: Marks, at: int, end: int) -> int:
    """Mark the line below `token: |` of YAML; give its end, or 0."""
    line = until_of(marks.text, at, end, NEWLINE)
    value = run_of(marks.text, line, end, SPACE)
    if line - at > 2 or value == line:
        return 0
    stop = until_of(marks.text, value, end, NEWLINE)
    marks.add(value, stop)
    return stop


def mark_value(marks: Marks, at: int, end: int, kind: str) -> int:
    text = marks.text
    near = min(end, at + FAR)
    at = after_prefix(text, at, near)
    if width := _dollar_quote(text, at, near):
        stop = text.find(text[at : at + width], at + width, near)
        if stop < 0:
            return 0
        marks.add(at + width, stop, named=True)
        return stop
    if at >= end or text[at] in "\n$({[<|>*!%;,":
        return 0
    inside = quoted_span(text, at, near)
    if inside and inside[1] < near and text[inside[0]] != "\n":
        marks.add(*inside, named=True)
        return inside[1]
    stop = until_of(text, at, end, ENDS)
    if kind == "" and (text[at] in ".\\" or text[at:stop].lower() in table().words["no_values"]):
        return 0  # the pattern of a substitution, a sentence's end, SQL that goes on
    if kind in (":", "=") and not _ends_line(text, stop, end):
        return 0
    if kind == "=" and any(c in "([" for c in text[at:stop]):
        return 0
    before = len(marks.spans)
    marks.add(at, stop, named=True)
    return stop if len(marks.spans) > before else 0


def _dollar_quote(text: str, at: int, end: int) -> int:
    """Return the width of PostgreSQL's `$$` and of `\\$\\$` in quotes of a shell, or 0."""
    return 2 * text.startswith("$$", at, end) + 4 * text.startswith("\\$\\$", at, end)


def _ends_line(text: str, at: int, end: int) -> bool:
    """No further words: prose goes on after `token: `, a value does not."""
    at = run_of(text, at, end, BLANK)
    return at >= end or text[at] in "\n\r,;#}\"'`\\|&<"


def begins_text_line(text: str, at: int) -> bool:
    """True if the name at `at` begins a line, but not the first one of the text."""
    while at > 0 and text[at - 1] in BLANK:
        at -= 1
    if at >= 5 and text.startswith("quote", at - 5):
        at = back_of(text, at - 5, 0, BLANK)
    return at > 0 and (text[at - 1] == "\n" or text.startswith("\\n", at - 1))
