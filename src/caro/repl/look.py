"""What the daemon says of a line while it is typed: how it would end, its verdict, which words may come.

Nothing here decides: Enter hands the line to the shell, whose own hook asks again. Without a daemon there is silence.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from caro.client import Client
from caro.errors import CaroError

LONGEST = 4000
"""Characters of a line that is looked at while it is typed."""

PATIENCE = 0.5
"""Seconds; nobody waits for an answer, the next key comes first."""


@dataclass(frozen=True)
class Verdict:
    """How dangerous a line is, and what would be done about it."""

    level: str = "low"
    action: str = "allow"
    why: str = ""


class Look:
    """Asks for one shell. `folder` is where it stands."""

    def __init__(self, socket_path: Path | str, shell: str) -> None:
        self._client = Client(socket_path, PATIENCE)
        self._shell = shell
        told = ("PATH", "CARO_POLICY")
        self._path = {"PATH": ""} | {name: os.environ[name] for name in told if name in os.environ}
        self.folder = "/"

    def verdict(self, line: str) -> Verdict:
        """Return the verdict on a line; the lowest where nobody can say it."""
        if not line.strip():
            return Verdict()
        row = self._ask("check", line).get("answer")
        if not isinstance(row, dict):
            return Verdict()
        return Verdict(str(row.get("level")), str(row.get("action")), str(row.get("why") or ""))

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
        try:
            return self._client.request(type, line=line, cwd=self.folder, shell=self._shell, env=self._path)
        except (CaroError, ValueError, OSError):
            return {}
