"""In a world of few programs and two branches a fix names what is there, or there is none."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from caro.engine.helper import Helper
from caro.engine.process import helper_of
from caro.fix.model import Failure

CASES = Path(__file__).parent / "cases" / "bare_world.jsonl"
PROGRAMS = """
apt apt-get awk bash cat chmod chown cp cut date dd df diff dpkg du env find git grep gunzip gzip head hostname id kill
less ln ls make mkdir more mv nano perl pip ps python3 rm rmdir sed sh sleep sort tail tar tee touch tr uniq unlink wc
which xargs
""".split()
"""What a small image has: no curl, wget, vi, cmake, systemctl, sudo."""


def rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in CASES.read_text().splitlines()]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the branches `master` and `topic` and no remote."""
    folder = tmp_path_factory.mktemp("place") / "repo"
    (folder / "Data" / "old").mkdir(parents=True)
    for name in ("a", "b.txt", "Data/old/x"):
        (folder / name).write_text("text\n")
    git = ["git", "-C", str(folder), "-c", "user.name=n", "-c", "user.email=e@example.org"]
    for words in (["init", "-q", "-b", "master"], ["commit", "-q", "--allow-empty", "-m", "m"],
                  ["branch", "topic"]):  # fmt: skip
        subprocess.run([*git, *words], check=True)
    return folder


@pytest.fixture(scope="module")
def fixer(tmp_path_factory: pytest.TempPathFactory) -> Helper:
    folder = tmp_path_factory.mktemp("path")
    for name in PROGRAMS:
        (folder / name).touch(0o755)
    home = tmp_path_factory.mktemp("home")
    return helper_of({"HOME": str(home), "PATH": str(folder)}, pytest.fail, learns=False)


def offered(fixer: Helper, case: dict[str, Any], place: Path) -> list[str]:
    failure = Failure(case["command"], case["exit_code"], case["output"], "bash", str(place))
    return [" ".join(fix.command.split()) for fix in fixer.fixes(failure).fixes]


@pytest.mark.parametrize("case", rows(), ids=lambda case: case["command"][:50])
def test_a_fix_names_what_is_there(fixer: Helper, case: dict[str, Any], repository: Path) -> None:
    first = offered(fixer, case, repository)[:1]
    assert not first or first[0] in case["expected"]
