"""Secrets leave a command line before it is written anywhere.

The table redact.toml says what a secret is; native/lib/redact/redact.c does the same in C, and
tests/vectors/redact.jsonl holds both to the same answers. A secret becomes `***`, so that the shape of the
command stays readable.

A command line is a list of words. Each word is judged by what stands before it (`-p` of mysql, `-H` of curl) and by
itself (NAME=value, URLs, headers, tokens of a known shape). A string that a shell will run is cut into words by
`_words_of` and judged the same way, so a secret is found at any depth of quotes.
"""

from __future__ import annotations

import itertools
import string
import tomllib
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

MASK = "***"
DEPTH_MAX = 4
DIGESTS = (
    32,
    40,
    56,
    64,
    96,
    128,
)  # digits of a checksum, as md5sum(1) and its kin write it before a file's name
NEAR = 64  # the parts of a substitution are shorter
ECHOED_MAX = 8
NEAR_WORDS = 5
NEAR_CHARS = 100  # between a hint and what it hints at
WORDS_MAX = 32
FIELDS_MAX = 4  # of a line in a file of secrets
SUBSTITUTED = 9  # of `near`: where the next tool is echo, it gives a secret
FAR = 8192  # nobody's URL or token is longer; the bound keeps hostile text from costing time squared
TABLE = Path(__file__).with_name("redact.toml")

LETTERS = frozenset(string.ascii_letters)
ALNUM = frozenset(string.ascii_letters + string.digits)
DIGITS = frozenset(string.digits)
NAME = ALNUM | frozenset("_-.")
SPACE = frozenset(" \t\n\r")
QUOTES = frozenset("\"'`")
SMALL = frozenset(string.ascii_lowercase)
MNEMONIC_EDGES = frozenset("\"'`=\n")
NEWLINE = frozenset("\n")
BLANK = frozenset(" \t")
SIGNS = frozenset(":=>")
ARGUMENT_ENDS = frozenset(",()")
NEXT_ROW = SPACE | frozenset("),")
ECHO_OPENS = QUOTES | frozenset("$(<")
BETWEEN = SPACE | QUOTES | frozenset(",\\-}{")
NAME_ENDS = BLANK | QUOTES | frozenset("\\]")
LOGIN_OPENS = SPACE | QUOTES | frozenset("/:=")
OPENS = frozenset("-/$@[{\"'\\(,")
PAIRS = frozenset(":%,")
UPPER = frozenset(string.ascii_uppercase)
LOOSE = NAME | frozenset("+!#$^*~")
WORD = frozenset(map(chr, range(33, 127))) - QUOTES
TOOL = WORD - frozenset("/(=\\")  # `/usr/bin/mysql`, `a='mysql`
ENDS = SPACE | QUOTES | frozenset("&;,)}]|<>\\")
CLASSES = {
    "w": ALNUM | frozenset("_-."),
    "a": ALNUM,
    "u": frozenset(string.ascii_uppercase + string.digits),
    "x": frozenset(string.hexdigits),
    "b": ALNUM | frozenset("+/=_-"),
    "h": ALNUM | frozenset("+/=_-.$"),
}


class Option(NamedTuple):
    option: str
    sub: tuple[str, ...]
    how: str
    what: str


class Reader(NamedTuple):
    """A command that takes a secret from its input: with `sub` among its words, or in any case."""

    sub: str
    after: str


class Table(NamedTuple):
    """redact.toml, in the shapes that are looked up."""

    words: dict[str, tuple[str, ...]]
    shapes: dict[str, list[tuple[str, frozenset[str], int]]]
    options: dict[str, list[Option]]
    positions: dict[str, dict[str, int]]
    readers: dict[str, list[Reader]]
    public: dict[str, list[tuple[str, frozenset[str], int]]]
    text_positions: frozenset[str]
    call_places: dict[str, int]


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.split("|")]


def _shapes(rows: Iterable[str]) -> dict[str, list[tuple[str, frozenset[str], int]]]:
    shapes: dict[str, list[tuple[str, frozenset[str], int]]] = {}
    for row in rows:
        prefix, kind, least = row.split()
        shapes.setdefault(prefix[0], []).append((prefix, CLASSES[kind], int(least)))
    return shapes


def _skips(skip: str) -> int:
    """Return the number of arguments to pass over; where there is a second secret, 16 times one more than for that."""
    first, _, second = skip.partition("+")
    return int(first) + (16 * (int(second) + 1) if second else 0)


@cache
def table() -> Table:
    raw = tomllib.loads(TABLE.read_text())
    shapes, public = _shapes(raw.pop("shapes")), _shapes(raw.pop("public_shapes"))
    options: dict[str, list[Option]] = {}
    for row in [*raw.pop("options"), *raw.pop("text_options")]:
        tools, sub, names, how, what = _cells(row)
        subs = () if sub == "-" else tuple(sub.split())
        for tool in tools.split():
            options.setdefault(tool, []).extend(Option(name, subs, how, what) for name in names.split())
    positions: dict[str, dict[str, int]] = {}
    text_rows = raw.pop("text_positions")
    text_tools = frozenset(tool for row in text_rows for tool in _cells(row)[0].split())
    for row in [*raw.pop("positions"), *text_rows]:
        tools, word, skip = _cells(row)
        for tool in tools.split():
            positions.setdefault(tool, {})[word] = _skips(skip)
    readers: dict[str, list[Reader]] = {}
    for row in raw.pop("readers"):
        tools, sub, after = _cells(row)
        for tool in tools.split():
            readers.setdefault(tool, []).append(Reader("" if sub == "-" else sub, after))
    places = {name: place for place, row in enumerate(raw.pop("call_places")) for name in row.split()}
    words = {key: tuple(value) for key, value in raw.items()}
    return Table(words, shapes, options, positions, readers, public, text_tools, places)


# ---- names ----


def name_words(name: str) -> list[str]:
    """clientSecret, CLIENT_SECRET and --client-secret are the words client, secret."""
    words, word, before = [], "", ""
    for char in name:
        if char not in ALNUM or (char.isupper() and before.islower()):
            if word:
                words.append(word.lower())
            word = ""
        if char in ALNUM:
            word += char
        before = char
    return ([*words, word.lower()] if word else words)[:WORDS_MAX]


def is_secret_name(name: str) -> bool:
    rules = table().words
    words = name_words(name)
    for i, word in enumerate(words):
        last = i > 0 and i == len(words) - 1 and word in rules["secret_last"]
        key = i > 0 and word == "key" and words[i - 1] in rules["before_key"]
        if not (last or key or word.endswith(rules["secret_endings"])):
            continue
        later = any(w in rules["not_before"] for w in words[i + 1 :])
        if not later and not any(w in rules["not_after"] for w in words[:i]):
            return True
    return False


@cache
def _text_names() -> frozenset[str]:
    return frozenset(table().words["text_names"] + table().words["more_text_names"])


def is_hint(name: str) -> bool:
    """True if what follows the name is a secret where it looks like one: `key`, `login`, `encrypt` and their kin."""
    rules = table().words
    words = name_words(name)
    if any(word in rules["no_hints"] for word in words):
        return False
    bare = [word.rstrip(string.digits) for word in words]
    return any(
        word in rules["hint_words"]
        or word in rules["text_hint_words"]
        or word.endswith(rules["hint_endings"])
        for word in [*words, *bare]
    )


# ---- what looks like a secret ----


class Looks:
    """What a run of characters is made of; anything but letters and digits cuts it into pieces."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self.digits = self.upper = self.lower = 0
        self.changes = 0  # a digit beside a letter
        self.turns = 0  # a capital after a small letter
        self.bumps = 0  # two capitals in a row, and one small letter between capitals
        self.longest = 0  # small letters in a row
        self.hex, self.odd = True, False
        piece = at = start
        while at < end:
            stop = max(_run(text, at, end, kind) for kind in (SMALL, UPPER, DIGITS))
            if stop > at:
                self._take_run(text, at, stop, piece)
                at = stop
            if at == end or text[at] not in ALNUM:
                self.odd = self.odd or _is_odd(text, piece, at)
                at = piece = at + 1
        self.letters = self.upper + self.lower
        self.count = self.letters + self.digits

    def _take_run(self, text: str, at: int, stop: int, piece: int) -> None:
        before, length = text[at - 1] if at > piece else "", stop - at
        self.hex = self.hex and all(char in CLASSES["x"] for char in text[at:stop])
        if text[at] in DIGITS:
            self.digits += length
            self.changes += before != ""
            return
        self.changes += before in DIGITS if before else False
        if text[at] in UPPER:
            self.upper += length
            self.turns += before in SMALL if before else False
            self.bumps += length >= 2
            return
        self.lower += length
        self.bumps += length == 1 and before != ""
        self.longest = max(self.longest, length)


def _is_odd(text: str, start: int, end: int) -> bool:
    """A piece of at least six with more than two digits at its end, or any elsewhere."""
    first = _until(text, start, end, DIGITS)
    digits = _run(text, first, end, DIGITS)
    if end - start < 6 or first == end or (first == start and digits == end):
        return False
    if digits == end and (digits - first < 3 or text[first : first + 2] in ("19", "20")):
        return False
    return text[start:end].lower() not in table().words["plain_pieces"]


def looks_random(text: str, start: int, end: int) -> bool:
    """True of `hunter123`, `k3J9xq` and longer; not of words, versions, dates, short hashes and git's long ones."""
    start += 2 * text.startswith("0x", start, end)
    looks = Looks(text, start, end)
    if looks.digits == 0:
        return looks.count >= 10 and looks.turns >= 2 and looks.turns + looks.bumps >= 5
    if looks.count < 6 or looks.letters == 0:
        return False
    if looks.hex and (looks.count <= 16 or looks.count == 40 or text.startswith("-", start + 8, end)):
        return False
    if (start >= 7 and text.startswith("sha256:", start - 7)) or _is_file_name(text, start, end):
        return False
    return looks.odd or looks.changes + looks.turns >= 3 or text.find("!", start, end) >= 0


def _is_file_name(text: str, start: int, end: int) -> bool:
    """A word, with digits at its end or not, and a short extension of letters."""
    first = _until(text, start, end, DIGITS)
    return _run(text, first, end, DIGITS) + 1 == _extension(text, start, end)


def _extension(text: str, start: int, end: int) -> int:
    """Return where the extension of a file's name begins, or 0."""
    dot = text.rfind(".", start, end)
    return dot + 1 if dot > start and end - dot <= 6 and _run(text, dot + 1, end, SMALL) == end else 0


