"""`caro show`: everything about one event; a command line that really runs again; strace's form."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from record_events import argvs, event

from caro.model import EVENT_FIELDS, Event, Truncated
from caro.show.event_card import card_lines, shell_lines, strace_line
from caro.show.look import Look


def test_the_card_has_every_field_that_is_known() -> None:
    told = event(
        0, argv=["git"], exit_code=0, duration_ms=5.0, cwd="/w", user="ann", rules=["r-1", "r-2"], tty=True
    )
    card = "\n".join(card_lines(told, Look(), "make all"))
    for part in ("git", "/w", "ann", "r-1, r-2", told.id, "make all", "5.0 ms"):
        assert part in card
    assert EVENT_FIELDS


@given(argvs)
def test_the_shell_line_runs_with_the_same_arguments(argv: list[str]) -> None:
    told = event(0, argv=["printf", "%s\\0", *argv])
    (line,) = shell_lines(told)
    done = subprocess.run(["bash", "-c", line], capture_output=True, check=True)
    # A shell's word holds no NUL: what follows one is not in it.
    assert done.stdout.decode().split("\0")[:-1] == [word.partition("\0")[0] for word in argv]


@pytest.mark.parametrize(
    ("told", "lines"),
    [
        (event(0, argv=["ls", "a b"], cwd="/w x"), ["cd '/w x' && ls 'a b'"]),
        (event(0, argv=["-bash"], path="/bin/bash", cwd="/w"), ["(cd /w && exec -a -bash /bin/bash)"]),
        (event(0, kind="line", text="make | tee x", cwd="/w"), ["cd /w && make | tee x"]),
        (
            event(0, argv=["x", "***"], redacted=[1]),
            ["# An argument held a secret and is not recorded: this can't be run as it stands.", "x '***'"],
        ),
        (event(0, argv=["env"], env_diff=["CC", "LANG"]), ["# Variables that differed: CC LANG", "env"]),
    ],
)
def test_what_a_shell_line_says(told: Event, lines: list[str]) -> None:
    assert list(shell_lines(told)) == lines


def test_straces_form() -> None:
    told = event(0, argv=["git", 'a"b', "\x1b"], path="/usr/bin/git", pid=7)
    assert strace_line(told) == '7  execve("/usr/bin/git", ["git", "a\\"b", "\\\\e"], 0x0 /* ? vars */) = 0'
    cut = event(0, argv=["git"], truncated=Truncated(bytes=9, sha256="0", argc=9))
    assert strace_line(cut).endswith('["git", ...], 0x0 /* ? vars */) = 0')


def test_the_command_finds_an_event(
    caro: Callable[..., subprocess.CompletedProcess[str]], home: Path
) -> None:
    assert caro("run", "--quiet", "--", "sh", "-c", "git --version; git version").returncode == 0
    rows = [json.loads(row) for row in (home / ".trace_shell.jsonl").read_text().splitlines()]
    one = next(row for row in rows if row.get("argv") == ["git", "--version"])
    card = caro("show", one["id"])
    assert card.returncode == 0, card.stderr
    assert "git --version" in card.stdout
    assert "started by" in card.stdout
    assert json.loads(caro("show", one["id"][:30], "--json").stdout)["id"] == one["id"]
    assert caro("show", one["id"], "--shell").stdout.endswith("git --version\n")
    assert caro("show", "last").returncode == 0
    several = caro("show", one["id"][:4])
    assert several.returncode == 2
    assert "give more of the id" in several.stderr
    gone = caro("show", "ffff")
    assert gone.returncode == 1
    assert "caro log --json has the ids" in gone.stderr
