"""`caro show`: everything about one event; a command line that really runs again; strace's form."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from record_events import argvs, event

from caro.export.table import csv_rows
from caro.model import EVENT_FIELDS, Event, Truncated
from caro.record.writer import write_event
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
        (event(0, kind="line", text="make | tee x", cwd="/w"), ["cd /w && {\nmake | tee x\n}"]),
        (event(0, kind="line", text="make all", cwd="/w"), ["cd /w && make all"]),
        (
            event(0, argv=["x", "***"], redacted=[1]),
            ["# An argument held a secret and is not recorded: this can't be run as it stands.", "x '***'"],
        ),
        (event(0, argv=["env"], env_diff=["CC", "LANG"]), ["# Variables that differed: CC LANG", "env"]),
    ],
)
def test_what_a_shell_line_says(told: Event, lines: list[str]) -> None:
    assert list(shell_lines(told)) == lines


HEREDOC = "cat <<'EOF'\na $(touch hit) b\tc\nEOF"


@pytest.mark.parametrize("text", [HEREDOC, "echo 'a\nb\tc'; echo \\\n  d # e"])
def test_a_line_of_several_lines_is_given_as_it_was_typed(
    text: str, caro: Callable[..., subprocess.CompletedProcess[str]], home: Path, tmp_path: Path
) -> None:
    told = event(0, kind="line", source="prompt", text=text, cwd=str(tmp_path))
    assert list(shell_lines(told, str(tmp_path))) == [text]
    write_event(home / ".trace_shell.jsonl", told)
    wanted = subprocess.run(["bash", "-c", text], cwd=tmp_path, capture_output=True, check=True).stdout
    given = caro("show", told.id, "--shell").stdout
    for elsewhere in (given, caro("history", "--format", "{line}").stdout):
        done = subprocess.run(["bash", "-c", elsewhere], cwd=tmp_path, capture_output=True, check=True)
        assert done.stdout == wanted
    assert not (tmp_path / "hit").exists()
    (row,) = csv.DictReader(io.StringIO(b"".join(csv_rows([told])).decode(), newline=""))
    assert row["line"] == text


@pytest.mark.skipif(shutil.which("fish") is None, reason="no fish here")
def test_a_line_of_fish_runs_in_its_folder_or_not_at_all(tmp_path: Path) -> None:
    told = event(0, kind="line", text="pwd; pwd\npwd", cwd=str(tmp_path / "there"))
    (line,) = shell_lines(told, "/", "fish")
    assert subprocess.run(["fish", "-N", "-c", line], capture_output=True, cwd="/").stdout == b""
    (tmp_path / "there").mkdir()
    done = subprocess.run(["fish", "-N", "-c", line], capture_output=True, text=True, cwd="/")
    assert done.stdout.split() == [str(tmp_path / "there")] * 3


def test_a_line_with_control_characters_is_given_by_no_other_command(
    caro: Callable[..., subprocess.CompletedProcess[str]], home: Path
) -> None:
    told = event(0, kind="line", source="prompt", text="echo 'a\x1b[2Jb'")
    write_event(home / ".trace_shell.jsonl", told)
    done = caro("show", told.id, "--shell")
    assert (done.returncode, done.stdout) == (1, "")
    assert "can't be given as it was typed" in done.stderr


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
