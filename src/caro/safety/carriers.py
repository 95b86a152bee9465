"""Options that carry a command for the program to run, judged as shell text: `carriers.toml` lists them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from caro.knowledge import Knowledge, Table
from caro.parse.pattern import pattern
from caro.safety.call import Call
from caro.safety.values import Arg, arg, shown


@dataclass(frozen=True, slots=True)
class Carrier:
    """One table of `carriers.toml`; its head says what each field is."""

    options: tuple[str, ...]
    where: frozenset[str]
    behind: re.Pattern[str] | None
    data: bool
    commas: bool
    behind_it: str


def _carrier(table: Table) -> Carrier:
    behind = pattern(table["behind"]) if "behind" in table else None
    return Carrier(
        tuple(table["options"]),
        frozenset(table.get("where", ())),
        behind,
        table.get("data", False),
        table.get("commas", False),
        table.get("given", ""),
    )


def _read(knowledge: Knowledge) -> dict[str, list[Carrier]]:
    found: dict[str, list[Carrier]] = {}
    for name, table in knowledge.table("safety/carriers").items():
        inner = [part for part in table.values() if isinstance(part, dict)]
        found[name] = [_carrier(part) for part in (table, *inner)]
    return found


def judge_carried(call: Call) -> None:
    """Judge the commands that the call's options carry; the call itself is judged by others."""
    for carrier in call.state.knowledge.view(_read).get(call.name, ()):
        if carrier.where and not carrier.where & set(call.argv[1:6]):
            continue
        values = _values(call.argv, carrier.options) if carrier.options else iter(call.argv[1:])
        for value in values:
            _judge(call, carrier, shown(value))


_OPEN_FOLDER = pattern(r"(?:/private)?/(?:var/)?tmp/|/dev/shm/")
_LEADS = pattern(
    r"(?:\S*/)?(?:env|exec|nohup|command|(?:ba|da|z|k|a)?sh|python[\d.]*|perl|ruby|node|php)(?:\s+-[a-z]+)*\s+"
)


def runs_from_open_folder(text: str) -> bool:
    """True if a command is a file, or an interpreter's script, in a folder that anybody may write to."""
    return bool(_OPEN_FOLDER.match(_LEADS.sub("", text.strip().lstrip("!|"), count=1)))


def judge_value(call: Call, text: str, wrapper: str, facts: frozenset[str] = frozenset()) -> None:
    """Judge a command that an option, a variable or a setting carries."""
    if runs_from_open_folder(text):
        call.effect("execute_remote_code", text.strip().lstrip("!|"))
    call.run_text(text, wrapper, facts)


_SHELL_ALONE = pattern(r"(\S*/)?(ba|da|z|k|a)?sh( -[a-z]+)*")


def _judge(call: Call, carrier: Carrier, text: str) -> None:
    if carrier.behind is not None:
        match = carrier.behind.search(text)
        if match is None:
            return
        text = text[match.end() :].rstrip("'\"]")
        if text.endswith(")") and text.count(")") > text.count("("):
            text = text[:-1]
    # a terminal's keys, as bindkey takes them: `rm x\n`
    text = re.sub(r"(\\[nr]|\\C-m|\^M)$", "", text.strip())
    if carrier.data and _SHELL_ALONE.fullmatch(text):
        call.effect("obscure", f"what {call.name} reads", "", "runs_decoded")
    elif carrier.commas and not runs_from_open_folder(text):
        call.run_argv([arg(word) for word in text.split(",")], call.name)
    elif text:
        judge_value(call, f"{text} {carrier.behind_it}".rstrip(), call.name)


def _values(argv: list[Arg], options: tuple[str, ...]) -> Iterator[str]:
    for at, word in enumerate(argv[1:], 1):
        for option in options:
            if word == option:
                yield from _behind(argv, at)
            elif word.startswith(option + "="):
                yield word[len(option) + 1 :]
            elif len(option) == 2 and word.startswith(option) and len(word) > 2:
                yield word[2:]


def _behind(argv: list[Arg], at: int) -> Iterator[str]:
    """`bindkey -s KEYS TEXT` takes two; every other option one."""
    step = 2 if argv[0] == "bindkey" else 1
    if at + step < len(argv):
        yield argv[at + step]