def is_token(text: str, start: int, end: int) -> bool:
    """True of what nobody types: 20 characters of all three kinds, or 16 capitals and digits, well mixed."""
    looks = Looks(text, start, end)
    if looks.lower == 0:
        return looks.count >= 16 and looks.changes >= 3 and not looks.hex
    if looks.count < 20 or looks.upper < 2 or looks.digits < 2:
        return False
    return looks.changes >= 4 or (looks.changes >= 2 and looks.turns >= 3 and looks.longest <= 4)


# ---- marks: the parts of one text that are secret ----


class Marks:
    def __init__(self, text: str, shell: bool) -> None:
        self.text = text
        self.shell = shell
        self.spans: list[tuple[int, int]] = []

    def add(self, start: int, end: int, named: bool = False) -> None:
        """`named`: only its name speaks for a secret, so plain values are let go."""
        value = self.text[start:end]
        if not value or value == MASK or (named and value.lower() in table().words["plain_values"]):
            return
        if (self.shell and is_reference(value)) or is_plain(value, named, self.shell):
            return
        if _is_encoded(self.text, start, end):
            return
        self.spans.append((start, end))

    def masked(self) -> str:
        parts, at = [], 0
        for start, end in sorted(self.spans):
            if end <= at:
                continue
            parts += [self.text[at : max(start, at)], MASK if start >= at else ""]
            at = end
        return "".join(parts) + self.text[at:]


def is_reference(value: str) -> bool:
    """`$NAME`, `${...}`, `$(...)`, its `$` alone, and backquotes: the secret isn't in the text."""
    if value.startswith(("$(", "`", "${")):
        return True
    return value[0] == "$" and all(c in ALNUM or c in "_[]" for c in value[1:])


def is_plain(value: str, named: bool, shell: bool) -> bool:
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


def _is_encoded(text: str, start: int, end: int) -> bool:
    """True of a small word, or two of letters, in `echo hello | base64`."""
    follows = _run(text, end, len(text), QUOTES | BLANK)
    if not text.startswith("| base64", follows):
        return False
    first = _run(text, start, end, SMALL)
    return first == end or _run(text, _run(text, start, end, LETTERS) + 1, end, LETTERS) == end


def _is_quoted_reference(value: str) -> bool:
    """True of `"$NAME"`, `\\$NAME` and `"Bearer $NAME"`."""
    if value[0] not in '"\\':
        return False
    scheme = _run(value, 1, len(value), LETTERS)
    first = _run(value, scheme, len(value), BLANK) if scheme > 1 else 1
    return value[first : first + 1] == "$" and is_reference(value[first:].rstrip('"'))


def _is_signed_reference(value: str) -> bool:
    """True of `$NAME/`, and of `$NAME` where the text goes on in a next line."""
    stop = _run(value, 1, len(value), ALNUM | {"_"})
    if value[0] != "$" or stop == 1:
        return False
    return _until(value, stop, len(value), ALNUM | NEWLINE) == _until(value, stop, len(value), NEWLINE)


def _is_known_file(value: str) -> bool:
    """True of `pass.txt` and `keys/ca.pem`."""
    if not value.endswith(table().words["file_endings"]) or looks_random(value, 0, len(value)):
        return False
    return _run(value, 0, len(value), NAME | {"/"}) == len(value)


def _is_path(value: str) -> bool:
    """`/run/secrets/x`, and `@file.json` of those who read a file so."""
    if looks_random(value, 0, len(value)) or is_token(value, 0, len(value)):
        return False
    path = value[0] == "/" and all(c in NAME or c == "/" for c in value)
    return path or (value[0] == "@" and any(c in "./:" for c in value))


def _public_end(text: str, at: int, end: int) -> int:
    """Return the end of a public key, an address or a digest that begins at `at`, or 0."""
    if text.startswith("0x", at, end) and _run(text, at + 2, end, CLASSES["x"]) == at + 42:
        return at + 42  # an address of Ethereum; a key has 64 digits
    if text[at] in CLASSES["x"] and (at == 0 or text[at - 1] not in ALNUM):
        stop = _run(text, at, min(end, at + 129), CLASSES["x"])
        if stop - at in DIGESTS and text.startswith(("  ", " *"), stop, end):
            return stop
    for prefix, chars, least in table().public.get(text[at], ()):
        if text.startswith(prefix, at, end):
            stop = _run(text, at + len(prefix), end, chars)
            if stop - at - len(prefix) >= least:
                return stop
    return 0


def _run(text: str, at: int, end: int, chars: frozenset[str]) -> int:
    while at < end and text[at] in chars:
        at += 1
    return at


def _until(text: str, at: int, end: int, chars: frozenset[str]) -> int:
    while at < end and text[at] not in chars:
        at += 1
    return at


def _back(text: str, at: int, start: int, chars: frozenset[str]) -> int:
    while at > start and text[at - 1] in chars:
        at -= 1
    return at


def _quoted(text: str, at: int, end: int) -> tuple[int, int] | None:
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
    return (at - _back(text, at, start, frozenset("\\"))) % 2 == 1


def _joined_end(text: str, start: int, end: int) -> int:
    """Return the end of what stands in quotes up to `start`, with the pieces that are glued to it: 'ab'"cd"ef."""
    if start >= end or text[start] not in ALNUM | QUOTES | {"\\"}:
        return start
    return _raw_word_end(text, start, end)


def _is_next_field(text: str, at: int, end: int) -> bool:
    stop = _run(text, at + 1, end, NAME)
    return stop > at + 1 and stop < end and text[stop] == "="


# ---- what is a secret by itself, wherever it stands ----


def _scan_equals(marks: Marks, start: int, end: int) -> None:
    text, at = marks.text, start
    while (at := text.find("=", at, end)) >= 0:
        name_end = at - 1 if at > start and text[at - 1] in ":+\"'}" else at
        first = _back(text, name_end, start, NAME)
        name = text[first:name_end]
        at += 1
        value = _after_prefix(text, at, end)
        query = first > start and text[first - 1] in "?&"
        if not name or text.startswith("=", value, end):
            continue
        if not (_is_secret_key(name) or (query and _is_query_secret(name, text, value, end))):
            continue
        inside = _quoted(text, value, end) if value < end else None
        found = inside or (value, _value_end(text, value, end, alone=first == start))
        if inside and marks.shell:
            found = _with_joined(text, inside, value, end)
        before = len(marks.spans)
        marks.add(*found, named=True)
        if len(marks.spans) > before:
            at = max(at, found[1])


def _is_query_secret(name: str, text: str, at: int, end: int) -> bool:
    """True of `?sig=X` and `?pw=X`, not of `?key=name`."""
    if name.lower() not in table().words["query_names"]:
        return False
    stop = _run(text, at, end, SMALL)
    plain = stop == end or text[stop] in ENDS | {"#"}
    return not plain or name.lower() in table().words["query_words"]


def _after_prefix(text: str, at: int, end: int) -> int:
    """Pass over the letter of `b'X'` and `N'X'`."""
    return at + (at + 1 < end and text[at] in "bN@$ru" and text[at + 1] in QUOTES)


def _with_joined(text: str, inside: tuple[int, int], opens: int, end: int) -> tuple[int, int]:
    """Return the inside of quotes, or from there to the end of all that is glued to them."""
    close = min(inside[1] + (inside[0] - opens), end)
    joined = _joined_end(text, close, end)
    return (inside[0], joined) if joined > close else inside


def _is_secret_key(name: str) -> bool:
    words = table().words
    return name in words["option_names"] or name in words["more_names"] or is_secret_name(name)


def _value_end(text: str, at: int, end: int, alone: bool) -> int:
    """Return the end: a word that begins with the name holds nothing else, but for further fields of a form."""
    if not alone:
        return _until(text, at, end, ENDS | {"#"})
    while at < end and not (text[at] == "&" and _is_next_field(text, at, end)):
        at += 1
    return at


def _scan_colons(marks: Marks, start: int, end: int) -> None:
    text, at = marks.text, start
    while (at := text.find(":", at, end)) >= 0:
        colon, at = at, at + 1
        if colon > start and text[colon - 1] in QUOTES:
            _scan_json(marks, start, colon, end)
        elif text.startswith("://", colon):
            _scan_url(marks, start, colon, end)
        elif text.startswith("AA", colon + 1) and colon - _back(text, colon, start, DIGITS) >= 8:
            stop = _run(text, colon + 1, end, CLASSES["w"])
            if stop - colon > 30:
                marks.add(colon + 1, stop)
        else:
            first = _back(text, colon, start, NAME)
            if text[first:colon].lower() in table().words["headers"]:
                at = max(at, _mark_header(marks, first, colon, end, alone=first == start))


def _scan_json(marks: Marks, start: int, colon: int, end: int) -> None:
    text = marks.text
    name_end = colon - 1 - (colon - 2 >= start and text[colon - 2] == "\\")
    name = text[_back(text, name_end, start, NAME) : name_end]
    if not is_secret_name(name):
        return
    value = _run(text, colon + 1, end, SPACE)
    inside = _quoted(text, value, end) if value < end else None
    marks.add(*(inside or (value, _until(text, value, end, ENDS))), named=True)


def _scan_url(marks: Marks, start: int, colon: int, end: int) -> None:
    text, host = marks.text, colon + 3
    stop = _until(text, host, min(end, host + FAR), SPACE | QUOTES | frozenset("<>"))
    slash = _until(text, host, stop, frozenset("/?#"))
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
        first = _back(text, at, start, LOOSE)
        if (
            first - start >= 2
            and text[first - 1] in ":/%"
            and text[first - 2] in NAME
            and (
                looks_random(text, first, at)
                or _is_address(text, at + 1, end)
                or _is_login(text, first, at, end)
            )
        ):
            marks.add(first, at)
        at += 1


def _is_login(text: str, start: int, at: int, end: int) -> bool:
    """True of X in `ann:X@host`, as it is no version, tag or digest of a package."""
    stop = _run(text, at + 1, end, NAME)
    host = text[at + 1 : stop]
    if text[start - 1] != ":" or at - start < 4 or not host or (host[0] in DIGITS and not _is_ipv4(host)):
        return False
    name = _back(text, start - 1, 0, NAME)
    if _run(text, name, start - 1, LETTERS) < start - 1 or (name > 0 and text[name - 1] not in LOGIN_OPENS):
        return False
    return host not in table().words["no_hosts"] and not (host[0] == "v" and host[1:2] in DIGITS)


def _is_ipv4(host: str) -> bool:
    return host.count(".") == 3 and all(c in DIGITS or c == "." for c in host)


