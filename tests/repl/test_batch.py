"""`caro repl` without a terminal: the person's shell runs the text; status, input, policy and record are right."""

from __future__ import annotations

import io
import json
import signal
import subprocess
from pathlib import Path

import pytest

from caro.repl.batch import whole_statements


def repl(env: dict[str, str], folder: Path, *words: str, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["caro", "repl", *words], env=env, cwd=folder, input=text, capture_output=True, text=True, timeout=120
    )


def events(env: dict[str, str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in (Path(env["HOME"]) / ".trace_shell.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_a_line_and_piped_input_end_as_in_the_shell(
    shell: str, env: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "s.sh").write_text("echo one\nfalse\nsh -c 'exit 3'\n")
    done = repl(env, tmp_path, shell, "--script", "s.sh")
    assert (done.stdout, done.returncode) == ("one\n", 3), done.stderr
    done = repl(env, tmp_path, shell, "-c", "echo two; exit 4")
    assert (done.stdout, done.returncode) == ("two\n", 4), done.stderr
    done = repl(env, tmp_path, shell, text="echo three\nexit 7\n")
    assert (done.stdout, done.returncode) == ("three\n", 7), done.stderr


def test_bytes_that_are_no_text_are_run_and_recorded(env: dict[str, str], tmp_path: Path) -> None:
    done = subprocess.run(
        ["caro", "repl", "bash", "-c", b"printf '%s' b\xff; true"],
        env=env, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, timeout=120,
    )  # fmt: skip
    assert (done.stdout, done.returncode) == (b"b\xff", 0), done.stderr
    assert "b\ufffd" in (Path(env["HOME"]) / ".trace_shell.jsonl").read_text("utf-8")


def test_commands_read_the_rest_of_the_input(env: dict[str, str], tmp_path: Path) -> None:
    done = repl(
        env,
        tmp_path,
        "bash",
        text="read x\nDATA words\necho got $x\ncat <<E\nhere\nE\nfor i in 1 2\ndo echo $i\ndone\n",
    )
    assert done.stdout == "got DATA words\nhere\n1\n2\n", done.stderr


def test_a_shell_that_a_signal_ends(env: dict[str, str], tmp_path: Path) -> None:
    assert repl(env, tmp_path, "bash", "-c", "kill -TERM $$").returncode in (
        -signal.SIGTERM,
        128 + signal.SIGTERM,
    )


def test_the_record_has_one_session_with_lines_and_builtins(env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "s.sh").write_text("cd /tmp\nexport TOKEN=hunter2secret\ngit --version\n")
    assert repl(env, tmp_path, "bash", "--script", "s.sh").returncode == 0
    found = events(env)
    assert len({event["session_id"] for event in found}) == 1
    assert [event["kind"] for event in found].count("session") == 1
    assert next(event["text"] for event in found if event["kind"] == "line") == "cd /tmp"
    builtins = [event for event in found if event["kind"] == "builtin"]
    assert {event["source"] for event in builtins} == {"repl"}
    assert [event["command"] for event in builtins] == ["cd", "export"]
    assert builtins[1]["env_diff"] == ["TOKEN"]
    assert any(event["kind"] == "exec" and event["command"] == "git" for event in found)
    assert "hunter2secret" not in json.dumps(found)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("-c", "echo before; touch marker"), ""),
        (("--script", "s.sh"), ""),
        ((), "echo before\ntouch marker\necho after\n"),
    ],
)
def test_a_refused_text_runs_nothing_of_it(
    words: tuple[str, ...], text: str, env: dict[str, str], tmp_path: Path
) -> None:
    env = env | {"CARO_DISABLE": "", "SHELL": "/bin/bash"}
    (tmp_path / "s.sh").write_text("echo before\ntouch marker\n")
    config = Path(env["HOME"]) / ".config/caro"
    config.mkdir(parents=True)
    (config / "config.toml").write_text("[safety]\nblock = ['touch marker']\n")
    done = repl(env, tmp_path, *words, text=text)
    assert done.returncode == 126 and "touch marker" in done.stderr
    assert not (tmp_path / "marker").exists() and "after" not in done.stdout
    assert "before" not in done.stdout or not words


@pytest.mark.long
def test_a_policy_holds_for_what_a_listed_script_starts(env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text('deny = ["git status"]\n')
    (tmp_path / "inner.sh").write_text(
        "git --version && echo ran; x=status; git $x && touch marker; echo end\n"
    )
    done = repl(env, tmp_path, "bash", "--policy", "p.toml", "-c", "bash inner.sh")
    assert "ran" in done.stdout and "end" in done.stdout and "denied" in done.stderr, done
    assert not (tmp_path / "marker").exists()
    subprocess.run(["caro", "daemon", "stop"], env=env, capture_output=True, timeout=60)


@pytest.mark.parametrize(
    ("dialect", "pieces"),
    [
        ("bash", ["ls\n", "if true\nthen ls\nfi\n", "a &&\nb\n", "x='1\n2'\n", "cat <<E\nfoo\nE\n"]),
        ("bash", ["for i in 1\ndo echo\ndone\n"]),
        ("bash", ["a \\\nb\n", "f() {\nls\n}\n", "echo 'never closed\n"]),
        ("fish", ["ls\n", "if true\nls\nend\n", "for i in 1 2\nwhile true\nls\nend\nend\n"]),
    ],
)  # fmt: skip
def test_piped_text_is_handed_on_in_whole_statements(dialect: str, pieces: list[str]) -> None:
    stream = io.BytesIO("".join(pieces).encode())
    assert [piece.decode() for piece in whole_statements(stream, dialect)] == pieces


def test_a_refused_line_of_piped_input_is_told_once_by_its_number(
    env: dict[str, str], tmp_path: Path
) -> None:
    env = env | {"CARO_DISABLE": ""}
    config = Path(env["HOME"]) / ".config/caro"
    config.mkdir(parents=True)
    (config / "config.toml").write_text("[safety]\nblock = ['touch marker']\n")
    done = repl(env, tmp_path, "bash", text="for i in a\ndo echo $i\ndone\ntouch marker\necho c\n")
    assert (done.stdout, done.returncode) == ("a\n", 126)
    first, last = done.stderr.splitlines()
    assert first.startswith("caro: line 4: blocked: ") and "touch marker" in first
    assert last == "caro: line 4 and what follows it were not run"
    done = repl(env, tmp_path, "bash", text="touch marker\necho c\n")
    assert done.stdout == "" and done.stderr.count("line 1") == 1 and "nothing of it was run" in done.stderr
