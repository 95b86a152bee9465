"""Every command line in the documentation runs as it stands, in a throw-away HOME, and ends as it should."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

from caro.cli.main import find_command
from caro.cli.tour import STEPS
from caro.knowledge.shells import names
from caro.model import Event
from caro.record import uuid7
from caro.record.times import now_ts
from caro.record.writer import write_event
from documented import documented_lines

LINES = sorted(documented_lines())

NEED_MORE = {
    f"caro {name}"
    for name in (
        "agent allow ask check completion config daemon explain fleet import init plugin policy privacy run shims trust"
    ).split()
}
BY_NAME = NEED_MORE | {
    "caro sync",
    "caro history forget",
    "caro privacy delete",
    "caro privacy delete --all",
    "caro run --agent NAME",
    "caro run --mode deep",
    "caro history forget --shells",
    "caro agent install",
    "caro plugin add",
    "caro plugin remove",
    "caro plugin remove NAME",
    "caro policy remove NAME",
    "caro policy fetch",
}
"""Not a whole command line: the page speaks of the command, whose own page is asked for instead."""

FILLED = {
    "agent install NAME": "agent install claude-code",
    "FILE": "script.sh", "'COMMAND'": "'git status'", "KEY VALUE": "safety.mode active", "[LINE]": "gti",
}  # fmt: skip
"""What a person puts in the place of a placeholder."""

ENDS_WITH = {
    "caro check 'rm -rf \"$HOME\"/*'": 4,
    "caro check 'git push --force'": 3,
    "caro import atuin": 1,
    "caro tldr fetch ~/tldr.zip": 1,
    "caro export": 2,
    "caro policy replay": 2,
    "caro fix --show-prompt": 1,
    "caro show EVENT": 1,
    "caro fix": 1,
    "caro fix --explain": 1,
    "caro explain-error": 1,
    "caro help-output": 1,
    "caro daemon status --json": 1,
    "caro daemon status": 1,
    "caro export parquet": 1,
    "caro fleet schema --apply": 1,
    "caro fleet test": 1,
    "caro fleet run": 1,
    "caro fleet run --once": 1,
    "caro fleet query failures --since 24h": 1,
    "caro repl bash --script script.sh": 128,
    "caro tui": 2,
    "caro undo": 1,
    "caro play": 1,
    "caro play --at last": 1,
    "caro play --at EVENT": 1,
    "caro record --session": 1,
    "caro record --stop": 1,
    "caro undo --keep": 1,
    "caro undo --diff": 1,
    **{line: 1 for line in LINES if line.startswith("caro sync ")},
}
"""Statuses that say something: critical, high; no such history; no failure that a fix is known for; no daemon;
no pyarrow; no server and no other machines of one's own; no terminal; nothing kept; nothing recorded, no relay."""

STANDARD_INPUT = {"caro check --batch": '{"command": "git status"}\n'}

READY, ALLOW = "ready> ", "caro allow add 'git push --force' --reason 'my own branch' --for 8h"

AT_A_TERMINAL: dict[str, tuple[tuple[str, str], ...]] = {
    "caro shell": ((READY, "echo 4$((1))2"), ("412", "exit")),
    "caro shell --no-relay": ((READY, "echo 4$((1))2"), ("412", "exit")),
    "caro record": ((READY, "echo 4$((1))2"), ("412", "exit")),
    "caro record -- make test": (),
    "caro install": (),
    **{f"caro install {name}": () for name in names()},
    "caro uninstall --purge": (),
    ALLOW: (),
}
"""What comes, and what a person then types. Whatever is asked besides gets Enter, the first choice."""

QUESTION = re.compile(r"(?:\[Y/n\]|\([a-z](?:/[a-z])+\)): ?$|Go on\? \[Y/n\]\W*$|\[y/N\] ?$|n ends: $")

UNTIL_INTERRUPTED = {"caro tail": "git push", "caro daemon run": None}
"""Those that go on: what they print first, then ^C."""

BEFORE = {"caro allow revoke ID": ALLOW}

NOT_RUN = {
    "caro allow CODE": "the code is made by a refusal to an agent; tests/agent redeems one",
    "caro agent mcp": "it needs the extra; tests/agent/test_mcp.py talks to it",
}


