"""What is a secret by itself, wherever it stands."""

from __future__ import annotations

from caro.redact.chars import (
    ALNUM,
    CLASSES,
    DIGITS,
    ENDS,
    FAR,
    LETTERS,
    LOOSE,
    NAME,
    QUOTES,
    SMALL,
    SPACE,
    back_of,
    run_of,
    until_of,
)
from caro.redact.logins import is_login
from caro.redact.looks import is_token, looks_random
from caro.redact.marks import Marks
from caro.redact.names import is_secret_key, is_secret_name
from caro.redact.near import scan_near
from caro.redact.plain import public_end
from caro.redact.quotes import after_prefix, joined_span, quoted_span
from caro.redact.table import table
from caro.redact.text import scan_names


def scan_word(marks: Marks, start: int, end: int) -> None:
    """Mark the secrets of a word, or of a text that is no command."""
    scan_part(marks, start, end, loose=False)


def scan_part(marks: Marks, start: int, end: int, loose: bool) -> None:
    """Mark the secrets of a part. `loose`: prose, where a name in front of "=" says nothing."""
    if loose:
        scan_near(marks, start, end, 2)
    else:
        _scan_equals(marks, start, end)
        scan_names(marks, start, end)
    _scan_colons(marks, start, end)
    _scan_ats(marks, start, end)
    _scan_shapes(marks, start, end)


def _scan_equals(marks: Marks, start: int, end: int) -> None:
    text, at = marks.text, start
    while (at := text.find("=", at, end)) >= 0:
        name_end = at - 1 if at > start and text[at - 1] in ":+\"'}" else at
        first = back_of(text, name_end, start, NAME)
        name = text[first:name_end]
        at += 1
        value = after_prefix(text, at, end)
        query = first > start and text[first - 1] in "?&"
        if not name or text.startswith("=", value, end):
            continue
        if not (is_secret_key(name) or (query and _is_query_secret(name, text, value, end))):
            continue
        inside = quoted_span(text, value, end) if value < end else None
        found = inside or (value, _value_end(text, value, end, alone=first == start))
        if inside and marks.shell:
            found = joined_span(text, inside, value, end)
        before = len(marks.spans)
        marks.add(*found, named=True)
        if len(marks.spans) > before:
            at = max(at, found[1])


def _is_query_secret(name: str, text: str, at: int, end: int) -> bool:
    """True of `?sig=X` and `?pw=X`, not of `?key=name`."""
    if name.lower() not in table().words["query_names"]:
        return False
    stop = run_of(text, at, end, SMALL)
    plain = stop == end or text[stop] in ENDS | {"#"}
    return not plain or name.lower() in table().words["query_words"]


def _value_end(text: str, at: int, end: int, alone: bool) -> int:
    """Return the end: a word that begins with the name holds nothing else, but for further fields of a form."""
    if not alone:
        return until_of(text, at, end, ENDS | {"#"})
    while at < end and not (text[at] == "&" and _is_next_field(text, at, end)):
        at += 1
    return at


def _is_next_field(text: str, at: int, end: int) -> bool:
    stop = run_of(text, at + 1, end, NAME)
    return stop > at + 1 and stop < end and text[stop] == "="


def _scan_colons(marks: Marks, start: int, end: int) -> None:
    text, at = marks.text, start
    while (at := text.find(":", at, end)) >= 0:
        colon, at = at, at + 1
        if colon > start and text[colon - 1] in QUOTES:
            _scan_json(marks, start, colon, end)
        elif text.startswith("://", colon):
            _scan_url(marks, start, colon, end)
        elif text.startswith("AA", colon + 1) and colon - back_of(text, colon, start, DIGITS) >= 8:
            stop = run_of(text, colon + 1, end, CLASSES["w"])
            if stop - colon > 30:
                marks.add(colon + 1, stop)
        else:
            first = back_of(text, colon, start, NAME)
            if text[first:colon].lower() in table().words["headers"]:
                at = max(at, mark_header(marks, first, colon, end, alone=first == start))


def _scan_json(marks: Marks, start: int, colon: int, end: int) -> None:
    text = marks.text
    name_end = colon - 1 - (colon - 2 >= start and text[colon - 2] == "\\")
    name = text[back_of(text, name_end, start, NAME) : name_end]
    if not is_secret_name(name):
        return
    value = run_of(text, colon + 1, end, SPACE)
    inside = quoted_span(text, value, end) if value < end else None
    marks.add(*(inside or (value, until_of(text, value, end, ENDS))), named=True)


