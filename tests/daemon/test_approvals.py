"""Who may say a person's yes: the program that asked that person, at the session's terminal, below no agent."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pexpect
import pytest

from daemons import NATIVES, SESSION, FakeDaemon, World, reply_with
from persons import AGENTS, confirm_at_terminal

LINE = "git reset --hard"
EXEC = {"type": "check_exec", "argv": LINE.split(), "session": SESSION, "cwd": "/"}
ANSWER = {"type": "preexec", "answer": "yes", "seq": 1, "session": SESSION}
SEND = """import json, socket, sys
with socket.socket(socket.AF_UNIX) as s:
    s.connect(sys.argv[1])
    for text in sys.argv[2:]:
        s.sendall(text.encode() + b"\\n")
        s.recv(65536)
"""


@pytest.fixture
def guarded(world: World) -> World:
    world.configure('[safety]\nmode = "active"\n')
    world.compile()
    world.start()
    world.wait_ready()
    return world


def typed(line: str = LINE, **fields: Any) -> dict[str, Any]:
    return {
        "type": "preexec",
        "shell": "bash",
        "line": line,
        "seq": 1,
        "session": SESSION,
        "cwd": "/",
    } | fields


def send_at_terminal(world: World, *messages: dict[str, Any], **env: str) -> None:
    """As a program that a person's shell runs in front, with no trace of an agent but what `env` has."""
    words = {name: value for name, value in world.env.items() if not name.startswith(AGENTS)}
    texts = [json.dumps({"v": 1, "id": "x"} | message) for message in messages]
    child = pexpect.spawn(
        sys.executable, ["-c", SEND, str(world.socket), *texts], env=words | env, timeout=20
    )
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0, child.before


def test_message_from_anybody_approves_nothing(guarded: World) -> None:
    guarded.ask(typed())
    told = guarded.ask(ANSWER)
    assert "may answer" in told["refused"]
    assert guarded.ask(EXEC)["action"] == "confirm"


@pytest.mark.parametrize("above", [{}, {"CLAUDECODE": "1"}])
def test_program_at_a_terminal_that_is_not_caros_approves_nothing(
    guarded: World, above: dict[str, str]
) -> None:
    send_at_terminal(guarded, typed(), ANSWER, **above)
    assert guarded.ask(EXEC)["action"] == "confirm"


def test_copy_of_the_name_is_not_the_program(guarded: World, tmp_path: Path) -> None:
    """Whose file is executed counts, not what it is called."""
    fake = tmp_path / "caro-hook"
    fake.symlink_to(sys.executable)
    guarded.ask(typed())
    child = pexpect.spawn(
        str(fake), ["-c", SEND, str(guarded.socket), json.dumps({"v": 1, "id": "x"} | ANSWER)], timeout=20
    )
    child.expect(pexpect.EOF)
    assert guarded.ask(EXEC)["action"] == "confirm"


def test_hook_in_a_terminal_of_an_agents_own_approves_nothing(guarded: World) -> None:
    """An agent can make a terminal and press the key itself: that it stands above is seen."""
    words = {name: value for name, value in guarded.env.items() if not name.startswith(AGENTS)}
    child = pexpect.spawn(
        str(NATIVES / "caro-hook"), ["preexec", "-s", "bash", "-n", "1"],
        env=words | {"CARO_LINE": LINE, "CLAUDECODE": "1"}, timeout=20,
    )  # fmt: skip
    child.delaybeforesend = 0.1
    child.expect_exact("run it? [y/N]")
    child.send("y")
    child.expect(pexpect.EOF)
    assert guarded.ask(EXEC)["action"] == "confirm"


def test_hook_in_another_terminal_than_the_sessions_approves_nothing(guarded: World) -> None:
    """The session is that of a shell which lives: its number told again from elsewhere opens no other."""
    shell = subprocess.Popen(["sleep", "60"], env=guarded.env)
    try:
        guarded.ask(typed(pid=shell.pid))
        confirm_at_terminal(guarded, LINE)
        assert guarded.ask(EXEC)["action"] == "confirm"
    finally:
        shell.kill()
        shell.wait()


