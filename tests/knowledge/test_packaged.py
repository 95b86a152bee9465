"""What ships loads the same from TOML and from the compiled file, and an edited table counts at once."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from caro.knowledge import packaged

CACHED = (packaged.texts, packaged.compiled, packaged.table)
ROOMS = (
    "safety/rules",
    "safety/programs",
    "safety/looks",
    "safety/score",
    "safety/usual",
    "safety/verbs",
    "safety/wrappers",
    "safety/runners",
    "safety/dumps",
    "safety/carriers",
    "safety/installers",
    "safety/near_names",
    "safety/outputs",
    "safety/uploads",
)


def forget() -> None:
    for function in CACHED:
        function.cache_clear()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the shipped tables, without a compiled file."""
    copy = tmp_path / "caro"
    for part in packaged.PARTS:
        unwanted = shutil.ignore_patterns("*.py", packaged.COMPILED, "__pycache__")
        shutil.copytree(packaged.PACKAGE / part, copy / part, ignore=unwanted)
    monkeypatch.setattr(packaged, "PACKAGE", copy)
    forget()
    yield copy
    forget()


def everything() -> dict[str, packaged.Table]:
    return {path: packaged.table(path) for room in ROOMS for path in packaged.paths(room)}


def test_compiled_says_what_the_toml_says(package: Path) -> None:
    from_toml = everything()
    packaged.write_compiled()
    forget()
    assert packaged.compiled("safety")
    assert everything() == from_toml
    assert {"safety/wrappers.toml", "safety/score.toml", "safety/programs/files.toml"} < set(from_toml)


def test_every_file_of_a_part_is_in_a_room(package: Path) -> None:
    packed = {path for room in (*ROOMS, "safety/shapes") for path in packaged.paths(room)}
    assert packed == set(packaged.texts("safety"))


def test_edited_table_counts_at_once(package: Path) -> None:
    packaged.write_compiled()
    file = package / "safety" / "programs" / "git.toml"
    file.write_text(file.read_text("utf-8") + '\n[newcomer]\nservice = true\nsame_as = ["nc2"]\n', "utf-8")
    forget()
    assert packaged.compiled("safety") == {}
    assert "newcomer" in packaged.table("safety/programs/git.toml")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"checksum": 1}', json.dumps({"checksum": 0, "tables": {}})]
)
def test_broken_compiled_file_is_left_alone(package: Path, text: str) -> None:
    (package / "safety" / packaged.COMPILED).write_text(text, "utf-8")
    assert "destructive" in packaged.table("safety/verbs.toml")


def test_broken_table_is_named(package: Path) -> None:
    (package / "safety" / "programs" / "git.toml").write_text("[git\n", "utf-8")
    with pytest.raises(packaged.BrokenTable, match=r"programs/git\.toml: .*line 1"):
        packaged.table("safety/programs/git.toml")


def test_help_reads_no_knowledge(env: dict[str, str]) -> None:
    """`caro --help` answers without any table."""
    command = [sys.executable, "-X", "importtime", "-m", "caro", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
    assert "caro.cli" in done.stderr
    assert "caro.knowledge" not in done.stderr