def _is_address(text: str, at: int, end: int) -> bool:
    """True of `tcp(`, as the DSN of Go's drivers has it, and of `host:3128`."""
    colon = _run(text, at, end, NAME)
    digits = _run(text, colon + 1, end, DIGITS)
    if colon == at or colon >= end:
        return False
    return text[colon] == "(" or (
        text[colon] == ":" and digits - colon > 2 and not (digits < end and text[digits] in NAME)
    )


def _mark_header(marks: Marks, first: int, colon: int, end: int, alone: bool) -> int:
    text = marks.text
    value = _run(text, colon + 1, end, SPACE)
    stop = end if alone else _until(text, value, end, QUOTES | frozenset("\n"))
    if stop > value and text[stop - 1] == "\\":
        stop -= 1
    if "cookie" not in text[first:colon].lower():
        scheme = _run(text, value, stop, LETTERS)
        if scheme > value and scheme < stop and text[scheme] == " ":
            value = _run(text, scheme, stop, SPACE)
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
        if public := _public_end(text, at, end):
            at = public
            continue
        stop = _mark_shape(marks, at, end) or _mark_jwt(marks, at, end) or _mark_bearer(marks, at, end)
        at = stop or _mark_token(marks, at, end)


def _mark_token(marks: Marks, at: int, end: int) -> int:
    """Return the end of the run at `at`, which is marked where it is a token of no known shape."""
    stop = _run(marks.text, at, end, ALNUM | {"_"})
    dashed = _run(marks.text, stop, min(end, at + FAR), ALNUM | frozenset("_-"))
    if is_token(marks.text, at, dashed):
        dashed = _run(marks.text, dashed, end, NAME)
        marks.add(at, dashed)
        return dashed
    return stop


def _mark_shape(marks: Marks, at: int, end: int) -> int:
    """Return the end of what was marked, or 0: so a long text is looked at once."""
    for prefix, chars, least in table().shapes.get(marks.text[at], ()):
        if marks.text.startswith(prefix, at, end):
            body = at + len(prefix)
            stop = _run(marks.text, body, end, chars)
            if stop - body >= least:
                marks.add(body, stop)
                return stop
    return 0


def _mark_jwt(marks: Marks, at: int, end: int) -> int:
    if not marks.text.startswith("eyJ", at, end):
        return 0
    stop = _run(marks.text, at, min(end, at + FAR), CLASSES["w"])
    if stop - at < 20 or "." not in marks.text[at:stop]:
        return 0
    marks.add(at + 3, stop)
    return stop


def _mark_bearer(marks: Marks, at: int, end: int) -> int:
    text, body = marks.text, at + 7
    if body >= end or text[at:body].lower() != "bearer ":
        return 0
    stop = _run(text, body, end, CLASSES["b"] | {"."})
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


# ---- text with names in it: YAML, TOML, SQL, XML, code ----


def _scan_names(marks: Marks, start: int, end: int) -> None:
    """`password: X`, `token = "X"`, `PASSWORD 'X'`, `<apiKey>X<`, `IDENTIFIED BY X`; on one line each."""
    text, at, identified, login, expects = marks.text, start, False, False, False
    near, asked = Near(), 0
    while at < end:
        if text[at] not in ALNUM:
            at += 1
            continue
        stop = _run(text, at, end, NAME)
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
            and _is_secret_key(text[at:stop])
        ):
            marks.add(stop + 1, end, named=True)
            stop = end
        elif name in table().words["digit_names"]:
            stop = max(stop, _mark_digits(marks, stop, end))
        elif marked := _mark_default(marks, at, stop, end):
            stop = marked
        elif name in table().words["no_secrets"]:
            pass
        elif by or name in _text_names() or is_secret_name(text[at:stop]):
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
            stop = max(stop, _mark_named(marks, stop, end, bare, dashed) or mark_told(marks, at, stop, end))
        elif name == "set" or text[at:stop] == "ENV":
            asked = stop
        elif name == "pragma":
            stop = _mark_pragma(marks, stop, end) or stop
        at = stop


def _line_start(text: str, at: int) -> bool:
    """True if the name at `at` begins a line, but not the first one of the text."""
    while at > 0 and text[at - 1] in BLANK:
        at -= 1
    if at >= 5 and text.startswith("quote", at - 5):
        at = _back(text, at - 5, 0, BLANK)
    return at > 0 and (text[at - 1] == "\n" or text.startswith("\\n", at - 1))


def _is_line_of_two(text: str, at: int, stop: int, end: int) -> bool:
    """`password X`, alone on its line, as many configurations have it."""
    value = _run(text, stop, end, BLANK)
    last = _until(text, value, end, SPACE | {"\\"})
    if not _line_start(text, at) or not last > value > stop:
        return False
    return last == end or text[last] == "\n" or text.startswith(("\\n", "\\r"), last)


def _mark_default(marks: Marks, at: int, stop: int, end: int) -> int:
    """Mark X in `${PASSWORD:-X}`, whose name ends at `stop`; give its end, or 0."""
    text = marks.text
    if not text.startswith("${", at - 2) or not text.startswith((":-", ":="), stop, end):
        return 0
    if not _is_secret_key(text[at:stop]):
        return 0
    last = _until(text, stop + 2, end, frozenset("}"))
    marks.add(stop + 2, last, named=True)
    return last


def _mark_imap(marks: Marks, at: int, stop: int, end: int) -> int:
    """Mark X in the line `a1 LOGIN ann X` of IMAP; give its end, or 0."""
    text = marks.text
    tag = _back(text, at, 0, BLANK)
    first = _back(text, tag, 0, ALNUM)
    if text[at:stop] != "LOGIN" or tag == at or first == tag or (first > 0 and text[first - 1] in NAME):
        return 0
    if tag - first > 1 and not any(c in DIGITS for c in text[first:tag]):
        return 0
    user = _run(text, stop, end, BLANK)
    gap = _until(text, user, end, SPACE)
    value = _run(text, gap, end, BLANK)
    last = _until(text, value, end, SPACE | {"\\"})
    if not stop < user < gap < value < last or (last < end and text[last] not in "\r\n\\"):
        return 0
    marks.add(value, last)
    return last


def _mark_lines(marks: Marks, at: int, stop: int, end: int, expects: bool) -> int:
    """Mark in lines that no name of a secret begins; give the end of what was marked, or 0."""
    name = marks.text[at:stop].lower()
    if name == "user":
        return _mark_user(marks, at, stop, end)
    if name == "login" and (marked := _mark_imap(marks, at, stop, end)):
        return marked
    if marks.text.startswith("=", stop, end) and name in table().words["pair_fields"]:
        return _mark_field(marks, stop + 1, end)
    if name in ("connect", "conn") and (
        at == 0 or _line_start(marks.text, at) or marks.text[at - 1] in QUOTES
    ):
        return _mark_connect(marks, stop, end)
    if name == "auth":
        return _mark_login_pair(marks, stop, end)
    if marks.text.startswith("=", stop, end) and (marked := _mark_echo(marks, at, stop, end)):
        return marked
    if name in table().words["quoting_names"]:
        return _mark_quoted(marks, stop, end)
    if name in table().words["headers"]:
        return _mark_header_pair(marks, stop, end)
    return _mark_sent(marks, stop, end) if expects and name == "send" else 0


def _mark_connect(marks: Marks, at: int, end: int) -> int:
    """Mark X in the line `connect ann/X as sysdba` of sqlplus(1); give its end, or 0."""
    first = _run(marks.text, at, end, BLANK)
    login = _login_span(marks.text, first, _until(marks.text, first, end, SPACE | QUOTES | {";"}))
    if not login or first == at or login[0] == login[1]:
        return 0
    marks.add(*login)
    return login[1]


def _mark_echo(marks: Marks, name: int, at: int, end: int) -> int:
    """Mark X in `PASSCOMMAND='echo X'` and `TOKEN="$(echo X)"`; give its end, or 0."""
    text = marks.text
    first = _run(text, at + 1, end, ECHO_OPENS)
    last = _run(text, first, end, SMALL)
    value = _run(text, last, end, BLANK)
    if text[first:last] not in ("echo", "printf") or value == last or not _sounds_input(text[name:at]):
        return 0
    stop = _until(text, value, end, QUOTES | {")"})
    marks.add(value, stop, named=True)
    return stop


def _mark_login_pair(marks: Marks, at: int, end: int) -> int:
    """Mark X in `stats auth ann:X`; give its end, or 0."""
    text = marks.text
    first = _run(text, at, end, BLANK)
    split = _run(text, first, end, LETTERS)
    last = _run(text, split + 1, end, LOOSE)
    if not at < first < split < last - 3 or text[split] != ":" or _run(text, split + 1, last, DIGITS) == last:
        return 0
    marks.add(split + 1, last)
    return last


def _mark_quoted(marks: Marks, at: int, end: int) -> int:
    """Mark each text in quotes of the line `sp_password NULL, 'X', 'sa'`; give their end."""
    text, stop = marks.text, _until(marks.text, at, end, NEWLINE | {";"})
    while (at := _until(text, at, stop, QUOTES)) < stop and (inside := _quoted(text, at, stop)):
        marks.add(*inside, named=True)
        at = inside[1] + 1
    return stop


def _mark_header_pair(marks: Marks, at: int, end: int) -> int:
    """Mark X in `'Authorization': 'Token X'` of code; give its end, or 0."""
    text = marks.text
    sign = _run(text, at, end, NAME_ENDS)
    value = _run(text, _run(text, sign, end, SIGNS | {","}), end, BLANK)
    inside = _quoted(text, value, end) if sign < value < end else None
    if not inside or sign == at:
        return 0
    scheme = _run(text, inside[0], inside[1], LETTERS)
    blank = _run(text, scheme, inside[1], BLANK)
    marks.add(blank if inside[0] < scheme < blank else inside[0], inside[1])
    return inside[1]


