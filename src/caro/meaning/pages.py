"""What a manual page or a `--help` text says of a tool, its options and its sub-commands: name -> one sentence.

Pages are written in three styles: man(7) with `.TP` or `.IP`, DocBook's `.PP` with `.RS`, and mdoc(7) with `.It`. All
come down to a head, the names, and a body, of which the first sentence is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

LONGEST = 160
LONGEST_TERM = 24
_FONTS = re.compile(r"\\f(?:\[[^\]]*\]|\(..|.)|\\s[+-]?\d+|\\m\[[^\]]*\]")
_NAMED = {"aq": "'", "cq": "'", "oq": "'", "dq": '"', "lq": '"', "rq": '"', "em": "-", "en": "-", "hy": "-", "bu": "-",
          "ti": "~", "ha": "^", "rs": "\\", "ga": "`", "Aq": "'", "Dq": '"', "or": "|", "pl": "+"}  # fmt: skip
_ESCAPE = re.compile(r"\\\*?(?:\((..)|\[([^\]]*)\]|\*(.))|\\([-e&|^,/:~0 %.'`])")
_REQUEST = re.compile(r"^[.']\s*(\w\w?|\\\")\s*(.*)$")
_FONT_REQUESTS = frozenset("B I R BR BI IR IB RB RI SM SB OP ER".split())
_MDOC = frozenset("Fl Ar Op Cm Pa Nm Em Sy Ic Li Ev Va Xr Dq Sq Ql Qq Ns Ap Ad An Cd Dv Er Fa Fn Ft".split())
_NAME = re.compile(r"(?:^|(?<=[\s,|/]))(-{1,2}[\w?#@][\w.:-]*|--)(?=$|[\s,|/=\[<{:(])")
_WORD_HEAD = re.compile(r"^([a-z][a-z0-9-]{1,30})(?:\s|$)")
_SENTENCE = re.compile(r"(?<=[^.\s][.:])\s+(?=[A-Z(])|(?<=\.)\s*$")
_HELP_LINE = re.compile(r"^\s{1,12}(-{1,2}[^\s].*?)(?:\s{2,}|\t|\s*:\s+)(\S.*)$")
_HELP_HEAD = re.compile(r"^\s{1,12}(-{1,2}[\w?#@]\S*(?:[ ,]+[\w<\[-]\S*){0,4})\s*$")
_HELP_WORD = re.compile(r"^\s{2,8}([a-z][\w-]{1,30})(?:, [a-z][\w-]*)?(?:\s{2,}|\t)([A-Z(]?\w.*)$")


@dataclass
class Page:
    """What was found: `summary` of the tool, `options` and `words` by name, `valued` options that take a value."""

    summary: str = ""
    options: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    valued: dict[str, str] = field(default_factory=dict)


def manual_page(source: str) -> Page:
    """Return what the source of a manual page says; an empty page for what is none."""
    page, lines = Page(), source.splitlines()
    page.summary = _summary(lines)
    for head, body in _entries(lines):
        _keep(page, head, body)
    return page


def terms_in(source: str) -> dict[str, str]:
    """Return what a manual page says of each term that is no option: a column, a state, a field of an output."""
    told: dict[str, str] = {}
    for head, body in _entries(source.splitlines()):
        said = sentence(body)
        for term in re.split(r",\s*|\s{2,}|\t", head):
            term = term.strip().strip("\"'").rstrip(":")
            if said and term and not term.startswith("-") and len(term) <= LONGEST_TERM:
                told.setdefault(term, said)
    return told


def help_page(text: str) -> Page:
    """Return what `--help` prints, as far as each name stands on a line with its meaning, or right above it."""
    page, lines = Page(), text.splitlines()
    for at, line in enumerate(lines):
        following = lines[at + 1].strip() if at + 1 < len(lines) else ""
        if (match := _HELP_LINE.match(line)) is not None:
            more = following if following and not following.startswith("-") and _deep(lines[at + 1]) else ""
            _keep(page, match[1], f"{match[2]} {more}")
        elif (match := _HELP_HEAD.match(line)) is not None and following and not following.startswith("-"):
            _keep(page, match[1], following)
        elif (match := _HELP_WORD.match(line)) is not None:
            page.words.setdefault(match[1], sentence(match[2]))
    return page


def _deep(line: str) -> bool:
    return len(line) - len(line.lstrip()) > 15


def _keep(page: Page, head: str, body: str) -> None:
    said = sentence(body)
    if not said:
        return
    names = _NAME.findall(head)
    for name in names:
        page.options.setdefault(name, said)
    value = re.search(r"-[\w?][\w.:-]*(?:=| |=?<)([A-Za-z<{][^\s,\]]*)", head)
    if value and names and not value[1].startswith("-"):
        for name in names:
            page.valued.setdefault(name, value[1].strip("<>{}[]=").upper())
    if not names and (word := _WORD_HEAD.match(head)) is not None:
        page.words.setdefault(word[1], said)


def sentence(text: str) -> str:
    """Return the first sentence, at most `LONGEST` characters, without a full stop."""
    text = " ".join(text.split())
    first = _SENTENCE.split(text, maxsplit=1)[0].rstrip(".: ")
    if len(first) > LONGEST:
        first = first[:LONGEST].rsplit(" ", 1)[0] + " …"
    return first


def _summary(lines: list[str]) -> str:
    """Return what stands behind the dash of the section NAME."""
    for at, line in enumerate(lines):
        if re.match(r'^\.(?:SH|Sh)\s+"?(?:NAME|Name)', line):
            said: list[str] = []
            for following in lines[at + 1 : at + 8]:
                if re.match(r"^\.(?:SH|Sh)", following):
                    break
                if following.startswith(".Nd"):
                    return sentence(plain(following[3:]))
                said.append(_words_of(following))
            _, dash, rest = " ".join(" ".join(said).split()).partition(" - ")
            return sentence(rest) if dash else ""
    return ""


def plain(text: str) -> str:
    """Return text without roff's escapes."""

    def exchanged(match: re.Match[str]) -> str:
        name = match[1] or match[2] or match[3]
        if name is not None:
            return _NAMED.get(name, "")
        return {"e": "\\", "-": "-", "~": " ", " ": " ", "0": " ", "'": "'", "`": "`", ".": "."}.get(
            match[4], ""
        )

    return _ESCAPE.sub(exchanged, _FONTS.sub("", text)).strip()


