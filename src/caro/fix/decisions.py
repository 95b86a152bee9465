"""What a rule can't say with a template: small functions from a failure to commands, named by `decide`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.resources import files

from caro.fix.context import Context
from caro.fix.words import quote

Decision = Callable[[Context], Sequence[str]]


@lru_cache(maxsize=1)
def _errnos() -> dict[str, list[str]]:
    text = (files("caro.fix") / "data" / "errno.toml").read_text()
    return {name: [message.lower() for message in messages] for name, messages in tomllib.loads(text).items()}


def says_errno(lowered: str, name: str) -> bool:
    """Whether a lower-cased output holds the message of a system error in a known language, or its name."""
    return name.lower() in lowered or any(message in lowered for message in _errnos().get(name, ()))


DECISIONS: dict[str, Decision] = {}


def decision(function: Decision) -> Decision:
    DECISIONS[function.__name__] = function
    return function


@decision
def sudo_same(context: Context) -> Sequence[str]:
    """The same with sudo, redirections included where they were what failed."""
    simple = context.simple
    return ["sudo " + simple.text]


@decision
def close_quote(context: Context) -> Sequence[str]:
    """The quotation mark that was opened and not closed, at the end."""
    line = context.simple.text
    return [line + mark for mark in ("'", '"') if line.count(mark) % 2 == 1]


@decision
def dots_up(context: Context) -> Sequence[str]:
    """`cd ...` means two folders up."""
    return ["cd " + "/".join([".."] * (len(context.groups["dots"]) - 1))]


def _made_first(context: Context, folder: str) -> Sequence[str]:
    prefix = context.value("prefix")
    made = f"mkdir -p {_shell_path(folder)} && "
    return [made + prefix + context.simple.text] if folder else []


def _shell_path(path: str) -> str:
    return "~/" + quote(path[2:]) if path.startswith("~/") and path[2:] else quote(path)


@decision
def make_folder_first(context: Context) -> Sequence[str]:
    """The missing folder is the target's parent, or the target itself where it ends with a slash."""
    target = context.groups.get("last", "")
    if not target or target not in context.output.replace("’", "'"):
        return []
    return _made_first(context, target if target.endswith("/") else target.rpartition("/")[0])


@decision
def make_target_first(context: Context) -> Sequence[str]:
    target = context.groups["last"]
    return _made_first(context, target) if target.rstrip("/") == context.groups["folder"].rstrip("/") else []


@decision
def make_redirect_folder(context: Context) -> Sequence[str]:
    """Only where the message names the file that the line writes to."""
    targets = [word.text for word in context.simple.targets]
    path = context.groups["path"]
    return _made_first(context, path.rpartition("/")[0]) if path in targets else []


@decision
def swap_last_two(context: Context) -> Sequence[str]:
    one, two = context.simple.words[-2:]
    line = context.simple.line
    kept = line[context.simple.start : one.start]
    return [f"{kept}{line[two.start : two.end]} {line[one.start : one.end]}"]


@decision
def quote_glob(context: Context) -> Sequence[str]:
    glob = context.groups["glob"]
    return [context.simple.text.replace(glob, f"'{glob}'", 1)] if "'" not in glob else []


@decision
def end_sed_script(context: Context) -> Sequence[str]:
    script, mark = context.groups["script"], context.groups["mark"]
    return [context.simple.text.replace(script, script + mark, 1)]


@decision
def right_unpacker(context: Context) -> Sequence[str]:
    tools = {"zip": "unzip", "bz2": "bunzip2", "xz": "unxz", "zst": "unzstd", "7z": "7z x"}
    return [f"{tools[context.groups['kind']]} {quote(context.groups['file'])}"]


@decision
def by_interpreter(context: Context) -> Sequence[str]:
    tools = {"sh": "bash", "py": "python3", "rb": "ruby", "pl": "perl", "js": "node"}
    return [f"{tools[context.groups['kind']]} {context.simple.text}"]


@decision
def interpreter_on_path(context: Context) -> Sequence[str]:
    """The interpreter by its name: `/usr/local/bin/python` may be `python3` on PATH."""
    name = context.groups["interpreter"].rpartition("/")[2]
    return [f"{'python3' if name == 'python' else name} {context.simple.text}"]


@decision
def sudo_tee(context: Context) -> Sequence[str]:
    option = "-a " if context.groups["append"] == ">>" else ""
    return [f"{context.groups['left']} | sudo tee {option}{quote(context.groups['file'])}"]


@decision
def who_has_port(context: Context) -> Sequence[str]:
    """The port from the message, else from the command."""
    places = (
        r"(?:[\]\d*:]:|port )(\d{2,5})\b",
        r"\b(?:0\.0\.0\.0|127\.0\.0\.1|localhost|\[::\]|::):(\d{2,5})\b",
        r"address already in use[^\d\n]{0,20}(\d{2,5})\b",
    )
    found = next((match[1] for place in places if (match := re.search(place, context.output, re.I))), "")
    typed = re.search(r"(?:--?p(?:ort)?[ =]?|:|http\.server )(\d{2,5})\b", context.simple.text)
    port = found or (typed[1] if typed else "")
    return [f"lsof -i :{port}", f"fuser -k {port}/tcp"] if port else []


@decision
def single_quotes(context: Context) -> Sequence[str]:
    text = context.groups["text"]
    return (
        [context.simple.text.replace(f'"{text}"', f"'{text}'")] if "'" not in text and "$" not in text else []
    )


@decision
def quote_url(context: Context) -> Sequence[str]:
    url = context.groups["url"]
    return [context.simple.line.replace(url, f"'{url}'", 1)]
