"""The lines that the arrow up gives: those of the shell's own history, then what was typed at this editor."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterable

from prompt_toolkit.history import History

SEPARATOR = "\x1f"
"""ASCII's unit separator: between lines in an answer; none that is typed has one."""
MOST = 3000

LAST = 20
"""So many are looked at where the shell has other lines than were handed over."""

_CODE = {
    "bash": "builtin fc -ln -@MOST@",
    "zsh": 'builtin local -a __caro_h; __caro_h=("${(@)history}");'
    ' builtin print -rn -- "${(pj:\\x1f:)__caro_h[1,@MOST@]}"',
    "fish": "builtin history search --max=@MOST@ --null | string split0 | string join \\x1f",
}
_EXPANDED = re.compile(r"![^\s=(]|^\^")
"""What bash and zsh may write anew before they keep a line. Source: bash(1), "HISTORY EXPANSION"."""


def code_for(shell: str, most: int = MOST) -> str:
    """Return the question about a shell's newest lines."""
    return _CODE[shell].replace("@MOST@", str(most))


def is_kept_otherwise(shell: str, line: str) -> bool:
    """True if the shell may keep another line than was typed."""
    return shell != "fish" and bool(_EXPANDED.search(line))


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

    def catch_up(self, newest: list[str], expanded: bool) -> None:
        """Take what the shell has behind the last line here: lines that were typed ahead. With `expanded` it keeps the
        last line in another form."""
        last = self.lines[-1:]
        if expanded and last and newest and last[0] not in newest:
            del self.lines[-1]
            last = self.lines[-1:]
            newest = newest[-1:]
        at = next((at for at in range(len(newest), 0, -1) if newest[at - 1 : at] == last), 0)
        if not at and not expanded:
            known = self.lines[-LAST:]
            at = next((at for at in range(len(newest), 0, -1) if newest[at - 1] in known), 0)
        for line in newest[at:]:
            self.append_string(line)

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
