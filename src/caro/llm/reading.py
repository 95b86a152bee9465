"""One command line of what a model said, or none: never half of an answer, never a guess between two."""

from __future__ import annotations

import json
import re

from caro.llm.backend import NoAnswer

LONGEST = 2000
MOST_LINES, LONGEST_LINE = 6, 400
"""Lines of an answer in words, and how long one may be."""
_THOUGHT = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.S | re.I)
_OPEN_THOUGHT = re.compile(r"</?think(?:ing)?>", re.I)
_ESCAPES = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[PX^_].*?(?:\x1b\\|$)|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-~]?",
    re.S,
)
_FENCE = re.compile(r"^[ \t]*```[ \t]*[\w+-]*[ \t]*\n(.*?)^[ \t]*```[ \t]*$", re.S | re.M)
_ITEM = re.compile(r"^\s*(?:\d+[.)]|[-*•])\s+\S")
_MARKUP = re.compile(r"^\s*(?:#+\s+|[-*•]\s+|```.*$)")
_PROSE = re.compile(
    r"^(?:sure|here|the|this|to|you|i|use|using|sorry|certainly|of course|please|note|command|answer|run)\b.*"
    r"(?:[.:!]$|\s\w+\s\w+\s\w+)",
    re.I,
)


def command_in(said: str) -> str:
    """Return the one command line of an answer. Raises NoAnswer where there is none, or more than one."""
    text = _whole(_THOUGHT.sub("", said))
    text = _clean(text).strip()
    if not text:
        raise NoAnswer("the answer is empty")
    if text[0] in "{[":
        return _one_line(_of_json(text), fenced=True)
    if "```" in text:
        return _fenced(text)
    return _one_line(text, fenced=False)


def words_in(said: str) -> tuple[str, ...]:
    """Return an answer in words as lines without markdown. Raises NoAnswer where it is empty, holds characters that do
    not print, or is longer than was asked for."""
    text = _clean(_whole(_THOUGHT.sub("", said)))
    bare = (_MARKUP.sub("", line).replace("**", "").strip() for line in text.splitlines())
    # Small models repeat themselves.
    lines = tuple(dict.fromkeys(line for line in bare if line))
    if not lines:
        raise NoAnswer("the answer is empty")
    if not all(line.isprintable() for line in lines):
        raise NoAnswer("the answer holds characters that do not print")
    if len(lines) > MOST_LINES or max(map(len, lines)) > LONGEST_LINE:
        raise NoAnswer("it says more than was asked for")
    return lines


def _whole(text: str) -> str:
    if _OPEN_THOUGHT.search(text):
        raise NoAnswer("it was still thinking when it ended")
    return text


def _clean(text: str) -> str:
    """Return the text without terminals' sequences; other characters that don't print are refused later."""
    return _ESCAPES.sub("", text.replace("\r\n", "\n"))


def _of_json(text: str) -> str:
    try:
        row = json.loads(text)
    except (ValueError, RecursionError):
        raise NoAnswer("the answer begins as JSON and is none") from None
    command = next(
        (row.get(name) for name in ("command", "cmd") if isinstance(row, dict) and row.get(name)), None
    )
    if not isinstance(command, str):
        raise NoAnswer("the JSON has no command")
    return command


def _fenced(text: str) -> str:
    inline = re.fullmatch(r"```([^`\n]+)```", text)
    if inline:
        return _one_line(inline[1], fenced=True)
    blocks = _FENCE.findall(text)
    if len(blocks) != 1 or text.count("```") != 2:
        raise NoAnswer("the answer has several blocks, or one that does not end")
    return _one_line(blocks[0], fenced=True)


def _one_line(text: str, fenced: bool) -> str:
    joined = re.sub(r"\\\n\s*", "", text.strip())
    lines = [line.strip() for line in joined.splitlines() if line.strip()]
    lines = [line for line in lines if not (fenced and line.startswith("#"))]
    if len(lines) != 1:
        raise NoAnswer("the answer is not one line")
    line = re.sub(r"^(?:\$|❯|%) ", "", lines[0])
    if not fenced:
        line = re.sub(r"^`([^`]+)`$", r"\1", line)
        if _ITEM.match(line) or _PROSE.match(line):
            raise NoAnswer("the answer is prose, no command")
    if not line.isprintable():
        raise NoAnswer("the answer holds characters that do not print")
    if len(line) > LONGEST:
        raise NoAnswer("the answer is longer than a command line")
    return line
