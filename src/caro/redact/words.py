"""Words of a command, by what stands before them."""

from __future__ import annotations

from caro.redact.chars import LETTERS, SPACE, run_of, until_of
from caro.redact.command import SUBSTITUTED, Command
from caro.redact.logins import mark_pair
from caro.redact.looks import extension_of
from caro.redact.marks import Marks
from caro.redact.names import is_hint, is_secret_key
from caro.redact.near import NEAR_WORDS, mark_random
from caro.redact.options import judge_option, treat
from caro.redact.positions import judge_positional
from caro.redact.quotes import whole_quotes
from caro.redact.streams import hear
from caro.redact.table import table

OPENS = frozenset("-/$@[{\"'\\(,")
PAIRS = frozenset(":%,")


def judge_word(command: Command, marks: Marks, start: int, end: int) -> tuple[int, int] | None:
    """Mark what is secret in a word; return the part of it that a shell runs, which is not judged yet."""
    text = marks.text
    if marks.shell and (inside := whole_quotes(text, start, end)):
        start, end = inside
    word = text[start:end]
    if command.pending == "public" and word[:1] != "-":
        command.pending = ""
        return None
    _judge_near(command, marks, start, end)
    if command.tool:
        hear(command, marks, start, end)
    if command.pending == "text":
        if word[:1] not in ("-", "+"):
            command.pending = ""
            return start, end
    elif command.pending and _take_pending(command, marks, start, end):
        return None
    _compare(command, word)
    if word[:1] == "-" and len(word) > 1:
        judge_option(command, marks, start, end)
        return None
    return judge_positional(command, marks, start, end)


def _judge_near(command: Command, marks: Marks, start: int, end: int) -> None:
    """Mark a word that looks like a secret after one that hints at it."""
    text = marks.text
    if command.pair and (split := until_of(text, start, end, PAIRS)) < end:
        mark_random(marks, split, end)
        if command.tool not in table().words["user_tools"]:
            mark_pair(marks, start, end)
    command.pair = text[start:end] in table().words["pair_options"]
    blanks = sum(char in SPACE for char in text[start:end])
    path = text[start : start + 1] in ("-", "/", "~") or (command.near == 1 and "/" in text[start:end])
    if command.near and not path and blanks <= 2:
        mark_random(marks, start, end)
    command.near -= 0 < command.near < SUBSTITUTED
    first = run_of(text, start, end, OPENS)
    slash = text.rfind("/", first, end)
    first = max(slash + 1, first, extension_of(text, first, end))
    if not blanks and is_hint(text[first:end]):
        command.near, command.hinted = NEAR_WORDS if command.tool else NEAR_WORDS + 3, True
    elif text[start:end] in table().words["short_options"]:
        command.near = 1


def _take_pending(command: Command, marks: Marks, start: int, end: int) -> bool:
    """Mark a word that is the value of the option before it; False if it is judged as any word."""
    text, what = marks.text, command.pending
    command.pending = ""
    if text.startswith("--", start) or (what == "named" and text[start : start + 1] == "-"):
        return False
    if what == "named" and command.setting and end - start == 2 and text[start] == "/":
        return False
    if what == "named" and ((command.setting and command.countdown > 0) or command.redirected):
        return False
    if what == "named" and command.setting and text[start:end] == "set":
        command.pending = what
        return True
    if what == "named" and command.tool[:1] == "$" and text[start:end] in table().text_positions:
        command.take_tool(text[start:end])
        return True
    if what == "login":
        if text[start : start + 1] in ("", "-", "/", "~") or not any(c in LETTERS for c in text[start:end]):
            return False
        what = "named"
    treat(marks, start, end, what)
    return True


def _compare(command: Command, word: str) -> None:
    """Note what `$password` is compared to: `$password = X`, and `case $password in X`."""
    if command.compares and (word in ("=", "==", "!=") or (word == "in" and command.tool == "case")):
        command.pending = "named"
    command.compares = word[:1] == "$" and is_secret_key(word.strip("${}"))
