"""Names with their passwords: `ann:X`, `ann:X@host`, `ann/X@db`."""

from __future__ import annotations

from caro.redact.chars import DIGITS, LETTERS, NAME, QUOTES, SPACE, back_of, run_of, until_of
from caro.redact.marks import Marks
from caro.redact.table import table

LOGIN_OPENS = SPACE | QUOTES | frozenset("/:=")


def is_login(text: str, first: int, at: int, end: int) -> bool:
    """True of X in `ann:X@host`, `ann:X@tcp(` and `ann:X@host:3128`; X is text[first:at]."""
    return _is_address(text, at + 1, end) or _is_user_host(text, first, at, end)


def _is_user_host(text: str, start: int, at: int, end: int) -> bool:
    """True of X in `ann:X@host`, as it is no version, tag or digest of a package."""
    stop = run_of(text, at + 1, end, NAME)
    host = text[at + 1 : stop]
    if text[start - 1] != ":" or at - start < 4 or not host or (host[0] in DIGITS and not _is_ipv4(host)):
        return False
    name = back_of(text, start - 1, 0, NAME)
    if run_of(text, name, start - 1, LETTERS) < start - 1 or (name > 0 and text[name - 1] not in LOGIN_OPENS):
        return False
    return host not in table().words["no_hosts"] and not (host[0] == "v" and host[1:2] in DIGITS)


def _is_ipv4(host: str) -> bool:
    return host.count(".") == 3 and all(c in DIGITS or c == "." for c in host)


def _is_address(text: str, at: int, end: int) -> bool:
    """True of `tcp(`, as the DSN of Go's drivers has it, and of `host:3128`."""
    colon = run_of(text, at, end, NAME)
    digits = run_of(text, colon + 1, end, DIGITS)
    if colon == at or colon >= end:
        return False
    return text[colon] == "(" or (
        text[colon] == ":" and digits - colon > 2 and not (digits < end and text[digits] in NAME)
    )


def login_span(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return where the password stands in Oracle's `user/password@db`."""
    slash = text.find("/", start, end)
    at = text.find("@", max(slash, start), end)
    if slash <= start or (
        at < 0 and (text.find("/", slash + 1, end) >= 0 or text.find(".", start, end) >= 0)
    ):
        return None
    return slash + 1, at if at >= 0 else end


def mark_pair(marks: Marks, start: int, end: int) -> None:
    """Mark X in `ann:X`, which is one word and no address."""
    split = marks.text.find(":", start, end)
    if (
        split < 0
        or until_of(marks.text, start, end, SPACE | {"/"}) < end
        or marks.text[split + 1 : end][:1] == "?"
    ):
        return
    if run_of(marks.text, split + 1, end, DIGITS) < end:
        marks.add(split + 1, end, named=True)
