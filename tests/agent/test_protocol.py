"""What each agent is answered, in its own protocol."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.calls import CALLS, SESSION, ask, call_with, decision
from daemons import World

HOME_DELETE = 'rm -rf "$HOME"/*'
DATA = (
    f"git commit -m '{HOME_DELETE}'",
    f"grep -n '{HOME_DELETE}' notes.txt",
    f"cat <<'END'\n{HOME_DELETE}\nEND",
)

agents = pytest.mark.parametrize("agent", CALLS)


@pytest.fixture
def active(world: World) -> World:
    world.configure('[safety]\nmode = "active"\n')
    world.compile()
    return world


@pytest.fixture
def guarded(active: World) -> World:
    active.start()
    active.wait_ready()
    return active


@agents
def test_compiled_table_refuses_without_a_daemon(active: World, agent: str) -> None:
    done = ask(active, agent, call_with(agent, HOME_DELETE))
    assert decision(agent, done) == "deny"
    assert "deletes ~" in done.stdout + done.stderr


def test_daemon_refuses_with_reason_and_safer_command(guarded: World) -> None:
    done = {agent: ask(guarded, agent, call_with(agent, HOME_DELETE)) for agent in CALLS}
    assert {agent: decision(agent, one) for agent, one in done.items()} == dict.fromkeys(CALLS, "deny")
    told = {agent: one.stdout + one.stderr for agent, one in done.items()}
    assert [agent for agent, text in told.items() if "delete-tree" not in text] == []
    assert [agent for agent, text in told.items() if "caro: safer: " not in text] == []


@pytest.mark.parametrize("line", DATA)
def test_the_same_text_as_data_passes_silently(guarded: World, line: str) -> None:
    done = {agent: ask(guarded, agent, call_with(agent, line)) for agent in CALLS}
    assert {agent: decision(agent, one) for agent, one in done.items()} == dict.fromkeys(CALLS, "allow")
    assert [agent for agent, one in done.items() if "caro" in one.stdout + one.stderr] == []


def test_confirm_asks_where_the_agent_can_ask(guarded: World) -> None:
    answers = {
        name: decision(name, ask(guarded, name, call_with(name, "git reset --hard"))) for name in CALLS
    }
    assert answers == dict.fromkeys(CALLS, "deny") | dict.fromkeys(
        ("claude-code", "cursor", "copilot-cli"), "ask"
    )


SAFER = "git push --force-with-lease origin topic"


@pytest.mark.parametrize(
    ("agent", "updated"),
    [
        # What their documentation shows: the whole arguments, of which one has changed.
        ("claude-code", lambda answer: answer["hookSpecificOutput"]["updatedInput"]),
        ("copilot-cli", lambda answer: answer["modifiedArgs"]),
    ],
)
def test_a_question_offers_the_safer_form_as_the_input(
    guarded: World, agent: str, updated: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    call = call_with(agent, "git push --force origin topic")
    done = ask(guarded, agent, call)
    assert decision(agent, done) == "ask"
    assert updated(json.loads(done.stdout)) == call["tool_input"] | {"command": SAFER}
    assert f"a yes runs this in its place: {SAFER}" in done.stdout
    # Not sure, or one that would ask the agent: as ever.
    for line in ("git push --force origin topic && ls", "rm -rf src", "git clean -fd"):
        asked = ask(guarded, agent, call_with(agent, line)).stdout
        assert "updatedInput" not in asked and "modifiedArgs" not in asked


def test_no_other_agent_gets_another_input(guarded: World) -> None:
    done = {agent: ask(guarded, agent, call_with(agent, "git push --force origin topic")) for agent in CALLS}
    denied = {agent: one.stdout + one.stderr for agent, one in done.items() if decision(agent, one) == "deny"}
    assert denied and [agent for agent, told in denied.items() if SAFER not in told] == []


@agents
def test_passive_warns_and_lets_pass(world: World, agent: str) -> None:
    world.configure('[safety]\nagent_mode = "passive"\n')
    world.compile()
    done = ask(world, agent, call_with(agent, HOME_DELETE))
    assert decision(agent, done) == "allow"
    # Two protocols have no place for it: the log has.
    assert ("warning" in done.stdout) == (agent not in ("copilot-cli", "auggie"))
    assert [event["action"] for event in world.events("verdict")] == ["warn"]


@agents
def test_safe_call_says_what_the_protocol_asks_for_alone(active: World, agent: str) -> None:
    done = ask(active, agent, call_with(agent, "ls -l"))
    said = {"gemini-cli": "{}\n", "cursor": '{"permission":"allow"}\n'}
    assert (done.returncode, done.stdout, done.stderr) == (0, said.get(agent, ""), "")


@agents
@pytest.mark.parametrize("text", ["", "nonsense", "[]", '{"tool_name":"Bash"}', "{" * 100_000])
def test_call_that_cannot_be_read_is_refused(active: World, agent: str, text: str) -> None:
    done = ask(active, agent, text)
    assert decision(agent, done) == "deny"
    assert "nobody can judge it" in done.stdout + done.stderr


def unreadable(agent: str) -> dict[str, str]:
    """Calls whose command an agent may read otherwise than the hook, or that end too early."""
    whole = json.dumps(call_with(agent, "COMMAND"))
    name = "command_line" if agent == "windsurf" else "command"
    first = f'"{name}": "COMMAND"'
    return {
        "array": whole.replace('"COMMAND"', '["rm", "-rf", "/"]'),
        "object": whole.replace('"COMMAND"', '{"x": "ls"}'),
        "null": whole.replace('"COMMAND"', "null"),
        "number": whole.replace('"COMMAND"', "7"),
        "twice": whole.replace(first, f'"{name}": "ls", "{name}": "touch marker"'),
        "escaped": whole.replace(first, f'"comm\\u0061nd{name[7:]}": "touch marker"'),
        "both": whole.replace(first, f'"{name}": "ls", "comm\\u0061nd{name[7:]}": "touch marker"'),
        "truncated": whole[:-1],
        "more": whole + "{}",
        "NUL": whole + "\0",
    }


@agents
@pytest.mark.parametrize("kind", unreadable("claude-code"))
def test_command_that_can_be_read_in_two_ways_is_refused(active: World, agent: str, kind: str) -> None:
    done = ask(active, agent, unreadable(agent)[kind])
    assert decision(agent, done) == "deny", done
    assert "nobody can judge it" in done.stdout + done.stderr


@agents
def test_as_installed_the_critical_is_refused(world: World, agent: str) -> None:
    """No configuration at all: a person's mode is passive, an agent's is not."""
    assert decision(agent, ask(world, agent, call_with(agent, HOME_DELETE))) == "deny"
    assert world.preexec(HOME_DELETE).returncode == 0


@pytest.mark.parametrize("variable", ["CARO_SAFETY_LEVEL", "CARO_SAFETY_MODE"])
def test_variable_only_tightens_an_agents_mode(world: World, variable: str) -> None:
    call = call_with("claude-code", HOME_DELETE)
    assert ask(world, "claude-code", call, **{variable: "off"}).returncode == 2
    world.configure('[safety]\nagent_mode = "passive"\n')
    world.compile()
    assert ask(world, "claude-code", call).returncode == 0
    assert ask(world, "claude-code", call, **{variable: "active"}).returncode == 2


@pytest.mark.parametrize("told", [None, "", "{home}/link", "{home}/other/../strict"])
def test_folder_is_the_same_by_every_name_and_ours_where_none_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch, told: str | None
) -> None:
    world.configure('[safety]\nagent_mode = "passive"\n[safety.folders]\n"~/strict" = "active"\n')
    world.compile()
    for name in ("strict", "other"):
        (world.home / name).mkdir()
    (world.home / "link").symlink_to("strict")
    monkeypatch.chdir(world.home / ("other" if told else "strict"))
    call = call_with("claude-code", HOME_DELETE, cwd=told and told.format(home=world.home))
    assert ask(world, "claude-code", call).returncode == 2
    assert ask(world, "claude-code", call | {"cwd": str(world.home / "other")}).returncode == 0


def test_shell_below_an_agent_has_the_agents_mode(world: World) -> None:
    assert world.preexec(HOME_DELETE, CARO_AGENT="x").returncode == 2
    done = world.caro("check", HOME_DELETE, env=world.env | {"CLAUDECODE": "1"})
    assert "action: block" in done.stdout, done
    assert "action: warn" in world.caro("check", HOME_DELETE).stdout


@agents
def test_where_nobody_judged_it_is_said_and_not_run(active: World, agent: str) -> None:
    done = ask(active, agent, call_with(agent, "git push --force"))
    assert decision(agent, done) == ("ask" if agent in ("claude-code", "cursor", "copilot-cli") else "deny")
    assert "nobody has judged" in done.stdout + done.stderr


def test_daemon_is_found_with_a_poor_path(world: World) -> None:
    """Installation noted which Python has Caro: what the agent's PATH holds does not count."""
    from caro.paths import Paths
    from caro.trace.natives import install_natives

    install_natives(Paths.of(world.env))
    call = call_with("cursor", "git reset --hard")
    words = {"PATH": "/usr/bin:/bin", "CARO_DAEMON_AUTO_START": "true"}
    done = ask(world, "cursor", call, **words)
    world.wait_ready()
    assert decision("cursor", done) == "ask"
    assert "nobody has judged" not in ask(world, "cursor", call, **words).stdout