@pytest.fixture
def place(home: Path, env: dict[str, str]) -> Path:
    """A project with a Makefile and a script, a stand-in for an agent on PATH, and a session in the log."""
    folder = home / "project"
    folder.mkdir()
    (folder / "Makefile").write_text("test:\n\t@echo tested\n")
    (folder / "script.sh").write_text("git status\n")
    (home / ".bashrc").write_text(f"PS1='{READY}'\n")
    bin = home / "bin"
    bin.mkdir()
    (bin / "claude").write_text("#!/bin/sh\necho an agent\n")
    (bin / "claude").chmod(0o755)
    env["PATH"] = f"{bin}:{env['PATH']}"
    env |= {"EDITOR": "true", "SHELL": "/bin/bash", "CARO_DAEMON_AUTO_START": "false"}
    env.pop("VISUAL", None)
    fields = {"session_id": uuid7.new(), "cwd": str(folder), "exit_code": 1, "duration_ms": 1.0}
    (home / ".bash_history").write_text("make test\n")
    event = Event(v=1, id=uuid7.new(), kind="exec", source="shim", ts=now_ts(), argv=["git", "push"],
                  command="git", **fields)  # fmt: skip
    write_event(home / ".trace_shell.jsonl", event)
    return folder


def filled(line: str, place: Path, env: dict[str, str]) -> str:
    for placeholder, word in FILLED.items():
        line = line.replace(placeholder, word)
    if line in BY_NAME:
        return f"{line} --help"
    if line.endswith(" ID"):
        listed = shell("caro allow list", place, env).stdout
        line = line.removesuffix("ID") + listed.split()[0]
    return line


def shell(line: str, place: Path, env: dict[str, str], text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", line],
        cwd=place,
        env=env,
        input=text,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=60,
    )


@pytest.mark.parametrize("line", [line for line in LINES if line not in NOT_RUN])
def test_a_documented_line_runs(line: str, place: Path, env: dict[str, str]) -> None:
    if line in AT_A_TERMINAL:
        return at_a_terminal(line, place, env)
    if line in UNTIL_INTERRUPTED:
        return until_interrupted(line, place, env)
    if line in BEFORE:
        at_a_terminal(BEFORE[line], place, env)
    done = shell(filled(line, place, env), place, env, STANDARD_INPUT.get(line, ""))
    assert done.returncode == ENDS_WITH.get(line, 0), (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr


def at_a_terminal(line: str, place: Path, env: dict[str, str]) -> None:
    child = pexpect.spawn("sh", ["-c", line], cwd=str(place), env=env, timeout=60, encoding="utf-8")  # type: ignore[arg-type]
    for wanted, typed in AT_A_TERMINAL[line]:
        child.expect_exact(wanted)
        child.sendline(typed)
    while child.expect([QUESTION, pexpect.EOF]) == 0:
        child.sendline("")
    child.close()
    assert child.exitstatus == 0, child.before


def until_interrupted(line: str, place: Path, env: dict[str, str]) -> None:
    """They end at ^C, quietly, as a person ends them."""
    child = pexpect.spawn("sh", ["-c", f"exec {line}"], cwd=str(place), env=env, timeout=60, encoding="utf-8")  # type: ignore[arg-type]
    shown = UNTIL_INTERRUPTED[line]
    if shown is None:
        while shell("caro daemon status", place, env).returncode != 0:
            assert child.isalive()
    else:
        child.expect_exact(shown)
    child.sendintr()
    child.expect(pexpect.EOF)
    assert "Traceback" not in child.before
    child.close()
    assert not os.path.exists(f"{env['HOME']}/.config/caro/caro.sock")


@pytest.mark.parametrize("line", [part for _, command, _ in STEPS for part in re.split(r"\s+·\s+", command)])
def test_a_step_of_the_tour_runs_or_is_a_key(line: str, place: Path, env: dict[str, str]) -> None:
    if line in AT_A_TERMINAL:
        return at_a_terminal(line, place, env)
    if not line.startswith("caro "):
        assert line == "esc esc"  # pressed in tests/shells
        return
    done = shell(line, place, env)
    assert done.returncode == (3 if line.startswith("caro check") else 0), (done.stdout, done.stderr)


def test_the_tables_name_lines_that_are_documented() -> None:
    named = {
        *(BY_NAME - NEED_MORE),
        *ENDS_WITH,
        *STANDARD_INPUT,
        *AT_A_TERMINAL,
        *UNTIL_INTERRUPTED,
        *BEFORE,
        *NOT_RUN,
    }
    assert named <= set(LINES)
    assert all(find_command(line.partition("caro ")[2].split()[0]) for line in LINES)


def test_the_documented_variable_switches_one_shell_off(
    place: Path, env: dict[str, str], caro: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """`CARO_DISABLE=1 bash` of the page on switching off."""
    done = shell("CARO_DISABLE=1 caro status --json", place, env)
    assert '"disabled": "CARO_DISABLE"' in done.stdout
    (place.parent / ".config/caro").mkdir(parents=True)
    assert shell("touch ~/.config/caro/disabled; caro status", place, env).stdout.startswith(
        "Caro     OFF by"
    )
