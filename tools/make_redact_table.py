"""Makes native/lib/redact/redact_table.c and redact_table.inc of src/caro/redact/redact.toml:
`python tools/make_redact_table.py`.

The table would be a quarter of caro-shim. So its strings stand there packed, as byte pairs: a byte from PAIR on
stands for two others (Gage, "A New Algorithm for Data Compression", 1994), which the program unpacks at its first use.
"""

from __future__ import annotations

import itertools
import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "caro" / "redact" / "redact.toml"
TABLE = ROOT / "native" / "lib" / "redact" / "redact_table.c"
PLACES = ROOT / "native" / "lib" / "redact" / "redact_table.inc"
WHOLE = PLACES.parents[2] / "hook" / "whole_redact_table.c"
"""For the program that each line waits for, unpacked: unpacking was a third of what it did."""

LISTS = """secret_endings secret_last before_key not_before not_after plain_values option_names headers query_names
url_paths text_names bare_names logins setters oracle_tools setting_words wrappers shells line_tools stdin_options
hint_words hint_endings no_hints plain_pieces short_options pair_options loose_tools""".split()
CLOSELY = """plain_starts calls pair_calls secret_files login_files text_hint_words digit_names no_values input_words
input_names input_files user_tools name_options quoting_names no_hosts typing_tools query_words public_names filters
keeping_words kept_words keeping_verbs name_words value_options text_setters file_options more_names more_text_names
more_bare_names more_oracle_tools known_values more_plain_values file_endings no_secrets cookie_names pair_fields
tunnels loop_names no_bundle_hosts hash_schemes secret_folders pair_tools router_tools net_tools""".split()
KNOWN = ("echo", "printf", "yes", "curl")
FIRST = 33  # numbers in strings begin at "!": no NUL, no quote trouble below it
BASE = 94  # of the two digits of an option row's number
SHIFT = 31  # of characters from the space on, in packed text; NUL stays
STRING_MAX = 3000  # ISO C promises literals of 4,095 bytes, escapes of a list's strings included
PAIR = 127 - SHIFT  # the first byte that stands for two


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.split("|")]


def what_letters(what: str) -> str:
    """One letter for the kind, one for the character of `after C`."""
    kind, _, char = what.partition(" ")
    return {"all": "A", "public": "O", "after": "S", "pass": "P", "header": "H", "loose": "L"}[kind] + (
        char or " "
    )


def first(row: list[str]) -> str:
    """What begins alike stands together, in the order of the TOML."""
    return row[0][0]


