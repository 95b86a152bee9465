"""The tables that decisions read: messages of system errors, names, packages."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any


@lru_cache(maxsize=1)
def _errnos() -> dict[str, list[str]]:
    text = (files("caro.fix") / "data" / "errno.toml").read_text()
    return {name: [message.lower() for message in messages] for name, messages in tomllib.loads(text).items()}


def says_errno(lowered: str, name: str) -> bool:
    """Whether a lower-cased output holds the message of a system error in a known language, or its name."""
    # `Gemfile` is no EMFILE.
    named = re.search(rf"\b{name.lower()}\b", lowered) is not None
    return named or any(message in lowered for message in _errnos().get(name, ()))


@lru_cache(maxsize=1)
def names() -> dict[str, Any]:
    return tomllib.loads((files("caro.fix") / "data" / "names.toml").read_text())


@lru_cache(maxsize=1)
def packages() -> dict[str, Any]:
    return tomllib.loads((files("caro.fix") / "data" / "packages.toml").read_text())
