"""Makes native/lib/gate/compiled_entries.inc of the guard's shapes and rules: `make_compiled_table.py [--check]`."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

from c_table import c_string, write_or_check

ROOT = Path(__file__).resolve().parent.parent
GUARD = ROOT / "src" / "caro" / "safety"
sys.path.insert(0, str(ROOT / "src"))

from caro.safety.policy import NEVER_ALLOWED  # noqa: E402

TABLE = ROOT / "native" / "lib" / "gate" / "compiled_entries.inc"
BELOW = " and everything below it"
HEAD = """/* Made by tools/make_compiled_table.py of src/caro/safety/shapes.toml and its rules: edit those.
 * TABLE_ENTRY(program, flags, word, targets, rule, reason, instead, final); \\1 in a text stands for the target. */

"""


def rules() -> dict[str, dict[str, Any]]:
    """Every rule by its id."""
    files = sorted((GUARD / "rules").glob("*.toml"))
    return {
        rule["id"]: rule for file in files for rule in tomllib.loads(file.read_text("utf-8")).get("rule", [])
    }


def text_of(template: str) -> str:
    # "" ends the escape: a digit behind it would be taken for its next one
    return c_string(template).replace("{target}", '\\1""')


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
        # as in safety/instead.py: a device has nothing below it, and none of these goes into a trash can
        on_device = shape["targets"] == ["disk"]
        fields.append(rule["why"].replace(BELOW, "") if on_device else rule["why"])
        fields.append(rule["instead"].replace("trash-put ", "ls -ld "))
        final = "true" if rule["effect"] in NEVER_ALLOWED else "false"
        rows.append("TABLE_ENTRY(" + ",\n\t    ".join([*map(text_of, fields), final]) + ")\n")
    return HEAD + "".join(rows)


if __name__ == "__main__":
    raise SystemExit(write_or_check(TABLE, table_text()))