def _mark_user(marks: Marks, at: int, stop: int, end: int) -> int:
    """Mark X in the line `user ann X` of ftp(1), and in `user = "ann:X"` of curl(1); give its end, or 0."""
    text = marks.text
    first = _run(text, stop, end, BLANK)
    if first == stop and (text[stop : stop + 1] != "=" or (at > 0 and text[at - 1] == "-")):
        return 0
    if text.startswith("=", first, end):
        value = _run(text, first + 1, end, BLANK)
        last = _until(text, value, end, SPACE)
        colon = text.find(":", value, last)
        last -= last > value and text[last - 1] in QUOTES
        if colon < 0 or colon + 1 > last or _run(text, colon + 1, last, DIGITS) == last:
            return 0
        marks.add(colon + 1, last)
        return last
    gap = _until(text, first, end, SPACE)
    value = _run(text, gap, end, BLANK)
    last = _until(text, value, end, SPACE)
    if text.startswith("on >", value, end):
        marks.add(value + 4, _until(text, value + 4, end, SPACE))
        return _until(text, value + 4, end, SPACE)
    if not _line_start(text, at) or not first < gap < value < last or text[last - 1] == ";":
        return 0
    if text[last : last + 1] not in ("", "\n"):
        return 0
    marks.add(value, last)
    return last


def _mark_field(marks: Marks, at: int, end: int) -> int:
    """Mark X in `login=ann:X`; give its end, or 0."""
    text = marks.text
    last = _until(text, at, end, ENDS)
    colon = text.find(":", at, last)
    if not at < colon < last - 1 or text[colon + 1] == "/" or _run(text, colon + 1, last, DIGITS) == last:
        return 0
    marks.add(colon + 1, last, named=True)
    return last


def _mark_sent(marks: Marks, at: int, end: int) -> int:
    """Mark the text in quotes that expect(1) sends after it waited for a password; give its end, or 0."""
    text = marks.text
    value = _run(text, at, end, BLANK)
    if text.startswith("--", value, end):
        value = _run(text, value + 2, end, BLANK)
    if not at < value < end:
        return 0
    inside = _quoted(text, value, end) or (value, _until(text, value, end, ENDS - {"\\"}))
    last = inside[1]
    while last - 2 >= inside[0] and text[last - 2 : last] in ("\\r", "\\n"):
        last -= 2
    marks.add(inside[0], last)
    return inside[1]


def _scan_near(marks: Marks, start: int, end: int, words: int) -> None:
    """Prose: only what looks like a secret, soon after a word that hints at one."""
    text, at, near = marks.text, start, Near(words)
    while at < end:
        stop = _run(text, at, end, NAME) if text[at] in ALNUM else at + 1
        at = (near.take(marks, at, stop, end) if text[at] in ALNUM else 0) or stop


class Near:
    """The words after one that hints at a secret: what looks like one is one."""

    def __init__(self, words: int = NEAR_WORDS) -> None:
        self.words, self.left, self.until = words, 0, 0

    def take(self, marks: Marks, at: int, stop: int, end: int) -> int:
        """Give the end of what was marked, or is public, or 0."""
        text = marks.text
        if public := _public_end(text, at, end):
            return public
        if is_hint(text[at:stop]):
            self.left, self.until = self.words, stop + NEAR_CHARS
            return 0
        if not self.left or at > self.until:
            return 0
        loose = _run(text, at, end, LOOSE)
        if not looks_random(text, at, loose):
            self.left -= 1
            return 0
        marks.add(at, loose)
        self.until = loose + NEAR_CHARS
        return loose


def mark_random(marks: Marks, start: int, end: int) -> bool:
    """Mark each part of a word that looks like a secret; True if there is one."""
    at, found = start, False
    while at < end:
        stop = _public_end(marks.text, at, end)
        if stop:
            at = stop
            continue
        stop = _run(marks.text, at, end, LOOSE)
        if stop > at and looks_random(marks.text, at, stop):
            marks.add(at, stop)
            found = True
        at = stop + 1
    return found


def _mark_named(marks: Marks, at: int, end: int, bare: bool, dashed: bool) -> int:
    """What follows a name that ends at `at`; gives the end of it, or 0. `bare`: one word after a space is the value.
    `dashed`: it is an option, `-storepass:X`."""
    text = marks.text
    closed = _run(text, at, end, QUOTES | frozenset("\\]"))
    if text.startswith(">", closed, end):
        return _mark_value(marks, closed + 1, end, "<")
    sign = _run(text, closed, end, BLANK)
    sign += 2 * text.startswith(("||=", "??="), sign, end)
    value = _run(text, sign, end, SIGNS)
    gap = _run(text, value, end, BLANK)
    signs = text[sign:value]
    if (
        signs == ""
        and closed > at
        and text[closed - 1] == "]"
        and gap > closed
        and gap < end
        and text[gap] in QUOTES
    ):
        return _mark_value(marks, gap, end, "")
    if signs == "":
        if closed > at or (sign == at and not text.startswith("(", at, end)):
            return 0
        gap += text.startswith(("(", "N'"), gap, end)
        opens = gap < end and (text[gap] in QUOTES or _dollar_quote(text, gap, end) > 0)
        quote = opens and (sign > at or text[at] == "(")
        return _mark_value(marks, gap, end, "") if quote or bare else 0
    if signs not in (":", "=", ":=", "=>") or gap >= end:
        return 0
    if signs == ":" and text[gap] in "|>":
        return _mark_block(marks, gap, end)
    gap += text.startswith("N'", gap, end)
    spaced = gap > value or sign > at or text[gap] in QUOTES or (dashed and signs == ":")
    return _mark_value(marks, gap, end, ":" if signs == ":" else "=") if spaced else 0


def _mark_pragma(marks: Marks, at: int, end: int) -> int:
    """Mark X in `PRAGMA key = 'X'` of SQLCipher; give its end, or 0."""
    first = _run(marks.text, at, end, BLANK)
    last = _run(marks.text, first, end, NAME)
    if marks.text[first:last].lower() not in ("key", "rekey", "hexkey", "textkey"):
        return 0
    return _mark_named(marks, last, end, bare=False, dashed=False)


def _mark_digits(marks: Marks, at: int, end: int) -> int:
    """Mark the 4 to 12 digits of `PIN: 4823`; give their end, or 0."""
    text = marks.text
    sign = _run(text, at, end, NAME_ENDS)
    value = _run(text, sign, end, SIGNS)
    first = _run(text, value, end, NAME_ENDS)
    last = _run(text, first, end, DIGITS)
    if value == sign or not 4 <= last - first <= 12 or (last < end and text[last] in NAME):
        return 0
    marks.add(first, last)
    return last


def mark_told(marks: Marks, name: int, at: int, end: int) -> int:
    """Mark X in `password is X`, `password for ann: X`, `passphrase: X and more`, `PASSWORD FROM 'X' TO 'Y'`; give the
    end of what was marked, or 0."""
    text = marks.text
    if text[name:at].lower().endswith(("phrase", "mnemonic")) and text.startswith(": ", at, end):
        stop = _until(text, at + 2, end, QUOTES | NEWLINE)
        marks.add(at + 2, stop, named=True)
        return stop
    if (
        marked := _mark_value_of(marks, at, end)
        or _mark_typed(marks, at, end)
        or _mark_numbered(marks, at, end)
    ):
        return marked
    first = _run(text, at, end, BLANK)
    last = _run(text, first, end, LETTERS)
    word = text[first:last].lower()
    value = _run(text, last, end, BLANK)
    if first == at or value == last:
        return 0
    if word == "for":
        sign = _until(text, value, min(end, value + NEAR), frozenset(":=\n;"))
        if sign >= end or text[sign] not in ":=":
            return 0
        value = _run(text, sign + 1, end, BLANK)
    elif word not in ("is", "from", "to"):
        return 0
    inside = _quoted(text, value, end) if value < end else None
    start, stop = inside or (value, _until(text, value, end, ENDS))
    if not inside and (word in ("from", "to") or not is_telling(text, start, stop)):
        return 0
    if stop - start > NEAR:
        return 0
    marks.add(start, stop, named=True)
    return mark_told(marks, name, stop + 1, end) or stop if word == "from" else stop


def _mark_value_of(marks: Marks, at: int, end: int) -> int:
    """Mark X in `name: TOKEN, value: X`, whose name ends at `at`; give its end, or 0."""
    text = marks.text
    first = _run(text, at, min(end, at + NEAR), BETWEEN)
    last = _run(text, first, end, LETTERS)
    if first == at or text[first:last].lower() not in ("value", "parametervalue"):
        return 0
    sign = _run(text, last, end, NAME_ENDS)
    value = _run(text, sign, end, SIGNS)
    gap = _run(text, value, end, BLANK)
    return _mark_value(marks, gap, end, "<") if value > sign else 0


def _mark_typed(marks: Marks, at: int, end: int) -> int:
    """Mark X in `password string = "X"` and `apiKey: String = "X"`; give its end, or 0."""
    text = marks.text
    first = _run(text, at, end, BLANK | {":"})
    last = _run(text, first, end, NAME)
    sign = _run(text, last, end, BLANK)
    value = _run(text, sign + 1, end, BLANK)
    inside = _quoted(text, value, end) if value < end else None
    if first in (at, last) or not text.startswith("=", sign, end) or not inside:
        return 0
    marks.add(*inside, named=True)
    return inside[1]


def _mark_numbered(marks: Marks, at: int, end: int) -> int:
    """Mark X in `secret 5 X`, which ends its line, as routers have it; give its end, or 0."""
    text = marks.text
    first = _run(text, at, end, BLANK)
    value = _run(text, first + 1, end, BLANK)
    last = _until(text, value, end, SPACE)
    if first == at or not (first < end and text[first] in DIGITS) or not first + 1 < value < last:
        return 0
    if last < end and text[last] != "\n":
        return 0
    marks.add(value, last)
    return last


def is_telling(text: str, start: int, end: int) -> bool:
    """True of at least five characters that no sentence has: a digit, a capital inside or a sign among letters."""
    end = _back(text, end, start, frozenset(".,?"))
    letters = _run(text, start, end, SMALL | UPPER)
    if end - start < 5 or text[start] not in ALNUM:
        return False
    return letters < end or _until(text, start + 1, end, UPPER) < end


def _mark_block(marks: Marks, at: int, end: int) -> int:
    """Mark the line below `token: |` of YAML; give its end, or 0."""
    line = _until(marks.text, at, end, NEWLINE)
    value = _run(marks.text, line, end, SPACE)
    if line - at > 2 or value == line:
        return 0
    stop = _until(marks.text, value, end, NEWLINE)
    marks.add(value, stop)
    return stop


def _mark_value(marks: Marks, at: int, end: int, kind: str) -> int:
    text = marks.text
    near = min(end, at + FAR)
    at = _after_prefix(text, at, near)
    if width := _dollar_quote(text, at, near):
        stop = text.find(text[at : at + width], at + width, near)
        if stop < 0:
            return 0
        marks.add(at + width, stop, named=True)
        return stop
    if at >= end or text[at] in "\n$({[<|>*!%;,":
        return 0
    inside = _quoted(text, at, near)
    if inside and inside[1] < near and text[inside[0]] != "\n":
        marks.add(*inside, named=True)
        return inside[1]
    stop = _until(text, at, end, ENDS)
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
    at = _run(text, at, end, BLANK)
    return at >= end or text[at] in "\n\r,;#}\"'`\\|&<"


