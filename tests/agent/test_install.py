"""Hooks in agents' settings: others' entries stay, and the undo is exact."""

from __future__ import annotations

import json
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caro.agent.edit import add_hooks, has_hooks, remove_hooks
from caro.agent.hooked import HookedAgent, hooked_agents

Caro = Callable[..., subprocess.CompletedProcess[str]]
PROGRAM = Path("/home/some one/.local/share/caro/bin/caro-hook")
OTHERS = """{
    // what I like
    "model": "opus",
    "hooks": {
        "PreToolUse": [
            { "matcher": "Write", "hooks": [ { "type": "command", "command": "mine" } ] }
        ],
        "Stop": []
    },   "zz": [1,  2]
}"""
SETTINGS = {
    "claude-code": [
        OTHERS,
        "{}",
        "{ }\n",
        '{"a":1}',
        '{\r\n  "a": {}\r\n}\r\n',
        '{"hooks":{"PreToolUse":[]}}',
        None,
    ],
    "gemini-cli": ['{\n  "hooks": {"enabled": true}\n}\n', None],
    "cursor": ['{"version":1,"hooks":{"beforeShellExecution":[{"command":"./a.sh"}]}}\n', None],
    "copilot-cli": ['{"version": 1, "hooks": {"preToolUse": [{"type": "command", "bash": "./a.sh"}]}}', None],
    "windsurf": [
        '{\n  "hooks": {\n    "pre_run_command": [{"command": "a", "show_output": true}]\n  }\n}\n',
        None,
    ],
    "auggie": ['{"theme": "dark"}', None],
    "opencode": [None],
    "codex": ['model = "x"\n\n[tui]\na = 1', "[features]\nweb = true\n", "", None],
}
CASES = [(name, text) for name, texts in SETTINGS.items() for text in texts]


def settings(agent: str, home: Path) -> Path:
    return home / hooked_agents()[agent].folder.replace("~/", "") / hooked_agents()[agent].file


@pytest.mark.parametrize(("agent", "text"), CASES)
def test_install_and_uninstall_give_every_byte_back(
    home: Path, caro: Caro, agent: str, text: str | None
) -> None:
    file = settings(agent, home)
    if text is not None:
        file.parent.mkdir(parents=True)
        file.write_bytes(text.encode())
    assert caro("agent", "install", agent).returncode == 0
    command = f"{home}/.local/share/caro/bin/caro-hook agent {agent}"
    assert command in file.read_text()
    if "//" not in (text or ""):
        {".json": json.loads, ".toml": tomllib.loads}.get(file.suffix, str)(file.read_text())
    again = file.read_bytes()
    assert "nothing to do" in caro("agent", "install", agent).stdout
    assert file.read_bytes() == again
    assert caro("agent", "uninstall", agent).returncode == 0
    assert (file.read_bytes() if file.exists() else None) == (None if text is None else text.encode())
    assert file.parent.exists() == (text is not None)


@pytest.mark.parametrize(("agent", "old", "new"), [("claude-code", "opus", "haiku"), ("codex", '"x"', '"y"')])
def test_what_was_changed_since_stays(home: Path, caro: Caro, agent: str, old: str, new: str) -> None:
    text = SETTINGS[agent][0]
    assert text is not None
    file = settings(agent, home)
    file.parent.mkdir()
    file.write_text(text)
    caro("agent", "install", agent)
    file.write_text(file.read_text().replace(old, new))
    caro("agent", "uninstall", agent)
    assert file.read_text() == text.replace(old, new)


def test_half_of_caro_missing_is_no_reason_to_stay(home: Path, caro: Caro) -> None:
    file = settings("claude-code", home)
    file.parent.mkdir()
    file.write_text(OTHERS)
    caro("agent", "install", "claude-code")
    subprocess.run(["rm", "-r", home / ".local"], check=True)
    caro("agent", "uninstall", "claude-code")
    assert file.read_text() == OTHERS


def test_whole_uninstall_takes_the_hooks_along(home: Path, caro: Caro) -> None:
    caro("agent", "install", "claude-code")
    assert caro("uninstall", "--yes").returncode == 0
    assert not settings("claude-code", home).exists()


def test_broken_settings_are_left_alone(home: Path, caro: Caro) -> None:
    for agent, text in (("claude-code", '{"a": }'), ("codex", "a = = 1"), ("cursor", '{"hooks": []}')):
        file = settings(agent, home)
        file.parent.mkdir()
        file.write_text(text)
        done = caro("agent", "install", agent)
        assert done.returncode == 1
        assert str(file) in done.stderr
        assert "Traceback" not in done.stderr
        assert file.read_text() == text


def test_status_runs_the_hook_itself(home: Path, caro: Caro) -> None:
    for agent in hooked_agents():
        caro("agent", "install", agent)
        told = "skips it without a word" if agent == "codex" else "it refuses what it must"
        assert told in caro("agent", "status", agent).stdout
    program = home / ".local/share/caro/bin/caro-hook"
    program.write_text("#!/bin/sh\nexit 1\n")
    done = caro("agent", "status", "--json")
    assert done.returncode == 1
    assert [entry["works"] for entry in json.loads(done.stdout)["agents"]] == [False] * len(hooked_agents())
    program.unlink()
    done = caro("doctor")
    assert done.returncode == 1
    assert "caro agent install claude-code" in done.stdout


