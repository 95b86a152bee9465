"""What the guard is asked: words, and all that is known of where and by whom they would run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from caro.knowledge.shells import dialects


@dataclass(frozen=True)
class Question:
    """`words` is a line that a shell would read (str), or the arguments of an exec, which no shell reads any more.

    Paths are absolute, and `cwd` is freed of links and `..`: modes of folders and allow entries are looked up by it.
    `env` holds variables of the shell that the line names, and those of `told_variables`.
    """

    words: str | tuple[str, ...]
    dialect: str = "bash"
    cwd: str | None = None
    """The folder that it would run in; None: not known."""
    env: Mapping[str, str] = field(default_factory=dict)
    agent: str | None = None
    """Name of the AI agent above, if any."""
    tty: bool = False
    by_person: bool = False
    """Somebody at a terminal of their own typed it, below no agent: they may do with their Caro as they like."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Aliases that the shell has, as far as somebody told."""
    made: frozenset[str] = frozenset()
    """Files and folders that the lines before it in the same session have made: absolute paths."""
    mode: str | None = None
    """`off`, `passive` or `active` where the shell's environment chose one; else the configured one holds."""
    cut: bool = False
    """True if the words are the beginning of longer ones: what stands behind them nobody has read."""
    nowhere: bool = False
    """True to judge the words alone, without folder, repository and machine: the answer is the same on every one."""

    def __post_init__(self) -> None:
        if self.cwd and os.path.isabs(self.cwd) and not self.nowhere:
            object.__setattr__(self, "cwd", os.path.realpath(self.cwd))

    @property
    def text(self) -> str:
        """The words as one text."""
        return self.words if isinstance(self.words, str) else " ".join(self.words)

    @property
    def syntax(self) -> str:
        """The dialect where the guard knows it, else that of bash."""
        return self.dialect if self.dialect in dialects() else "bash"