def test_without_home_the_configured_mode_holds(world: World) -> None:
    """No HOME, no runtime.conf, no daemon: what ships for agents is active."""
    words = {name: value for name, value in world.env.items() if name != "HOME"}
    world.env = words
    assert ask(world, "claude-code", call_with("claude-code", HOME_DELETE)).returncode == 2


def test_end_of_a_line_above_the_wires_size_is_not_unseen(guarded: World) -> None:
    line = f"true {'text ' * 60_000}; git push --force"
    assert decision("cursor", ask(guarded, "cursor", call_with("cursor", line))) == "ask"


def test_users_rules_see_the_whole_line(world: World) -> None:
    """In every mode, and whatever the daemon can be told."""
    world.configure('[safety]\nagent_mode = "off"\nblock = ["BOOM"]\n')
    world.compile()
    line = f"true {'text ' * 300_000}; echo "
    assert (
        decision("claude-code", ask(world, "claude-code", call_with("claude-code", line + "boom"))) == "allow"
    )
    done = ask(world, "claude-code", call_with("claude-code", line + "BOOM"))
    assert decision("claude-code", done) == "deny"
    assert "matches your rule BOOM" in done.stderr


def test_call_above_the_bound_is_refused(active: World) -> None:
    done = ask(active, "claude-code", call_with("claude-code", f"true {'text ' * 3_500_000}"))
    assert decision("claude-code", done) == "deny"
    assert "not all of it" in done.stderr