def test_settings_folder_that_a_variable_moves(home: Path, caro: Caro, env: dict[str, str]) -> None:
    env["CLAUDE_CONFIG_DIR"] = str(home / "elsewhere")
    caro("agent", "install", "claude-code")
    assert (home / "elsewhere/settings.json").exists()


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=12,
)
objects = st.dictionaries(st.text(max_size=6).filter(lambda key: key != "hooks"), values, max_size=4)
json_agents = st.sampled_from([agent for agent in hooked_agents().values() if agent.format == "json"])


@given(json_agents, objects, st.sampled_from([None, 1, 2, "\t"]), st.booleans())
def test_any_settings_keep_their_values_and_their_bytes(
    agent: HookedAgent, data: dict[str, object], indent: int | str | None, others: bool
) -> None:
    if others:
        data = {**data, "hooks": {event: [{"command": "mine", "n": 1}] for event in agent.events}}
    text = json.dumps(data, indent=indent)
    after = add_hooks(agent, text, PROGRAM)
    assert has_hooks(agent, after) == list(agent.events)
    values = json.loads(after)
    for event in agent.events:
        assert len(values["hooks"][event]) == 1 + others
    assert {key: value for key, value in values.items() if key != "hooks"} == {
        key: value for key, value in data.items() if key != "hooks"
    }
    removed = remove_hooks(agent, after)
    assert removed == text or (removed is None and data in ({}, {"version": 1}))


def test_plugin_of_opencode_throws_what_caro_refuses(home: Path, caro: Caro, env: dict[str, str]) -> None:
    """The plugin is loaded and called as opencode does; nothing runs a command."""
    env |= {"CARO_SAFETY_LEVEL": "active", "CARO_DAEMON_AUTO_START": "false"}
    assert caro("agent", "install", "opencode").returncode == 0
    source = """
    import { Caro } from "PLUGIN"
    const hooks = await Caro({ directory: "/" })
    const call = async (tool, args) => {
      try {
        await hooks["tool.execute.before"]({ tool, sessionID: "s", callID: "c" }, { args })
        console.log("runs")
      } catch (error) { console.log(error.message) }
    }
    await call("bash", { command: "ls" })
    await call("bash", { command: 'rm -rf "$HOME"' })
    await call("webfetch", { url: "http://host.invalid/" })
    const ran = { output: "no", metadata: { exit: 3 } }
    await hooks["tool.execute.after"]({ tool: "bash", sessionID: "s", args: { command: "false" } }, ran)
    """
    plugin = home / "plugin.mjs"
    plugin.write_bytes(settings("opencode", home).read_bytes())
    script = home / "calls.mjs"
    script.write_text(source.replace("PLUGIN", str(plugin)))
    done = subprocess.run(["node", script], env=env, capture_output=True, text=True, timeout=60)
    unjudged, refused, *_more, second = done.stdout.splitlines()
    assert second == "runs", done.stderr
    assert unjudged.startswith("caro: blocked: nobody has judged this command")
    assert refused.startswith("caro: blocked: deletes ~")
    events = [json.loads(line) for line in (home / ".trace_shell.jsonl").read_text().splitlines()]
    assert [(e["kind"], e.get("exit_code")) for e in events] == [
        ("verdict", None),
        ("verdict", None),
        ("line", 3),
    ]


@pytest.mark.parametrize("hook", ["/nowhere/caro-hook", "/bin/false", "/bin/kill -9 $$;"])
def test_plugin_of_opencode_refuses_where_its_hook_fails(home: Path, caro: Caro, hook: str) -> None:
    assert caro("agent", "install", "opencode").returncode == 0
    text = settings("opencode", home).read_text()
    program = f"{home}/.local/share/caro/bin/caro-hook"
    plugin, script = home / "plugin.mjs", home / "calls.mjs"
    plugin.write_text(text.replace(program, hook))
    script.write_text(
        f"""
    import {{ Caro }} from "{plugin}"
    const hooks = await Caro({{ directory: "/" }})
    for (const tool of ["bash", "write", "webfetch"])
      try {{
        await hooks["tool.execute.before"]({{ tool, sessionID: "s" }}, {{ args: {{ command: "ls", filePath: "x" }} }})
        console.log("runs")
      }} catch (error) {{ console.log(error.message) }}
    """
    )
    done = subprocess.run(["node", script], capture_output=True, text=True, timeout=60)
    *refused, other = done.stdout.splitlines()
    assert len(refused) == 2 and other == "runs", done
    assert all(line.startswith("caro: nobody has judged this call: its hook failed") for line in refused)


def test_older_hook_is_told_and_renewed(home: Path, caro: Caro) -> None:
    """A hook that was installed before the agent's tools for files were known sees commands alone."""
    file = settings("claude-code", home)
    caro("agent", "install", "claude-code")
    new = file.read_text()
    file.write_text(new.replace("|Write|Edit|MultiEdit|NotebookEdit|Read|Grep", ""))
    assert file.read_text() != new
    done = caro("agent", "status", "claude-code")
    assert done.returncode == 1 and "sees fewer calls: caro agent install claude-code" in done.stdout
    caro("agent", "install", "claude-code")
    assert json.loads(file.read_text()) == json.loads(new)
    caro("agent", "uninstall", "claude-code")
    assert not file.exists()


def test_plugin_that_is_not_ours_stays(home: Path, caro: Caro) -> None:
    file = settings("opencode", home)
    file.parent.mkdir(parents=True)
    file.write_text("export const Mine = 1\n")
    assert caro("agent", "install", "opencode").returncode == 1
    assert caro("agent", "uninstall", "opencode").returncode == 0
    assert file.read_text() == "export const Mine = 1\n"
