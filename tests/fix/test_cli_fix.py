"""`caro fix` as a user and as a program run it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

Caro = Callable[..., subprocess.CompletedProcess[str]]


def batch(env: dict[str, str], *rows: Any) -> list[dict[str, Any]]:
    text = "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
    done = subprocess.run(
        ["caro", "fix", "--batch"], input=text, capture_output=True, text=True, env=env, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_batch_answers_each_line_in_order(env: dict[str, str]) -> None:
    answers = batch(
        env,
        {"command": "gti status", "exit_code": 127, "output": "bash: gti: command not found\n"},
        "not json",
        {"command": "ls", "exit_code": 0, "output": ""},
        {"command": "git psuh", "exit_code": 1},
        {"command": 3, "exit_code": 1},
        {"exit_code": 1},
        {"command": "rm d", "exit_code": 1, "output": "rm: cannot remove 'd': Is a directory\n"},
    )
    firsts = [answer["fixes"][0]["command"] if answer["fixes"] else None for answer in answers]
    assert firsts == ["git status", None, None, "git push", None, None, "rm -r d"]
    assert set(answers[0]) == {"command", "fixes", "explanation"}
    assert set(answers[0]["fixes"][0]) == {"command", "confidence", "level", "why", "tier"}
    assert answers[6]["fixes"][0]["raises_risk"] is True and answers[6]["fixes"][0]["level"] != "low"
    assert "error" in answers[1] and "error" in answers[4]


def test_bad_input_of_every_kind_gets_an_answer(env: dict[str, str]) -> None:
    answers = batch(
        env,
        {
            "command": "git psuh",
            "exit_code": 1,
            "output": "x" * 2_000_000 + "\n'psuh' is not a git command\n",
        },
        {
            "command": "git psuh",
            "exit_code": 1,
            "output": "\x1b[31m\x00\ud800\x07'psuh' is not a git command\n",
        },
        {"command": "a" * 100_000, "exit_code": 127, "output": ""},
        {"command": "\ud800\x00", "exit_code": 127, "output": None, "shell": None, "cwd": 7},
        {"command": "((((((" * 500, "exit_code": 2, "output": "("},
    )
    assert len(answers) == 5
    assert [answer["fixes"][0]["command"] for answer in answers[:2]] == ["git push", "git push"]
    assert [answer["fixes"] for answer in answers[2:]] == [[], [], []]


def test_one_command_with_its_output_in_a_file(caro: Caro, tmp_path: Path) -> None:
    output = tmp_path / "out"
    output.write_bytes(b"\xff\xfe binary\nE: Invalid operation isntall\n")
    done = caro("fix", "--command", "apt isntall x", "--exit", "100", "--output-file", str(output))
    assert (done.returncode, done.stdout) == (0, "apt install x\n")
    done = caro("fix", "--command", "apt isntall x", "--exit", "100", "--json")
    assert json.loads(done.stdout)["fixes"][0]["command"] == "apt install x"
    done = caro("fix", "--command", "git psuh", "--exit", "1", "--explain")
    assert done.stdout.splitlines()[0] == "git push" and "%" in done.stdout


def test_silence_ends_with_one_and_a_missing_file_is_told(caro: Caro) -> None:
    assert (caro("fix", "--command", "false", "--exit", "1").stdout) == ""
    done = caro("fix", "--command", "x", "--output-file", "/no/such/file")
    assert done.returncode == 1 and done.stderr.startswith("caro: can't read the output file /no/such/file")


def test_the_last_failed_line_of_the_log(caro: Caro, home: Path) -> None:
    done = caro("fix")
    assert done.returncode == 1 and "--command" in done.stderr
    base = {"v": 1, "kind": "line", "source": "prompt", "session_id": "s", "cwd": "/"}
    rows = [
        {**base, "id": "1", "ts": "2026-01-01T00:00:00.000000Z", "text": "git psuh", "exit_code": 1},
        {**base, "id": "2", "ts": "2026-01-01T00:00:01.000000Z", "text": "ls", "exit_code": 0},
    ]
    (home / ".trace_shell.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert caro("fix").stdout == "git push\n"


def test_rules_of_the_user_work_and_a_broken_one_is_named(caro: Caro, home: Path) -> None:
    folder = home / ".config/caro/rules/fix"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text(
        '[[rule]]\nid = "vpn"\ntools = ["fetchit"]\nhas = ["vpn down"]\nfix = ["vpn up && {line}"]\nwhy = "VPN down"\n'
    )
    (folder / "broken.toml").write_text('[[rule]]\nid = "x"\nfix = "no list"\n')
    answer = caro("fix", "--command", "fetchit a", "--exit", "3", "--output-file", "-", input="VPN down\n")
    assert answer.stdout == "vpn up && fetchit a\n"
    assert "broken.toml" in answer.stderr and "fix" in answer.stderr


def test_forget_tells_how_much(caro: Caro, home: Path) -> None:
    from caro.machine.corrections import Corrections

    book = Corrections(home / ".local/share/caro/corrections.db")
    book.learn("gs", "git stash")
    assert caro("fix", "--command", "gs", "--exit", "127").stdout.startswith("git stash\n")
    assert caro("fix", "--forget", "gs").stdout == "forgot 1 correction\n"
    assert caro("fix", "--forget").stdout == "forgot 0 corrections\n"
