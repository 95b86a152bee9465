"""Spaces, dashes and values that went wrong: letters that are all right in words that are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from caro.engine.helper import Helper
from caro.engine.process import helper_of
from caro.fix.model import Failure
from caro.machine.inventory import Machine


@pytest.fixture(scope="module")
def fixer(tmp_path_factory: pytest.TempPathFactory) -> Helper:
    folder = tmp_path_factory.mktemp("path")
    for name in Machine("").common:
        (folder / name).touch()
    home = tmp_path_factory.mktemp("home")
    return helper_of({"HOME": str(home), "PATH": str(folder)}, pytest.fail, learns=False)


@pytest.mark.parametrize(
    ("typed", "status", "output", "meant"),
    [
        ("chmod-R a b", 127, None, "chmod -R a b"),
        ("sudoapt-get install jq", 127, None, "sudo apt-get install jq"),
        ("git branch-a", 1, "git: 'branch-a' is not a git command. See 'git --help'.\n", "git branch -a"),
        ("git pushorigin", 1, None, "git push origin"),
        ("dock er images", 127, None, "docker images"),
        ("gitp ush", 127, None, "git push"),
        ("git sub module init", 1, "git: 'sub' is not a git command.\n", "git submodule init"),
        ("docker images- q", 125, None, "docker images -q"),
        ("git log —graph", 128, "fatal: ambiguous argument '—graph'\n", "git log --graph"),
        ("rm --r x", 1, "rm: unrecognized option '--r'\n", "rm -r x"),
        ("find . type f", 1, "find: ‘type’: No such file or directory\n", "find . -type f"),
        ("tar --zcf a.tgz b", 64, "tar: unrecognized option '--zcf'\n", "tar -zcf a.tgz b"),
        ("tar --gzi p", 64, "tar: unrecognized option '--gzi'\n", "tar --gzip p"),
        (
            "grep --color=neevr x a",
            2,
            "grep: invalid argument ‘neevr’ for ‘--color’\n",
            "grep --color=never x a",
        ),
        (
            "python3 -m zipfiel -l a",
            1,
            "/usr/bin/python3: No module named zipfiel\n",
            "python3 -m zipfile -l a",
        ),
        ("wget htps://example.org", 1, None, "wget https://example.org"),
        ("kill -KLIL 7", 1, None, "kill -KILL 7"),
        ("ourtool vresion", 1, "unknown command: vresion\n", "ourtool version"),
    ],
)
def test_the_first_answer(fixer: Helper, typed: str, status: int, output: str | None, meant: str) -> None:
    fixes = fixer.fixes(Failure(typed, status, output)).fixes
    assert [fix.command for fix in fixes[:1]] == [meant]


def test_two_words_that_are_one_path(fixer: Helper, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    failure = Failure("cat notes .txt", 1, "cat: notes: No such file or directory\n", "bash", str(tmp_path))
    assert fixer.fixes(failure).fixes[0].command == "cat notes.txt"


@pytest.mark.parametrize(
    "typed", ["ourtool deploy", "./x.sh biuld", "git log --n", "curl http://example.org", "gcc a.c -o nam"]
)
def test_silence_where_nothing_is_wrong_in_shape(fixer: Helper, typed: str) -> None:
    assert fixer.fixes(Failure(typed, 1, "the job failed\n")).fixes == ()
