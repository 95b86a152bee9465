"""What the folder alone tells: nobody saw what the command printed, and its fix is right all the same, or there is
none."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from caro.engine.helper import Helper
from caro.engine.process import helper_of
from caro.fix.model import Failure
from caro.machine.inventory import Machine


@pytest.fixture(scope="module")
def fixer(tmp_path_factory: pytest.TempPathFactory) -> Helper:
    """A machine whose PATH holds the well-known commands, in a home without keys."""
    folder = tmp_path_factory.mktemp("path")
    for name in Machine("").common:
        (folder / name).touch()
    home = tmp_path_factory.mktemp("home")
    return helper_of({"HOME": str(home), "PATH": str(folder)}, pytest.fail, learns=False)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project: folders with a file in each but `empty`, some files, a Makefile, scripts, a repository."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("src", "dst", "docs"):
        (folder / name).mkdir()
        (folder / name / "a.c").write_text("x\n")
    (folder / "empty").mkdir()
    for name in ("notes.txt", "b.txt", "deploy"):
        (folder / name).write_text("x\n")
    (folder / "Makefile").write_text(".PHONY: test\ntest lint: src\n\ttrue\nbuild:\n\ttrue\nVAR := x\n")
    (folder / "justfile").write_text("release:\n    true\n")
    (folder / "package.json").write_text('{"scripts": {"typecheck": "tsc"}}')
    subprocess.run(["git", "init", "-q", "-b", "trunk", folder], check=True, env={"PATH": "/usr/bin:/bin"})
    (folder / ".git/refs/heads/feature").write_text("0" * 40 + "\n")
    return folder


RIGHT = [
    ("rm src", 1, "rm -r src"),
    ("rm -f src notes.txt", 1, "rm -rf src notes.txt"),
    ("rm -v empty", 1, "rm -r -v empty"),
    ("cp src dst", 1, "cp -r src dst"),
    ("cp src 'a new one'", 1, "cp -r src 'a new one'"),
    ("cp -v src notes.txt dst", 1, "cp -r -v src notes.txt dst"),
    ("scp src host:", 1, "scp -r src host:"),
    ("cp notes.txt new/place/x.txt", 1, "mkdir -p new/place && cp notes.txt new/place/x.txt"),
    ("mv notes.txt b.txt other", 1, "mkdir -p other && mv notes.txt b.txt other"),
    ("touch new/x.txt", 1, "mkdir -p new && touch new/x.txt"),
    ("echo x > new/x.txt", 1, "mkdir -p new && echo x > new/x.txt"),
    ("mkdir a/b/c", 1, "mkdir -p a/b/c"),
    ("mkdir docs", 1, "cd docs"),
    ("cat src", 1, "ls src"),
    ("less docs/", 1, "ls docs/"),
    ("grep foo src", 2, "grep -r foo src"),
    ("grep -n foo notes.txt src", 2, "grep -r -n foo notes.txt src"),
    ("cd src/a.c", 1, "cd src"),
    ("cd notes.txt", 1, "cat notes.txt"),
    ("rmdir src", 1, "rm -r src"),
    ("rmdir notes.txt", 1, "rm notes.txt"),
    ("./src", 126, "cd ./src"),
    ("docs", 127, "cd docs"),
    ("ssh-copy-id host", 1, "ssh-keygen && ssh-copy-id host"),
    ("make tset", 2, "make test"),
    ("make -j4 lnit", 2, "make -j4 lint"),
    ("just relaese", 1, "just release"),
    ("npm run typechekc", 1, "npm run typecheck"),
    ("git checkout featrue", 1, "git checkout feature"),
    ("git merge -q featrue", 1, "git merge -q feature"),
    ("grep -r foo . --inclde=*.txt", 2, "grep -r foo . --include=*.txt"),
]
SILENT = [
    ("rm nosuch", 1),
    ("rm src nosuch", 1),
    ("rm -r src", 1),
    ("rm src*", 1),
    ("cp notes.txt b.txt", 1),
    ("cp src nosuch dst", 1),
    ("cp -a src dst", 1),
    ("cp src notes.txt b.txt", 1),
    ("mv src dst", 1),
    ("cp notes.txt docs/x.txt", 1),
    ("cp notes.txt /nosuch/folder/x.txt", 1),
    ("mkdir docs/new", 1),
    ("mkdir notes.txt", 1),
    ("cat notes.txt", 1),
    ("grep foo src", 1),
    ("grep -e foo src", 2),
    ("cd deploy", 1),
    ("rmdir empty", 1),
    ("make test", 2),
    ("make deploy", 2),
    ("make -C dst tset", 2),
    ("make publish", 2),
    ("just release", 1),
    ("git checkout trunk", 1),
    ("git branch -D featrue", 1),
]


@pytest.mark.parametrize(("line", "status", "wanted"), RIGHT)
def test_the_folder_tells_the_fix(fixer: Helper, place: Path, line: str, status: int, wanted: str) -> None:
    fixes = fixer.fixes(Failure(line, status, None, "bash", str(place))).fixes
    assert [fix.command for fix in fixes[:1]] == [wanted]


@pytest.mark.parametrize(("line", "status"), SILENT)
def test_and_nothing_is_guessed(fixer: Helper, place: Path, line: str, status: int) -> None:
    fixes = fixer.fixes(Failure(line, status, None, "bash", str(place))).fixes
    assert fixes == ()


def test_an_output_that_was_seen_is_believed(fixer: Helper, place: Path) -> None:
    seen = Failure("rm src", 1, "rm: cannot remove 'src': Permission denied\n", "bash", str(place))
    assert "rm -r src" not in [fix.command for fix in fixer.fixes(seen).fixes]
