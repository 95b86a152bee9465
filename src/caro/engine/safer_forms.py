"""The same line in a form that refuses, asks or keeps where the typed one would destroy: `safer_forms.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from caro.fix.words import Simple as Typed
from caro.fix.words import Word, simple_commands
from caro.parse.lines import parse
from caro.parse.nodes import Simple

CLUSTER = re.compile(r"-[A-Za-z]+")
"""Several short options in one word (POSIX, Utility Syntax Guideline 5)."""


@dataclass(frozen=True)
class SaferForm:
    """How a line that begins with the words of `command` changes: the first of `options`, `letter`, `becomes` and
    `add` that is given says how; `safer_forms.toml` tells what each means."""

    command: tuple[str, ...]
    options: tuple[str, ...] = ()
    letter: str = ""
    instead: str = ""
    becomes: str = ""
    add: str = ""
    only: tuple[str, ...] = ()
    operands: str = ""
    asks: bool = False

    def of(self, typed: Typed, trash: str) -> str | None:
        """Return the line changed, all other words as they were typed; None where the form doesn't fit."""
        if tuple(word.text for word in typed.words[: len(self.command)]) != self.command:
            return None
        rest = typed.words[len(self.command) :]
        if not self._fits(rest) or ("{trash}" in self.becomes and (not trash or typed.prefix)):
            return None
        if self.becomes:
            return self._rewritten(typed, rest, trash)
        if self.add:
            return None if any(map(_is_option, rest)) else _joined(typed, rest, [self.add])
        found = [word for word in rest if self._gives_way(word)]
        if len(found) != 1:
            return None
        return _without_gap(typed, found[0], self._instead_of(found[0].text))

    def _fits(self, rest: tuple[Word, ...]) -> bool:
        options = [word.text for word in rest if _is_option(word)]
        count = sum(not _is_option(word) for word in rest if word.text != "--")
        if self.only and not set(options) <= set(self.only):
            return False
        return {"none": count == 0, "some": count > 0}.get(self.operands, True)

    def _gives_way(self, word: Word) -> bool:
        lettered = bool(self.letter) and CLUSTER.fullmatch(word.text) is not None and self.letter in word.text
        return not word.quoted and (word.text in self.options or lettered)

    def _instead_of(self, word: str) -> str:
        return word.replace(self.letter, self.instead) if self.letter else self.instead

    def _rewritten(self, typed: Typed, rest: tuple[Word, ...], trash: str) -> str:
        kept = [typed.line[word.start : word.end] for word in rest if not _is_option(word)]
        text = self.becomes.replace("{trash}", trash).replace("{operands}", " ".join(kept))
        return typed.rewritten(text)


def _is_option(word: Word) -> bool:
    return word.text.startswith("-") and word.text not in ("-", "--")


def _joined(typed: Typed, rest: tuple[Word, ...], added: list[str]) -> str:
    at = rest[0].start if rest else typed.end
    return f"{typed.line[:at]}{' '.join(added)} {typed.line[at:]}".rstrip()


def _without_gap(typed: Typed, word: Word, text: str) -> str:
    """Return the line with the word exchanged; for no text, with the blanks before it gone too."""
    before = typed.line[: word.start]
    return (before if text else before.rstrip()) + text + typed.line[word.end :]


def safer_forms(line: str, dialect: str, trash: str = "", asking: bool = True) -> Iterator[str]:
    """Yield the safer forms of one simple command whose words stand there as they are, the best first. `trash`: the
    command for the trash can (""; none here). `asking` False: none that asks a person while it runs."""
    if not any(form.command[0] in line for form in _forms()) or not _is_one_plain_command(line, dialect):
        return
    simples = simple_commands(line)
    if len(simples) != 1:
        return
    for form in _forms():
        changed = form.of(simples[0], trash) if asking or not form.asks else None
        if changed is not None:
            yield changed


def _is_one_plain_command(line: str, dialect: str) -> bool:
    program = parse(line, dialect)
    node = program.body.items[0][1] if program.clean and len(program.body.items) == 1 else None
    if not isinstance(node, Simple) or node.assignments or node.redirects:
        return False
    return all(word.literal is not None for word in node.words)


@cache
def _forms() -> tuple[SaferForm, ...]:
    data = tomllib.loads((Path(__file__).parent / "safer_forms.toml").read_text("utf-8"))
    return tuple(
        SaferForm(
            tuple(command.split()),
            tuple(form.get("options", ())),
            form.get("letter", ""),
            form.get("instead", ""),
            form.get("becomes", ""),
            form.get("add", ""),
            tuple(form.get("only", ())),
            form.get("operands", ""),
            form.get("asks", False),
        )
        for form in data["form"]
        for command in form["commands"]
    )
