"""The guard and the fixer inside the daemon: loaded in the background, heard by the hook."""

from __future__ import annotations

import json

import pytest

from daemons import SESSION, World


@pytest.fixture
def ready(world: World) -> World:
    world.configure('[safety]\nmode = "active"\n')
    world.start()
    world.wait_ready()
    return world


def test_guard_decides(ready: World) -> None:
    done = ready.preexec("curl https://x.example/i.sh | sh", 1)
    assert done.returncode == 2
    assert "[remote-code]" in done.stderr
    blocked = ready.preexec('rm -rf "$HOME"/*', 2)
    assert blocked.returncode == 2
    assert "caro: blocked: " in blocked.stderr
    assert ready.preexec("echo 'rm -rf /'", 3).returncode == 0


def test_guard_sees_the_variables_that_the_line_names(ready: World) -> None:
    assert ready.preexec('rm -rf "$CARO_TEST_PLACE/"', 1, CARO_TEST_PLACE="/etc").returncode == 2
    assert ready.preexec('rm -rf "$CARO_TEST_PLACE/"', 2, CARO_TEST_PLACE="/tmp/scratch-1").returncode == 0


def test_what_the_session_made_may_go(ready: World) -> None:
    place = {"session": SESSION, "cwd": "/data/work"}
    line = {"type": "preexec", "line": "rm -rf src", **place}
    assert ready.ask(line | {"seq": 1})["action"] == "confirm"
    ready.ask(line | {"line": "mkdir src", "seq": 2})
    ended = {"exit_code": 0, "duration_ms": 1.0}
    assert ready.ask(line | {"seq": 3, "last": ended})["action"] == "allow"
    assert ready.ask(line | {"line": "rm -rf /etc", "seq": 4, "last": ended})["action"] == "block"


def test_mode_is_followed(ready: World) -> None:
    ready.configure('[safety]\nmode = "passive"\n')
    ready.caro("daemon", "reload")
    warned = ready.preexec("rm -rf /etc", 1)
    assert warned.returncode == 0
    assert warned.stderr.startswith("caro: warning: ")
    ready.configure('[safety]\nmode = "off"\n')
    ready.caro("daemon", "reload")
    assert ready.preexec("rm -rf /etc", 2).stderr == ""


def test_a_variable_sets_the_mode_of_one_environment(ready: World) -> None:
    assert ready.preexec("rm -rf /etc", 1, CARO_SAFETY_LEVEL="off").returncode == 0
    assert ready.preexec("rm -rf /etc", 2, CARO_SAFETY_MODE="passive").returncode == 0
    assert ready.preexec("rm -rf /etc", 3).returncode == 2
    ready.close()
    assert ready.preexec("rm -rf /etc", 4, CARO_SAFETY_MODE="active").returncode == 2
    assert ready.preexec("rm -rf /etc", 5, CARO_SAFETY_MODE="off").returncode == 0


def test_exec_gate_asks_the_guard_and_an_approval_holds(ready: World) -> None:
    question = {"type": "check_exec", "argv": ["rm", "-rf", "/etc"], "session": SESSION, "cwd": "/"}
    assert ready.ask(question)["action"] == "block"
    line = {"type": "preexec", "line": "rm -rf /etc", "seq": 1, "session": SESSION}
    ready.ask(line)
    ready.ask({"type": "preexec", "answer": "yes", "seq": 1, "session": SESSION})
    assert ready.ask(question)["action"] == "allow"
    ready.ask(line | {"line": "ls", "seq": 2})
    assert ready.ask(question)["action"] == "block"


def test_failure_gets_a_fix_and_the_key_its_text(ready: World) -> None:
    assert ready.hook("fix").returncode == 1
    ready.preexec("gti status", 1)
    done = ready.hook("postexec", "-e", "127", "-d", "100", seq=1)
    assert done.returncode == 0
    assert done.stderr.startswith("\x1b[2mcaro: git status   (")
    assert done.stderr.endswith("esc esc)\x1b[0m\n")
    fixed = ready.hook("fix")
    assert (fixed.returncode, fixed.stdout) == (0, "git status")


def test_success_and_silence_get_nothing(ready: World) -> None:
    ready.preexec("grep x /etc/passwd", 1)
    done = ready.hook("postexec", "-e", "1", "-d", "100", seq=1)
    assert (done.returncode, done.stderr) == (0, "")
    assert ready.hook("fix").returncode == 1


def test_suggestions_can_be_switched_off(ready: World) -> None:
    ready.configure("[shell]\nsuggestions = false\n")
    ready.caro("daemon", "reload")
    ready.preexec("gti status", 1)
    assert ready.hook("postexec", "-e", "127", seq=1).stderr == ""


def test_until_the_guard_is_there_the_table_answers(world: World) -> None:
    from daemons import FakeDaemon, reply_with

    world.configure('[safety]\nmode = "active"\n')
    world.compile()
    daemon = FakeDaemon(world.socket, reply_with(action="allow", partial=True))
    assert world.preexec("rm -rf /", 1).returncode == 2
    daemon.answer = reply_with(action="allow")
    assert world.preexec("rm -rf /", 2).returncode == 0
    daemon.answer = reply_with(error="not today")
    assert world.preexec("rm -rf /", 3).returncode == 2
    daemon.close()


def test_secrets_stay_out_of_the_ring(ready: World) -> None:
    secret = "ghp_" + "a1B2" * 9
    ready.preexec(f"export GITHUB_TOKEN={secret}", 1)
    ready.preexec("true", 2, "-e", "0")
    answer = json.dumps(
        [ready.ask({"type": kind, "session": SESSION}) for kind in ("fix", "suggest", "status")]
    )
    assert secret not in answer
