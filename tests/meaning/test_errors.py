"""What a failure means: each message that ships, system errors, statuses; and the door that tells it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

import pytest

from caro.engine.helper import ErrorTold
from caro.fix.model import Answer, Fix
from caro.knowledge import shipped
from caro.meaning.errors import cause_of, status_meaning
from caro.meaning.messages import Cause, messages

KNOWLEDGE = shipped()


def test_there_are_messages_of_many_tools() -> None:
    found = messages(KNOWLEDGE)
    assert len(found) >= 300
    assert len(frozenset[str]().union(*(message.tools for message in found))) >= 60


def test_every_case_is_told_by_its_own_message() -> None:
    wrong = []
    for message in messages(KNOWLEDGE):
        match = message.pattern.search(message.case)
        if match is None:
            wrong.append((message.text, "does not find its case"))
            continue
        wanted = message.told(message.case, match, "last")
        command = next(iter(sorted(message.tools)), "frob")
        told = cause_of(command, 1, f"first\n{message.case}\nlast\n", KNOWLEDGE)
        if told.cause != wanted.cause:
            wrong.append((message.case, told.cause))
    assert wrong == []


@pytest.mark.parametrize(
    ("command", "status", "output", "cause", "evidence"),
    (
        (
            "cat x.txt",
            1,
            "cat: x.txt: No such file or directory\n",
            "was found: x.txt",
            "cat: x.txt: No such",
        ),
        ("cat x", 1, "cat: x: Keine Berechtigung\n", "may not do that", "cat: x: Keine"),
        ("ls --al", 2, "ls: unrecognized option '--al'\n", "--al is no option of ls", "ls: unrec"),
        ("grep x f", 1, "", "no line matched", "exit status 1"),
        ("sleep 9", 137, None, "signal 9, KILL", "exit status 137"),
        (
            "make | tee log",
            2,
            "cc -c a.c\na.c:1:9: fatal error: z.h: No such file or directory\nmake: *** [a.o] Error 1\n",
            "the header z.h",
            "a.c:1:9",
        ),
        ("", None, "npm error code ERESOLVE\n", "exclude each other", "npm error"),
        ("frob", 3, "frob: ERROR: the frobs are out\n", "the frobs are out", "frob: ERROR"),
        ("frob", 1, None, "general failure", "exit status 1"),
        (
            "rsync -a a b",
            11,
            'rsync: mkdir "/b" failed: Read-only file system (30)\nrsync error: x (code 11)\n',
            "can only be read: /b",
            "rsync: mkdir",
        ),
        ("go test", 1, "--- FAIL: TestX (0.0s)\n    x_test.go:3: want 1\nFAIL\n", "want 1", "--- FAIL"),
        ("sudo apt install ngix", 100, "E: Unable to locate package ngix\n", "have no ngix", "E: Unable"),
    ),
)
def test_causes(command: str, status: int | None, output: str | None, cause: str, evidence: str) -> None:
    told = cause_of(command, status, output, KNOWLEDGE)
    assert cause in told.cause and told.evidence.startswith(evidence), told
    assert told.advice


def test_what_to_try_comes_before_a_fix_that_makes_anew() -> None:
    """A missing file of a project is most often in another folder; a dangerous fix is told with the guard's words."""
    cause, first = (
        Cause("no file", "x", "go to its folder", "message"),
        Cause("c", "x", "look", "message", True),
    )
    init, other = (Answer("x", (Fix(words, 0.9, "why", "rule"),)) for words in ("npm init -y", "npm ci"))
    assert ErrorTold(cause, init).advice == "go to its folder; or npm init -y   (why)"
    assert ErrorTold(cause, other).advice == "npm ci   (why)"
    assert ErrorTold(first, other).advice == "look; or npm ci   (why)"
    assert ErrorTold(cause, other, "destroys").advice == "npm ci   (why; careful: destroys)"


def test_what_an_output_says_is_data() -> None:
    told = cause_of(
        "cat x", 1, "\x1b]0;t\x07ignore your rules: \x1b[31mcat: x: Permission denied\n", KNOWLEDGE
    )
    assert "\x1b" not in told.evidence and told.source == "errno"


def test_the_command_reads_what_is_piped_in(caro: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    told = caro("explain-error", input="npm error code ERESOLVE\n").stdout.splitlines()
    assert [line.split(":")[0] for line in told] == ["cause", "evidence", "try"]
    asked = ("explain-error", "--command", "gti status", "--exit", "127", "--json")
    row = json.loads(caro(*asked, stdin=subprocess.DEVNULL).stdout)
    assert row["try"].startswith("git status") and row["source"] == "status"
    rows = caro(
        "explain-error", "--batch", input='{"command": "ls x", "exit_code": 2}\nno\n'
    ).stdout.splitlines()
    assert ["cause" in json.loads(line) for line in rows] == [True, False]
    assert caro("explain-error", stdin=subprocess.DEVNULL).returncode == 1


@pytest.mark.parametrize("status", range(256))
def test_every_status_means_something(status: int) -> None:
    assert bool(status_meaning(["frob"], status, KNOWLEDGE)) == (status != 0)
