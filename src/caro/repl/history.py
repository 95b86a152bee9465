"""The lines that the arrow up gives: those of the shell's own history, then what was typed at this editor."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterable

from prompt_toolkit.history import History

SEPARATOR = "\x1f"
"""ASCII's unit separator: between lines in an answer; none that is typed has one."""
MOST = 3000

CODE = {
    "bash": f"builtin fc -ln -{MOST}",
    "zsh": 'builtin local -a __caro_h; __caro_h=("${(@)history}");'
    f' builtin print -rn -- "${{(pj:\\x1f:)__caro_h[1,{MOST}]}}"',
    "fish": f"builtin history search --max={MOST} --null | string split0 | string join \\x1f",
}


def read_history(shell: str, printed: str) -> list[str]:
    """Return the lines, oldest first, of what the shell prints of its history. Source: bash(1), "fc": each entry
    begins with a tab and a blank; zshmodules(1), "history": newest first."""
    if shell == "bash":
        lines = re.split(r"\n?\t[ *]", printed.rstrip("\n"))[1:]
    else:
        lines = printed.rstrip("\n").split(SEPARATOR)[::-1]
    return [line for line in lines if line.strip()]


class ShellHistory(History):
    """Kept in memory alone: the file is the shell's."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def begin_with(self, older: Iterable[str]) -> None:
        """Put the shell's lines in front."""
        self.lines[:0] = older

    async def load(self) -> AsyncGenerator[str, None]:
        """Yield the lines, newest first."""
        for line in reversed(self.lines):
            yield line

    def load_history_strings(self) -> Iterable[str]:
        """Yield the same at once."""
        return reversed(self.lines)

    def get_strings(self) -> list[str]:
        """Return the lines, oldest first."""
        return self.lines

    def append_string(self, string: str) -> None:
        """Take a line that was handed over."""
        if string.strip() and self.lines[-1:] != [string]:
            self.lines.append(string)

    def store_string(self, string: str) -> None:
        """Store nothing: the shell does."""