def scan_part(marks: Marks, start: int, end: int, loose: bool) -> None:
    """`loose`: prose, where a name in front of "=" says nothing."""
    if loose:
        _scan_near(marks, start, end, 2)
    else:
        _scan_equals(marks, start, end)
        _scan_names(marks, start, end)
    _scan_colons(marks, start, end)
    _scan_ats(marks, start, end)
    _scan_shapes(marks, start, end)


def scan_word(marks: Marks, start: int, end: int) -> None:
    scan_part(marks, start, end, loose=False)


# ---- what is a secret by what stands before it ----


class Command:
    """The state between the words of one command."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.echoed: list[tuple[int, int]] = []
        self.piped: list[tuple[int, int]] = []
        self.tool = ""
        self.group = self.near = 0
        self.begin()

    def begin(self, separator: str = ";") -> None:
        """What comes by a pipe goes to the first command after it, in braces and on a next line too."""
        if separator == "|":
            self.piped = self.echoed
        elif self.tool:
            self.piped = []
        self.group += (separator == "(") - (separator == ")")
        if separator == "|" or (self.group <= 0 and separator not in ")}"):
            self.echoed = []
        self.reads: Reader | None = None
        self.tool = ""
        self.wraps = True
        self.options: list[Option] = []
        self.positions: dict[str, int] = {}
        self.seen: list[str] = []
        self.config = False
        self.pending = ""
        self.countdown = -1
        self.near = self.near if separator == "(" else 0
        self.hinted = self.named_user = self.pair = self.setting = self.compares = self.sure = False
        self.takes = self.asks = self.gives = self.keeps = self.keepable = False
        self.slots: list[bool] = []
        self.target = ""
        self.redirected = self.folder = False

    def take_tool(self, name: str) -> None:
        rules = table()
        self.tool = name
        if self.near == SUBSTITUTED:
            self.near = NEAR_WORDS if name in ("echo", "printf") else 0
        self.wraps = name in rules.words["wrappers"]
        self.options = rules.options.get(name, [])
        self.positions = rules.positions.get(name, {})
        self.countdown = self.positions.get("-", -1)
        self.seen = []
        self.named_user = False
        self.config = name in rules.words["setters"] or name in rules.words["text_setters"]
        self.takes = is_secret_name(name) and name not in rules.words["filters"]
        self._find_reader("")

    def _find_reader(self, word: str) -> None:
        """Look whether the tool, now with `word`, reads a secret."""
        for row in table().readers.get(self.tool, ()):
            if row.sub == word or (row.sub == "NAME" and word and _names_file(word)):
                self.reads = row

    def here(self, marks: Marks, start: int, end: int) -> None:
        """Take the word after `<<<`, or a line of a here-document: it comes by the same way as a pipe's."""
        scan_word(marks, start, end)
        _lines(self, marks, start, end)
        self.piped = [*self.piped[: ECHOED_MAX - 1], (start, end)]

    def finish(self, marks: Marks) -> None:
        """Mark what came in, where the command that ends here reads secrets."""
        if self.reads:
            for start, end in self.piped:
                split = marks.text.find(self.reads.after, start, end) if self.reads.after else -1
                marks.add(split + 1, end) if split >= 0 else marks.add(start, end)
        elif self.takes or (self.pending == "named" and self.piped):
            for start, end in self.piped:
                marks.add(start, end, named=True)
        elif self.hinted:
            for start, end in self.piped:
                _mark_written(marks, start, end, self.sure)
        if self.tool in ("tee", "cat"):
            self._set_names(marks, self.piped)
        self.reads, self.takes = None, False

    def _set_names(self, marks: Marks, words: list[tuple[int, int]]) -> None:
        """Mark X in `Password X`, which is all that is written to a file; all of it in a folder of secrets; the last of
        what printf(1) writes to a file of secrets."""
        if self.folder and len(words) == 1:
            _mark_written(marks, *words[0], sure=True)
        if (self.sure or self.target == ".pgpass") and self.tool == "printf" and len(words) > 1:
            marks.add(*words[-1], named=True)
        if self.target and not self.target.endswith((".log", ".md", ".txt")):
            for start, end in words:
                mark_setting(marks, start, end)

    def _take_command(self, marks: Marks, start: int, end: int) -> None:
        """Mark X in `--password-command 'echo X'`."""
        stop = _run(marks.text, start, end, SMALL)
        if self.asks and marks.text[start:stop] in ("echo", "printf"):
            marks.add(_run(marks.text, stop, end, BLANK), end, named=True)

    def _input(self, word: str) -> None:
        """Note if the word says that the tool takes a secret from its input: `--token -`, `login`, `-stdinpass`."""
        low = word.lower()
        name, equals, value = low.partition("=")
        secret = any(part in name for part in table().words["input_names"])
        stdin = table().words["input_files"]
        given = (value if equals else low) in stdin and (secret if equals else self.asks)
        if given or ("stdin" in name and secret) or low in table().words["input_words"]:
            self.takes = True
        elif not equals and low[:1] not in ("-", "$") and self.tool not in table().words["filters"]:
            self.takes = self.takes or (
                is_secret_name(word) and _until(word, 0, len(word), SPACE) == len(word)
            )
        self.asks = low[:1] == "-" and (secret or self.takes or word in table().words["file_options"])

    def take_target(self, marks: Marks, start: int, end: int) -> None:
        """Take the file that `>` names: what is written to ~/.vault-token is a secret."""
        name = marks.text[start:end].rpartition("/")[2].rstrip("\"'")
        self.target = name
        base = max(start, marks.text.rfind("/", start, end) + 1)
        self.folder = _is_in_secrets(marks.text[_folder_start(marks.text, base) : base] + name)
        self.sure = is_secret_name(name) or _is_secret_file(name)
        self._set_names(marks, self.echoed)
        if self.sure or is_hint(name) or "secret" in marks.text[start:end]:
            self.hinted = True
            for first, last in self.echoed:
                _mark_written(marks, first, last, self.sure and len(self.echoed) == 1)

    def finish_line(self, marks: Marks) -> None:
        """Mark a line of a here-document; the next one is read as well."""
        reads, self.takes = self.reads, False
        self.finish(marks)
        self.reads, self.piped = reads, []

    def word(self, marks: Marks, start: int, end: int) -> None:
        text = marks.text
        if marks.shell and (inside := _whole_quotes(text, start, end)):
            start, end = inside
        word = text[start:end]
        if self.pending == "public" and word[:1] != "-":
            self.pending = ""
            return
        self._take_near(marks, start, end)
        if self.tool:
            self.redirected = _is_redirected(text, start)
            self._take_command(marks, start, end)
            self._input(word)
        if self.pending and self._take_pending(marks, start, end):
            return
        self._compare(word)
        if word[:1] == "-" and len(word) > 1:
            self._option(marks, start, end)
        else:
            self._positional(marks, start, end)

    def _take_near(self, marks: Marks, start: int, end: int) -> None:
        """Mark a word that looks like a secret after one that hints at it."""
        text = marks.text
        if self.pair and (split := _until(text, start, end, PAIRS)) < end:
            mark_random(marks, split, end)
            if self.tool not in table().words["user_tools"]:
                _mark_pair(marks, start, end)
        self.pair = text[start:end] in table().words["pair_options"]
        blanks = sum(char in SPACE for char in text[start:end])
        path = text[start : start + 1] in ("-", "/", "~") or (self.near == 1 and "/" in text[start:end])
        if self.near and not path and blanks <= 2:
            mark_random(marks, start, end)
        self.near -= 0 < self.near < SUBSTITUTED
        first = _run(text, start, end, OPENS)
        slash = text.rfind("/", first, end)
        first = max(slash + 1, first, _extension(text, first, end))
        if not blanks and is_hint(text[first:end]):
            self.near, self.hinted = NEAR_WORDS if self.tool else NEAR_WORDS + 3, True
        elif text[start:end] in table().words["short_options"]:
            self.near = 1

    def _take_pending(self, marks: Marks, start: int, end: int) -> bool:
        text, what = marks.text, self.pending
        if what == "text":
            if text[start : start + 1] in ("-", "+"):
                return False
            self.pending = ""
            redact_shell(marks, start, end, self.depth + 1)
            return True
        self.pending = ""
        if text.startswith("--", start) or (what == "named" and text[start : start + 1] == "-"):
            return False
        if what == "named" and self.setting and end - start == 2 and text[start] == "/":
            return False
        if what == "named" and ((self.setting and self.countdown > 0) or self.redirected):
            return False
        if what == "named" and self.setting and text[start:end] == "set":
            self.pending = what
            return True
        if what == "named" and self.tool[:1] == "$" and text[start:end] in table().text_positions:
            self.take_tool(text[start:end])
            return True
        if what == "login":
            if text[start : start + 1] in ("", "-", "/", "~") or not any(
                c in LETTERS for c in text[start:end]
            ):
                return False
            what = "named"
        self.treat(marks, start, end, what)
        return True

    def treat(self, marks: Marks, start: int, end: int, what: str) -> None:
        """The value of an option."""
        text = marks.text
        if marks.shell and start < end and (inside := _quoted(text, start, end)):
            width = inside[0] - start
            start, end = inside[0], inside[1] if inside[1] + width >= end else end
        before = len(marks.spans)
        if what in ("all", "named"):
            marks.add(start, end, named=what == "named")
            if what == "all" or len(marks.spans) > before:
                return
        elif what.startswith("after"):
            split = text.find(what[-1], start, end)
            if what[-1] == "=" and is_plain_cookie(text[start:end]):
                return
            if split >= 0:
                marks.add(split + 1, end) if split + 1 < end else mark_random(marks, start, split)
            else:
                mark_random(marks, start, end)
        elif what == "public":
            return
        elif what == "pass" and text.startswith("pass:", start):
            marks.add(start + 5, end)
        elif what == "header":
            colon = text.find(":", start, end)
            name = text[start : max(colon, start)].lower()
            if name and (name in table().words["headers"] or is_secret_name(name) or is_hint(name)):
                _mark_header(marks, start, colon, end, alone=True)
                return
        scan_part(marks, start, end, loose=what == "loose")

    def _option(self, marks: Marks, start: int, end: int) -> None:
        text = marks.text
        word = text[start:end]
        if self.tool in table().words["shells"] and word[1] != "-" and "c" in word:
            self.pending = "text"
            return
        if word in table().words["stdin_options"] or (self.tool == "sudo" and word[1] != "-" and "S" in word):
            self.reads = Reader(word, "")
        self._find_reader(word)
        if word in self.positions:
            self.countdown = self.positions[word]
        if self._match_any(marks, start, end, dashes=True):
            return
        if word[:2] in ("-p", "-P") and "=" not in word and looks_random(text, start + 2, end):
            marks.add(start + 2, end)
            return
        if word in ("-p", "-P") and self.named_user:
            self.pending = "login"
            return
        self.named_user = self.named_user or word.startswith(("-u", "-U", "--user", "--login"))
        name, equals, _ = word.lstrip("-").partition("=")
        self.config = self.config or word in table().words["name_options"]
        if (self.setting or self.keeps) and name.lower() in table().words["value_options"]:
            self.setting = False
            if equals:
                self.treat(marks, start + word.index("=") + 1, end, "all")
            else:
                self.pending = "all"
            return
        if equals and word[: word.index("=")] in table().words["pair_options"]:
            _mark_pair(marks, *self._value_after(marks, start + word.index("=") + 1, end))
        if name.lower() in table().words["cookie_names"]:
            if equals:
                self.treat(marks, start + word.index("=") + 1, end, "after =")
            else:
                self.pending = "after ="
            return
        if name.lower() in table().words["public_names"] or _is_id(name):
            self.pending = "" if equals else "public"
            return
        if not equals and _is_secret_key(name):
            self.pending = "named"
        scan_word(marks, start, end)

    def _value_after(self, marks: Marks, start: int, end: int) -> tuple[int, int]:
        """Return the value that begins there, without its quotes."""
        return (_quoted(marks.text, start, end) if start < end else None) or (start, end)

    def _match_any(self, marks: Marks, start: int, end: int, dashes: bool) -> bool:
        """-password before -p with something glued on."""
        rows = [row for row in self.options if not row.sub or any(sub in self.seen for sub in row.sub)]
        rows = [row for row in rows if (row.option[0] == "-") == dashes]
        return any(self._match(marks, start, end, row, glued) for glued in (False, True) for row in rows)

    def _match(self, marks: Marks, start: int, end: int, row: Option, glued: bool) -> bool:
        text, length = marks.text, len(row.option)
        if "c" in row.how and _is_cluster(text, start, end, row.option):
            self.pending = row.what
            return True
        if not text.startswith(row.option, start) or start + length > end:
            return False
        rest = start + length
        if glued:
            if rest == end or "g" not in row.how or row.option.startswith("--"):
                return False
            self.treat(marks, rest, end, row.what)
            return True
        if rest == end:
            if "n" in row.how:
                self.pending = row.what
            return True
        if text[rest] != "=" or not ("e" in row.how or row.how == "0"):
            return False
        if row.how != "0":
            self.treat(marks, rest + 1, end, row.what)
        return True

    def _positional(self, marks: Marks, start: int, end: int) -> None:
        text = marks.text
        word = text[start:end]
        rules = table().words
        if not self.tool or self.wraps:
            base = word.rpartition("/")[2].lstrip("\\")
            if not self.tool and _is_assignment(word):
                scan_word(marks, start, end)
                return
            if (
                not self.tool
                or base in table().options
                or base in table().positions
                or base in table().readers
                or base in _known_tools()
            ):
                self.take_tool(base)
                scan_word(marks, start, end)
                return
        passed = self._is_slash_option(word) or self.redirected
        if self.countdown % 16 == 0 and not passed:
            self.countdown = self.countdown // 16 - 1
            marks.add(start, end)
            return
        self.countdown -= self.countdown > 0 and not passed
        if word in self.positions:
            self.countdown = self.positions[word]
        self._config(word)
        self._find_reader(word)
        if self.slots and self.slots.pop(0):
            marks.add(start, end, named=True)
        if self.tool == "printf" and "%" in word and not self.seen:
            self.slots = format_slots(word)
        if self.tool in ("echo", "printf", "yes") and "%" not in word and len(self.echoed) < ECHOED_MAX:
            self.echoed.append((start, end))
            if self.gives:
                marks.add(start, end, named=True)
        if self.setting and word == "/d":
            self.pending = "all"
        self._await(marks, start, end)
        if len(self.seen) < 8:
            self.seen.append(word)
        if self.tool in rules["oracle_tools"] + rules["more_oracle_tools"] and (
            login := _login_span(text, start, end)
        ):
            marks.add(*login)
        elif self.keeps and _is_assignment(word):
            marks.add(start + word.index("=") + 1, end, named=True)
        elif self._is_line(word):
            redact_shell(marks, start, end, self.depth + 1)
        elif self.tool == "alias" and "=" in word:
            value = start + word.index("=") + 1
            whole = _whole_quotes(text, value, end) if marks.shell else None
            redact_shell(marks, *(whole or (value, end)), self.depth + 1)
        elif not self._match_any(marks, start, end, dashes=False):
            scan_word(marks, start, end)

    def _await(self, marks: Marks, start: int, end: int) -> None:
        """Take `+password`, the share of smbclient(1) and the host of `bundle config`: a secret comes next; mark each X
        in `for password in X Y`."""
        word = marks.text[start:end]
        host = "." in word and not word.startswith(table().words["no_bundle_hosts"]) and "/" not in word
        if (
            (word[:1] == "+" and _is_secret_key(word[1:]))
            or (self.tool in ("smbclient", "smbget") and word.startswith(("//", "\\\\")))
            or (self.tool == "bundle" and "config" in self.seen and host)
        ):
            self.pending = "named"
        if self.tool in table().words["pair_tools"] and (split := word.find(":")) >= 0:
            last = word.rfind("@", split)
            marks.add(start + split + 1, start + last if last > 0 else end)
        if (
            self.tool == "for"
            and self.seen[1:2] == ["in"]
            and self.seen[0].lower() in table().words["loop_names"]
        ):
            marks.add(start, end, named=True)

    def _is_slash_option(self, word: str) -> bool:
        """True of `/user:ann`, `Z:` and `\\\\nas\\share` of Windows."""
        if self.tool in table().words["router_tools"] and len(word) == 1 and word in DIGITS:
            return True
        return self.tool in table().words["net_tools"] and (
            word[:1] in ("/", "\\") or word[1:] == ":" or word == "*"
        )

    def _config(self, word: str) -> None:
        """Note the name of a secret after `config`, `set`, `put`: its value comes next, or is that of --value."""
        rules = table().words
        if word in rules["keeping_words"] or (word in rules["keeping_verbs"] and self.keepable):
            self.keeps = True
        self.keepable = self.keepable or word in rules["kept_words"]
        if word.partition(":")[0] in rules["setting_words"] or word in rules["name_words"]:
            self.config = True
        elif self.config and word.startswith("http-basic."):
            self.countdown = 1
        elif self.config and "=" not in word and is_secret_name(word[word.rfind("/") + 1 :]):
            self.pending, self.setting = "named", True

    def _compare(self, word: str) -> None:
        """`$password = X`, and `case $password in X`."""
        if self.compares and (word in ("=", "==", "!=") or (word == "in" and self.tool == "case")):
            self.pending = "named"
        self.compares = word[:1] == "$" and _is_secret_key(word.strip("${}"))

    def _is_line(self, word: str) -> bool:
        return self.tool in table().words["line_tools"] and any(char in SPACE for char in word)


