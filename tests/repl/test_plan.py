"""The plan of a line: what it shows, and that nothing runs or is written for it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from caro.engine.process import guard_of
from caro.engine.question import Question
from caro.repl.plan import Statement, plan, plan_fields, plan_lines
from caro.safety.plan import Planned

AUDITED = """
import os, sys
def look(event, args):
    writes = event == "open" and (args[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if event.startswith(("os.exec", "os.posix_spawn", "os.fork", "subprocess", "os.system", "os.remove", "os.mkdir",
                         "os.rename", "shutil", "socket.connect")) or writes:
        os.write(2, f"AUDIT {event} {args}\\n".encode())
sys.addaudithook(look)
sys.dont_write_bytecode = True
sys.argv = ["caro", *sys.argv[1:]]
from caro.cli import main
sys.exit(main())
"""


def statements(text: str, folder: Path, **more: object) -> list[Statement]:
    env = {"HOME": str(folder), "CARO_CONFIG": str(folder / "none.toml")}
    question = Question(text, cwd=str(folder), **more)  # type: ignore[arg-type]
    return plan(guard_of(env, pytest.fail), question, str(folder))


def flat(commands: list[Planned]) -> list[str]:
    return [" ".join(words) for each in commands for words in (each.words, *map(str.split, flat(each.inner)))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ls $x 'a b'", ["ls 1 2 a b"]),
        ("echo $(touch marker)", ["echo $(touch marker)", "touch marker"]),
        ("ll sub", ["ll sub", "ls -l sub"]),
        ("sudo -u me rm -r sub", ["sudo -u me rm -r sub", "rm -r sub"]),
        ("f() { touch q; }; f", ["function f", "f", "touch q"]),
        ("for i in 1 2; do echo $i; done", ["", "echo 1", "echo 2"]),
        ("bash -c 'ls > q'", ["bash -c ls > q", "ls"]),
        ("find . -exec cat {} +", ["find . -exec cat {} +", "cat ./*"]),
        ("y=3\necho $y", ["", "echo 3"]),
    ],
)
def test_words_are_those_that_a_shell_would_run(text: str, expected: list[str], tmp_path: Path) -> None:
    found = statements(text, tmp_path, aliases={"ll": "ls -l"}, env={"x": "1 2"})
    assert [words for each in found for words in flat(each.commands)] == expected


def test_a_plan_tells_operators_redirections_effects_files_and_verdict(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    for name in "abc":
        (tmp_path / "old" / name).write_text("12345")
    text = "rm -rf old && ls | sort >> out.txt 2>&1"
    (found,) = statements(text, tmp_path)
    fields = plan_fields(found)
    first, second, third = fields["commands"]
    (effect,) = first["effects"]
    assert effect["effect"] == "delete" and effect["target"] == "old"
    assert (effect["files"], effect["bytes"], effect["all_counted"]) == (3, 15, True)
    assert [second["operator"], third["operator"]] == ["&&", "|"]
    assert third["redirects"] == [">> out.txt", "2>&1"]
    shown = "\n".join(plan_lines([found]))
    assert "3 files, 15 bytes" in shown and "verdict: " in shown and shown.endswith("Nothing was run.")
    assert (tmp_path / "old" / "a").exists()


@pytest.mark.parametrize(
    "words",
    [
        [
            "-c",
            "touch marker; echo $(touch marker) `touch marker` > out; rm -rf old; : ${x:=$(touch marker)}",
        ],
        ["--script", "script.sh"],
        ["./script.sh"],
        [],
    ],
)
def test_nothing_runs_and_nothing_is_written(words: list[str], env: dict[str, str], tmp_path: Path) -> None:
    text = "touch marker\ncat <(touch marker) | tee out\nexport X=$(touch marker)\n"
    (tmp_path / "script.sh").write_text(text)
    (tmp_path / "old").mkdir()
    before = sorted(tmp_path.rglob("*"))
    done = subprocess.run(
        [sys.executable, "-c", AUDITED, "repl", "--dry-run", "--json", *words],
        env=env | {"SHELL": "/bin/bash"}, cwd=tmp_path, input=text, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "AUDIT" not in done.stderr, done.stderr
    assert sorted(tmp_path.rglob("*")) == before
    assert "touch" in json.loads(done.stdout.splitlines()[0])["command"]


def test_a_plan_of_what_a_policy_refuses_says_so(env: dict[str, str], caro: object, tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text('deny = ["touch"]\n')
    done = subprocess.run(
        ["caro", "repl", "bash", "--dry-run", "--policy", "p.toml", "-c", "touch marker"],
        env=env, cwd=tmp_path, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 126
    assert "`touch` is denied (policy p.toml)" in done.stdout
    assert not (tmp_path / "marker").exists()


def test_files_that_zsh_chooses_among_are_one_word(tmp_path: Path) -> None:
    found = statements("ls **/*.txt(.) && echo ~/{a,b}(N)", tmp_path, dialect="zsh")
    assert [words for each in found for words in flat(each.commands)] == [
        "ls **/*.txt(.)",
        "echo ~/a(N) ~/b(N)",
    ]
    assert "  ls **/*.txt(.)" in list(plan_lines(found, True))
