"""What stands where a secret would and is none."""

from __future__ import annotations

from caro.redact.chars import (
    ALNUM,
    BLANK,
    DIGITS,
    HEX,
    LETTERS,
    NAME,
    NEWLINE,
    QUOTES,
    SMALL,
    run_of,
    until_of,
)
from caro.redact.looks import is_token, looks_random
from caro.redact.table import table

DIGESTS = (32, 40, 56, 64, 96, 128)
"""Digits of a checksum, as md5sum(1) and its kin write it before a file's name."""


def is_reference(value: str) -> bool:
    """`$NAME`, `${...}`, `$(...)`, its `$` alone, and backquotes: the secret isn't in the text."""
    if value.startswith(("$(", "`", "${")):
        return True
    return value[0] == "$" and all(c in ALNUM or c in "_[]" for c in value[1:])


def is_plain_value(value: str, named: bool, shell: bool) -> bool:
    """True of what is no secret where one would stand: `-`, `<token>`, `"$NAME"`, after a name files and digits."""
    rules = table().words
    if value[0] == "<" and value[-1] == ">" and not any(c in DIGITS for c in value):
        return True
    if value in rules["known_values"] or value.startswith(("file://", "fileb://")) or _is_known_file(value):
        return True
    if shell and (_is_quoted_reference(value) or _is_signed_reference(value)):
        return True
    if not named:
        return False
    if (len(value) == 1 and value in DIGITS) or value.lower() in rules["more_plain_values"]:
        return True
    return value.lower().startswith(rules["plain_starts"]) or _is_path(value)


def is_encoded(text: str, start: int, end: int) -> bool:
    """True of a small word, or two of letters, in `echo hello | base64`."""
    follows = run_of(text, end, len(text), QUOTES | BLANK)
    if not text.startswith("| base64", follows):
        return False
    first = run_of(text, start, end, SMALL)
    return first == end or run_of(text, run_of(text, start, end, LETTERS) + 1, end, LETTERS) == end


def _is_quoted_reference(value: str) -> bool:
    """True of `"$NAME"`, `\\$NAME` and `"Bearer $NAME"`."""
    if value[0] not in '"\\':
        return False
    scheme = run_of(value, 1, len(value), LETTERS)
    first = run_of(value, scheme, len(value), BLANK) if scheme > 1 else 1
    return value[first : first + 1] == "$" and is_reference(value[first:].rstrip('"'))


def _is_signed_reference(value: str) -> bool:
    """True of `$NAME/`, and of `$NAME` where the text goes on in a next line."""
    stop = run_of(value, 1, len(value), ALNUM | {"_"})
    if value[0] != "$" or stop == 1:
        return False
    return until_of(value, stop, len(value), ALNUM | NEWLINE) == until_of(value, stop, len(value), NEWLINE)


def _is_known_file(value: str) -> bool:
    """True of `pass.txt` and `keys/ca.pem`."""
    if not value.endswith(table().words["file_endings"]) or looks_random(value, 0, len(value)):
        return False
    return run_of(value, 0, len(value), NAME | {"/"}) == len(value)


def _is_path(value: str) -> bool:
    """`/run/secrets/x`, and `@file.json` of those who read a file so."""
    if looks_random(value, 0, len(value)) or is_token(value, 0, len(value)):
        return False
    path = value[0] == "/" and all(c in NAME or c == "/" for c in value)
    return path or (value[0] == "@" and any(c in "./:" for c in value))


def public_end(text: str, at: int, end: int) -> int:
    """Return the end of a public key, an address or a digest that begins at `at`, or 0."""
    if text.startswith("0x", at, end) and run_of(text, at + 2, end, HEX) == at + 42:
        return at + 42  # an address of Ethereum; a key has 64 digits
    if text[at] in HEX and (at == 0 or text[at - 1] not in ALNUM):
        stop = run_of(text, at, min(end, at + 129), HEX)
        if stop - at in DIGESTS and text.startswith(("  ", " *"), stop, end):
            return stop
    for prefix, chars, least in table().public.get(text[at], ()):
        if text.startswith(prefix, at, end):
            stop = run_of(text, at + len(prefix), end, chars)
            if stop - at - len(prefix) >= least:
                return stop
    return 0
