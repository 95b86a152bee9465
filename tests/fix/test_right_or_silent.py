"""What is offered first is right, or nothing is: other victims, opposites, output names, logs; and messages of many
tools in the words of many versions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from caro.engine.helper import Helper
from caro.engine.process import helper_of
from caro.fix.model import Failure
from caro.machine.inventory import Machine

CASES = Path(__file__).parent / "cases"


@pytest.fixture(scope="module")
def fixer(tmp_path_factory: pytest.TempPathFactory) -> Helper:
    """A machine whose PATH holds the well-known commands but for one."""
    folder = tmp_path_factory.mktemp("path")
    for name in Machine("").common:
        (folder / name).touch()
    (folder / "go").unlink()
    home = tmp_path_factory.mktemp("home")
    return helper_of({"HOME": str(home), "PATH": str(folder)}, pytest.fail, learns=False)


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (CASES / name).read_text().splitlines()]


def first_of(fixer: Helper, case: dict[str, Any], place: Path) -> str:
    for name in case.get("files", ()):
        path = place / name
        (path if name.endswith("/") else path.parent).mkdir(parents=True, exist_ok=True)
        if not name.endswith("/"):
            path.write_text(case.get("texts", {}).get(name, ""))
    shell, cwd = case.get("shell", "bash"), str(place) if "files" in case else None
    failure = Failure(case["command"], case["exit_code"], case.get("output"), shell, cwd)
    fixes = fixer.fixes(failure).fixes
    return " ".join(fixes[0].command.split()) if fixes else ""


@pytest.mark.parametrize("case", rows("right_or_silent.jsonl"), ids=lambda case: case["command"])
def test_right_or_silent(fixer: Helper, case: dict[str, Any], tmp_path: Path) -> None:
    first = first_of(fixer, case, tmp_path)
    if "not" in case:
        assert not any(text in first for text in case["not"])
    else:
        assert first in case["expected"] if case["expected"] else not first


def missed(fixer: Helper, cases: list[dict[str, Any]], place: Path) -> list[tuple[str, str]]:
    """Return (command, first fix) of the cases whose first fix isn't right; silence where only it is."""
    found = []
    for number, case in enumerate(cases):
        folder = place / str(number)
        folder.mkdir()
        wanted = [" ".join(line.split()) for line in case["expected"]] or ["", *case.get("silent_or", ())]
        if (first := first_of(fixer, case, folder)) not in wanted:
            found.append((case["command"], first))
    return found


@pytest.mark.parametrize(
    ("name", "most"),
    [("messages.jsonl", 0.08), ("messages_of_newer_tools.jsonl", 0.05), ("newer_tools.jsonl", 0.05)],
)
def test_messages_of_many_tools(fixer: Helper, tmp_path: Path, name: str, most: float) -> None:
    cases = [case for case in rows(name) if case["expected"]]
    wrong = missed(fixer, cases, tmp_path)
    assert len(wrong) <= most * len(cases), wrong


def test_natural_failures(fixer: Helper, tmp_path: Path) -> None:
    """Compile errors, failed tests, missing files, networks, tracebacks: right, or silent."""
    cases = rows("natural_failures.jsonl")
    wrong = [one for one in missed(fixer, cases, tmp_path) if one[1]]
    assert len(wrong) <= 0.02 * len(cases), wrong


RIGHT_LINES = """
gcc -Iinclude main.c
gcc -Ilibs -Linclude -lpthread x.c
g++ -Dsystem=1 -Wno-unused main.cpp
java -Xmx8080m -jar app.jar
cmake -GNinja -Bbuild
gradle -Pversion=1.2 build
make -Cbuild tests
mysql -uroot app
iptables -A INPUT -p tcp --dport 22 -j ACCEPT
find . -exec ls -l {} \\;
find . -name x -ok cp -p {} /tmp \\;
docker exec db psql -U postgres
nmcli dev wifi list
ip -br a
du -sh tests
df -h tests
pytest -k tests -x
vitest run tests
pkg-config --cflags gtk4
basename notes.c .c
""".strip().splitlines()


@pytest.mark.parametrize("output", [None, "Segmentation fault (core dumped)\n"], ids=["unseen", "unrelated"])
@pytest.mark.parametrize("line", RIGHT_LINES)
def test_right_lines_get_nothing(fixer: Helper, tmp_path: Path, line: str, output: str | None) -> None:
    (tmp_path / "notes.c").touch()
    (tmp_path / "tests").mkdir()
    assert not fixer.fixes(Failure(line, 1, output, "bash", str(tmp_path))).fixes


@pytest.mark.parametrize(
    ("line", "output", "wanted"),
    [
        ("make -c src", "make: invalid option -- 'c'\n", "make -C src"),
        ("find . -nmae x -exec ls -l {} +", None, "find . -name x -exec ls -l {} +"),
        ("find . -exec ls -l {} + -pritn", None, "find . -exec ls -l {} + -print"),
        ("docker exce db psql -U postgres", None, "docker exec db psql -U postgres"),
        ("java -verison", None, "java -version"),
        ("nmcli deivce wifi list", None, "nmcli device wifi list"),
    ],
)
def test_slips_beside_them_are_mended(fixer: Helper, line: str, output: str | None, wanted: str) -> None:
    fixes = fixer.fixes(Failure(line, 1, output)).fixes
    assert fixes and fixes[0].command == wanted
