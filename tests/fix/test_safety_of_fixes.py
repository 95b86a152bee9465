"""What is offered passes the guard, and what dares more says so; what was learned, and what was turned down."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from caro.engine.helper import Helper
from caro.engine.process import helper_of
from caro.fix.model import Failure
from caro.fix.ranking import risks_added
from caro.machine.corrections import Corrections, project_of
from caro.model import Level

CASES = Path(__file__).parent / "cases"
SETS = ("typos_by_others", "typos_other_tools", "typos_many_tools", "semantic", "semantic_by_tool")


def fixer(home: Path, learn: bool = False) -> Helper:
    return helper_of({"HOME": str(home), "PATH": "/usr/local/bin:/usr/bin:/bin"}, pytest.fail, learns=learn)


@pytest.mark.parametrize("name", SETS)
def test_no_recorded_failure_gets_an_unmarked_risk(name: str, tmp_path: Path) -> None:
    mender, checked = fixer(tmp_path), 0
    for line in (CASES / f"{name}.jsonl").read_text().splitlines()[::3]:
        case = json.loads(line)
        for fix in mender.fixes(Failure(case["command"], case["exit_code"], case["output"])).fixes:
            checked += 1
            assert fix.level < Level.CRITICAL, fix
            if risks_added(case["command"], fix.command):
                assert fix.raises_risk and "more risk" in fix.why and fix.level > Level.LOW, fix
    assert checked > 20


def test_what_was_taken_comes_first_and_what_was_turned_down_is_gone(tmp_path: Path) -> None:
    mender = fixer(tmp_path, learn=True)
    failure = Failure("gitt stash", 127, "bash: gitt: command not found\n")
    usual = mender.fixes(failure).fixes[0].command
    book = mender.corrections
    assert isinstance(book, Corrections) and usual == "git stash"
    book.learn(failure.command, "gitk stash", project_of(failure.cwd))
    assert mender.fixes(failure).fixes[0].command == "gitk stash"
    assert mender.fixes(failure).fixes[0].tier == "learned"
    book.learn(failure.command, "gitk stash", project_of(failure.cwd), refused=True)
    assert "gitk stash" not in [fix.command for fix in mender.fixes(failure).fixes]
    book.learn(failure.command, usual, project_of(failure.cwd), refused=True)
    assert usual not in [fix.command for fix in mender.fixes(failure).fixes]
    assert book.forget(failure.command) >= 1
    assert mender.fixes(failure).fixes[0].command == usual


@pytest.mark.parametrize(
    ("failed", "fixed"),
    [
        ("mysq -pS3cretpass db", "mysql -pS3cretpass db"),
        ("crul -H 'Authorization: Bearer abcdef' url", "curl -H 'Authorization: Bearer abcdef' url"),
        ("exprot TOKEN=abc", "export TOKEN=abc"),
    ],
)
def test_lines_that_may_hold_a_secret_come_back_in_no_fix_of_another_line(
    failed: str, fixed: str, tmp_path: Path
) -> None:
    from caro.fix.learning import is_correction

    assert not is_correction(failed, fixed)
    mender = fixer(tmp_path, learn=True)
    other = Failure(failed.split()[0] + " x", 127, f"bash: {failed.split()[0]}: command not found\n")
    assert all("S3cret" not in fix.command and "abc" not in fix.command for fix in mender.fixes(other).fixes)


def test_a_dead_folder_costs_a_moment_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that can't be listed, as after a lost mount, leaves the other tiers at work."""
    import os

    def gone(_path: object = ".") -> list[str]:
        raise OSError(116, "Stale file handle")

    mender = fixer(tmp_path)
    mender.fixes(Failure("gti psuh", 127))  # PATH is read once
    monkeypatch.setattr(os, "scandir", gone)
    failure = Failure(
        "git psuh", 1, "git: 'psuh' is not a git command. See 'git --help'.\n", cwd=str(tmp_path)
    )
    assert mender.fixes(failure).fixes[0].command == "git push"
    assert (
        mender.fixes(Failure("cat no/such", 1, "cat: no/such: No such file\n", cwd=str(tmp_path))).fixes == ()
    )
