"""Arguments of a command that are no options."""

from __future__ import annotations

from functools import cache

from caro.redact.chars import ALNUM, DIGITS, NAME, SPACE, back_of, run_of
from caro.redact.command import ECHOED_MAX, Command
from caro.redact.logins import login_span
from caro.redact.marks import Marks
from caro.redact.names import is_secret_key, is_secret_name, is_text_secret
from caro.redact.options import match_any
from caro.redact.quotes import whole_quotes
from caro.redact.scan import scan_word
from caro.redact.table import table

SEEN_MAX = 8


def judge_positional(command: Command, marks: Marks, start: int, end: int) -> tuple[int, int] | None:
    """Mark what is secret in an argument; return the part of it that a shell runs, which is not judged yet."""
    if _takes_tool(command, marks, start, end):
        scan_word(marks, start, end)
        return None
    word = marks.text[start:end]
    passed = _is_slash_option(command, word) or command.redirected
    if command.countdown % 16 == 0 and not passed:
        command.countdown = command.countdown // 16 - 1
        marks.add(start, end)
        return None
    command.countdown -= command.countdown > 0 and not passed
    if word in command.positions:
        command.countdown = command.positions[word]
    _judge_config(command, word)
    command.find_reader(word)
    _mark_given(command, marks, start, end)
    if command.setting and word == "/d":
        command.pending = "all"
    _await_secret(command, marks, start, end)
    if len(command.seen) < SEEN_MAX:
        command.seen.append(word)
    return _judge_argument(command, marks, start, end)


def _takes_tool(command: Command, marks: Marks, start: int, end: int) -> bool:
    """Take the word as the command's tool; True if it is that, or an assignment before it."""
    if command.tool and not command.wraps:
        return False
    word = marks.text[start:end]
    if not command.tool and _is_assignment(word):
        return True
    base = word.rpartition("/")[2].lstrip("\\")
    rules = table()
    known = base in rules.options or base in rules.positions or base in rules.readers
    if command.tool and not known and base not in _known_tools():
        return False
    command.take_tool(base)
    return True


def _mark_given(command: Command, marks: Marks, start: int, end: int) -> None:
    """Mark what printf(1) is given for the name of a secret; keep what is printed, which may go to who reads one."""
    word = marks.text[start:end]
    if command.slots and command.slots.pop(0):
        marks.add(start, end, named=True)
    if command.tool == "printf" and "%" in word and not command.seen:
        command.slots = _format_slots(word)
    if command.tool in ("echo", "printf", "yes") and "%" not in word and len(command.echoed) < ECHOED_MAX:
        command.echoed.append((start, end))
        if command.gives:
            marks.add(start, end, named=True)


def _judge_argument(command: Command, marks: Marks, start: int, end: int) -> tuple[int, int] | None:
    """Mark what the tool makes of its argument; return the part of it that a shell runs."""
    word, rules = marks.text[start:end], table().words
    oracle = command.tool in rules["oracle_tools"] or command.tool in rules["more_oracle_tools"]
    if oracle and (login := login_span(marks.text, start, end)):
        marks.add(*login)
    elif command.keeps and _is_assignment(word):
        marks.add(start + word.index("=") + 1, end, named=True)
    elif _is_line(command, word):
        return start, end
    elif command.tool == "alias" and "=" in word:
        value = start + word.index("=") + 1
        whole = whole_quotes(marks.text, value, end) if marks.shell else None
        return whole or (value, end)
    elif not match_any(command, marks, start, end, dashes=False):
        scan_word(marks, start, end)
    return None


@cache
def _known_tools() -> frozenset[str]:
    lists = (table().words[name] for name in ("wrappers", "shells", "setters", "line_tools", "oracle_tools"))
    return frozenset(("echo", "printf", "yes", "curl")).union(*lists)


def _judge_config(command: Command, word: str) -> None:
    """Note the name of a secret after `config`, `set`, `put`: its value comes next, or is that of --value."""
    rules = table().words
    if word in rules["keeping_words"] or (word in rules["keeping_verbs"] and command.keepable):
        command.keeps = True
    command.keepable = command.keepable or word in rules["kept_words"]
    if word.partition(":")[0] in rules["setting_words"] or word in rules["name_words"]:
        command.config = True
    elif command.config and word.startswith("http-basic."):
        command.countdown = 1
    elif command.config and "=" not in word and is_secret_name(word[word.rfind("/") + 1 :]):
        command.pending, command.setting = "named", True


def _await_secret(command: Command, marks: Marks, start: int, end: int) -> None:
    """Take `+password`, the share of smbclient(1) and the host of `bundle config`: a secret comes next; mark each X
    in `for password in X Y`."""
    word = marks.text[start:end]
    host = "." in word and not word.startswith(table().words["no_bundle_hosts"]) and "/" not in word
    if (
        (word[:1] == "+" and is_secret_key(word[1:]))
        or (command.tool in ("smbclient", "smbget") and word.startswith(("//", "\\\\")))
        or (command.tool == "bundle" and "config" in command.seen and host)
    ):
        command.pending = "named"
    if command.tool in table().words["pair_tools"] and (split := word.find(":")) >= 0:
        last = word.rfind("@", split)
        marks.add(start + split + 1, start + last if last > 0 else end)
    if (
        command.tool == "for"
        and command.seen[1:2] == ["in"]
        and command.seen[0].lower() in table().words["loop_names"]
    ):
        marks.add(start, end, named=True)


def _is_slash_option(command: Command, word: str) -> bool:
    """True of `/user:ann`, `Z:` and `\\\\nas\\share` of Windows."""
    if command.tool in table().words["router_tools"] and len(word) == 1 and word in DIGITS:
        return True
    return command.tool in table().words["net_tools"] and (
        word[:1] in ("/", "\\") or word[1:] == ":" or word == "*"
    )


def _is_line(command: Command, word: str) -> bool:
    return command.tool in table().words["line_tools"] and any(char in SPACE for char in word)


def _format_slots(form: str) -> list[bool]:
    """Return for each `%s` of a printf's format whether the name of a secret stands right before it."""
    slots: list[bool] = []
    at = 0
    while (found := form.find("%s", at)) >= 0 and len(slots) < ECHOED_MAX:
        stop = found
        while stop > at and form[stop - 1] in ":= \"'":
            stop -= 1
        first = back_of(form, stop, at, NAME)
        name = form[first + (first > 0 and form[first - 1] == "\\") : stop]
        slots.append(is_secret_key(name) or is_text_secret(name))
        at = found + 2
    return slots


def _is_assignment(word: str) -> bool:
    stop = run_of(word, 0, len(word), ALNUM | {"_"})
    return 0 < stop < len(word) and word[stop] == "=" and not word[0].isdigit()
