"""What the daemon says of a line while it is typed: how it would end, its verdict, which words may come.

Without a daemon there is silence. A line that it would block is asked about once more by caro-hook (refusal.py); all
others are handed to the shell, whose own hook decides.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from caro.client import Client
from caro.engine.variables import named_variables, told_variables
from caro.errors import CaroError
from caro.settings import mode_of

LONGEST = 4000
"""Characters of a line that is looked at while it is typed."""

PATIENCE = 0.5
"""Seconds; nobody waits for an answer, the next key comes first."""


@dataclass(frozen=True)
class Danger:
    """A command that makes a line dangerous: its expanded words, and what it does that to (one of them, as a rule)."""

    argv: tuple[str, ...]
    target: str = ""


@dataclass(frozen=True)
class Verdict:
    """How dangerous a line is, and what would be done about it."""

    level: str = "low"
    action: str = "allow"
    why: str = ""
    known: bool = True
    """False if it hangs on a variable whose value only the shell knows."""
    dangers: tuple[Danger, ...] = ()
    """The commands that make it so."""
    past: str = ""
    """How a person runs it all the same where it is blocked; empty where nothing lifts the block."""
    changes: bool = False
    """True if the shell's hook puts a safer form of it into the next line."""


class Look:
    """Asks for one shell. `folder` is where it stands."""

    def __init__(self, socket_path: Path | str, shell: str) -> None:
        self._client = Client(socket_path, PATIENCE)
        self._shell = shell
        self.environment: dict[str, str | None] = dict(os.environ)
        """What the shell exports; None: a value that is not known."""
        self.folder = "/"
        self.session = ""

    def verdict(self, line: str) -> Verdict:
        """Return the verdict on a line; the lowest where nobody can say it."""
        if not line.strip():
            return Verdict()
        reply = self._ask("check", line)
        row = reply.get("answer")
        if not isinstance(row, dict):
            return Verdict()
        dangers = tuple(Danger(tuple(argv), target) for argv, target in reply.get("dangers", ()))
        unknown = any(self.environment.get(name, "") is None for name in named_variables(line))
        return Verdict(
            *(str(row.get("level")), str(row.get("action")), str(row.get("why") or "")),
            known=not unknown,
            dangers=dangers,
            past=str(reply.get("past", "")),
            changes=bool(reply.get("changes")),
        )

    def ending(self, line: str) -> str:
        """Return what would stand behind the line; empty where nothing is offered."""
        offers = self._ask("suggest", line).get("suggestions") or [{}]
        return str(offers[0].get("rest", ""))

    def words(self, line: str) -> list[tuple[str, str]]:
        """Return (word, meaning) for the end of a line; none where a value or a file comes."""
        rows = self._ask("complete", line).get("words", "")
        text = rows if isinstance(rows, str) else "\n".join(map(str, rows))
        found = (row.partition("\t") for row in text.split("\n") if row)
        return [(word, meaning) for word, _, meaning in found]

    def _ask(self, type: str, line: str) -> dict[str, Any]:
        if len(line) > LONGEST or not line.isprintable():
            return {}
        known = {name: value for name, value in self.environment.items() if value is not None}
        fields: dict[str, Any] = {"env": told_variables(line, known) | {"PATH": known.get("PATH", "")}}
        if (mode := mode_of(known)) is not None:
            fields["mode"] = mode
        if self.session:
            fields["session"] = self.session
        try:
            return self._client.request(
                type, line=line, cwd=self.folder, shell=self._shell, tty=True, **fields
            )
        except (CaroError, ValueError, OSError):
            return {}