def numbered(number: int) -> str:
    return chr(FIRST + number // BASE) + chr(FIRST + number % BASE)


def option_tables(raw: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Return the rows of options, and for each tool its name and the numbers of its rows."""
    rows: list[str] = []
    of_tool: dict[str, list[int]] = {}
    for number, row in enumerate(raw["options"]):
        owners, sub, names, how, what = cells(row)
        rows += [what_letters(what) + how, "" if sub == "-" else sub, names]
        for tool in owners.split():
            of_tool.setdefault(tool, []).append(number)
    known = {*of_tool, *KNOWN, *(cells(row)[0] for row in raw["positions"])}
    for name in ("wrappers", "shells", "setters", "line_tools", "oracle_tools"):
        known.update(raw[name])
    tools = [part for tool in sorted(known) for part in (tool, "".join(map(numbered, of_tool.get(tool, []))))]
    assert len(raw["options"]) <= 256
    return rows, tools


def lists(raw: dict[str, Any]) -> dict[str, list[str]]:
    """Return every row of strings that is packed, by its name in C."""
    rows, tools = option_tables(raw)
    places = [part for row in grouped([cells(row) for row in raw["positions"]]) for part in row]
    shapes = [
        kind + chr(FIRST + int(least)) + prefix
        for prefix, kind, least in sorted(map(str.split, raw["shapes"]), key=first)
    ]
    made = {"option_rows": rows, "tool_rows": tools, "position_rows": places, "shape_rows": shapes}
    return {name: raw[name] for name in LISTS} | made


def reader_rows(raw: dict[str, Any]) -> list[list[str]]:
    readers = [
        (name, word, after) for names, word, after in map(cells, raw["readers"]) for name in names.split()
    ]
    readers.sort(key=lambda row: row[0])
    return [[tool, "" if word == "-" else word, after] for tool, word, after in readers]


def text_option_rows(raw: dict[str, Any]) -> list[list[str]]:
    rows = [
        [tool, what_letters(what) + how, "" if sub == "-" else sub, names]
        for tools, sub, names, how, what in map(cells, raw["text_options"])
        for tool in tools.split()
    ]
    return sorted(rows, key=lambda row: row[0])


def text_position_rows(raw: dict[str, Any]) -> list[list[str]]:
    rows = [
        [tool, word, skip_letter(skip)]
        for tools, word, skip in map(cells, raw["text_positions"])
        for tool in tools.split()
    ]
    return grouped(rows)


def skip_letter(skip: str) -> str:
    """Return a character: the number of arguments to pass over, and 16 times one more than that before a second
    secret."""
    first, _, second = skip.partition("+")
    return chr(ord("0") + int(first) + (16 * (int(second) + 1) if second else 0))


def public_rows(raw: dict[str, Any]) -> list[str]:
    return [
        kind + chr(FIRST + int(least)) + prefix
        for prefix, kind, least in map(str.split, raw["public_shapes"])
    ]


def grouped(positions: list[list[str]]) -> list[list[str]]:
    """Return one row for all words of a tool after which as many arguments are passed over."""
    words: dict[tuple[str, str], list[str]] = {}
    for tool, word, skip in positions:
        words.setdefault((tool, skip), []).append(word)
    return [[tool, " ".join(found), skip] for (tool, skip), found in sorted(words.items())]


def pack(text: bytes) -> tuple[list[int], list[tuple[int, int]]]:
    """Return the packed text, and what each byte from PAIR on stands for."""
    packed = [byte - SHIFT if byte else 0 for byte in text]
    pairs: list[tuple[int, int]] = []
    while len(pairs) < 256 - PAIR:
        pair, count = Counter(itertools.pairwise(packed)).most_common(1)[0]
        if count < 3:
            break
        packed = replaced(packed, pair, PAIR + len(pairs))
        pairs.append(pair)
    return packed, pairs


def replaced(values: list[int], pair: tuple[int, int], by: int) -> list[int]:
    shorter, at = [], 0
    while at < len(values):
        two = tuple(values[at : at + 2]) == pair
        shorter.append(by if two else values[at])
        at += 2 if two else 1
    return shorter


def numbers(values: Iterable[int]) -> str:
    """Return the inside of an initializer, 24 numbers a line."""
    shown = [str(value) for value in values]
    return "".join("\n\t" + ", ".join(shown[at : at + 24]) + "," for at in range(0, len(shown), 24))


def rows_of(pairs: Iterable[tuple[int, int]]) -> str:
    """Return the inside of an initializer, 8 pairs a line."""
    shown = [f"{{{first}, {second}}}" for first, second in pairs]
    return "".join("\n\t" + ", ".join(shown[at : at + 8]) + "," for at in range(0, len(shown), 8))


def c_list(name: str, values: Iterable[str]) -> str:
    values = list(values)
    if sum(map(len, values)) > STRING_MAX:
        text = "".join(f"{value}\0" for value in values) + "\0"
        return f"const char {name}[] = {{{numbers(text.encode('ascii'))}\n}};"
    shown = (value.replace("\\", "\\\\") for value in values)
    return f"const char {name}[] =" + "".join(f'\n\t"{value}\\0"' for value in shown) + ";"


def c_sorted(name: str, rows: list[list[str]]) -> str:
    """Return the rows, and where those of each first character begin, the end of all for the others."""
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    starts: dict[str, int] = {}
    at = 0
    for row in rows:
        starts.setdefault(row[0][0], at)
        at += sum(len(part) + 1 for part in row)
    assert at < 1 << 16
    places = numbers(starts.get(chr(code), at) for code in range(128))
    return (
        f"{c_list(name, [part for row in rows for part in row])}\n"
        f"const unsigned short {name.removesuffix('_rows')}_starts[] = {{{places}\n}};"
    )


HEAD = (
    "/* Made by tools/make_redact_table.py of src/caro/redact/redact.toml, which explains it. Don't edit. */"
)


def source(raw: dict[str, Any]) -> str:
    packed, pairs = pack(unpacked(raw))
    lines = [
        HEAD,
        '#include "lib/redact/redact_table.h"',
        "",
        f"const unsigned char packed_table[] = {{{numbers(packed)}\n}};",
        f"const size_t packed_size = {len(packed)};",
        f"const unsigned char table_pairs[][2] = {{{rows_of(pairs)}\n}};",
        c_sorted("reader_rows", reader_rows(raw)),
        c_list("prose", raw["prose"]),
        c_sorted("text_option_rows", text_option_rows(raw)),
        c_sorted("text_position_rows", text_position_rows(raw)),
        c_list("public_rows", public_rows(raw)),
        *(c_list(name, raw[name]) for name in CLOSELY),
        *(
            c_list(name, row.split())
            for name, row in zip(
                ("first_calls", "second_calls", "third_calls"), raw["call_places"], strict=True
            )
        ),
    ]
    return "\n".join([*lines, ""])


def unpacked(raw: dict[str, Any]) -> bytes:
    text = "".join("".join(f"{value}\0" for value in values) + "\0" for values in lists(raw).values())
    return text.encode("ascii")


def whole(raw: dict[str, Any]) -> str:
    lines = [
        HEAD,
        '#include "lib/redact/redact_table.h"',
        "",
        f"char redact_table[TABLE_SIZE] = {{{numbers(unpacked(raw))}\n}};",
    ]
    return "\n".join([*lines, ""])


def places(raw: dict[str, Any]) -> str:
    """Return where in the unpacked table each row of strings begins."""
    lines, at = [HEAD], 0
    for name, values in lists(raw).items():
        lines.append(f"#define {name} (redact_table + {at})")
        at += sum(len(value) + 1 for value in values) + 1
    return "\n".join([*lines, f"#define TABLE_SIZE {at}", ""])


def load() -> dict[str, Any]:
    return tomllib.loads(SOURCE.read_text())


if __name__ == "__main__":
    TABLE.write_text(source(load()))
    WHOLE.write_text(whole(load()))
    PLACES.write_text(places(load()))