def _mark_written(marks: Marks, start: int, end: int, sure: bool) -> None:
    """Mark what is written to a file whose name hints at a secret; `sure`: a word that sets no name is one, and so is
    what follows the first of a few."""
    text = marks.text
    last = _back(text, end, start, frozenset("="))
    blank = _until(text, start, last, SPACE)
    sets = _until(text, start, last, frozenset("=")) < last
    if not sure or sets or text[start : start + 1] in ("#", "{") or text.startswith("[", start):
        sure = sure and text.find("]:", start, blank) >= 0
    if not sure or _words(text, start, last) > FIELDS_MAX:
        mark_random(marks, start, end)
    elif blank < last:
        marks.add(blank + 1, end, named=True)
    else:
        marks.add(start, end, named=True)


def _words(text: str, start: int, end: int) -> int:
    """Return the number of words with blanks between them; what stands in quotes is one."""
    count = 0
    while start < end:
        start = _run(text, start, end, SPACE)
        count += start < end
        inside = _quoted(text, start, end) if start < end else None
        start = _until(text, inside[1] if inside else start, end, SPACE)
    return count


def format_slots(form: str) -> list[bool]:
    """Return for each `%s` of a printf's format whether the name of a secret stands right before it."""
    slots: list[bool] = []
    at = 0
    while (found := form.find("%s", at)) >= 0 and len(slots) < ECHOED_MAX:
        stop = found
        while stop > at and form[stop - 1] in ":= \"'":
            stop -= 1
        first = _back(form, stop, at, NAME)
        name = form[first + (first > 0 and form[first - 1] == "\\") : stop]
        slots.append(_is_secret_key(name) or name.lower() in _text_names())
        at = found + 2
    return slots


def is_plain_cookie(cookies: str) -> bool:
    """True of `theme=dark; consent=yes`: short small words, and no name that sounds like a session."""
    for cookie in cookies.split(";"):
        name, _, value = cookie.strip().partition("=")
        if is_hint(name) or is_secret_name(name) or len(value) > 8 or any(c not in SMALL for c in value):
            return False
    return True


def _is_redirected(text: str, start: int) -> bool:
    """True of the word at `start` that is a file which the command reads."""
    before = _back(text, start, 0, BLANK | QUOTES)
    return before > 0 and text[before - 1] == "<" and text[before - 2 : before - 1] != "<"


def _is_id(name: str) -> bool:
    """True of `user-pool-id`, not of `secret-id` and `access-key-id`."""
    low = name.lower().partition("=")[0]
    return low.endswith(("-id", "_id")) and "secret" not in low and "access" not in low


def _names_file(word: str) -> bool:
    name = word.rpartition("/")[2]
    if word.startswith("/etc/pam.d/"):
        return False
    return _is_secret_key(word) or _is_secret_key(name) or _is_secret_file(name) or _is_in_secrets(word)


def _folder_start(text: str, at: int) -> int:
    """Return where the folder begins whose file's name stands at `at`."""
    at -= at > 0
    while at > 0 and text[at - 1] not in "/> \t\r\n":
        at -= 1
    return at


