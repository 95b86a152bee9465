"""What a line that is being typed is painted with: which of its characters are a command that there is, a string, a
known option, the word that makes it dangerous.

Pure: what exists is asked from `Known`. Words are read as for fixes (`caro.fix.words`), options by the specs' walk; a
part that is no plain command (a here-document's text, `[[ … ]]`, an array) keeps its lexical colours.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Protocol

from caro.fix.model import Node, NoInventory
from caro.fix.spec_walk import walk
from caro.fix.words import Simple, Word, simple_commands
from caro.repl.here_documents import here_documents
from caro.repl.look import Danger

LONGEST = 4000
"""Characters of a text that is painted."""
DEEPEST = 8
"""Substitutions inside each other."""

STRING, VARIABLE = "string", "variable"
COMMAND, UNKNOWN, KEYWORD, OPTION, DANGER = "command", "unknown", "keyword", "option", "danger"

_LEXICAL = re.compile(
    r"""(?P<escape>\\.)|(?P<string>\$?'(?:[^'])*'?|"(?:\\.|[^"\\])*"?)|(?P<comment>(?<![^\s;&|()])\#[^\n]*)"""
    r"""|(?P<operator>\$\(\(?|`|&&|\|\||[;&|<>()]+)|(?P<variable>\$\{[^}\n]*\}?|\$[A-Za-z_]\w*|\$[?$!\#@*0-9-])""",
    re.S,
)
_FISH_STRING = r"""'(?:\\.|[^'\\])*'?"""
_FISH = re.compile(_LEXICAL.pattern.replace(r"\$?'(?:[^'])*'?", _FISH_STRING), re.S)
_IN_STRING = re.compile(r"\\.|(?P<variable>\$\{[^}\n]*\}?|\$[A-Za-z_]\w*|\$[?$!#@*0-9-])", re.S)
_NO_COMMANDS = re.compile(r"(?<=\[\[)\s.*?(?:\s\]\]|\Z)|\(\(.*?(?:\)\)|\Z)|(?<=\w=)\([^)]*\)?", re.S)
_INNER = re.compile(r"\$\((?!\()|[<>]\(")


class Known(Protocol):
    """What there is in the person's shell."""

    def is_command(self, name: str) -> bool:
        """True if a line may begin with it."""

    def is_keyword(self, name: str) -> bool:
        """True if it is a word of the shell's own grammar (`if`, `{`)."""

    def spec(self, key: str) -> Node | None:
        """Return the spec of a command, None where there is none."""


def painted(text: str, fish: bool, known: Known, dangers: Collection[Danger] = ()) -> list[tuple[str, str]]:
    """Return the text in pieces, each with the name of its paint (`""`: none)."""
    paints = [""] * len(text)
    if len(text) <= LONGEST:
        _paint(text, 0, paints, fish, known, dangers, 0)
    found: list[tuple[str, str]] = []
    at = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or paints[end] != paints[at]:
            found.append((paints[at], text[at:end]))
            at = end
    return found


def _paint(
    text: str, base: int, paints: list[str], fish: bool, known: Known, dangers: Collection[Danger], depth: int
) -> None:
    """Paint `text`, which stands at `base` of the whole."""

    def put(start: int, end: int, paint: str) -> None:
        paints[base + start : base + end] = [paint] * (end - start)

    bodies = [] if fish else [(each.start, each.end) for each in here_documents(text)]
    for match in (_FISH if fish else _LEXICAL).finditer(text):
        kind = match.lastgroup or ""
        if kind == "escape" or _meets(match.start(), match.end(), bodies):
            continue
        put(match.start(), match.end(), kind)
        if kind == STRING and match.group()[0] == '"':
            for inside in _IN_STRING.finditer(match.group()):
                if inside["variable"]:
                    put(match.start() + inside.start(), match.start() + inside.end(), VARIABLE)
    for start, end in bodies:
        put(start, end, STRING)
    apart = [*bodies, *((each.start(), each.end()) for each in _NO_COMMANDS.finditer(text))]
    for simple in simple_commands(text):
        _paint_command(simple, put, apart, known, dangers)
    if depth < DEEPEST and not fish:
        for start, end in _inner(text):
            if not _meets(start, end, bodies):
                put(start, end, "")
                _paint(text[start:end], base + start, paints, fish, known, dangers, depth + 1)


