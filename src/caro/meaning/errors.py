"""A failure in three lines: cause, evidence (the line of the output that says so), what to try.

The heaviest message of `errors/*.toml` that the output holds is the cause; then a system error in any language, then a
word that the tool did not understand, then what the words of its complaint mean with any tool (`kinds.toml`), then what
the exit status means, by the tool's own manual where it says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from caro.fix.decisions.tables import says_errno
from caro.fix.evidence import mentions, readable
from caro.fix.words import simple_commands
from caro.knowledge import Knowledge
from caro.meaning.complaints import (
    complaint_of,
    has_complaint,
    meant,
    points_alone,
    remedy_named,
    said_by,
    speaker,
)
from caro.meaning.kinds import by_kind, help_of
from caro.meaning.messages import Cause, messages

STATUSES = "meaning/statuses"
SIGNAL = 128
MOST_LINES = 400
SUMMARY = 1
"""Weight of a message that only sums up what another line says: a system error is told before it."""


def cause_of(command: str, status: int | None, output: str | None, knowledge: Knowledge) -> Cause:
    """Return what went wrong. `command` may be "" (piped text: every tool's messages count), `status` None (unknown),
    `output` None (nobody saw it)."""
    read = readable(output or "").splitlines()
    echoed = ("", command.strip())
    lines = [line for line in read if line.strip() not in echoed and not points_alone(line)][-MOST_LINES:]
    simples = simple_commands(command)
    wrappers = [
        word.text for simple in simples for word in simple.prefix if re.match("[A-Za-z/.]", word.text)
    ]
    tools = [*wrappers, *(simple.name for simple in simples)]
    ended = [*tools[-1:], *wrappers]
    found = _by_message(lines, tools, knowledge)
    told = [cause for weight, cause in found if weight > SUMMARY]
    sums_up = [cause for weight, cause in found if weight <= SUMMARY]
    ways = (
        told,
        _by_errno(lines, tools, knowledge),
        sums_up,
        _by_word(lines, tools, knowledge),
        by_kind(lines, command, tools, knowledge) if status != 0 else (),
        _by_status(lines, command, tools, ended, status, knowledge),
    )
    for way in ways:
        for cause in way:
            return _with_hint(cause, meant(lines))
    return Cause("nothing of it is known here: no message was seen", "", _help(tools), "none")


def _with_hint(cause: Cause, name: str) -> Cause:
    """Return the cause with what the tool itself asks about, where it does not hold that already."""
    if not name or name in cause.cause + cause.advice:
        return cause
    return replace(cause, advice=f"it asks itself whether {name} is meant; {cause.advice}")


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
            if match is not None and message.tells(match):
                below = lines[at + 1] if at + 1 < len(lines) else ""
                best = (weight, message.weight, message.told(line, match, below))
                break
    return [best[1:]] if best is not None else []


def _by_errno(lines: list[str], tools: list[str], knowledge: Knowledge) -> Iterator[Cause]:
    table = knowledge.table(STATUSES)
    for line in lines:
        for name, cause in table["errno"].items():
            if says_errno(line.lower(), name, knowledge):
                named = _port(line) if name == "EADDRINUSE" else _named(line, tools)
                told = f"{cause}: {named}" if named else table["unnamed"].get(name, cause)
                kind = "named" if named else "unnamed"
                advice = table["try"].get(f"{name}.{kind}", table["try"].get(name, ""))
                last = named.rstrip("/").rpartition("/")[2] or named
                advice = advice.replace("NAMED", last.replace("'", "?"))
                yield Cause(told, line.strip(), advice, "errno")
                return


def _port(line: str) -> str:
    """Return the address that is taken, as the line names it; "" where it does not."""
    found = re.findall(r"(?:[\w.-]*\w|\*|\[[:\da-f]*\]|::)?:\d{2,5}(?!\d)|(?<=port )\d{2,5}\b", line)
    return str(found[-1]) if found else ""


def _named(line: str, tools: list[str]) -> str:
    """Return what a system error is about: what is quoted, or the last field before the error that is no program."""
    quoted = re.search(r"(?<!\w)[`'\"‘“„«]([^`'\"’”“»]{1,200})[`'\"’”“»]", line)
    if quoted:
        return quoted[1]
    fields = [field.strip() for field in line.strip().split(": ")[-2:0:-1]]
    programs = {
        *tools,
        *(tool.rpartition("/")[2] for tool in tools),
        *"bash sh zsh fish bind listen connect open".split(),
    }
    paths_first = sorted(fields, key=lambda field: not re.search(r"[/.]\S*$", field))
    for field in paths_first:
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
    lines: list[str],
    command: str,
    tools: list[str],
    ended: list[str],
    status: int | None,
    knowledge: Knowledge,
) -> Iterator[Cause]:
    """Tell by the exit status, which is of one of `ended`: the last command, or what it runs under."""
    table = knowledge.table(STATUSES)
    own = status is not None and _own_meaning(ended, status, knowledge)
    complains = has_complaint(lines) or any(speaker(line, []) for line in lines)  # a shell, which ran no tool
    complaint = "" if own and not complains else complaint_of(lines)
    signal = status is not None and SIGNAL < status < SIGNAL + 65
    if complaint and status != 0 and not signal:
        tool = speaker(complaint, tools)
        remedy = remedy_named(lines, tools)
        advice = (
            f"it says itself what helps: {remedy}" if remedy else _help([tool] if tool else tools, command)
        )
        yield Cause(said_by(complaint, tools), complaint, advice, "output")
        return
    if status is None:
        return
    meaning = status_meaning(ended, status, knowledge)
    if meaning:
        advice = _try_for(ended, status, table["try"]) or _help(tools, command)
        yield Cause(meaning, complaint or f"exit status {status}", advice, "status")


def _try_for(tools: list[str], status: int, advice: dict[str, str]) -> str:
    """Return what to try after a status: of one of the tools, of any; "" where nothing is known."""
    own = (advice.get(f"{tool}.{status}", "") for tool in reversed(tools))
    return next(filter(None, own), "") or advice.get(str(status), "")


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
        if own and tool not in ("any", "signals", "errno", "unnamed", "try"):
            return str(own)
    return ""


def _help(tools: list[str], command: str = "") -> str:
    if not tools:
        return "look at the first line that complains"
    tool = tools[-1]
    if "/" in tool or re.search(r"\.\w+$", tool):
        return f"it is a program of your own: its own output, or {tool} --help"
    return f"man {tool}, or {help_of(command, tool)}"
