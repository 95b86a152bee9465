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
SUMMARY = 1
"""Weight of a message that only sums up what another line says: a system error is told before it."""
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
    `output` (the tool's own line, not known here) or `none`. `first`: the advice comes before a fix that is known."""

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

    def told(self, line: str, match: re.Match[str] | LinearMatch, below: str = "") -> Cause:
        """Return it for the line that it was found in. `{2}` is the second group, or the first that took part, `{+0}`
        what was found and `{+1}` the line `below`."""
        count = self.pattern.groups
        groups = [match.group(number) or "" for number in range(1, count + 1)]
        some = next((group for group in groups if group), "")

        def value(place: re.Match[str]) -> str:
            at = int(place[1])
            return (groups[at - 1] if at <= len(groups) else "") or some

        whole = {"{+0}": (match.group(0) or "").strip(), "{+1}": below.strip() or "its output says why"}
        cause, advice = (re.sub(r"\{(\d)\}", value, text) for text in (self.cause, self.advice))
        cause = re.sub(r"\{\+[01]\}", lambda place: whole[place[0]], cause)
        return Cause(
            cause, line.strip(), advice.removeprefix("!").lstrip(), "message", advice.startswith("!")
        )


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
    found = _by_message(lines, tools, knowledge)
    told = [cause for weight, cause in found if weight > SUMMARY]
    sums_up = [cause for weight, cause in found if weight <= SUMMARY]
    ways = (told, _by_errno(lines, tools, knowledge), sums_up, _by_word(lines, tools, knowledge),
            _by_status(lines, tools, ended, status, knowledge))  # fmt: skip
    for way in ways:
        for cause in way:
            return cause
    return Cause("nothing of it is known here: no message was seen", "", _help(tools), "none")


def _by_message(lines: list[str], tools: list[str], knowledge: Knowledge) -> list[tuple[int, Cause]]:
    """Return the heaviest message that is found with its weight, if there is one: a tool's own before any other."""
    best: tuple[int, int, Cause] | None = None
    for message in knowledge.view(messages):
        own = bool(message.tools.intersection(tools))
        if message.tools and tools and not own:
            continue
        weight = message.weight + 10 * own
        if best is not None and weight <= best[0]:
            continue
        for at, line in enumerate(lines):
            match = message.pattern.search(line)
            if match is not None:
                below = lines[at + 1] if at + 1 < len(lines) else ""
                best = (weight, message.weight, message.told(line, match, below))
                break
    return [best[1:]] if best is not None else []


def _by_errno(lines: list[str], tools: list[str], knowledge: Knowledge) -> Iterator[Cause]:
    table = knowledge.table(STATUSES)
    for line in lines:
        for name, cause in table["errno"].items():
            if says_errno(line.lower(), name, knowledge):
                named = _named(line, tools)
                told = f"{cause}: {named}" if named else cause
                advice = table["try"].get(f"{name}.named" if named else name, table["try"].get(name, ""))
                advice = advice.replace("NAMED", named.rstrip("/").rpartition("/")[2] or named)
                yield Cause(told, line.strip(), advice, "errno")
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
        speaker = _speaker(complaint, tools)
        yield Cause(_said(complaint, tools), complaint, _help([speaker] if speaker else tools), "output")
        return
    if status is None:
        return
    meaning = status_meaning(ended, status, knowledge)
    if meaning:
        yield Cause(
            meaning,
            complaint or f"exit status {status}",
            _try_for(ended, status, table["try"]) or _help(tools),
            "status",
        )


def _try_for(tools: list[str], status: int, advice: dict[str, str]) -> str:
    """Return what to try after a status: of one of the tools, of any; "" where nothing is known."""
    own = (advice.get(f"{tool}.{status}", "") for tool in reversed(tools))
    return next(filter(None, own), "") or advice.get(str(status), "")


def _speaker(line: str, tools: list[str]) -> str:
    """Return the tool that says the line, where its name stands before it: xargs, not what it was to run."""
    return next((tool for tool in tools if line.startswith(f"{tool.rpartition('/')[2]}: ")), "")


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
    tool = (_speaker(line, tools) or (tools[-1] if tools else "the tool")).rpartition("/")[2]
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


def tells(cause: Cause, knowledge: Knowledge) -> bool:
    """True if it says more than that something failed, and a failure it is."""
    if cause.source != "status":
        return cause.source != "none"
    general = knowledge.table(STATUSES)["any"]["1"]
    return cause.cause != general and not re.search(r"^exit status|, no error$", cause.cause)


def is_answer(cause: Cause) -> bool:
    """True if what the cause says is an answer, no error: `grep` without a match."""
    return cause.cause.endswith(", no error")


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
    if not tools:
        return "look at the first line that complains"
    tool = tools[-1]
    if "/" in tool or re.search(r"\.\w+$", tool):
        return f"it is a program of your own: its own output, or {tool} --help"
    return f"man {tool}, or {tool} --help"