def _paint_command(
    simple: Simple, put: _Put, apart: list[tuple[int, int]], known: Known, dangers: Collection[Danger]
) -> None:
    for word in simple.prefix:
        if not _meets(word.start, word.end, apart) and "=" not in word.text and not word.quoted:
            paint = _command_paint(word, simple, known)
            put(word.start, word.end, OPTION if word.text[:1] == "-" else paint if paint != UNKNOWN else "")
    first = simple.words[0]
    if _meets(first.start, first.end, apart):
        return
    if paint := _command_paint(first, simple, known):
        put(first.start, first.end, paint)
    for step in walk(simple, _Specs(known)):
        if step.role == "option" and not step.word.quoted and not step.word.expands:
            put(step.word.start, step.word.start + len(step.word.text.partition("=")[0]), OPTION)
        elif step.role == "sub":
            put(step.word.start, step.word.end, COMMAND)
    for danger in dangers:
        for word in _dangerous(simple, danger):
            put(word.start, word.end, DANGER)


class _Put(Protocol):
    def __call__(self, start: int, end: int, paint: str) -> None: ...


class _Specs(NoInventory):
    def __init__(self, known: Known) -> None:
        super().__init__()
        self._known = known

    def spec(self, key: str) -> Node | None:
        return self._known.spec(key)


def _command_paint(word: Word, simple: Simple, known: Known) -> str:
    if not word.quoted and known.is_keyword(word.text):
        return KEYWORD
    if word.expands:
        return ""
    if known.is_command(word.text):
        return COMMAND
    # A pattern of `case`, a function that is being defined, an array: names that nothing is run by.
    behind = simple.line[word.end :].lstrip(" \t")[:1]
    return "" if behind in ("(", ")") or "=" in word.text else UNKNOWN


def _dangerous(simple: Simple, danger: Danger) -> Iterator[Word]:
    """Yield the words of a command that are dangerous in it: its program with its options, what it does that to."""
    yield from (word for word in simple.targets if word.text == danger.target)
    program = danger.argv[0].rsplit("/", 1)[-1] if danger.argv else ""
    texts = [word.text.rsplit("/", 1)[-1] for word in simple.words]
    if program not in texts:
        # A shell's text in one word: `sh -c "rm -rf x"`.
        inside = re.compile(rf"(?<![\w.-]){re.escape(program)}(?![\w.-])")
        yield from (word for word in simple.words[1:] if program and word.quoted and inside.search(word.text))
        return
    first = texts.index(program)
    yield simple.words[first]
    own = simple.words[first:]
    same = len(own) == len(danger.argv)
    for at, word in enumerate(own[1:], 1):
        is_target = danger.target and danger.target in (word.text, danger.argv[at] if same else "")
        if is_target or word.text[:1] == "-":
            yield word


def _inner(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the commands of `$(…)` stand that are in no single quotes."""
    at, quoted = 0, False
    while at < len(text):
        mark = text[at]
        if mark == "\\":
            at += 2
        elif mark == "'" and not quoted:
            end = text.find("'", at + 1)
            at = len(text) if end < 0 else end + 1
        elif mark == '"':
            quoted, at = not quoted, at + 1
        elif match := _INNER.match(text, at):
            end = _closing(text, match.end())
            yield match.end(), end
            at = end + 1
        else:
            at += 1


def _closing(text: str, at: int) -> int:
    """Return where the `)` stands that closes a group opened before `at`; the text's end where none does."""
    depth, mark = 1, ""
    while at < len(text):
        char = text[at]
        if char == "\\":
            at += 1
        elif mark:
            mark = "" if char == mark else mark
        elif char in "'\"":
            mark = char
        else:
            depth += (char == "(") - (char == ")")
            if not depth:
                return at
        at += 1
    return len(text)


def _meets(start: int, end: int, ranges: list[tuple[int, int]]) -> bool:
    return any(start < last and first < end for first, last in ranges)