def _words_of(line: str) -> str:
    """Return a line's text: of a request for a font or of mdoc, its words; of any other request nothing."""
    request = _REQUEST.match(line)
    if request is None:
        return plain(line)
    name, rest = request[1], request[2]
    if name in _FONT_REQUESTS:
        joined = "" if len(name) == 2 and name not in ("SM", "SB", "OP") else " "
        return plain(joined.join(_arguments(rest)))
    return _mdoc(f"{name} {rest}") if name in _MDOC else ""


def _arguments(text: str) -> list[str]:
    return [quoted or bare for quoted, bare in re.findall(r'"((?:[^"]|"")*)"?|((?:\\ |[^\s"])+)', text)]


def _mdoc(text: str) -> str:
    """Return the text of mdoc's macros: `Fl b Ar addr` -> `-b addr`."""
    found, dash, joined = "", False, True
    for word in _arguments(text):
        if word == "Fl":
            found, dash, joined = found + ("" if joined else " ") + "-", True, True
        elif word == "Ns":
            joined = True
        elif word in _MDOC or word in ("No", "Oo", "Oc", "Xo", "Xc", "Brq", "Bro", "Brc"):
            dash = False
        else:
            joined = joined or word in (",", ".", ";", ":", ")")
            found += ("" if joined or not found else " ") + plain(word)
            joined = dash = False
    return (found + "-" if dash else found).strip()


def _entries(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Give head and body of each entry of a list, whatever style it is written in."""
    heads: list[str] = []
    body: list[str] = []
    paragraph: list[str] = []
    waits = False
    for line in lines:
        request = _REQUEST.match(line)
        name = request[1] if request else ""
        rest = request[2] if request else ""
        if name in (
            "TP",
            "IP",
            "It",
            "TQ",
            "SH",
            "Sh",
            "SS",
            "Ss",
            "PP",
            "P",
            "LP",
            "Pp",
            "HP",
            "RE",
            "RS",
            "El",
        ):
            if name == "RS" and paragraph and not heads:
                # DocBook: the paragraph before an indented block is its head.
                heads, body, paragraph, waits = [" ".join(paragraph)], [], [], False
                continue
            if name == "RS":
                continue
            if heads and body:
                yield ", ".join(heads), " ".join(body)
                heads = []
            elif heads and name not in ("TP", "TQ", "IP", "It"):
                if name == "Pp":
                    continue
                heads = []
            body, paragraph = [], []
            waits = name in ("TP", "TQ")
            if name == "IP" and rest:
                heads = [*heads, plain(_arguments(rest)[0])]
            elif name == "It":
                heads = [*heads, _mdoc(rest)]
            continue
        text = _words_of(line)
        if not text:
            continue
        if waits:
            heads, waits = [*heads, text], False
        elif heads:
            body.append(text)
        else:
            paragraph.append(text)
    if heads and body:
        yield ", ".join(heads), " ".join(body)
