"""Each word of a command line and what it means, in the order of the line.

Meanings come from the tables of `words/`, then from the tool's manual page or its `--help`, which the caller hands in;
the spec says what kind of word it is, and where a value follows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from caro.fix.model import Inventory
from caro.fix.spec_walk import SAME_SPEC, option_names, walk
from caro.fix.words import PREFIXES, Simple, simple_commands
from caro.knowledge import Knowledge
from caro.meaning.numbers import SIGNALS, value_in_words, word_in_words
from caro.meaning.pages import Page

ROOM = "meaning/words"
MOST_WORDS = 200
_OPERATORS = {
    "|": "its output goes into the next command",
    "|&": "its output and errors go into the next command",
    "&&": "only if that went well:",
    "||": "only if that failed:",
    ";": "then:",
    "&": "in the background; meanwhile:",
    "(": "in a shell of its own:",
    ")": "end of that shell",
    "\n": "then:",
    ";;": "end of this case",
}
_REDIRECTS = {
    ">": "its output goes into this file, which is emptied first",
    ">>": "its output is added at the end of this file",
    "<": "its input comes from this file",
    "2>": "its errors go into this file, which is emptied first",
    "2>>": "its errors are added at the end of this file",
    "&>": "its output and errors go into this file, which is emptied first",
    "&>>": "its output and errors are added at the end of this file",
    ">&": "its output goes where this stands for",
    ">|": "its output goes into this file, which is emptied first",
    "<<": "its input is the text up to this word",
    "<<<": "its input is this text",
    "<<-": "its input is the text up to this word",
    "<>": "this file, for reading and writing",
}
_DUPLICATE = {
    "2>&1": "errors go where the output goes",
    "1>&2": "output goes where errors go",
    ">&2": "output goes where errors go",
}
_MARK = re.compile(r"\d*>&\d+-?|(?:\d|&)?(?:<<<|<<-?|>>|<>|>\||>&|<&|>|<)|&&|\|\||\|&|;;|[|;&()\n]")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)\+?=(.*)", re.S)
_KEYWORDS = {
    "then": "then",
    "do": "for each time",
    "done": "end of the loop",
    "fi": "end of the condition",
    "else": "otherwise",
    "if": "if this goes well:",
    "while": "as long as this goes well:",
    "until": "until this goes well:",
    "for": "for each of the words, one after the other:",
    "{": "together:",
    "}": "end of that",
    "!": "the other way round: fails if this goes well",
    "esac": "end of the choice",
    "case": "choose by this word:",
}
_BUNDLES = re.compile(r"[A-Za-z]+")


@dataclass(frozen=True)
class Meaning:
    """One word: `role` is `command`, `sub`, `option`, `value`, `argument`, `redirect`, `operator`, `variable` or
    `keyword`; `says` is "" where nothing is known; `source` is `tables`, `manual`, `help`, `form` or ""."""

    text: str
    role: str
    says: str
    source: str
    start: int

    def row(self) -> dict[str, str]:
        """Return it as `--json` tells it."""
        return {"text": self.text, "role": self.role, "meaning": self.says, "source": self.source}


PageOf = Callable[[str], tuple[Page, str]]
"""Name of a tool or sub-command (`git commit`) -> what its page says, and which kind of page that is."""


def no_page(name: str) -> tuple[Page, str]:
    """Return nothing: where no page may be read."""
    return Page(), ""


@dataclass(frozen=True)
class Entry:
    """What the tables say of a tool: options and sub-commands by name, with the name of an option's value."""

    summary: str
    options: dict[str, str]
    valued: dict[str, str]
    subs: dict[str, str]
    args: str
    bundle: bool


