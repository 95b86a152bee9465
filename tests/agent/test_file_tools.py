"""Agents' own tools for files meet the policy that `tee`, `cat` and `rm` meet on the same path."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.calls import CALLS, READS, WRITES, ask, decision
from daemons import World

Call = Callable[[str], dict[str, Any]]
GUARDED = """
    {home}/.config/caro/disabled ~/.config/caro/config.toml {home}/.local/share/caro/bin/caro-hook
    {home}/.claude/settings.json .claude/settings.local.json {home}/.codex/config.toml .cursor/hooks.json
    {home}/.config/opencode/plugins/caro.js {home}/.bashrc {home}/.zshenv {home}/.config/fish/config.fish
    {home}/.ssh/authorized_keys {home}/.ssh/config .git/hooks/pre-commit /etc/cron.d/job /etc/passwd
    link/disabled ../.bashrc
""".split()
SECRET = "{home}/.ssh/id_rsa {home}/.aws/credentials .env ../.netrc keys".split()
EVERYDAY = "src/main.py {home}/project/README.md ./notes.txt .github/workflows/ci.yml it's.txt".split()


@pytest.fixture
def project(world: World) -> Path:
    """A folder with a link to Caro's own one, and one to a key."""
    folder = world.home / "project"
    (folder / "src").mkdir(parents=True)
    (folder / "link").symlink_to(world.home / ".config/caro")
    (world.home / ".ssh").mkdir()
    (world.home / ".ssh/id_rsa").write_text("key\n")
    (folder / "keys").symlink_to(world.home / ".ssh/id_rsa")
    world.configure("")
    world.compile()
    world.start()
    world.wait_ready()
    return folder


def answers(world: World, project: Path, calls: list[tuple[str, Call]], files: list[str]) -> dict[str, str]:
    """Return what each call on each file is answered, by agent, tool and file."""
    found = {}
    for agent, make in calls:
        for file in files:
            call = make(file.format(home=world.home))
            told = json.dumps(call)
            if agent == "auggie":
                call["tool_input"]["cwd"] = str(project)
            elif agent == "windsurf":
                call["tool_info"]["cwd"] = str(project)
            else:
                call["cwd"] = str(project)
            done = ask(world, agent, call)
            found[told] = decision(agent, done)
            if found[told] == "allow":
                assert "caro" not in done.stdout + done.stderr, done
    return found


def test_writing_what_lets_caro_or_others_in_is_no_tools_own_business(world: World, project: Path) -> None:
    found = answers(world, project, WRITES, GUARDED)
    assert [call for call, answer in found.items() if answer == "allow"] == []


def test_reading_secrets_is_asked_about(world: World, project: Path) -> None:
    found = answers(world, project, READS, SECRET)
    assert [call for call, answer in found.items() if answer == "allow"] == []
    # Cursor can't ask there.
    assert {answer for call, answer in found.items() if "beforeReadFile" in call} == {"deny"}


def test_everyday_files_are_read_and_written_without_a_word(world: World, project: Path) -> None:
    removing = ('"Delete"', "remove-files", "Delete File", ".github")
    found = answers(world, project, [*WRITES, *READS], EVERYDAY)
    refused = [call for call, answer in found.items() if answer != "allow"]
    assert [call for call in refused if not any(word in call for word in removing)] == []


@pytest.mark.parametrize(("agent", "make"), [*WRITES, *READS])
def test_call_whose_file_cannot_be_read_is_refused(world: World, agent: str, make: Call) -> None:
    text = json.dumps(make("FILE"))
    lenient = agent in ("cursor", "copilot-cli") or '"Grep"' in text or "read_many_files" in text
    for told in ("7", "null", '{"x": "y"}'):
        wrong = text.replace('"FILE"', told) if '"FILE"' in text else ""
        if wrong and not lenient:
            assert decision(agent, ask(world, agent, wrong)) == "deny", wrong
    if '"FILE"' in text and '["' not in text:
        key = text.partition(': "FILE"')[0].rpartition(" ")[2].strip('{"')
        twice = text.replace('"FILE"', f'"a", "{key}": "{world.home}/.bashrc"')
        assert decision(agent, ask(world, agent, twice)) == "deny", twice


def test_user_rule_holds_for_the_path(world: World) -> None:
    world.configure('[safety]\nagent_mode = "off"\nblock = ["/precious/"]\n')
    world.compile()
    for agent, make in [*WRITES, *READS]:
        assert decision(agent, ask(world, agent, make("/precious/x"))) == "deny"
        assert decision(agent, ask(world, agent, make("/other/x"))) == "allow"


def test_call_of_a_file_tool_is_told_once(world: World) -> None:
    """Before it, as the line that it stands for; after it there is nothing to say."""
    call = WRITES[0][1]("/work/p/x")
    ask(world, "claude-code", call)
    assert ask(world, "claude-code", call | {"hook_event_name": "PostToolUse"}).stdout == ""
    assert [event["text"] for event in world.events("verdict")] == ["tee -- '/work/p/x'"]
    assert world.events() == []
    assert set(CALLS) == {agent for agent, _ in WRITES}
