"""A failure in three lines: cause, evidence (the line of the output that says so), what to try.

The heaviest message of `errors/*.toml` that the output holds is the cause; then a system error in any language, then a
word that the tool did not understand, then what the exit status means, by the tool's own manual where it says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from caro.fix.decisions.tables import says_errno
from caro.fix.evidence import mentions, readable
from caro.fix.linear_pattern import LinearMatch, LinearPattern
from caro.fix.words import simple_commands
from caro.knowledge import Knowledge, Table

ROOM = "meaning/errors"
STATUSES = "meaning/statuses"
SIGNAL = 128
MOST_LINES = 400
_COMPLAINT = re.compile(
    r"\b(?:error|fatal|failed|failure|cannot|can't|could not|unable|invalid|denied|not found|no such|unknown"
    r"|exception|panic)\b",
    re.I,
)


_BEFORE = re.compile(
    r"^(?:[Xx×!*●-]+ |\[?(?:error|fatal|err!?|failed|failure|warning|critical|panic)\b\]?(?:\[\w+\])?[:! ]+"
    r"|[\w./-]+(?: line \d+)?(?:\[\d+\])?: (?=\S)|\([\w.]+\) )",
    re.I,
)
"""What stands before a message: marks, the word for an error, the program that says it."""


@dataclass(frozen=True)
class Cause:
    """`evidence` is "" where no output was seen or none says it; `source` is `message`, `errno`, `word`, `status`,
    `output` (the tool's own line, not known here) or `none`."""

    cause: str
    evidence: str
    advice: str
    source: str


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

    def told(self, line: str, match: re.Match[str] | LinearMatch) -> Cause:
        """Return it for the line that it was found in. `{2}` is the second group, or the first that took part."""
        count = self.pattern.groups
        groups = [match.group(number) or "" for number in range(1, count + 1)]
        some = next((group for group in groups if group), "")

        def value(place: re.Match[str]) -> str:
            at = int(place[1])
            return (groups[at - 1] if at <= len(groups) else "") or some

        cause, advice = (re.sub(r"\{(\d)\}", value, text) for text in (self.cause, self.advice))
        return Cause(cause, line.strip(), advice, "message")


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


def cause_of(command: str, status: int | None, output: str | None, knowledge: Knowledge) -> Cause:
    """Return what went wrong. `command` may be "" (piped text: every tool's messages count), `status` None (unknown),
    `output` None (nobody saw it)."""
    lines = [line for line in readable(output or "").splitlines() if line.strip()][-MOST_LINES:]
    simples = simple_commands(command)
    wrappers = [
        word.text for simple in simples for word in simple.prefix if re.match("[A-Za-z/.]", word.text)
    ]
    tools = [*wrappers, *(simple.name for simple in simples)]
    ended = [*tools[-1:], *wrappers]
    ways = (_by_message(lines, tools, knowledge), _by_errno(lines, tools, knowledge), _by_word(lines, tools, knowledge),
            _by_status(lines, tools, ended, status, knowledge))  # fmt: skip
    for way in ways:
        for cause in way:
            return cause
    return Cause("nothing of it is known here: no message was seen", "", _help(tools), "none")


def _by_message(lines: list[str], tools: list[str], knowledge: Knowledge) -> Iterator[Cause]:
    best: tuple[int, Cause] | None = None
    for message in knowledge.view(messages):
        own = bool(message.tools.intersection(tools))
        if message.tools and tools and not own:
            continue
        weight = message.weight + 10 * own
        if best is not None and weight <= best[0]:
            continue
        found = next(((line, match) for line in lines if (match := message.pattern.search(line))), None)
        if found is not None:
            best = (weight, message.told(*found))
    if best is not None:
        yield best[1]


def _by_errno(lines: list[str], tools: list[str], knowledge: Knowledge) -> Iterator[Cause]:
    table = knowledge.table(STATUSES)
    for line in lines:
        for name, cause in table["errno"].items():
            if says_errno(line.lower(), name, knowledge):
                named = _named(line, tools)
                told = f"{cause}: {named}" if named else cause
                yield Cause(told, line.strip(), table["try"].get(name, ""), "errno")
                return


def _named(line: str, tools: list[str]) -> str:
    """Return what a system error is about: what is quoted, or the last field before the error that is no program."""
    quoted = re.search(r"[`'\"‘“„«]([^`'\"’”“»]{1,200})[`'\"’”“»]", line)
    if quoted:
        return quoted[1]
    fields = [field.strip() for field in line.strip().split(": ")[1:-1]]
    programs = {
        *tools,
        *(tool.rpartition("/")[2] for tool in tools),
        *"bash sh zsh fish bind listen connect open".split(),
    }
    for field in reversed(fields):
        word = field.split()[-1] if field.split() else ""
        if (
            word
            and word not in programs
            and not re.fullmatch(r"(?:line )?\d+|Cannot \w+|\[Errno \d+\]", field)
        ):
            return word if re.search(r"[/.]", word) or len(field.split()) == 1 else ""
    return ""


def _by_word(lines: list[str], tools: list[str], knowledge: Knowledge) -> Iterator[Cause]:
    known = {"option": "no option", "command": "no sub-command", "value": "no value that is allowed"}
    for line in lines:
        for mention in mentions(line, knowledge):
            if mention.bad and mention.kind in known:
                tool = tools[0] if tools else "the tool"
                kind = "unknown_option" if mention.kind == "option" else "unknown_subcommand"
                advice = knowledge.table(STATUSES)["try"][kind].replace("TOOL", tool)
                yield Cause(f"{mention.bad} is {known[mention.kind]} of {tool}", line.strip(), advice, "word")
                return


def _by_status(
    lines: list[str], tools: list[str], ended: list[str], status: int | None, knowledge: Knowledge
) -> Iterator[Cause]:
    """Tell by the exit status, which is of one of `ended`: the last command, or what it runs under."""
    table = knowledge.table(STATUSES)
    own = status is not None and _own_meaning(ended, status, knowledge)
    complaint = _complaint(lines[:0] if own and not _COMPLAINT.search("\n".join(lines)) else lines)
    signal = status is not None and SIGNAL < status < SIGNAL + 65
    if complaint and status != 0 and not signal:
        yield Cause(_said(complaint, tools), complaint, _help(tools), "output")
        return
    if status is None:
        return
    meaning = status_meaning(ended, status, knowledge)
    if meaning:
        yield Cause(
            meaning,
            complaint or f"exit status {status}",
            table["try"].get(str(status), _help(tools)),
            "status",
        )


def _complaint(lines: list[str]) -> str:
    """Return the line that most likely says what went wrong: the first with a word for it, or a last one that begins
    with a name and a colon, as messages do."""
    found = next((line.strip() for line in lines if _COMPLAINT.search(line)), "")
    last = lines[-1].strip() if lines else ""
    return found or (last if re.match(r"[\w./-]+(?: \w+)?: \S", last) or len(lines) == 1 else "")


def _said(line: str, tools: list[str]) -> str:
    """Return a message as a cause: without the names and the word for `error` before it."""
    text = line
    for _ in range(4):
        text = _BEFORE.sub("", text, count=1)
    named = next((tool for tool in tools if line.startswith(f"{tool}: ")), tools[-1] if tools else "the tool")
    tool = named.rpartition("/")[2]
    return f"{tool} says: {text or line}"


def status_meaning(tools: list[str], status: int, knowledge: Knowledge) -> str:
    """Return what an exit status means: of the last of `tools` by its manual, of a signal, of a shell; "" for 0."""
    table = knowledge.table(STATUSES)
    own = _own_meaning(tools, status, knowledge)
    if own:
        return own
    if SIGNAL < status < SIGNAL + 65:
        number = status - SIGNAL
        signal = str(table["signals"].get(str(number), "which is not a usual one"))
        return f"it was ended by signal {number}, {signal}"
    unknown = f"exit status {status}, which the tool's own manual may tell" if status else ""
    return str(table["any"].get(str(status), unknown))


def _own_meaning(tools: list[str], status: int, knowledge: Knowledge) -> str:
    """Return what the manual of the last of the tools says of the status; "" where it says nothing."""
    table = knowledge.table(STATUSES)
    for tool in reversed(tools):
        same = {
            "[": "test",
            "egrep": "grep",
            "fgrep": "grep",
            "rg": "grep",
            "podman": "docker",
            "gmake": "make",
        }
        own = table.get(same.get(tool, tool), {}).get(str(status))
        if own and tool not in ("any", "signals", "errno", "try"):
            return str(own)
    return ""


def _help(tools: list[str]) -> str:
    return f"man {tools[-1]}, or {tools[-1]} --help" if tools else "look at the first line that complains"
