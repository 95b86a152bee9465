"""The rooms of native/lib: each includes only itself and those above it; no program's folder includes another's."""

from __future__ import annotations

import re

from .conftest import NATIVE

ROOMS = ["base", "process", "redact", "event", "wire", "gate"]


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
