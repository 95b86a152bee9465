"""A string that a shell runs."""

from __future__ import annotations

from caro.redact.chars import BLANK, NAME, NEWLINE, QUOTES, SPACE, WORD, back_of, run_of, until_of
from caro.redact.command import ECHOED_MAX, SUBSTITUTED, Command
from caro.redact.marks import Marks
from caro.redact.names import sounds_input
from caro.redact.quotes import quoted_span, raw_word_end, whole_quotes
from caro.redact.scan import scan_word
from caro.redact.streams import finish_command, finish_line, take_target
from caro.redact.table import table
from caro.redact.words import judge_word

DEPTH_MAX = 4
TOOL = WORD - frozenset("/(=\\")
"""What a tool's name is made of: it begins after the signs of `/usr/bin/mysql` and `a='mysql`."""


def redact_shell(marks: Marks, start: int, end: int, depth: int) -> None:
    """Mark what is secret in a string that a shell runs, which stands in `depth` others."""
    if depth > DEPTH_MAX:
        scan_word(marks, start, end)
        return
    was_shell, marks.shell = marks.shell, True
    command, text, at = Command(depth), marks.text, start
    document, reads, quoted, written = "", None, False, False
    while at < end:
        char = text[at]
        if char == "\n" and document:
            command.reads = command.reads or reads
            marks.shell = not quoted
            at = _judge_document(command, marks, at + 1, end, document)
            marks.shell, document = True, ""
        elif char in BLANK or char == "\r":
            at += 1
        elif char in ";&|()\n`" or _is_lone_brace(text, at, end):
            reads = command.reads or reads
            finish_command(command, marks)
            command.begin(char)
            command.gives = char == "(" and _gives_value(text, at)
            written = False
            at += 1
        elif text.startswith("<<<", at, end):
            first = run_of(text, at + 3, end, BLANK)
            at = raw_word_end(text, first, end)
            _take_here(command, marks, *(whole_quotes(text, first, at) or (first, at)))
        elif text.startswith("<(", at, end):
            _begin_substituted(command, marks, at)
            at += 2
        elif text.startswith("<<", at, end):
            first = run_of(text, at + 2, end, BLANK | {"-"})
            at = raw_word_end(text, first, end)
            inside = whole_quotes(text, first, at)
            document, quoted, reads = text[slice(*(inside or (first, at)))], inside is not None, None
        elif char in "<>":
            at += 1
            written = char == ">"
        else:
            first, at = at, raw_word_end(text, at, end)
            if written:
                take_target(command, marks, first, at)
            written = False
            take_word(command, marks, first, at)
            _judge_nested(command, marks, first, at)
    finish_command(command, marks)
    marks.shell = was_shell


def take_word(command: Command, marks: Marks, start: int, end: int) -> None:
    """Judge a word of a command, and what a shell runs of it."""
    if runs := judge_word(command, marks, start, end):
        redact_shell(marks, *runs, command.depth + 1)


def _begin_substituted(command: Command, marks: Marks, at: int) -> None:
    """Begin the command of the `<(` at `at`: what it prints is a secret where its caller asks for one."""
    text = marks.text
    asked = command.asks or command.keeps or command.pending in ("named", "all")
    asked = asked or command.takes or command.reads is not None
    asked = asked or (
        text[at - 1 : at] == "=" and sounds_input(text[back_of(text, at - 1, 0, NAME) : at - 1])
    )
    command.pending = ""
    finish_command(command, marks)
    command.begin("(")
    command.near, command.gives = SUBSTITUTED, asked


def _take_here(command: Command, marks: Marks, start: int, end: int) -> None:
    """Take the word after `<<<`, or a line of a here-document: it comes by the same way as a pipe's."""
    scan_word(marks, start, end)
    _judge_lines(command, marks, start, end)
    command.piped = [*command.piped[: ECHOED_MAX - 1], (start, end)]


def _gives_value(text: str, at: int) -> bool:
    """True of the parenthesis at `at` of `TOKEN=$(echo X)`."""
    if at < 2 or text[at - 2 : at] != "=$":
        return False
    return sounds_input(text[back_of(text, at - 2, 0, NAME) : at - 2])


def _is_lone_brace(text: str, at: int, end: int) -> bool:
    """True of a brace that is a word of its own, as `{ make; }` has them."""
    if text[at] == "}":
        return at == 0 or text[at - 1] in SPACE | {";"}
    return text[at] == "{" and (at + 1 == end or text[at + 1] in SPACE)


def _judge_nested(command: Command, marks: Marks, start: int, end: int) -> None:
    """Judge the command lines inside of a word: `"$(tool X)"`, `alias a='tool X'`, `'tool X'`."""
    text = marks.text
    at = text.find("$(", start, end)
    if at >= 0:
        redact_shell(marks, at + 2, end, command.depth + 1)
    at = until_of(text, start, end, QUOTES)
    inside = (
        quoted_span(text, at, end) if at < end and command.tool not in table().words["loose_tools"] else None
    )
    if inside:
        _judge_lines(command, marks, *inside)


def _judge_lines(command: Command, marks: Marks, start: int, end: int) -> None:
    """Judge each line from the first word on that is a tool of the table."""
    text, at = marks.text, start
    if until_of(text, start, end, SPACE) == end:
        return
    while at < end:
        stop = until_of(text, at, end, NEWLINE)
        first, words = at, 0
        while first < stop and words < 8:
            first = run_of(text, first, stop, BLANK)
            last = until_of(text, first, stop, SPACE)
            tool = back_of(text, last, first, TOOL)
            if _begins_line(text[tool:last]) or _begins_setting(text, tool, last, stop):
                redact_shell(marks, tool, stop, command.depth + 1)
                break
            first, words = last, words + 1
        at = stop + 1


def _begins_setting(text: str, start: int, last: int, end: int) -> bool:
    """True of `setenv`, and of `set -gx` of fish."""
    name = text[start:last]
    return name == "setenv" or (name == "set" and text.startswith(" -", last, end))


def _begins_line(name: str) -> bool:
    """True if it has options or readers in the table, or it writes what it is given."""
    rules = table()
    return (
        name in rules.options
        or name in rules.readers
        or name in rules.text_positions
        or name in ("echo", "printf")
    )


def _judge_document(command: Command, marks: Marks, at: int, end: int, word: str) -> int:
    """Judge a here-document's lines as one text, and each as a secret where the command reads some."""
    text, first = marks.text, at
    while at < end:
        stop = until_of(text, at, end, NEWLINE)
        if text[run_of(text, at, stop, BLANK) : stop] == word:
            break
        if command.reads or command.hinted:
            _take_here(command, marks, at, stop)
            finish_line(command, marks)
        at = min(stop + 1, end)
    scan_word(marks, first, at)
    _judge_lines(command, marks, first, at)
    return until_of(text, at, end, NEWLINE)