def test_tool_that_neither_runs_nor_touches_anything_passes(active: World) -> None:
    call = CALLS["claude-code"] | {"tool_name": "TodoWrite", "tool_input": {"todos": ["rm -rf /"]}}
    assert ask(active, "claude-code", call).returncode == 0


def test_large_call_is_judged(active: World) -> None:
    line = f"cat <<'END' >notes\n{'text ' * 100_000}\nEND\n{HOME_DELETE}"
    assert decision("claude-code", ask(active, "claude-code", call_with("claude-code", line))) == "deny"


def test_unknown_agent_is_a_usage_error(world: World) -> None:
    assert ask(world, "nobody", "{}").returncode == 100


def test_panic_switch_lets_everything_pass(active: World) -> None:
    done = ask(active, "claude-code", call_with("claude-code", HOME_DELETE), CARO_DISABLE="1")
    assert (done.returncode, done.stdout) == (0, "")


def test_verdict_is_recorded(active: World) -> None:
    ask(active, "claude-code", call_with("claude-code", HOME_DELETE))
    (event,) = active.events("verdict")
    assert event["source"] == "agent"
    assert event["agent"] == "claude-code"
    assert event["text"] == HOME_DELETE
    assert (event["action"], event["rules"]) == ("block", ["delete-tree"])
    assert event["session_id"] == SESSION
    shown = active.caro("log", "--kind", "verdict").stdout
    assert "block" in shown
    assert HOME_DELETE in shown


