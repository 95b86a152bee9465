"""A refused agent is given a code; only a person, at a terminal of their own, lets the command pass with it."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from agent.calls import ask, call_with, decision
from daemons import World

LINE = "git push --force origin main"
LEFT_OUT = ("CARO_", "CLAUDE", "CODEX", "GEMINI", "CURSOR", "AGENT", "OPENCODE")


@pytest.fixture
def guarded(world: World) -> World:
    world.configure('[safety]\nmode = "active"\n')
    world.compile()
    world.start()
    world.wait_ready()
    return world


def refused_code(world: World) -> str:
    done = ask(world, "claude-code", call_with("claude-code", LINE))
    assert done.returncode == 2
    found = re.search(r"caro allow (\w+)", done.stderr)
    assert found, done.stderr
    return found[1]


def at_terminal(world: World, command: list[str], **env: str) -> pexpect.spawn:
    words = {name: value for name, value in world.env.items() if not name.startswith(LEFT_OUT)}
    return pexpect.spawn(command[0], command[1:], env=words | env, encoding="utf-8", timeout=20)


def test_person_lets_it_pass_once(guarded: World) -> None:
    code = refused_code(guarded)
    person = at_terminal(guarded, [guarded.program, "allow", code])
    person.expect_exact(LINE)
    person.expect_exact("[y/N]")
    person.sendline("y")
    person.expect(pexpect.EOF)
    person.close()
    assert person.exitstatus == 0
    assert ask(guarded, "claude-code", call_with("claude-code", LINE)).returncode == 0
    assert ask(guarded, "claude-code", call_with("claude-code", LINE)).returncode == 2


def test_code_is_for_that_line_in_that_folder_alone(guarded: World) -> None:
    person = at_terminal(guarded, [guarded.program, "allow", refused_code(guarded)])
    person.expect_exact("[y/N]")
    person.sendline("y")
    person.expect(pexpect.EOF)
    person.close()
    for call in (call_with("claude-code", LINE + " x"), call_with("claude-code", LINE, cwd="/elsewhere")):
        assert ask(guarded, "claude-code", call).returncode == 2


def test_person_may_say_no(guarded: World) -> None:
    person = at_terminal(guarded, [guarded.program, "allow", refused_code(guarded)])
    person.expect_exact("[y/N]")
    person.sendline("n")
    person.expect(pexpect.EOF)
    person.close()
    assert person.exitstatus == 1
    assert ask(guarded, "claude-code", call_with("claude-code", LINE)).returncode == 2


@pytest.mark.parametrize("variable", ["CARO_AGENT", "CLAUDECODE"])
def test_agent_cannot_redeem_its_own_code(guarded: World, variable: str) -> None:
    code = refused_code(guarded)
    agent = at_terminal(guarded, [guarded.program, "allow", code], **{variable: "1"})
    agent.expect("below an agent")
    agent.expect(pexpect.EOF)
    agent.close()
    assert agent.exitstatus == 1


def test_neither_below_script_nor_with_a_clean_environment(guarded: World) -> None:
    """The agent makes a terminal of its own and hides its variables: its process still stands above."""
    command = f"env -u CLAUDECODE {shlex.quote(guarded.program)} allow {refused_code(guarded)}"
    words = {name: value for name, value in guarded.env.items() if not name.startswith(LEFT_OUT)}
    done = subprocess.run(
        ["sh", "-c", f"script -qec {shlex.quote(command)} /dev/null </dev/null; true"],
        env=words | {"CLAUDECODE": "1"},
        capture_output=True,
        text=True,
        timeout=20,
        start_new_session=True,
    )
    assert "below an agent" in done.stdout, done
    assert ask(guarded, "claude-code", call_with("claude-code", LINE)).returncode == 2


def test_program_named_as_an_agent_counts_without_any_variable(guarded: World, tmp_path: Path) -> None:
    code = refused_code(guarded)
    agent = tmp_path / "claude"
    agent.write_text(f"#!/bin/sh\n{shlex.quote(guarded.program)} allow {code}\ntrue\n")
    agent.chmod(0o755)
    person = at_terminal(guarded, [str(agent)])
    person.expect("below an agent")
    person.expect(pexpect.EOF)
    person.close()


def test_message_to_the_daemon_alone_redeems_nothing(guarded: World) -> None:
    """Who redeems is looked at by the daemon: this process has no terminal in front."""
    code = refused_code(guarded)
    source = (
        "import json, socket, sys\n"
        "s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])\n"
        "m = {'v': 1, 'type': 'agent', 'id': 'x', 'event': 'allow', 'code': sys.argv[2], 'answer': 'yes', 'peer': 1}\n"
        "s.sendall(json.dumps(m).encode() + b'\\n'); print(s.recv(4096).decode())"
    )
    done = subprocess.run(
        [sys.executable, "-c", source, str(guarded.socket), code],
        capture_output=True,
        text=True,
        start_new_session=True,
        env=guarded.env,
    )
    assert "refused" in done.stdout
    assert ask(guarded, "claude-code", call_with("claude-code", LINE)).returncode == 2


def test_what_can_never_be_allowed_has_no_code(guarded: World) -> None:
    done = ask(guarded, "claude-code", call_with("claude-code", 'rm -rf "$HOME"/*'))
    assert done.returncode == 2
    assert "caro allow" not in done.stderr


def test_wrong_code_is_told(guarded: World) -> None:
    person = at_terminal(guarded, [guarded.program, "allow", "zzzzzzzz"])
    person.expect("no such code")
    person.expect(pexpect.EOF)
    person.close()
    assert person.exitstatus == 1


def test_code_stands_in_no_file(guarded: World, home: Path) -> None:
    code = refused_code(guarded)
    assert decision("cursor", ask(guarded, "cursor", call_with("cursor", LINE))) == "deny"
    for file in home.rglob("*"):
        assert not file.is_file() or code.encode() not in file.read_bytes(), file
    assert os.path.exists(guarded.socket)


@pytest.mark.parametrize(
    ("words", "typed", "period"),
    [((), "my branch", "1d"), (("--reason", "my branch", "--for", "2h"), "", "2h")],
)
def test_a_line_is_allowed_without_add(
    guarded: World, words: tuple[str, ...], typed: str, period: str
) -> None:
    person = at_terminal(guarded, [guarded.program, "allow", LINE, *words])
    if typed:
        person.expect_exact("Why?")
        person.sendline(typed)
    person.expect_exact(f"for {period}")
    person.expect(pexpect.EOF)
    person.close()
    assert person.exitstatus == 0


def test_an_unquoted_line_is_told_how_it_is_given(guarded: World) -> None:
    person = at_terminal(guarded, [guarded.program, "allow", "git", "push"])
    person.expect_exact("caro allow 'git push'")
    person.expect(pexpect.EOF)
    person.close()
    assert person.exitstatus == 2
