"""What the columns and states of an output mean: those of `outputs/*.toml` that stand in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from caro.fix.evidence import readable
from caro.fix.words import simple_commands
from caro.knowledge import Knowledge
from caro.meaning.pages import terms_in

ROOM = "meaning/outputs"
MOST_LINES = 300
HEAD_LINES = 3
"""Lines of an output that may be its header."""
_PLACE = re.compile(r"\[(\d)\]")


@dataclass(frozen=True)
class Part:
    """A column or state, what it means, and the first line of the output that has it ("" for a column)."""

    name: str
    says: str
    line: str


@dataclass(frozen=True)
class OutputTold:
    """What an output is (`command`, "" where nobody knows it) and what stands in it."""

    command: str
    parts: tuple[Part, ...]

    def lines(self) -> list[str]:
        """Return it for a person."""
        width = max((len(part.name) for part in self.parts), default=0) + 2
        return [f"{self.command}:", *(f"  {part.name:<{width}}{part.says}" for part in self.parts)]


class Form:
    """One command's output: how to know it, and what may stand in it."""

    def __init__(self, name: str, table: dict[str, str]) -> None:
        self.name = name
        self.commands = (name, *(more for more in table["commands"].split(", ") if more))
        self.see = re.compile(table["see"], re.M)
        self.case = table["case"]
        self.columns = _named(table.get("columns", ""))
        self.states = _named(table.get("states", ""))

    def parts(self, lines: list[str]) -> Iterator[Part]:
        """Give what stands in these lines, columns first."""
        text = "\n".join(lines)
        for name, says in self.columns:
            if _stands(name, text):
                yield Part(name.removesuffix(":"), says, "")
        for name, says in self.states:
            place = _PLACE.fullmatch(name)
            if place:
                ordinal = ("first", "second", "third", "fourth", "fifth", "sixth")[int(place[1]) - 1]
                yield Part(f"{ordinal} word", says, "")
            elif (line := next((line for line in lines if _stands(name, line)), None)) is not None:
                yield Part(name.strip().removesuffix(":"), says, line.strip())


def _named(text: str) -> list[tuple[str, str]]:
    rows = [re.split(r"(?<=.): ", line, maxsplit=1) for line in text.strip("\n").splitlines()]
    return [(row[0], row[1]) for row in rows]


def _stands(name: str, text: str) -> bool:
    """True if the name stands in the text as a word: `Up` not in `Update`, `r` not in `free`."""
    front = r"(?<![\w])" if name[0].isalnum() else r"^" if name[0] == " " else ""
    back = r"(?![\w])" if name[-1].isalnum() else ""
    return re.search(front + re.escape(name) + back, text, re.M) is not None


def forms(knowledge: Knowledge) -> tuple[Form, ...]:
    """Return all forms. A view of the knowledge."""
    documents = knowledge.documents(ROOM)
    return tuple(Form(name, table) for document in documents for name, table in document.table.items())


def output_meaning(command: str, output: str, knowledge: Knowledge) -> OutputTold:
    """Return what an output means; `command` may be "" (piped text), then the output itself tells whose it is."""
    text = readable(output)
    lines = text.splitlines()[:MOST_LINES]
    form = _of_command(command, knowledge) or next(
        (form for form in knowledge.view(forms) if form.see.search(text)), None
    )
    return OutputTold(form.name, tuple(form.parts(lines))) if form is not None else OutputTold("", ())


def all_parts(command: str, knowledge: Knowledge) -> OutputTold:
    """Return all that may stand in a command's output."""
    form = _of_command(command, knowledge)
    if form is None:
        return OutputTold("", ())
    return OutputTold(form.name, tuple(form.parts([name for name, _ in (*form.columns, *form.states)])))


def output_by_manual(command: str, output: str, manual_of: Callable[[str], str]) -> OutputTold:
    """Return what the manual page of the line's last tool says of the terms that stand in its output: the words of its
    head in their order, then what begins a line or stands before a colon."""
    for simple in reversed(simple_commands(command)):
        source = manual_of(simple.name)
        terms = terms_in(source) if source else {}
        if terms:
            return OutputTold(simple.name, tuple(_named_in(readable(output), terms)))
    return OutputTold("", ())


def _named_in(output: str, terms: Mapping[str, str]) -> Iterator[Part]:
    plain = {_bare(name): said for name, said in terms.items() if len(_bare(name)) > 1 or name.isupper()}
    told: set[str] = set()
    for number, line in enumerate(output.splitlines()[:MOST_LINES]):
        words = line.split()
        label = line.partition(":")[0].strip()
        for word in [label, *(words if number < HEAD_LINES else words[:1])]:
            name = _bare(word)
            if name in plain and name not in told and not name.isdigit():
                told.add(name)
                yield Part(word.rstrip(":"), plain[name], "" if number < HEAD_LINES else line.strip())


def _bare(name: str) -> str:
    return name.strip("%()[]<>:*").lower()


def _of_command(command: str, knowledge: Knowledge) -> Form | None:
    """Return the form of the last command of the line that has one: the longest name that its words begin with."""
    best: tuple[int, Form] | None = None
    for simple in reversed(simple_commands(command)):
        words = [simple.name, *(word.text for word in simple.words[1:])]
        plain = [word for word in words if not word.startswith("-")]
        for form in knowledge.view(forms):
            for name in form.commands:
                wanted = name.split()
                if (words[: len(wanted)] == wanted or plain[: len(wanted)] == wanted) and (
                    best is None or len(wanted) > best[0]
                ):
                    best = (len(wanted), form)
        if best is not None:
            return best[1]
    return None