def _scan_url(marks: Marks, start: int, colon: int, end: int) -> None:
    text, host = marks.text, colon + 3
    stop = until_of(text, host, min(end, host + FAR), SPACE | QUOTES | frozenset("<>"))
    slash = until_of(text, host, stop, frozenset("/?#"))
    at = text.rfind("@", host, slash)
    split = text.find(":", host, slash)
    if at < 0 and split >= 0 and split + 1 < slash and not all(c in DIGITS for c in text[split + 1 : slash]):
        at = text.rfind("@", host, stop)  # a password with a slash in it
    if at >= 0:
        if 0 <= split < at:
            marks.add(split + 1, at) if split + 1 < at else marks.add(host, split)
            if split - host >= 20 and any(c in DIGITS for c in text[host:split]):
                marks.add(host, split)
        elif looks_random(text, host, at) or (at - host >= 12 and any(c in DIGITS for c in text[host:at])):
            marks.add(host, at)
    for path in table().words["url_paths"]:
        if (found := text.find(path, host, stop)) >= 0:
            marks.add(found + len(path), stop)


def _scan_ats(marks: Marks, start: int, end: int) -> None:
    """`user:X@host`, `user/X@db`, `user%X@host`, where X looks like a secret."""
    text, at = marks.text, start
    while (at := text.find("@", at, end)) >= 0:
        first = back_of(text, at, start, LOOSE)
        if (
            first - start >= 2
            and text[first - 1] in ":/%"
            and text[first - 2] in NAME
            and (looks_random(text, first, at) or is_login(text, first, at, end))
        ):
            marks.add(first, at)
        at += 1


def mark_header(marks: Marks, first: int, colon: int, end: int, alone: bool) -> int:
    text = marks.text
    value = run_of(text, colon + 1, end, SPACE)
    stop = end if alone else until_of(text, value, end, QUOTES | frozenset("\n"))
    if stop > value and text[stop - 1] == "\\":
        stop -= 1
    if "cookie" not in text[first:colon].lower():
        scheme = run_of(text, value, stop, LETTERS)
        if scheme > value and scheme < stop and text[scheme] == " ":
            value = run_of(text, scheme, stop, SPACE)
    marks.add(value, stop)
    return stop


def _scan_shapes(marks: Marks, start: int, end: int) -> None:
    text, at = marks.text, start
    while at < end:
        char = text[at]
        if char not in ALNUM:
            if char == "-" and text.startswith("-----BEGIN ", at):
                at = _mark_key(marks, at, end)
            at += 1
            continue
        if public := public_end(text, at, end):
            at = public
            continue
        stop = _mark_shape(marks, at, end) or _mark_jwt(marks, at, end) or _mark_bearer(marks, at, end)
        at = stop or _mark_token(marks, at, end)


def _mark_shape(marks: Marks, at: int, end: int) -> int:
    """Return the end of what was marked, or 0: so a long text is looked at once."""
    for prefix, chars, least in table().shapes.get(marks.text[at], ()):
        if marks.text.startswith(prefix, at, end):
            body = at + len(prefix)
            stop = run_of(marks.text, body, end, chars)
            if stop - body >= least:
                marks.add(body, stop)
                return stop
    return 0


def _mark_jwt(marks: Marks, at: int, end: int) -> int:
    if not marks.text.startswith("eyJ", at, end):
        return 0
    stop = run_of(marks.text, at, min(end, at + FAR), CLASSES["w"])
    if stop - at < 20 or "." not in marks.text[at:stop]:
        return 0
    marks.add(at + 3, stop)
    return stop


def _mark_bearer(marks: Marks, at: int, end: int) -> int:
    text, body = marks.text, at + 7
    if body >= end or text[at:body].lower() != "bearer ":
        return 0
    stop = run_of(text, body, end, CLASSES["b"] | {"."})
    if stop - body < 8 or (stop - body < 20 and not any(c in DIGITS for c in text[body:stop])):
        return 0
    marks.add(body, stop)
    return stop


def _mark_key(marks: Marks, at: int, end: int) -> int:
    head = marks.text.find("-----", at + 11, end)
    label = marks.text[at : max(head, at)]
    if "PRIVATE KEY" not in label and "Static key" not in label:
        return at
    stop = marks.text.find("-----END", head, end)
    marks.add(head + 5, stop if stop >= 0 else end)
    return stop if stop >= 0 else end


def _mark_token(marks: Marks, at: int, end: int) -> int:
    """Return the end of the run at `at`, which is marked where it is a token of no known shape."""
    stop = run_of(marks.text, at, end, ALNUM | {"_"})
    dashed = run_of(marks.text, stop, min(end, at + FAR), ALNUM | frozenset("_-"))
    if is_token(marks.text, at, dashed):
        dashed = run_of(marks.text, dashed, end, NAME)
        marks.add(at, dashed)
        return dashed
    return stop