def _is_in_secrets(path: str) -> bool:
    """True of `/run/secrets/db`, not of `secrets/README.md`."""
    folder, slash, name = path.rpartition("/")
    if not slash or name.endswith((".md", '"', "'")) or name[:1] in (".", ""):
        return False
    return folder.rpartition("/")[2].lstrip("\"'") in table().words["secret_folders"]


def _is_secret_file(name: str) -> bool:
    """True of `.pw.txt`, `.vault_pass.txt` and `ipsec.secrets`, and of `auth.txt`."""
    stem, _, ending = name.lstrip(".").partition(".")
    files = table().words["secret_files"]
    if stem in files or ending in files or (is_secret_name(stem) and ending in ("txt", "conf", "cfg")):
        return True
    return stem in table().words["login_files"] and ending in ("", "txt", "conf", "cfg")


def mark_setting(marks: Marks, start: int, end: int) -> None:
    """Mark X in `password X`, where there is no third word, and in `password ann X` of grub."""
    text = marks.text
    stop = _run(text, start, end, NAME)
    value = _run(text, stop, end, BLANK)
    if text[start:stop] in ("password", "password_pbkdf2"):
        second = _run(text, _until(text, value, end, SPACE), end, BLANK)
        value = second if second < end else value
    if not start < stop < value < _until(text, value, end, SPACE) == end:
        return
    if is_secret_name(text[start:stop]) or text[start:stop].lower() in _text_names():
        marks.add(value, end, named=True)


def _is_cluster(text: str, start: int, end: int, option: str) -> bool:
    """Flags of one letter, the last of which takes a value: `-sSu`."""
    return (
        len(option) == 2
        and end - start > 2
        and all(char in LETTERS for char in text[start + 1 : end])
        and text[end - 1] == option[1]
        and text[start] == "-"
    )


