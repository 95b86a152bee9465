"""Options of a command, and their values."""

from __future__ import annotations

from caro.redact.chars import LETTERS, SMALL
from caro.redact.command import Command
from caro.redact.logins import mark_pair
from caro.redact.looks import looks_random
from caro.redact.marks import Marks
from caro.redact.names import is_hint, is_secret_key, is_secret_name
from caro.redact.near import mark_random
from caro.redact.quotes import quoted_span
from caro.redact.scan import mark_header, scan_part, scan_word
from caro.redact.table import Option, Reader, table


def judge_option(command: Command, marks: Marks, start: int, end: int) -> None:
    """Mark what is secret in an option, and note what it says of the words after it."""
    text = marks.text
    word = text[start:end]
    if command.tool in table().words["shells"] and word[1] != "-" and "c" in word:
        command.pending = "text"
        return
    if word in table().words["stdin_options"] or (command.tool == "sudo" and word[1] != "-" and "S" in word):
        command.reads = Reader(word, "")
    command.find_reader(word)
    if word in command.positions:
        command.countdown = command.positions[word]
    if match_any(command, marks, start, end, dashes=True):
        return
    if word[:2] in ("-p", "-P") and "=" not in word and looks_random(text, start + 2, end):
        marks.add(start + 2, end)
        return
    if word in ("-p", "-P") and command.named_user:
        command.pending = "login"
        return
    command.named_user = command.named_user or word.startswith(("-u", "-U", "--user", "--login"))
    name, equals, _ = word.lstrip("-").partition("=")
    command.config = command.config or word in table().words["name_options"]
    if (command.setting or command.keeps) and name.lower() in table().words["value_options"]:
        command.setting = False
        if equals:
            treat(marks, start + word.index("=") + 1, end, "all")
        else:
            command.pending = "all"
        return
    if equals and word[: word.index("=")] in table().words["pair_options"]:
        mark_pair(marks, *_value_after(marks, start + word.index("=") + 1, end))
    if name.lower() in table().words["cookie_names"]:
        if equals:
            treat(marks, start + word.index("=") + 1, end, "after =")
        else:
            command.pending = "after ="
        return
    if name.lower() in table().words["public_names"] or _is_id(name):
        command.pending = "" if equals else "public"
        return
    if not equals and is_secret_key(name):
        command.pending = "named"
    scan_word(marks, start, end)


def _value_after(marks: Marks, start: int, end: int) -> tuple[int, int]:
    """Return the value that begins there, without its quotes."""
    return (quoted_span(marks.text, start, end) if start < end else None) or (start, end)


def _is_id(name: str) -> bool:
    """True of `user-pool-id`, not of `secret-id` and `access-key-id`."""
    low = name.lower().partition("=")[0]
    return low.endswith(("-id", "_id")) and "secret" not in low and "access" not in low


def match_any(command: Command, marks: Marks, start: int, end: int, dashes: bool) -> bool:
    """Judge a word by the rows of the table; True if one is of it. -password before -p with something glued on."""
    rows = [row for row in command.options if not row.sub or any(sub in command.seen for sub in row.sub)]
    rows = [row for row in rows if (row.option[0] == "-") == dashes]
    return any(_match(command, marks, start, end, row, glued) for glued in (False, True) for row in rows)


def _match(command: Command, marks: Marks, start: int, end: int, row: Option, glued: bool) -> bool:
    text, length = marks.text, len(row.option)
    if "c" in row.how and _is_cluster(text, start, end, row.option):
        command.pending = row.what
        return True
    if not text.startswith(row.option, start) or start + length > end:
        return False
    rest = start + length
    if glued:
        if rest == end or "g" not in row.how or row.option.startswith("--"):
            return False
        treat(marks, rest, end, row.what)
        return True
    if rest == end:
        if "n" in row.how:
            command.pending = row.what
        return True
    if text[rest] != "=" or not ("e" in row.how or row.how == "0"):
        return False
    if row.how != "0":
        treat(marks, rest + 1, end, row.what)
    return True


def _is_cluster(text: str, start: int, end: int, option: str) -> bool:
    """Flags of one letter, the last of which takes a value: `-sSu`."""
    return (
        len(option) == 2
        and end - start > 2
        and all(char in LETTERS for char in text[start + 1 : end])
        and text[end - 1] == option[1]
        and text[start] == "-"
    )


def treat(marks: Marks, start: int, end: int, what: str) -> None:
    """Mark what is secret in the value of an option; `what` as in redact.toml."""
    text = marks.text
    if marks.shell and start < end and (inside := quoted_span(text, start, end)):
        width = inside[0] - start
        start, end = inside[0], inside[1] if inside[1] + width >= end else end
    before = len(marks.spans)
    if what in ("all", "named"):
        marks.add(start, end, named=what == "named")
        if what == "all" or len(marks.spans) > before:
            return
    elif what.startswith("after"):
        split = text.find(what[-1], start, end)
        if what[-1] == "=" and _is_plain_cookie(text[start:end]):
            return
        if split >= 0:
            marks.add(split + 1, end) if split + 1 < end else mark_random(marks, start, split)
        else:
            mark_random(marks, start, end)
    elif what == "public":
        return
    elif what == "pass" and text.startswith("pass:", start):
        marks.add(start + 5, end)
    elif what == "header":
        colon = text.find(":", start, end)
        name = text[start : max(colon, start)].lower()
        if name and (name in table().words["headers"] or is_secret_name(name) or is_hint(name)):
            mark_header(marks, start, colon, end, alone=True)
            return
    scan_part(marks, start, end, loose=what == "loose")


def _is_plain_cookie(cookies: str) -> bool:
    """True of `theme=dark; consent=yes`: short small words, and no name that sounds like a session."""
    for cookie in cookies.split(";"):
        name, _, value = cookie.strip().partition("=")
        if is_hint(name) or is_secret_name(name) or len(value) > 8 or any(c not in SMALL for c in value):
            return False
    return True
