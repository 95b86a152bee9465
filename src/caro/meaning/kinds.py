"""What the words of a complaint mean with any tool (`kinds.toml`): for messages that nobody described."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from caro.fix.linear_pattern import LinearMatch
from caro.fix.words import simple_commands
from caro.knowledge import Knowledge
from caro.meaning.complaints import complaints, remedy_named, said_by, speaker
from caro.meaning.messages import Cause, Message

KINDS = "meaning/kinds"
OF_THE_LINE = 7
"""Weight of a kind that blames a word of the line: it counts where that was typed, not where a file holds it."""
SUBS = frozenset(
    "apt aws az brew bundle cargo composer conda dnf docker dotnet firebase flutter gcloud gem gh git go helm heroku ip"
    " kubectl minikube nix npm openssl ollama pip pip3 pnpm podman poetry prisma restic rustup snap svn systemctl"
    " terraform tmux uv vagrant vercel yarn".split()
)
"""Tools whose sub-commands have a help of their own."""


def kinds(knowledge: Knowledge) -> tuple[Message, ...]:
    """Return the kinds of messages of unknown tools, the narrow ones first. A view of the knowledge."""
    text = str(knowledge.table(KINDS)["kinds"]["text"])
    return tuple(Message(entry.splitlines(), frozenset()) for entry in re.split(r"\n\s*\n", text.strip()))


def by_kind(lines: list[str], command: str, tools: list[str], knowledge: Knowledge) -> Iterator[Cause]:
    """Tell the first kind that fits the first line that one fits; nothing where none does."""
    for complaint in complaints(lines):
        for kind in knowledge.view(kinds):
            match = kind.pattern.search(complaint)
            if match is None or not kind.tells(match):
                continue
            if kind.weight == OF_THE_LINE and command and not _was_typed(command, match):
                continue
            found = kind.told(complaint, match)
            tool = (speaker(complaint, tools) or (tools[-1] if tools else "")).rpartition("/")[2]
            remedy = remedy_named(lines, [*tools, tool])
            advice = f"it says itself what helps: {remedy}" if remedy else found.advice
            yield _filled(replace(found, advice=advice), complaint, command, tool, tools)
            return


def _was_typed(command: str, match: re.Match[str] | LinearMatch) -> bool:
    """True if what the pattern found last stands in the line, be it a part of a word."""
    groups = match.groups() if isinstance(match, re.Match) else ()
    found = [str(group) for group in groups if group]
    return not found or (found[-1] if len(found[-1]) > 1 else f" {found[-1]}") in command


def _filled(found: Cause, complaint: str, command: str, tool: str, tools: list[str]) -> Cause:
    said = said_by(complaint, tools).partition(" says: ")[2].rstrip(" .:")
    name = tool or "the tool"
    cause = found.cause.replace("TOOL", name).replace("SAID", said).replace("`:`", ":")
    advice = found.advice.replace("HELP", help_of(command, tool)).replace("TOOL", name)
    return replace(found, cause=cause, advice=advice, source="kind")


def help_of(command: str, tool: str) -> str:
    """Return how the tool is asked for its help: that of the sub-command, where the line has one."""
    if not tool:
        return "the tool's own help"
    words = next((simple.words for simple in simple_commands(command) if simple.name.endswith(tool)), ())
    sub = words[1].text if len(words) > 1 and re.fullmatch(r"[a-z][a-z-]{1,20}", words[1].text) else ""
    return f"{tool} {sub} --help" if sub and tool in SUBS else f"{tool} --help"
