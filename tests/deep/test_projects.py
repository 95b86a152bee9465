"""Whole projects under `caro run --mode deep`: the same result as without, and every exec in one tree."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from caro.record.process_tree import build_trees
from caro.record.reader import read_events
from deep.execs import differences, event_execs, strace_execs
from deep.execs import read_events as read_records
from environment import ROOT

PROJECT = ROOT / "tests" / "deep" / "project"
GIT = ROOT / "bench" / "workloads" / "git.sh"

PACKAGE = {
    "name": "sample",
    "version": "1.0.0",
    "scripts": {
        "prebuild": "node -p '\"before\"'",
        "build": "node build.js && ls built | sort",
        "postbuild": "cat built/a.txt",
    },
}
BUILD = """
const { execFileSync, spawnSync } = require("node:child_process");
require("node:fs").mkdirSync("built");
execFileSync("sh", ["-c", "echo a >built/a.txt; echo b >built/b.txt"]);
process.exitCode = spawnSync("/bin/sh", ["-c", "exit 7"]).status - 7;
"""
WHEEL = {
    "sample/__init__.py": "def main():\n    print('sample runs')\n",
    "sample-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: sample\nVersion: 1.0\n",
    "sample-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "sample-1.0.dist-info/entry_points.txt": "[console_scripts]\nsample = sample:main\n",
    "sample-1.0.dist-info/RECORD": "",
}
SCRIPTS = {
    "autotools": "./configure --prefix=$PWD/installed && make -j2 && make check install && installed/bin/hello",
    "npm": "npm run --silent build; npm run --silent no-such-script; echo $?",
    "git": f"{GIT} 60",
    "pip": "python3 -m venv v && v/bin/pip install -q --no-index ./sample-1.0-py3-none-any.whl && v/bin/sample",
}


def fill(folder: Path) -> None:
    """The same sources in the same, empty folder for each run."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(PROJECT, folder)
    (folder / "package.json").write_text(json.dumps(PACKAGE))
    (folder / "build.js").write_text(BUILD)
    with zipfile.ZipFile(folder / "sample-1.0-py3-none-any.whl", "w") as wheel:
        for name, text in WHEEL.items():
            wheel.writestr(name, text)


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.long] * (n in ("pip", "npm"))) for n in SCRIPTS]
)
def test_project(name: str, env: dict[str, str], home: Path) -> None:
    env |= {"npm_config_update_notifier": "false", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    folder, log = home / "project", home / ".trace_shell.jsonl"
    command = ["bash", "-c", SCRIPTS[name]]
    results = []
    for words in (command, ["caro", "run", "--mode", "deep", "--", *command]):
        fill(folder)
        done = subprocess.run(words, env=env, cwd=folder, capture_output=True, timeout=170, check=False)
        results.append((done.returncode, done.stdout, done.stderr, files(folder)))
    assert results[0] == results[1]
    assert results[0][0] == 0
    fill(folder)
    expected = strace_execs(command, home, env=env, cwd=folder)
    assert len(expected) > 6
    assert differences(expected, event_execs(read_records(log))) == ([], [])
    (tree,) = build_trees(read_events(log))
    assert [node.event.command for node in tree.roots if node.event.kind == "exec"] == ["bash"]
