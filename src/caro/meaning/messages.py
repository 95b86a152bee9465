"""What failures mean, as data: a message's pattern, a case of it, the cause, and what to try."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from caro.fix.linear_pattern import LinearMatch, LinearPattern
from caro.knowledge import Knowledge, Table

ROOM = "meaning/errors"
_BEHIND_A_NAME = re.compile(r"(?<=[\w)\]}/>*])[.,;:]+$|(?<=[\w)\]}/>*])[\"'`’”]+[.,;:]*$")
"""What a sentence puts behind a name: no part of it."""


@dataclass(frozen=True)
class Cause:
    """`evidence` is "" where no output was seen or none says it; `source` is `message`, `errno`, `word`, `kind` (by the
    words of whatever tool), `status`, `output` (the tool's own line) or `none`. `first`: the advice comes before a fix
    that is known."""

    cause: str
    evidence: str
    advice: str
    source: str
    first: bool = False


class Message:
    """One message of one set of tools; its pattern is compiled when it is first asked for. `ships` False: somebody
    else wrote it, and it is searched in linear time, whatever it is."""

    def __init__(self, lines: list[str], tools: frozenset[str], ships: bool = True) -> None:
        self.tools = tools
        self.ships = ships
        head, self.case, self.cause, self.advice = (line[1:].strip() for line in lines)
        digit, _, rest = lines[0][1:].partition(" ")
        self.weight, self.text = (int(digit), rest.strip()) if digit.isdigit() else (5, head)

    @cached_property
    def pattern(self) -> re.Pattern[str] | LinearPattern:
        return re.compile(self.text, re.I) if self.ships else LinearPattern(self.text)

    def tells(self, match: re.Match[str] | LinearMatch) -> bool:
        """True unless the cause names what was found, and nothing of it was."""
        groups = range(1, self.pattern.groups + 1)
        return "{1}" not in self.cause or any(match.group(number) for number in groups)

    def told(self, line: str, match: re.Match[str] | LinearMatch, below: str = "") -> Cause:
        """Return it for the line that it was found in. `{2}` is the second group, or the first that took part, `{+0}`
        what was found and `{+1}` the line `below`."""
        count = self.pattern.groups
        groups = [bare(match.group(number) or "") for number in range(1, count + 1)]
        some = next((group for group in groups if group), "")

        def value(place: re.Match[str]) -> str:
            at = int(place[1])
            return (groups[at - 1] if at <= len(groups) else "") or some

        def word(place: re.Match[str]) -> str:
            in_quotes = place.string[: place.start()].endswith(("'", '"', "`"))
            return value(place) if in_quotes else shell_word(value(place))

        next_line = re.sub(r"^(?:DETAIL|HINT|NOTE|what\(\)): *", "", below.strip())
        whole = {"{+0}": (match.group(0) or "").strip(), "{+1}": next_line or "its output says why"}
        cause = re.sub(r"\{(\d)\}", value, self.cause)
        advice = re.sub(r"\{(\d)\}", word, self.advice)
        cause = re.sub(r"\{\+[01]\}", lambda place: whole[place[0]], cause)
        return Cause(
            cause, line.strip(), advice.removeprefix("!").lstrip(), "message", advice.startswith("!")
        )


def bare(name: str) -> str:
    """Return a name without what the sentence around it put behind it: a full stop, a quotation mark that was opened
    before it."""
    end = _BEHIND_A_NAME.search(name)
    if end is None or any(end[0].count(mark) and name.count(mark) % 2 == 0 for mark in "\"'`"):
        return name
    return name[: end.start()]


def shell_word(text: str) -> str:
    """Return what a message names as one word of a shell, where a line to be tried holds it: `my file` in quotes.
    Longer texts are told, not typed, and stay as they are."""
    is_name = re.search(r"[\s;&|()*?!\\]", text) and re.fullmatch(r"[^\n'`\"<>]{1,60}", text)
    return f"'{text}'" if is_name and text.count(" ") < 4 else text


def messages(knowledge: Knowledge) -> tuple[Message, ...]:
    """Return all messages, the shipped ones first. A view of the knowledge."""
    return tuple(
        message
        for document in knowledge.documents(ROOM)
        for message in read_messages(document.table, document.ships)
    )


def read_messages(table: Table, ships: bool = True) -> list[Message]:
    """Return the messages of one file. Raises KeyError, ValueError, AttributeError where an entry is none."""
    found = []
    for said in table.values():
        tools = frozenset(said["tools"].split())
        for entry in re.split(r"\n\s*\n", said["text"].strip()):
            found.append(Message(entry.splitlines(), tools, ships))
    return found
