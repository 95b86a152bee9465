"""The guard's tables load the same from TOML and from the compiled file, and an edited table counts at once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from caro.safety import data

CACHED = (data._texts, data._compiled, data.table)


def forget() -> None:
    for function in CACHED:
        function.cache_clear()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the shipped tables, without a compiled file."""
    copy = tmp_path / "safety"
    shutil.copytree(data.FOLDER, copy, ignore=shutil.ignore_patterns("*.py", data.COMPILED, "__pycache__"))
    monkeypatch.setattr(data, "FOLDER", copy)
    forget()
    yield copy
    forget()


def everything() -> dict[str, data.Table]:
    paths = [path for part in data.FOLDERS for path in data.files(part)]
    return {path: data.table(path) for path in paths}


def test_compiled_says_what_the_toml_says(folder: Path) -> None:
    from_toml = everything()
    data.write_compiled()
    forget()
    assert data._compiled()
    assert everything() == from_toml
    assert {"wrappers.toml", "rules/score.toml", "programs/files.toml"} < set(from_toml)


def test_names_are_found_without_parsing(folder: Path) -> None:
    programs = [path for part in ("programs", "programs/services") for path in data.files(part)]
    programs.remove("programs/verbs.toml")
    quick = {path: list(data.names(path)) for path in programs}
    data.write_compiled()
    forget()
    for path in programs:
        assert sorted(data.names(path)) == sorted(quick[path]), path


def test_edited_table_counts_at_once(folder: Path) -> None:
    data.write_compiled()
    file = folder / "programs" / "git.toml"
    file.write_text(file.read_text("utf-8") + '\n[newcomer]\nservice = true\nsame_as = ["nc2"]\n', "utf-8")
    forget()
    assert data._compiled() == {}
    assert "newcomer" in data.table("programs/git.toml")
    assert ("nc2", "newcomer") in list(data.names("programs/git.toml"))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"checksum": 1}', json.dumps({"checksum": 0, "tables": {}})]
)
def test_broken_compiled_file_is_left_alone(folder: Path, text: str) -> None:
    (folder / data.COMPILED).write_text(text, "utf-8")
    assert "destructive" in data.table("programs/verbs.toml")


def test_broken_table_is_named(folder: Path) -> None:
    (folder / "programs" / "git.toml").write_text("[git\n", "utf-8")
    with pytest.raises(data.BrokenTable, match=r"programs/git\.toml: .*line 1"):
        data.table("programs/git.toml")