def _login_span(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return where the password stands in Oracle's `user/password@db`."""
    slash = text.find("/", start, end)
    at = text.find("@", max(slash, start), end)
    if slash <= start or (
        at < 0 and (text.find("/", slash + 1, end) >= 0 or text.find(".", start, end) >= 0)
    ):
        return None
    return slash + 1, at if at >= 0 else end


@cache
def _known_tools() -> frozenset[str]:
    lists = (table().words[name] for name in ("wrappers", "shells", "setters", "line_tools", "oracle_tools"))
    return frozenset(("echo", "printf", "yes", "curl")).union(*lists)


def _is_assignment(word: str) -> bool:
    stop = _run(word, 0, len(word), ALNUM | {"_"})
    return 0 < stop < len(word) and word[stop] == "=" and not word[0].isdigit()


# ---- a string that a shell runs ----


def _whole_quotes(text: str, start: int, end: int) -> tuple[int, int] | None:
    inside = _quoted(text, start, end) if start < end else None
    if inside and inside[1] + (inside[0] - start) == end:
        return inside
    return None


def _raw_word_end(text: str, at: int, end: int) -> int:
    """Return the end of the raw word at `at`, with its quotes."""
    while at < end and text[at] not in SPACE and text[at] not in ";&|()<>`":
        inside = _quoted(text, at, end) if text[at] in "\"'\\" else None
        if inside:
            at = min(inside[1] + (inside[0] - at), end)
        else:
            at += 2 if text[at] == "\\" and at + 1 < end else 1
    return min(at, end)


def redact_shell(marks: Marks, start: int, end: int, depth: int) -> None:
    if depth > DEPTH_MAX:
        scan_word(marks, start, end)
        return
    was_shell, marks.shell = marks.shell, True
    command, text, at = Command(depth), marks.text, start
    document, reads, quoted, written = "", None, False, False
    while at < end:
        char = text[at]
        if char == "\n" and document:
            command.reads = command.reads or reads
            marks.shell = not quoted
            at = _here_document(command, marks, at + 1, end, document)
            marks.shell, document = True, ""
        elif char in BLANK or char == "\r":
            at += 1
        elif char in ";&|()\n`" or _is_lone_brace(text, at, end):
            reads = command.reads or reads
            command.finish(marks)
            command.begin(char)
            command.gives = char == "(" and gives_value(text, at)
            written = False
            at += 1
        elif text.startswith("<<<", at, end):
            first = _run(text, at + 3, end, BLANK)
            at = _raw_word_end(text, first, end)
            command.here(marks, *(_whole_quotes(text, first, at) or (first, at)))
        elif text.startswith("<(", at, end):
            asked = command.asks or command.keeps or command.pending in ("named", "all")
            asked = asked or command.takes or command.reads is not None
            asked = asked or (
                text[at - 1 : at] == "=" and _sounds_input(text[_back(text, at - 1, 0, NAME) : at - 1])
            )
            command.pending = ""
            command.finish(marks)
            command.begin("(")
            command.near, command.gives = SUBSTITUTED, asked
            at += 2
        elif text.startswith("<<", at, end):
            first = _run(text, at + 2, end, BLANK | {"-"})
            at = _raw_word_end(text, first, end)
            inside = _whole_quotes(text, first, at)
            document, quoted, reads = text[slice(*(inside or (first, at)))], inside is not None, None
        elif char in "<>":
            at += 1
            written = char == ">"
        else:
            first, at = at, _raw_word_end(text, at, end)
            if written:
                command.take_target(marks, first, at)
            written = False
            command.word(marks, first, at)
            _nested(command, marks, first, at)
    command.finish(marks)
    marks.shell = was_shell


def gives_value(text: str, at: int) -> bool:
    """True of the parenthesis at `at` of `TOKEN=$(echo X)`."""
    if at < 2 or text[at - 2 : at] != "=$":
        return False
    return _sounds_input(text[_back(text, at - 2, 0, NAME) : at - 2])


def _sounds_input(name: str) -> bool:
    return any(part in name.lower() for part in table().words["input_names"])


def _is_lone_brace(text: str, at: int, end: int) -> bool:
    """True of a brace that is a word of its own, as `{ make; }` has them."""
    if text[at] == "}":
        return at == 0 or text[at - 1] in SPACE | {";"}
    return text[at] == "{" and (at + 1 == end or text[at + 1] in SPACE)


def _nested(command: Command, marks: Marks, start: int, end: int) -> None:
    """Judge the command lines inside of a word: `"$(tool X)"`, `alias a='tool X'`, `'tool X'`."""
    text = marks.text
    at = text.find("$(", start, end)
    if at >= 0:
        redact_shell(marks, at + 2, end, command.depth + 1)
    at = _until(text, start, end, QUOTES)
    inside = _quoted(text, at, end) if at < end and command.tool not in table().words["loose_tools"] else None
    if inside:
        _lines(command, marks, *inside)


def _lines(command: Command, marks: Marks, start: int, end: int) -> None:
    """Judge each line from the first word on that is a tool of the table."""
    text, at = marks.text, start
    if _until(text, start, end, SPACE) == end:
        return
    while at < end:
        stop = _until(text, at, end, NEWLINE)
        first, words = at, 0
        while first < stop and words < 8:
            first = _run(text, first, stop, BLANK)
            last = _until(text, first, stop, SPACE)
            tool = _back(text, last, first, TOOL)
            if _begins_line(text[tool:last]) or _begins_setting(text, tool, last, stop):
                redact_shell(marks, tool, stop, command.depth + 1)
                break
            first, words = last, words + 1
        at = stop + 1


def _begins_setting(text: str, start: int, last: int, end: int) -> bool:
    """True of `setenv`, and of `set -gx` of fish."""
    name = text[start:last]
    return name == "setenv" or (name == "set" and text.startswith(" -", last, end))


def _begins_line(name: str) -> bool:
    """True if it has options or readers in the table, or it writes what it is given."""
    rules = table()
    return (
        name in rules.options
        or name in rules.readers
        or name in rules.text_positions
        or name in ("echo", "printf")
    )


def _here_document(command: Command, marks: Marks, at: int, end: int, word: str) -> int:
    """Judge a here-document's lines as one text, and each as a secret where the command reads some."""
    text, first = marks.text, at
    while at < end:
        stop = _until(text, at, end, NEWLINE)
        if text[_run(text, at, stop, BLANK) : stop] == word:
            break
        if command.reads or command.hinted:
            command.here(marks, at, stop)
            command.finish_line(marks)
        at = min(stop + 1, end)
    scan_word(marks, first, at)
    _lines(command, marks, first, at)
    return _until(text, at, end, NEWLINE)


# ---- forms of a whole text ----


def scan_forms(marks: Marks) -> None:
    """Mark what only the whole text tells: Kubernetes secrets, .pgpass, sed, mnemonics."""
    text = marks.text
    if "kind: Secret" in text:
        _scan_secret_data(marks)
    if ".pgpass" in text:
        _scan_pgpass(marks)
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
    _scan_substitutions(marks)
    _scan_replacements(marks)
    _scan_calls(marks)
    _scan_inserts(marks)
    _scan_mnemonics(marks)


def _scan_secret_data(marks: Marks) -> None:
    """The values below `data:` and `stringData:`, as far as lines are indented."""
    text, at, inside = marks.text, 0, False
    while at < len(text):
        stop = _until(text, at, len(text), NEWLINE)
        first = _run(text, at, stop, BLANK)
        colon = text.find(":", first, stop)
        if inside and first > at:
            value = _run(text, colon + 1 if colon >= 0 else first, stop, BLANK)
            marks.add(value, stop)
        else:
            inside = text[first:stop] in ("data:", "stringData:")
        at = stop + 1


def _scan_user_list(marks: Marks) -> None:
    """`ann:X` on a line of its own, as cloud-init's `chpasswd: list:` has it."""
    text, at = marks.text, 0
    while at < len(text):
        stop = _until(text, at, len(text), NEWLINE)
        first = _run(text, at, stop, BLANK | {"-"})
        colon = _run(text, first, stop, NAME)
        if at < first < colon < stop - 1 and text[colon] == ":" and text[colon + 1] not in SPACE:
            marks.add(colon + 1, stop)
        at = stop + 1


def _scan_objects(marks: Marks) -> None:
    """X in `secret,id=a,data=X` of QEMU."""
    text, at = marks.text, 0
    while (at := text.find(",data=", at)) >= 0:
        marks.add(at + 6, _until(text, at + 6, len(text), ENDS))
        at += 6


def _scan_wifi(marks: Marks) -> None:
    """X in `WIFI:T:WPA;S:ann;P:X;;`, which stands in a QR code."""
    text, at = marks.text, marks.text.find("WIFI:") + 4
    while (at := text.find("P:", at)) >= 0:
        if text[at - 1] in ":;":
            marks.add(at + 2, _until(text, at + 2, len(text), QUOTES | {";"}))
        at += 2


def _scan_tunnels(marks: Marks) -> None:
    """X in `trojan://X@host`: there the name of a user is the secret."""
    text, at = marks.text, 0
    while (at := text.find("://", at)) >= 0:
        first = _back(text, at, 0, ALNUM)
        at += 3
        if text[first : at - 3] in table().words["tunnels"]:
            stop = _until(text, at, len(text), SPACE | QUOTES | frozenset("@/?#"))
            if text.startswith("@", stop):
                marks.add(at, stop)


def _scan_schemes(marks: Marks) -> None:
    """X in `{SSHA}X`, as LDAP and dovecot write the hash of a password."""
    text, at = marks.text, 0
    while (at := text.find("{", at)) >= 0:
        stop = _run(text, at + 1, len(text), UPPER | DIGITS | {"-"})
        if text.startswith("}", stop) and text[at + 1 : stop] in table().words["hash_schemes"]:
            marks.add(stop + 1, _until(text, stop + 1, len(text), ENDS | {":"}))
        at = stop


def _scan_typed(marks: Marks) -> None:
    """X in `wtype 'X' # password`, where a comment says what a tool types."""
    text = marks.text
    comment = text.rfind(" # ")
    last = _until(text, 0, comment, SPACE)
    names = text[comment:].split()
    said = any(is_secret_name(name) or name.lower() in _text_names() for name in names)
    if not said or text[:last].rpartition("/")[2] not in table().words["typing_tools"]:
        return
    at = last
    if _until(text, at, comment, QUOTES) == comment:
        value = text.rfind(" ", at, comment) + 1
        if text.endswith((" type ", " text "), at, value):
            marks.add(value, comment, named=True)
    while (at := _until(text, at, comment, QUOTES)) < comment:
        inside = _quoted(text, at, comment)
        if not inside:
            return
        marks.add(*inside, named=True)
        at = inside[1] + 1


def _scan_pgpass(marks: Marks) -> None:
    """`host:port:database:user:password`: its port is a number or `*`."""
    text, at = marks.text, 0
    while at < len(text):
        stop = _until(text, at, len(text), SPACE | QUOTES | {"\\"})
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
            if stop >= 0 and _sounds_secret(text[at + 2 : middle]):
                value = stop
                while value > middle + 1 and text[value - 1] not in " :=\"'":
                    value -= 1
                if _looks_random(text[value:stop]) and not is_secret_name(text[value:stop]):
                    marks.add(value, stop)
        at = text.find("s", at + 1)


def _sounds_secret(pattern: str) -> bool:
    """True if the pattern of a substitution may be that of a secret."""
    low = pattern.lower()
    return is_secret_name(pattern) or is_hint(pattern) or any(p in low for p in table().words["input_names"])


def _scan_replacements(marks: Marks) -> None:
    """`X==>Y`, as git-filter-repo and BFG replace a secret."""
    text, at = marks.text, 0
    while (at := text.find("==>", at)) >= 0:
        marks.add(_back(text, at, 0, WORD), at)
        at += 3


def _arguments(text: str, at: int) -> tuple[list[tuple[int, int, bool]], int]:
    """Return each argument in the parentheses that open before `at`, without its quotes, whether it had some, and where
    they end; the arguments hold no parentheses but in quotes."""
    found: list[tuple[int, int, bool]] = []
    end = min(len(text), at + FAR)
    while at < end and len(found) < WORDS_MAX:
        at = _run(text, at, end, SPACE)
        at = _after_prefix(text, at, end)
        inside = _quoted(text, at, end) if at < end else None
        if inside:
            found.append((*inside, True))
            at = inside[1] + (inside[0] - at)
        else:
            stop = _until(text, at, end, ARGUMENT_ENDS)
            found.append((at, _back(text, stop, at, SPACE), False))
            at = stop
        at = _run(text, at, end, SPACE)
        if at >= end or text[at] != ",":
            break
        at += 1
    return found, at


def _scan_calls(marks: Marks) -> None:
    """`login('ann', 'X')`: the last of at least two arguments; `setenv('DB_PASSWORD', 'X')`: that after the name."""
    text, at = marks.text, 0
    while (at := text.find("(", at)) >= 0:
        stop = at - (at > 0 and text[at - 1] == "=")
        whole = text[_back(text, stop, 0, NAME) : stop].lower()
        name = whole.rpartition(".")[2]
        at += 1
        if not name:
            continue
        found, _ = _arguments(text, at)
        _mark_arguments(marks, found, name, whole, stop)


def _mark_receiver(marks: Marks, at: int) -> bool:
    """Mark X in `"X".crypt(salt)`, whose quotes close before `at`."""
    quote = marks.text[at - 1 : at] if at else ""
    opens = marks.text.rfind(quote, 0, at - 1) if quote in ('"', "'") else -1
    if opens >= 0:
        marks.add(opens + 1, at - 1, named=True)
    return opens >= 0


def _mark_arguments(marks: Marks, found: list[tuple[int, int, bool]], name: str, whole: str, at: int) -> None:
    """Mark those of a call of `name`, which is `whole` with what stands before its dots, and ends at `at`."""
    text, rules = marks.text, table()
    if whole.startswith(".") and name in rules.call_places and _mark_receiver(marks, at - len(whole)):
        return
    piped = _back(text, at - len(whole), 0, BLANK)
    if text[piped - 1 : piped] == "|" and name in rules.call_places:
        _mark_receiver(marks, _back(text, piped - 1, 0, BLANK))
        return
    place = rules.call_places.get(name, rules.call_places.get(whole, WORDS_MAX))
    if place < len(found) and found[place][2]:
        marks.add(found[place][0], found[place][1], named=True)
    if name in rules.words["pair_calls"] and found and found[0][2]:
        _mark_pair(marks, found[0][0], found[0][1])
    if name in ("sub", "gsub", "gensub", "replace", "str_replace") and len(found) > 1 and found[1][2]:
        start, end, _ = found[1]
        if _sounds_secret(text[found[0][0] : found[0][1]]) and _looks_random(text[start:end]):
            marks.add(start, end, named=True)
        return
    if name in rules.words["calls"] and len(found) > 1 and found[-1][2]:
        marks.add(found[-1][0], found[-1][1], named=True)
        return
    for first, following in itertools.pairwise(found):
        named = first[2] or text[first[0] : first[0] + 1] == ":"
        if named and following[2] and _is_secret_key(text[first[0] : first[1]].strip(":")):
            marks.add(following[0], following[1], named=True)


def _mark_pair(marks: Marks, start: int, end: int) -> None:
    """Mark X in `ann:X`, which is one word and no address."""
    split = marks.text.find(":", start, end)
    if (
        split < 0
        or _until(marks.text, start, end, SPACE | {"/"}) < end
        or marks.text[split + 1 : end][:1] == "?"
    ):
        return
    if _run(marks.text, split + 1, end, DIGITS) < end:
        marks.add(split + 1, end, named=True)


def _scan_inserts(marks: Marks) -> None:
    """`(name, password) VALUES ('ann', 'X')` of SQL: the value below the name of a secret."""
    text, low, at = marks.text, marks.text.lower(), 0
    while (at := low.find("values", at)) >= 0:
        close = _back(text, at, 0, SPACE)
        at += 6
        opens = text.rfind("(", max(0, close - FAR), close)
        if opens < 0 or text[close - 1] != ")":
            continue
        columns, _ = _arguments(text, opens + 1)
        begin = _run(text, at, len(text), SPACE)
        while text.startswith("(", begin):
            values, begin = _arguments(text, begin + 1)
            for column, value in zip(columns, values, strict=False):
                if value[2] and _is_secret_key(text[column[0] : column[1]]):
                    marks.add(value[0], value[1], named=True)
            begin = _run(text, begin, len(text), NEXT_ROW)


def _looks_random(value: str) -> bool:
    """At least six characters with a digit, or with capitals after small letters."""
    mixed = any(
        a.islower() and b.isupper() for a, b in itertools.pairwise(value) if a < "\x80" and b < "\x80"
    )
    return len(value) >= 6 and (any(c in DIGITS for c in value) or mixed)


def _scan_mnemonics(marks: Marks) -> None:
    """12, 15, 18, 21 or 24 small words of 3 to 8 letters and nothing else, in quotes or alone (BIP 39)."""
    text, at = marks.text, 0
    while at < len(text):
        if text[at] not in SMALL:
            at += 1
            continue
        option = at > 0 and text[at - 1] == "-"
        if option:
            at = _run(text, at, len(text), SMALL)
            if at == len(text) or text[at] not in " =":
                continue
            at += 1
        first, count, plain, last = at, 0, False, at
        while at < len(text):
            stop = _run(text, at, len(text), SMALL)
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
        at = max(at, _run(text, first, len(text), SMALL))


# ---- what the others call ----


def _mark_patterns(marks: Marks, patterns: Iterable[str]) -> None:
    """The user's own, as runtime.conf has them: one that can't be read might have meant any text."""
    if not (texts := tuple(patterns)):
        return
    from caro.ere import secret_patterns

    # What the user calls a secret is one where it begins with a `$` too.
    was_shell, marks.shell = marks.shell, False
    compiled = secret_patterns(texts)
    for pattern in compiled or ():
        for start, end in pattern.spans(marks.text):
            marks.add(start, end)
    if compiled is None:
        marks.add(0, len(marks.text))
    marks.shell = was_shell


def _finish(marks: Marks, patterns: Iterable[str]) -> str:
    scan_forms(marks)
    _mark_patterns(marks, patterns)
    return marks.masked() if marks.spans else marks.text


def redact_argv(argv: Sequence[str], patterns: Iterable[str] = ()) -> tuple[list[str], list[int]]:
    """Return the arguments without secrets, and the indexes of those that held one. `patterns` are the user's."""
    patterns = tuple(patterns)
    command = Command(0)
    shown: list[str] = []
    for arg in argv:
        marks = Marks(arg, shell=False)
        command.word(marks, 0, len(arg))
        shown.append(_finish(marks, patterns))
    return shown, [i for i, (old, new) in enumerate(zip(argv, shown, strict=True)) if old != new]


def redact_text(text: str, patterns: Iterable[str] = ()) -> str:
    """Return a line of shell text without secrets."""
    marks = Marks(text, shell=True)
    redact_shell(marks, 0, len(text), 0)
    return _finish(marks, patterns)
