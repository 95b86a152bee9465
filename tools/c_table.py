"""What the makers of C tables share."""

from __future__ import annotations

import sys
from pathlib import Path


def c_string(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def write_or_check(table: Path, text: str) -> int:
    """Writes the table; with `--check` only tells, by the exit status, whether it is the one that stands there."""
    if sys.argv[1:] == ["--check"]:
        return int(not table.exists() or table.read_text("utf-8") != text)
    table.write_text(text, "utf-8")
    return 0
