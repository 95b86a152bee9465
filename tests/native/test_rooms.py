"""The rooms of native/lib: each includes only itself and those above it; no program's folder includes another's."""

from __future__ import annotations

import re

from .conftest import NATIVE

ROOMS = ["base", "lines", "process", "redact", "event", "wire", "gate"]


def included(text: str) -> list[str]:
    return re.findall(r'^#include "([^"]+)"', text, re.M)


def test_every_folder_of_the_library_is_a_room() -> None:
    assert sorted(path.name for path in (NATIVE / "lib").iterdir()) == sorted(ROOMS)


def test_rooms_include_only_what_stands_above() -> None:
    wrong = []
    for file in sorted((NATIVE / "lib").rglob("*.[ch]")):
        above = ROOMS[: ROOMS.index(file.parent.name) + 1]
        wrong += [
            f"{file.relative_to(NATIVE)} includes {name}"
            for name in included(file.read_text("utf-8"))
            if name.split("/")[0] != "lib" or name.split("/")[1] not in above
        ]
    assert wrong == []


def test_programs_share_the_library_alone() -> None:
    wrong = []
    for file in sorted(NATIVE.glob("*/*.[ch]")):
        room = file.parent.name
        if room in ("lib", "build"):
            continue
        wrong += [
            f"{file.relative_to(NATIVE)} includes {name}"
            for name in included(file.read_text("utf-8"))
            if name.split("/")[0] not in ("lib", room)
            and not (room in ("fuzz", "test") and (NATIVE / name).exists())
        ]
    assert wrong == []


def test_no_files_include_each_other() -> None:
    """A header and its source count as one: `a.c` needs `b.h` and `b.c` needs `a.h` is a circle."""
    graph: dict[str, set[str]] = {}
    for file in sorted(NATIVE.rglob("*.[ch]")):
        name = str(file.relative_to(NATIVE).with_suffix(""))
        graph.setdefault(name, set()).update(
            other.removesuffix(".h")
            for other in included(file.read_text("utf-8"))
            if not other.endswith(".c")
        )
    assert knot({name: others - {name} for name, others in graph.items()}) == {}


def test_a_circle_is_seen() -> None:
    assert knot({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == {"b": {"c"}, "c": {"b"}, "a": {"b"}}


def knot(graph: dict[str, set[str]]) -> dict[str, set[str]]:
    """Return what is left when files that need no other are taken away, again and again."""
    left = dict(graph)
    while free := {name for name, others in left.items() if not others & left.keys()}:
        left = {name: others & left.keys() for name, others in left.items() if name not in free}
    return left
