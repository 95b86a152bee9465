"""What comes into a command, and what it writes."""

from __future__ import annotations

from caro.redact.chars import BLANK, NAME, QUOTES, SMALL, SPACE, back_of, run_of, until_of
from caro.redact.command import Command
from caro.redact.files import folder_start, is_in_secrets, is_secret_file
from caro.redact.marks import Marks
from caro.redact.names import is_hint, is_secret_name, is_text_secret
from caro.redact.near import mark_random
from caro.redact.quotes import quoted_span
from caro.redact.table import table

FIELDS_MAX = 4
"""Of a line in a file of secrets."""


def finish_command(command: Command, marks: Marks) -> None:
    """Mark what came in, where the command that ends here reads secrets."""
    if command.reads:
        for start, end in command.piped:
            split = marks.text.find(command.reads.after, start, end) if command.reads.after else -1
            marks.add(split + 1, end) if split >= 0 else marks.add(start, end)
    elif command.takes or (command.pending == "named" and command.piped):
        for start, end in command.piped:
            marks.add(start, end, named=True)
    elif command.hinted:
        for start, end in command.piped:
            _mark_written(marks, start, end, command.sure)
    if command.tool in ("tee", "cat"):
        _mark_settings(command, marks, command.piped)
    command.reads, command.takes = None, False


def finish_line(command: Command, marks: Marks) -> None:
    """Mark a line of a here-document; the next one is read as well."""
    reads, command.takes = command.reads, False
    finish_command(command, marks)
    command.reads, command.piped = reads, []


def take_target(command: Command, marks: Marks, start: int, end: int) -> None:
    """Take the file that `>` names: what is written to ~/.vault-token is a secret."""
    name = marks.text[start:end].rpartition("/")[2].rstrip("\"'")
    command.target = name
    base = max(start, marks.text.rfind("/", start, end) + 1)
    command.folder = is_in_secrets(marks.text[folder_start(marks.text, base) : base] + name)
    command.sure = is_secret_name(name) or is_secret_file(name)
    _mark_settings(command, marks, command.echoed)
    if command.sure or is_hint(name) or "secret" in marks.text[start:end]:
        command.hinted = True
        for first, last in command.echoed:
            _mark_written(marks, first, last, command.sure and len(command.echoed) == 1)


def hear(command: Command, marks: Marks, start: int, end: int) -> None:
    """Note what the word says of where the tool reads."""
    command.redirected = _is_redirected(marks.text, start)
    _mark_command(command, marks, start, end)
    _note_input(command, marks.text[start:end])


def _mark_command(command: Command, marks: Marks, start: int, end: int) -> None:
    """Mark X in `--password-command 'echo X'`."""
    stop = run_of(marks.text, start, end, SMALL)
    if command.asks and marks.text[start:stop] in ("echo", "printf"):
        marks.add(run_of(marks.text, stop, end, BLANK), end, named=True)


def _note_input(command: Command, word: str) -> None:
    """Note if the word says that the tool takes a secret from its input: `--token -`, `login`, `-stdinpass`."""
    low = word.lower()
    name, equals, value = low.partition("=")
    secret = any(part in name for part in table().words["input_names"])
    stdin = table().words["input_files"]
    given = (value if equals else low) in stdin and (secret if equals else command.asks)
    if given or ("stdin" in name and secret) or low in table().words["input_words"]:
        command.takes = True
    elif not equals and low[:1] not in ("-", "$") and command.tool not in table().words["filters"]:
        command.takes = command.takes or (
            is_secret_name(word) and until_of(word, 0, len(word), SPACE) == len(word)
        )
    command.asks = low[:1] == "-" and (secret or command.takes or word in table().words["file_options"])


def _is_redirected(text: str, start: int) -> bool:
    """True of the word at `start` that is a file which the command reads."""
    before = back_of(text, start, 0, BLANK | QUOTES)
    return before > 0 and text[before - 1] == "<" and text[before - 2 : before - 1] != "<"


def _mark_settings(command: Command, marks: Marks, words: list[tuple[int, int]]) -> None:
    """Mark X in `Password X`, which is all that is written to a file; all of it in a folder of secrets; the last of
    what printf(1) writes to a file of secrets."""
    if command.folder and len(words) == 1:
        _mark_written(marks, *words[0], sure=True)
    if (command.sure or command.target == ".pgpass") and command.tool == "printf" and len(words) > 1:
        marks.add(*words[-1], named=True)
    if command.target and not command.target.endswith((".log", ".md", ".txt")):
        for start, end in words:
            _mark_setting(marks, start, end)


def _mark_written(marks: Marks, start: int, end: int, sure: bool) -> None:
    """Mark what is written to a file whose name hints at a secret; `sure`: a word that sets no name is one, and so is
    what follows the first of a few."""
    text = marks.text
    last = back_of(text, end, start, frozenset("="))
    blank = until_of(text, start, last, SPACE)
    sets = until_of(text, start, last, frozenset("=")) < last
    if not sure or sets or text[start : start + 1] in ("#", "{") or text.startswith("[", start):
        sure = sure and text.find("]:", start, blank) >= 0
    if not sure or _count_words(text, start, last) > FIELDS_MAX:
        mark_random(marks, start, end)
    elif blank < last:
        marks.add(blank + 1, end, named=True)
    else:
        marks.add(start, end, named=True)


def _count_words(text: str, start: int, end: int) -> int:
    """Return the number of words with blanks between them; what stands in quotes is one."""
    count = 0
    while start < end:
        start = run_of(text, start, end, SPACE)
        count += start < end
        inside = quoted_span(text, start, end) if start < end else None
        start = until_of(text, inside[1] if inside else start, end, SPACE)
    return count


def _mark_setting(marks: Marks, start: int, end: int) -> None:
    """Mark X in `password X`, where there is no third word, and in `password ann X` of grub."""
    text = marks.text
    stop = run_of(text, start, end, NAME)
    value = run_of(text, stop, end, BLANK)
    if text[start:stop] in ("password", "password_pbkdf2"):
        second = run_of(text, until_of(text, value, end, SPACE), end, BLANK)
        value = second if second < end else value
    if not start < stop < value < until_of(text, value, end, SPACE) == end:
        return
    if is_secret_name(text[start:stop]) or is_text_secret(text[start:stop]):
        marks.add(value, end, named=True)
