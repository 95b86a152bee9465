"""Makes native/lib/compiled_entries.inc of the guard's shapes and rules: `make_compiled_table.py [--check]`."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
GUARD = ROOT / "src" / "caro" / "safety"
TABLE = ROOT / "native" / "lib" / "compiled_entries.inc"
HEAD = """/* Made by tools/make_compiled_table.py of src/caro/safety/shapes.toml and its rules: edit those.
 * TABLE_ENTRY(program, flags, word, targets, rule, reason, instead); \\1 in a text stands for the target. */

"""


def rules() -> dict[str, dict[str, Any]]:
    """Every rule by its id."""
    files = sorted((GUARD / "rules").glob("*.toml"))
    return {
        rule["id"]: rule for file in files for rule in tomllib.loads(file.read_text("utf-8")).get("rule", [])
    }


def c_string(text: str) -> str:
    # "" ends the escape: a digit behind it would be taken for its next one
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("{target}", '\\1""')
    return f'"{text}"'


def targets_of(shape: dict[str, Any], places: dict[str, str]) -> str:
    words = " ".join(places[name] for name in shape["targets"]).split()
    return " ".join(shape.get("prefix", "") + word for word in words)


def table_text() -> str:
    document = tomllib.loads((GUARD / "shapes.toml").read_text("utf-8"))
    known, rows = rules(), []
    for shape in document["shape"]:
        rule = known[shape["rule"]]
        fields = [shape["program"], shape.get("flags", ""), shape.get("word", "")]
        fields += [targets_of(shape, document["places"]), shape["rule"]]
        below = (
            " and everything below it" if shape["program"] == "shred" else ""
        )  # a device has nothing below it
        fields.append(rule["why"].replace(below, "") if below else rule["why"])
        # what these shapes hit goes into no trash can (safety/instead.py says the same of them)
        fields.append(rule["instead"].replace("trash-put ", "ls -ld "))
        rows.append("TABLE_ENTRY(" + ",\n\t    ".join(map(c_string, fields)) + ")\n")
    return HEAD + "".join(rows)


def main() -> int:
    text = table_text()
    if sys.argv[1:] == ["--check"]:
        return int(TABLE.read_text("utf-8") != text)
    TABLE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
