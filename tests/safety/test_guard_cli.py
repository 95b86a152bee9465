"""`caro check`, `caro explain`, `caro allow` as processes, in a fresh HOME."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest


def caro(*args: str, home: Path, stdin: str | bytes = "", **env: str) -> subprocess.CompletedProcess[str]:
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", **env}
    data = stdin if isinstance(stdin, bytes) else stdin.encode()
    work = home / "work"  # not the home folder itself, where everything is dearer
    work.mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "caro", *args], input=data, capture_output=True, env=environment, cwd=work
    )
    return subprocess.CompletedProcess(args, done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.parametrize(
    ("line", "status", "level"),
    [
        ("ls", 0, "low"),
        ("rm -rf notes", 0, "moderate"),
        ("git reset --hard", 3, "high"),
        ("rm -rf /", 4, "critical"),
    ],
)
def test_check_one(line: str, status: int, level: str, tmp_path: Path) -> None:
    done = caro("check", "--json", line, home=tmp_path)
    assert done.returncode == status
    assert json.loads(done.stdout)["level"] == level
    assert caro("check", line, home=tmp_path).stdout.startswith(level)


def test_batch_answers_each_line_in_order(tmp_path: Path) -> None:
    lines = [
        b'{"command": "ls"}',
        b"not json",
        b'{"command": 3}',
        b'{"command": "rm -rf /"}',
        b'\xff{"command": "ls"}',
        b'{"command": "rm -rf $D", "env": {"D": "/"}}',
        b'{"command": "x", "env": 4}',
        b'{"command": "echo \\ud800"}',
    ]
    done = caro("check", "--batch", home=tmp_path, stdin=b"\n".join(lines) + b"\n")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer.get("level", "error") for answer in answers] == [
        "low",
        "error",
        "error",
        "critical",
        "error",
        "critical",
        "error",
        "moderate",
    ]
    assert set(answers[0]) == {"command", "level", "score", "action", "effects", "rules", "why", "instead"}
    assert done.returncode == 4
    assert done.stderr == ""


SCRIPT = """#!/bin/bash
echo hello
cat > notes <<'EOF'
rm -rf /
EOF
if [ -f x ]; then
  rm -rf "$UNSET"/*
fi
ls
"""


def test_script_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work/x.sh").write_text(SCRIPT)
    done = caro("check", "--script", "x.sh", home=tmp_path)
    assert done.returncode == 3
    assert "x.sh:7: high" in done.stdout
    assert "4 statements, 1 of them high or critical" in done.stdout
    report = json.loads(caro("check", "--script", "x.sh", "--sarif", home=tmp_path).stdout)
    result = report["runs"][0]["results"]
    assert report["version"] == "2.1.0"
    assert [
        (item["ruleId"], item["locations"][0]["physicalLocation"]["region"]["startLine"]) for item in result
    ] == [("delete-tree", 7)]


def test_usage_and_files_that_are_not_there(tmp_path: Path) -> None:
    assert caro("check", home=tmp_path).returncode == 2
    done = caro("check", "--script", "nowhere.sh", home=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("caro: can't read the script nowhere.sh")


def test_explain_tells_the_way_to_the_verdict(tmp_path: Path) -> None:
    told = caro("explain", "sudo sh -c 'rm -rf \"$HOME\"/*'", home=tmp_path).stdout
    for words in (
        "CRITICAL",
        "sudo runs",
        "sh -c runs",
        "deletes files: ~/*, a whole home folder",
        "Caro warns and lets it run.",
        "a whole home folder (scope: home)",
        "as root",
        "reached through: sudo > sh",
        "instead: sudo ls -ld",
    ):
        assert words in told
    steps = json.loads(caro("explain", "--json", "echo cm0gLXJmIC8K | base64 -d | sh", home=tmp_path).stdout)
    assert "decode" in [step["kind"] for step in steps["steps"]]
    assert sum(term["points"] for term in steps["findings"][0]["terms"]) >= steps["findings"][0]["score"]


def test_explain_draws_a_tree_at_a_terminal(tmp_path: Path) -> None:
    child = pexpect.spawn(
        sys.executable,
        ["-m", "caro", "explain", "sudo sh -c 'cd /; rm -rf *'; echo x"],
        env={"HOME": str(tmp_path), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        encoding="utf-8",
        dimensions=(50, 120),
    )
    child.expect(pexpect.EOF)
    lines = [line.rstrip() for line in child.before.splitlines()]
    assert "  ├─ sudo sh -c cd /; rm -rf *" in lines
    assert "  └─ echo x" in lines
    assert any(re.fullmatch(r"  │  .*└─ => deletes files: .*, the whole system", line) for line in lines), (
        lines
    )


def test_explain_never_prints_a_terminals_escapes(tmp_path: Path) -> None:
    assert "\x1b" not in caro("explain", "echo \x1b]0;x\x07; rm -rf /\x1b[2J", home=tmp_path).stdout


def test_mode_and_user_rules(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text('[safety]\nmode = "active"\nblock = ["^make deploy"]\n')
    config = {"CARO_CONFIG": str(tmp_path / "c.toml")}
    assert (
        json.loads(caro("check", "--json", "rm -rf /", home=tmp_path, **config).stdout)["action"] == "block"
    )
    assert (
        json.loads(caro("check", "--json", "make deploy", home=tmp_path, **config).stdout)["action"]
        == "block"
    )
    assert (
        json.loads(caro("check", "--json", "make test", home=tmp_path, **config).stdout)["action"] == "allow"
    )


@pytest.mark.parametrize("variable", ["CARO_AGENT", "CLAUDECODE"])
def test_an_agent_allows_itself_nothing(variable: str, tmp_path: Path) -> None:
    done = caro("allow", "add", "git reset --hard", "--reason", "x", home=tmp_path, **{variable: "1"})
    assert done.returncode == 1
    assert "below an agent" in done.stderr
    assert not (tmp_path / ".config").exists() or "allow" not in "".join(
        file.read_text() for file in (tmp_path / ".config").rglob("*.toml")
    )


def test_allow_needs_a_terminal(tmp_path: Path) -> None:
    line = caro("allow", "git reset --hard", home=tmp_path)
    assert (line.returncode, "nobody is at a terminal" in line.stderr) == (1, True)
    assert caro("allow", "add", "git reset --hard", "--reason", "x", home=tmp_path).returncode == 1
    assert caro("allow", "list", home=tmp_path).stdout == "Nothing is allowed beyond the rules.\n"


def test_check_sees_an_agent_among_the_processes_above(tmp_path: Path) -> None:
    """As the prompt does: the agent's own variables may be gone."""
    for name, action in (("codex", "confirm"), ("other", "warn")):
        words = "[sys.executable, '-m', 'caro', 'check', '--json', 'git reset --hard']"
        code = f"import subprocess, sys; subprocess.run({words})"
        (tmp_path / name).write_text(code)
        env = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        done = subprocess.run(
            [sys.executable, tmp_path / name], capture_output=True, text=True, env=env, cwd="/"
        )
        assert json.loads(done.stdout)["action"] in (action, "block"), name


def test_a_fifo_is_waited_for_and_that_is_said(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with subprocess.Popen(["sh", "-c", 'echo true > "$0"', str(fifo)]):
        done = caro("check", "--script", str(fifo), home=tmp_path)
    assert done.stdout.startswith("1 statement") and f"{fifo} is a FIFO: waiting" in done.stderr
