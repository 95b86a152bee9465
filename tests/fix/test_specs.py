"""The lines in specs/ are what the compiled file says; a change of one name is a change of one line."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from caro.machine.inventory import DATA
from caro.machine.specs import SpecFile

SPECS = Path(__file__).resolve().parents[2] / "specs"
sys.path.insert(0, str(SPECS))

import compile_specs  # noqa: E402

FILES = sorted(SPECS.glob("*.jsonl"))
SMALL: dict[str, Any] = {
    "tool": {"o": ["--all"], "s": {"run": {"v": ["--name"]}, "r": "run", "stop": {}, "zażółć": {"x": 1}}},
    "other": {"a": ["yes", "no"]},
    "aws": {"s": {f"service-{at}": {"o": [f"--{'long' * 100}-{at}"]} for at in range(60)}},
}


def names_in(path: Path) -> list[str]:
    return [json.loads(line)["name"] for line in path.read_text("utf-8").splitlines()]


def test_lines_are_sorted_and_stand_in_their_file() -> None:
    for path in FILES:
        names = names_in(path)
        assert names == sorted(set(names), key=str.encode), path.name
        assert {compile_specs.file_of(name) for name in names} == {path.name}


def test_no_file_is_too_large_to_look_at() -> None:
    assert max(path.stat().st_size for path in FILES) < 1_000_000


def test_the_compiled_file_is_that_of_the_lines() -> None:
    wanted: dict[str, Any] = {}
    for root, node in compile_specs.read_lines(SPECS).items():
        wanted |= compile_specs.entries(root, node)
    compiled = SpecFile(DATA / "specs.bin")
    assert compiled.names() == sorted((name for name in wanted if " " not in name), key=str.encode)
    stale = [name for name, blob in wanted.items() if compiled.node(name) != json.loads(blob)]
    assert not stale, f"make tables: {stale[:5]}"


def test_every_listed_line_belongs_to_a_parent() -> None:
    names = {name for path in FILES for name in names_in(path)}
    assert not [name for name in names if " " in name and name.rpartition(" ")[0] not in names]


def test_written_read_and_compiled_are_the_same(tmp_path: Path) -> None:
    compile_specs.write_lines(tmp_path, SMALL)
    assert {path.name for path in tmp_path.iterdir()} == {"aws-0.jsonl", "aws-s.jsonl", "o.jsonl", "t.jsonl"}
    roots = compile_specs.read_lines(tmp_path)
    assert json.dumps([roots[name] for name in SMALL]) == json.dumps(list(SMALL.values()))
    compiled = SpecFile(compile_specs.write_specs(tmp_path, tmp_path / "specs.bin"))
    assert compiled.node("tool") == SMALL["tool"]
    assert compiled.node("aws service-7") == SMALL["aws"]["s"]["service-7"]
    assert (compiled.node("aws") or {})["s"]["service-7"] == {"l": 1}
    assert compiled.node("service-7") is None


def test_a_changed_line_counts_and_a_broken_one_is_named(tmp_path: Path) -> None:
    compile_specs.write_lines(tmp_path, SMALL)
    target = compile_specs.write_specs(tmp_path, tmp_path / "specs.bin")
    first = target.stat().st_mtime_ns
    assert compile_specs.write_specs(tmp_path, target).stat().st_mtime_ns == first
    file = tmp_path / "o.jsonl"
    file.write_text(file.read_text().replace("yes", "perhaps"))
    assert (SpecFile(compile_specs.write_specs(tmp_path, target)).node("other") or {})["a"] == [
        "perhaps",
        "no",
    ]
    file.write_text("{}\n")
    with pytest.raises(ValueError, match=r"o\.jsonl:1"):
        compile_specs.read_lines(tmp_path)