class Tables:
    """The entries of `words/*.toml` by tool. A view of the knowledge."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.entries: dict[str, Entry] = {}
        for document in knowledge.documents(ROOM):
            for name, table in document.table.items():
                self.entries[name] = _entry(table)

    def of(self, name: str) -> Entry:
        """Return the entry of a tool or of one that takes the same words; an empty one where there is none."""
        first, _, rest = name.partition(" ")
        same = f"{SAME_SPEC.get(first, first)} {rest}".strip()
        return self.entries.get(name) or self.entries.get(same) or _NOTHING


def _entry(table: dict[str, object]) -> Entry:
    options: dict[str, str] = {}
    valued: dict[str, str] = {}
    for line in str(table.get("options", "")).strip().splitlines():
        head, _, said = line.partition(": ")
        names = head.split()
        value = names.pop() if not names[-1].startswith("-") else ""
        for name in names:
            options[name] = said
            if value:
                valued[name] = value
    subs = dict(line.split(": ", 1) for line in str(table.get("subs", "")).strip().splitlines())
    return Entry(
        str(table.get("is", "")), options, valued, subs, str(table.get("args", "")), bool(table.get("bundle"))
    )


_NOTHING = Entry("", {}, {}, {}, "", False)


def meanings(
    line: str, knowledge: Knowledge, inventory: Inventory, page_of: PageOf = no_page
) -> list[Meaning]:
    """Return the words of the line with their meanings, in order; at most `MOST_WORDS`."""
    tables = knowledge.view(Tables)
    found: list[Meaning] = []
    taken: list[tuple[int, int]] = []
    for simple in simple_commands(line):
        reader = _Reader(simple, tables, inventory, page_of)
        found += reader.read()
        spans = (*simple.prefix, *simple.words)
        taken += [(word.start, word.end) for word in spans]
    found += _marks(line, taken)
    return sorted(found, key=lambda one: one.start)[:MOST_WORDS]


def _marks(line: str, taken: list[tuple[int, int]]) -> Iterator[Meaning]:
    """Give the operators and redirections between the words."""
    hidden = list(line)
    for start, end in taken:
        hidden[start:end] = "\0" * (end - start)
    text = "".join(hidden)
    at = 0
    while (match := _MARK.search(text, at)) is not None:
        at = match.end()
        mark = match[0]
        if mark in _DUPLICATE:
            yield Meaning(mark, "redirect", _DUPLICATE[mark], "form", match.start())
        elif mark in _OPERATORS:
            if text[at:].strip("\0 ") or mark not in ("\n", ";"):
                shown = mark if mark != "\n" else "(new line)"
                told = _OPERATORS[mark] if text[at:].strip() or mark not in ("&",) else "in the background"
                yield Meaning(shown, "operator", told, "form", match.start())
        else:
            target = re.compile(r"\s*([^\s\0|;&<>()]+)").match(text, at)
            word = target[1] if target else ""
            at = target.end() if target else at
            said = _REDIRECTS.get(mark.lstrip("1") or mark, "a redirection")
            if word == "/dev/null":
                said = {
                    "<": "no input",
                    "2>": "its errors are thrown away",
                    "2>>": "its errors are thrown away",
                    "&>": "its output and errors are thrown away",
                }.get(mark, "its output is thrown away")
            yield Meaning(f"{mark} {word}".strip(), "redirect", said, "form", match.start())


class _Reader:
    """Reads one simple command; `value_of` is the option whose value comes next."""

    def __init__(self, simple: Simple, tables: Tables, inventory: Inventory, page_of: PageOf) -> None:
        self.simple, self.tables, self.inventory, self.page_of = simple, tables, inventory, page_of
        self.path = [simple.name]
        self.value_of = ""
        self.arguments = 0
        self.inside = self.ended = False

    def read(self) -> Iterator[Meaning]:
        yield from self._prefix()
        steps = list(walk(self.simple, self.inventory))
        for at, step in enumerate(steps):
            word = step.word
            typed = self.simple.line[word.start : word.end]
            if step.role == "command":
                yield self._command(typed, word.start)
            elif step.role == "sub" or (not self.arguments and not self.value_of and self._is_sub(word.text)):
                yield self._sub(typed, word.text, word.start)
            elif self.value_of:
                yield self._value(typed, word.text, word.start)
            elif self.inside and self.simple.name == "find":
                yield self._argument(typed, word.text, word.start)
            elif word.text[:1] == "-" and len(word.text) > 1 and word.text != "--" and not self.ended:
                yield from self._option(typed, word.text, word.start, option_names(step.chain), step.role)
            elif (
                at == 1
                and self._entry.bundle
                and _BUNDLES.fullmatch(word.text)
                and self._reads_bundle(word.text)
            ):
                yield from self._cluster("", word.text, word.start)
            elif word.text == "--" and not self.ended:
                self.ended = True
                yield Meaning(
                    "--",
                    "option",
                    "end of the options: what follows is none, even with a dash",
                    "form",
                    word.start,
                )
            else:
                yield self._argument(typed, word.text, word.start)

    @property
    def _name(self) -> str:
        return " ".join(self.path)

    @property
    def _entry(self) -> Entry:
        return self.tables.of(self._name)

    def _is_sub(self, text: str) -> bool:
        """True if the tables know the word as a sub-command where the spec does not."""
        return text in self._entry.subs

    def _prefix(self) -> Iterator[Meaning]:
        name = ""
        takes = False
        for word in self.simple.prefix:
            typed = self.simple.line[word.start : word.end]
            assigned = _ASSIGNMENT.match(word.text)
            if takes:
                takes = False
                yield Meaning(typed, "value", "", "", word.start)
            elif assigned:
                yield Meaning(
                    typed,
                    "variable",
                    f"{assigned[1]} is {assigned[2] or 'empty'} for this command",
                    "form",
                    word.start,
                )
            elif word.text in _KEYWORDS:
                yield Meaning(typed, "keyword", _KEYWORDS[word.text], "form", word.start)
            elif word.text.startswith("-"):
                self.path = [name]
                said, source = self._said(word.text)
                takes = word.text in PREFIXES.get(name, ())
                yield Meaning(typed, "option", said, source, word.start)
            elif word.text in PREFIXES:
                name = word.text
                said, source = self._summary(name)
                yield Meaning(typed, "command", said, source, word.start)
            else:
                yield Meaning(typed, "value", "", "", word.start)
        self.path = [self.simple.name]

    def _summary(self, name: str) -> tuple[str, str]:
        entry = self.tables.of(name)
        if entry.summary:
            return entry.summary, "tables"
        page, source = self.page_of(name)
        return (page.summary, source) if page.summary else ("", "")

    def _command(self, typed: str, start: int) -> Meaning:
        name = self.simple.words[0].text
        assigned = _ASSIGNMENT.match(typed)
        if assigned:
            return Meaning(
                typed, "variable", f"{assigned[1]} is {assigned[2] or 'empty'} from now on", "form", start
            )
        if name in _KEYWORDS:
            return Meaning(typed, "keyword", _KEYWORDS[name], "form", start)
        said, source = self._summary(self.simple.name)
        return Meaning(typed, "command", said or "a program, of which nothing is known here", source, start)

    def _sub(self, typed: str, text: str, start: int) -> Meaning:
        said, source = self._entry.subs.get(text, ""), "tables"
        if not said:
            page, kind = self.page_of(self._name)
            below, below_kind = self.page_of(f"{self._name} {text}")
            said = page.words.get(text, "") or below.summary
            source = kind if page.words.get(text) else below_kind
        self.path.append(text)
        return Meaning(typed, "sub", said, source if said else "", start)

    def _option(self, typed: str, text: str, start: int, known: list[str], role: str) -> Iterator[Meaning]:
        name, equals, value = text.partition("=")
        long = name.startswith("--") or len(name) == 2 or bool(self._said(name)[0])
        if not long and not self._clusters(text, known):
            if text[1:].isdigit():
                told = (
                    SIGNALS.get(text[1:], "")
                    if self.simple.name in ("kill", "pkill", "killall")
                    else f"so many: {text[1:]}"
                )
                yield Meaning(typed, "option", told, "form", start)
                return
            if self._said(name[:2])[0] and self._takes_value(name[:2]):
                said, source = self._said(name[:2])
                yield Meaning(name[:2], "option", said, source, start)
                yield self._value_of(text[2:], name[:2], start + 2)
                return
            long = True
        if not long:
            yield from self._cluster("-", text[1:], start)
            return
        said, source = self._said(name)
        if not said and name.startswith("--no-"):
            positive, source = self._said("--" + name[5:])
            said = f"not: {positive}" if positive else ""
        if not said and role == "unknown-option":
            said = "not an option that is known of this tool" if known else ""
        yield Meaning(name if equals else typed, "option", said, source, start)
        if equals:
            yield self._value_of(value, name, start + len(name) + 1)
        elif self._takes_value(name):
            self.value_of = name
        self.inside = self.inside or self._entry.valued.get(name) == "LINE"

    def _clusters(self, text: str, known: list[str]) -> bool:
        """True if every letter is an option, up to one that takes the rest as its value."""
        for letter in text[1:]:
            name = f"-{letter}"
            if not self._said(name)[0] and (name not in known or text in known):
                return False
            if self._takes_value(name):
                return True
        return True

    def _reads_bundle(self, text: str) -> bool:
        return all(self._said(f"-{letter}")[0] or letter in "wjms" for letter in text)

    def _cluster(self, dash: str, letters: str, start: int) -> Iterator[Meaning]:
        for at, letter in enumerate(letters):
            name = f"-{letter}"
            said, source = self._said(name)
            yield Meaning(f"{dash}{letter}", "option", said, source, start + at)
            if self._takes_value(name) and dash:
                rest = letters[at + 1 :]
                if rest:
                    yield self._value_of(rest, name, start + at + 1)
                else:
                    self.value_of = name
                return
            if self._takes_value(name):
                self.value_of = name

    def _levels(self) -> Iterator[str]:
        """Give the names of the sub-command and of the commands above it."""
        for count in range(len(self.path), 0, -1):
            yield " ".join(self.path[:count])

    def _said(self, name: str) -> tuple[str, str]:
        for level in self._levels():
            said = self.tables.of(level).options.get(name)
            if said:
                return said, "tables"
        for level in self._levels():
            page, source = self.page_of(level)
            if name in page.options:
                return page.options[name], source
        if name in ("--help", "-h"):
            return "show how it is used", "form"
        return ("say its version", "form") if name in ("--version", "-V") else ("", "")

    def _takes_value(self, name: str) -> bool:
        for level in self._levels():
            entry = self.tables.of(level)
            if name in entry.options:
                return entry.valued.get(name, "WHEN") not in ("WHEN", "LINE")
        node = self.inventory.spec(self.simple.name) or {}
        if name in node.get("v", ()) or name in node.get("Pv", ()):
            return True
        if name in node.get("o", ()):
            return False
        return any(name in self.page_of(level)[0].valued for level in self._levels()) and not name.startswith(
            "--"
        )

    def _value(self, typed: str, text: str, start: int) -> Meaning:
        option, self.value_of = self.value_of, ""
        return self._value_of(typed, option, start, text)

    def _value_of(self, typed: str, option: str, start: int, text: str | None = None) -> Meaning:
        text = typed if text is None else text
        said = value_in_words(self._name, option, text)
        if said:
            return Meaning(typed, "value", said, "form", start)
        for level in self._levels():
            kind = self.tables.of(level).valued.get(option) or self.page_of(level)[0].valued.get(option)
            if kind:
                return Meaning(typed, "value", f"the {_lower(kind)} of {option}", "form", start)
        return Meaning(typed, "value", f"what {option} is set to", "form", start)

    def _inner(self, text: str) -> str:
        """Return what a word of find's `-exec` is; "" for a word outside of it."""
        if text in (";", "+"):
            self.inside = False
            return "end of the command, " + ("one run for each file" if text == ";" else "many files at once")
        if text == "{}":
            return "the file that was found"
        return "the command to run, or a word of it" if self.inside else ""

    def _argument(self, typed: str, text: str, start: int) -> Meaning:
        self.arguments += 1
        if self.simple.name in ("for", "select"):
            told = {1: "the variable that holds it", 2: "one of:"}.get(self.arguments, "one of the words")
            return Meaning(typed, "argument", told, "form", start)
        said = word_in_words(self._name, text)
        if said and not (self.simple.name == "chmod" and self.arguments > 1):
            return Meaning(typed, "argument", said, "form", start)
        if self.simple.name == "find" and (told := self._inner(text)):
            return Meaning(typed, "argument", told, "form", start)
        if text.startswith(("$(", "`")):
            return Meaning(typed, "argument", "what that command prints", "form", start)
        for level in self._levels():
            args = self.tables.of(level).args
            if args:
                return Meaning(typed, "argument", _which(args, self.arguments), "tables", start)
        kind = "text" if " " in text else "a file or a word of its own"
        return Meaning(typed, "argument", kind if len(self.path) == 1 else "a word of its own", "", start)


def _lower(kind: str) -> str:
    return "number" if kind == "N" else kind.lower().replace("_", " ")


def _which(args: str, place: int) -> str:
    """Return the part of a tool's `args` that speaks of this word: the first one, or the others."""
    first = re.match(r"the first is (.+?)(?:, the (?:others are|second is) (.+))?$", args)
    if first is None:
        return args
    other = "a file" if first[2] == "files" else first[2]
    return first[1] if place == 1 else (other or args)


def lines(found: Iterable[Meaning]) -> list[str]:
    """Return them for a person: the words in a column, what is beside a command indented below it."""
    shown = [one for one in found if one.says or one.role in ("command", "sub", "option")]
    width = min(max((len(one.text) for one in shown), default=0) + 2, 24)
    told = []
    for one in shown:
        front = "" if one.role in ("command", "keyword", "operator") else "  "
        word = one.text if len(one.text) <= 60 else one.text[:59] + "…"
        told.append(
            f"  {front}{word:<{max(width + 2 - len(front), len(word) + 1)}}{one.says or 'not known here'}".rstrip()
        )
    return told
