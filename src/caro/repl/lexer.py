"""Has the editor paint the line that is being typed, by what the person's shell and the specs know."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Collection, Hashable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.formatted_text.utils import split_lines
from prompt_toolkit.lexers import Lexer

from caro.repl.look import Danger, Look, Verdict

if TYPE_CHECKING:
    from caro.fix.model import Node
    from caro.machine.specs import SpecFile

Painter = Callable[[str, bool, "Names", Collection[Danger]], list[tuple[str, str]]]

CODE = {
    "bash": "builtin compgen -k; builtin printf '\\035'; builtin compgen -ab -A function; builtin printf '\\035';"
    " builtin shopt -q autocd && builtin printf autocd",
    "zsh": "builtin print -rl -- ${(k)reswords}; builtin printf '\\035';"
    " builtin print -rl -- ${(k)builtins} ${(k)aliases} ${(k)functions} ${(k)galiases}; builtin printf '\\035';"
    " [[ ! -o autocd ]] || builtin printf autocd",
    "fish": "builtin printf '\\035'; builtin builtin -n; builtin functions -an; builtin abbr -l;"
    " builtin printf '\\035autocd'",
}
"""Code that prints a shell's grammar words, its built-ins, aliases and functions, and whether a folder is a command."""

_FISH_WORDS = "and begin break case continue else end for function if in not or return switch while".split()


class Names:
    """What may be typed first in the shell: its own names, programs on PATH, files by their path."""

    def __init__(self, look: Look, spec_file: Callable[[], SpecFile]) -> None:
        self._look = look
        self._open = spec_file
        self._found: dict[tuple[str, str, str], bool] = {}
        self.keywords: frozenset[str] = frozenset()
        self.own: frozenset[str] | None = None
        self.enters_folders = False

    @cached_property
    def specs(self) -> SpecFile:
        return self._open()

    def take(self, printed: str) -> None:
        """Take what `CODE` prints."""
        keywords, names, flags = [*printed.split("\x1d"), "", ""][:3]
        self.keywords = frozenset(keywords.split() or _FISH_WORDS)
        self.own = frozenset(names.replace(", ", "\n").split("\n"))
        self.enters_folders = "autocd" in flags

    def forget(self) -> None:
        """Look at PATH anew: a line has run."""
        self._found.clear()

    def is_keyword(self, name: str) -> bool:
        """True for a word of the shell's grammar."""
        return name in self.keywords

    def is_command(self, name: str) -> bool:
        """True if a line may begin with it; also as long as the shell has not told its names."""
        if self.own is None or name in self.own:
            return True
        key = (name, self._look.folder, self._look.environment.get("PATH") or "")
        if key not in self._found:
            self._found[key] = self._is_file(*key)
        return self._found[key]

    def spec(self, key: str) -> Node | None:
        """Return the spec of a command."""
        return self.specs.node(key)

    def _is_file(self, name: str, folder: str, path: str) -> bool:
        if name.startswith("~"):
            name = os.path.expanduser(name)
        places = [folder] if "/" in name else path.split(":")
        files = [os.path.join(folder, place, name) for place in places]
        if self.enters_folders and os.path.isdir(os.path.join(folder, name)):
            return True
        return any(os.path.isfile(file) and os.access(file, os.X_OK) for file in files)


class Paint(Lexer):
    """Knows the verdict's dangerous words as of the last answer. Until its tables are loaded nothing is painted."""

    def __init__(self, names: Names, fish: bool, verdict: Callable[[], Verdict]) -> None:
        self._names, self._fish, self._verdict = names, fish, verdict
        self._painter: Painter | None = None

    async def load(self) -> None:
        """Load what it paints by, in a thread."""
        self._painter = await asyncio.to_thread(_load)

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        """Return what gives a line of the text in its paints."""
        lines: Sequence[StyleAndTextTuples] = list(split_lines(self._pieces(document.text)))
        return lambda number: lines[number] if number < len(lines) else []

    def _pieces(self, text: str) -> StyleAndTextTuples:
        if self._painter is None:
            return [("", text)]
        found = self._painter(text, self._fish, self._names, self._verdict().dangers)
        return [(f"class:{paint}" if paint else "", piece) for paint, piece in found]

    def invalidation_hash(self) -> Hashable:
        """Return what else than the text decides the paint."""
        return (self._painter is None, id(self._names.own), self._verdict().dangers)


def _load() -> Painter:
    from caro.repl.painted import painted

    return painted


def shipped_specs() -> SpecFile:
    """Open the specs that ship."""
    from caro.knowledge.packaged import path_of
    from caro.machine.specs import SpecFile

    return SpecFile(path_of("fix/data") / "specs.bin")
