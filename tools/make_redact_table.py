"""Makes native/lib/redact/redact_table.c of src/caro/record/redact.toml: `python tools/make_redact_table.py`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "caro" / "record" / "redact.toml"
TABLE = ROOT / "native" / "lib" / "redact" / "redact_table.c"

LISTS = """secret_endings secret_last before_key not_before not_after plain_values option_names headers query_names
url_paths text_names bare_names logins setters oracle_tools prose config_tools wrappers
shells line_tools stdin_options""".split()
KNOWN = ("echo", "printf", "curl")
FIRST = 33  # numbers in strings begin at "!": no NUL, no quote trouble below it


def escaped(text: str) -> str:
    """Return the inside of a C string; a character beyond ASCII is one byte, at the end of a string of its own."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return "".join(char if char.isascii() else f'\\{ord(char):03o}" "' for char in plain)


def strings(values: Iterable[str]) -> str:
    """One C string, each value with its NUL: pointers would be half of a small program's table."""
    return "".join(f'\n\t"{escaped(value)}\\0"' for value in values)


def c_list(name: str, values: Iterable[str]) -> str:
    return f"const char {name}[] ={strings(values)};"


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.split("|")]


def what_letters(what: str) -> str:
    """One letter for the kind, one for the character of `after C`."""
    kind, _, char = what.partition(" ")
    return {"all": "A", "after": "S", "pass": "P", "header": "H", "loose": "L"}[kind] + (char or " ")


def first(row: list[str]) -> str:
    """What begins alike stands together, in the order of the TOML."""
    return row[0][0]


def tables(raw: dict[str, Any]) -> list[str]:
    rows: list[str] = []
    of_tool: dict[str, list[int]] = {}
    for number, row in enumerate(raw["options"]):
        owners, sub, names, how, what = cells(row)
        rows += [what_letters(what) + how, "" if sub == "-" else sub, names]
        for tool in owners.split():
            of_tool.setdefault(tool, []).append(number)
    positions = [cells(row) for row in raw["positions"]]
    readers = [
        (name, word, after) for names, word, after in map(cells, raw["readers"]) for name in names.split()
    ]
    known = {
        *of_tool,
        *(tool for tool, *_ in positions),
        *raw["wrappers"],
        *raw["shells"],
        *raw["config_tools"],
        *raw["line_tools"],
        *raw["oracle_tools"],
        *KNOWN,
    }
    tools = [
        f"{tool}|" + "".join(chr(FIRST + number) for number in of_tool.get(tool, []))
        for tool in sorted(known)
    ]
    assert FIRST + len(raw["options"]) < 255
    positions = grouped(positions)
    readers.sort(key=lambda row: row[0])
    readings = [part for tool, word, after in readers for part in (tool, "" if word == "-" else word, after)]
    places = [part for tool, word, skip in positions for part in (tool, word, skip)]
    shapes = [
        kind + chr(FIRST + int(least)) + prefix
        for prefix, kind, least in sorted(map(str.split, raw["shapes"]), key=first)
    ]
    return [
        c_list("option_rows", rows),
        "const char tool_rows[] =" + "".join(f"\n\t{tool_string(tool)}" for tool in tools) + ";",
        c_list("position_rows", places),
        c_list("reader_rows", readings),
        c_list("shape_rows", shapes),
    ]


def grouped(positions: list[list[str]]) -> list[list[str]]:
    """Return one row for all words of a tool after which as many arguments are passed over."""
    words: dict[tuple[str, str], list[str]] = {}
    for tool, word, skip in positions:
        words.setdefault((tool, skip), []).append(word)
    return [[tool, " ".join(found), skip] for (tool, skip), found in sorted(words.items())]


def tool_string(tool: str) -> str:
    """Row numbers as octal escapes; each in a string of its own, lest a digit after it be read as part of it."""
    name, _, numbers = tool.partition("|")
    return f'"{escaped(name)}\\0"' + "".join(f' "\\{ord(number):03o}"' for number in numbers) + ' "\\0"'


def source() -> str:
    raw = tomllib.loads(SOURCE.read_text())
    lines = [
        "/* Made by tools/make_redact_table.py of src/caro/record/redact.toml, which explains it. Don't edit. */"
    ]
    lines += ['#include "lib/redact/redact_table.h"', ""]
    lines += [c_list(name, raw[name]) for name in LISTS]
    return "\n".join([*lines, *tables(raw), ""])


if __name__ == "__main__":
    TABLE.write_text(source())