def test_call_that_ran_is_recorded_with_its_status(active: World) -> None:
    response = {"stdout": "Exit code 9", "stderr": "", "interrupted": False}
    ran = call_with("claude-code", "true", hook_event_name="PostToolUse", tool_response=response)
    failed = call_with("claude-code", "false", hook_event_name="PostToolUseFailure", error="Exit code 3\nno")
    gemini = call_with(
        "gemini-cli", "x", hook_event_name="AfterTool", tool_response={"llmContent": "Exit Code: 4"}
    )
    cursor = call_with("cursor", "y", hook_event_name="afterShellExecution", output="", duration=1234)
    for agent, call in (
        ("claude-code", ran),
        ("claude-code", failed),
        ("gemini-cli", gemini),
        ("cursor", cursor),
    ):
        assert ask(active, agent, call).returncode == 0
    events = [(event["text"], event.get("exit_code"), event.get("duration_ms")) for event in active.events()]
    assert events == [("true", 0, None), ("false", 3, None), ("x", 4, None), ("y", None, 1234.0)]
    assert {event["source"] for event in active.events()} == {"agent"}


def test_failure_is_answered_with_a_fix(guarded: World) -> None:
    call = call_with(
        "claude-code",
        "gti status",
        hook_event_name="PostToolUseFailure",
        error="Exit code 127\nbash: gti: command not found",
    )
    answer = json.loads(ask(guarded, "claude-code", call).stdout)["hookSpecificOutput"]
    fix = json.loads(answer["additionalContext"])
    assert fix["fix"] == "git status"
    assert set(fix) == {"cause", "fix", "confidence", "risk", "evidence"}
    assert answer["hookEventName"] == "PostToolUseFailure"


def test_cold_daemon_is_started_and_waited_for(world: World) -> None:
    world.configure('[safety]\nmode = "active"\n[daemon]\nauto_start = true\n')
    world.compile()
    world.env["CARO_DAEMON_AUTO_START"] = "true"
    ask(world, "claude-code", call_with("claude-code", "ls"))
    world.wait_ready()
    assert decision("cursor", ask(world, "cursor", call_with("cursor", "git reset --hard"))) == "ask"


def test_silent_daemon_costs_one_wait_and_the_table_answers(active: World) -> None:
    from daemons import FakeDaemon

    silent = FakeDaemon(active.socket, lambda connection, request: silent.done.wait(10) and None)
    try:
        first = ask(active, "claude-code", call_with("claude-code", HOME_DELETE))
        assert (active.state / "breaker").exists()
        second = ask(
            active, "claude-code", call_with("claude-code", HOME_DELETE), CARO_DAEMON_TIMEOUT_MS="10"
        )
        assert (first.returncode, second.returncode) == (2, 2)
    finally:
        silent.done.set()
        silent.close()
        active.socket.unlink()


def test_secret_in_a_refused_command_reaches_no_file(active: World, home: Path) -> None:
    secret = "ghp_" + "x7Kq2LmNp9RsT4vWy6Za" + "8Bc1De3Fg5Hi0J"
    ask(active, "claude-code", call_with("claude-code", f"GITHUB_TOKEN={secret} {HOME_DELETE}"))
    assert active.events("verdict")
    for file in home.rglob("*"):
        assert not file.is_file() or secret.encode() not in file.read_bytes(), file
