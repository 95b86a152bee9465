"""What a rule can't say with a template: small functions from a failure to commands, named by `decide`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.resources import files

from caro.fix.context import Context

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
    if any(word.text in ("sudo", "doas") for word in simple.prefix) or context.world.root:
        return []
    return ["sudo " + simple.text]


@decision
def close_quote(context: Context) -> Sequence[str]:
    """The quotation mark that was opened and not closed, at the end."""
    line = context.simple.text
    return [line + mark for mark in ("'", '"') if line.count(mark) % 2 == 1]


@decision
def digits(context: Context) -> Sequence[str]:
    """Not a decision of its own yet: the port number of the message, if any."""
    found = re.findall(r"\b(\d{2,5})\b", context.output)
    return found[:1]
