"""`parse(text, dialect)`: a command line -> Program."""

from __future__ import annotations

from caro.parse.nodes import Program
from caro.parse.tokens import scan


def parse(text: str, dialect: str = "bash") -> Program:
    """Return the line as a shell of that dialect reads it; `Program.clean` is False where that failed somewhere."""
    return scan(text, dialect)
