"""Patterns that are compiled at their first use: a command that looks at one line needs few of hundreds."""

from __future__ import annotations

import re
from typing import Any, cast

_waiting: list[_Waiting] = []
_METHODS = ("search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split")


class _Waiting:
    """Takes the compiled pattern's methods over when the first of them is asked for."""

    def __init__(self, text: str, flags: int) -> None:
        self.text = text
        self.flags = flags

    def __getattr__(self, name: str) -> Any:
        if name not in _METHODS:
            raise AttributeError(name)
        self.compile()
        return self.__dict__[name]

    def compile(self) -> None:
        compiled = re.compile(self.text, self.flags)
        self.__dict__.update({method: getattr(compiled, method) for method in _METHODS})


def pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    """Compile as `re.compile` does; an error of the text shows at the first use."""
    waiting = _Waiting(text, flags)
    _waiting.append(waiting)
    return cast("re.Pattern[str]", waiting)


def compile_patterns() -> None:
    """Compile all that wait: who answers many questions does it before the first."""
    while _waiting:
        _waiting.pop().compile()