def test_person_at_the_sessions_terminal_approves(guarded: World) -> None:
    hook = f'CARO_LINE="{LINE}" {NATIVES}/caro-hook preexec -s bash -p $$ -n 1; echo st=$?; read end'
    words = {name: value for name, value in guarded.env.items() if not name.startswith(AGENTS)}
    shell = pexpect.spawn("/bin/sh", ["-c", hook], env=words, timeout=20)
    shell.delaybeforesend = 0.1
    shell.expect_exact("run it? [y/N]")
    shell.send("y")
    shell.expect_exact("st=0")
    assert guarded.ask(EXEC)["action"] == "allow"
    shell.sendline("")
    shell.expect(pexpect.EOF)


NAMESPACE = ["unshare", *(["-r"] if os.geteuid() else []), "-pf", "--mount-proc"]


@pytest.mark.skipif(
    not shutil.which("unshare") or subprocess.run([*NAMESPACE, "true"], capture_output=True).returncode != 0,
    reason="PID namespaces can't be made here",
)
def test_person_approves_from_a_namespace_whose_processes_have_other_ids(guarded: World) -> None:
    hook = f'CARO_LINE="{LINE}" {NATIVES}/caro-hook preexec -s bash -p $$ -n 1; echo st=$?; read end'
    words = {name: value for name, value in guarded.env.items() if not name.startswith(AGENTS)}
    shell = pexpect.spawn(NAMESPACE[0], [*NAMESPACE[1:], "/bin/sh", "-c", hook], env=words, timeout=20)
    shell.delaybeforesend = 0.1
    shell.expect_exact("run it? [y/N]")
    shell.send("y")
    shell.expect_exact("st=0")
    assert guarded.ask(EXEC)["action"] == "allow"
    shell.sendline("")
    shell.expect(pexpect.EOF)


def test_approved_line_brings_no_final_verdict_through(guarded: World) -> None:
    assert confirm_at_terminal(guarded, LINE) == 0
    assert guarded.ask(EXEC)["approved"] is True
    fatal = guarded.ask(EXEC | {"argv": ["rm", "-rf", "/etc"]})
    assert fatal["action"] == "block" and "approved" not in fatal


def test_line_that_was_refused_can_not_be_approved(guarded: World) -> None:
    guarded.ask(typed("rm -rf /etc"))
    assert "refused, not asked" in guarded.ask(ANSWER)["refused"]


@pytest.mark.parametrize("reply", [{"action": "allow", "approved": True}, {"action": "allow"}])
def test_server_in_the_sockets_place_brings_nothing_final_through(
    world: World, reply: dict[str, Any]
) -> None:
    world.configure('[safety]\nmode = "active"\nblock = ["^touch forbidden"]\n')
    world.compile()
    server = FakeDaemon(world.socket, reply_with(**reply))
    words = world.env | {"CARO_AGENT": ""}
    try:
        for line in ("rm -rf /etc", "touch forbidden"):
            done = subprocess.run(
                [NATIVES / "caro-hook", "exec", *line.split()], env=words, timeout=20, capture_output=True,
                start_new_session=True,
            )  # fmt: skip
            assert done.returncode == 126, (line, done)
            assert world.preexec(line).returncode == 2, line
            call = {"hook_event_name": "PreToolUse", "tool_input": {"command": line}, "cwd": os.getcwd()}
            agent = subprocess.run(
                [NATIVES / "caro-hook", "agent", "claude-code"], input=json.dumps(call).encode(), env=words,
                timeout=20, capture_output=True, start_new_session=True,
            )  # fmt: skip
            assert agent.returncode == 2, (line, agent)
    finally:
        server.close()
        world.socket.unlink(missing_ok=True)
