"""Writes the diagram of ARCHITECTURE.md from tools/layers.toml: `make_layers.py [--check]`."""

from __future__ import annotations

import sys
import textwrap
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "tools" / "layers.toml"
PAGE = ROOT / "ARCHITECTURE.md"
START, END = "<!-- layers: made by `make docs` from tools/layers.toml -->", "<!-- /layers -->"
WIDTH = 34


def diagram(table: dict[str, Any]) -> str:
    """Return the rows from top to bottom: rooms, what they hold, what they may import where that is not all below."""
    lines = []
    for row in table["row"]:
        rooms = textwrap.wrap("  ".join(row["rooms"]), WIDTH - 2)
        holds = textwrap.wrap(row["holds"], 78)
        if "may" in row:
            named = ", ".join(row["may"]) or "values"
            holds += textwrap.wrap(f"-> {named}", 78)
        for at in range(max(len(rooms), len(holds))):
            left = rooms[at] if at < len(rooms) else ""
            right = holds[at] if at < len(holds) else ""
            lines.append(f"    {left:<{WIDTH}}{right}".rstrip())
    return "\n".join(lines)


def page_with(text: str, made: str) -> str:
    """Return the page with what stands between the markers replaced."""
    before, _, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not end:
        raise SystemExit(f"{PAGE.name}: the markers of the diagram are gone: {START} … {END}")
    return f"{before}{START}\n\n{made}\n\n{END}{after}"


def main() -> int:
    text = PAGE.read_text("utf-8")
    wanted = page_with(text, diagram(tomllib.loads(TABLE.read_text("utf-8"))))
    if sys.argv[1:] == ["--check"]:
        return int(text != wanted)
    PAGE.write_text(wanted, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
