"""One table says who an agent is; Python, the natives and `caro run` read the same from it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from caro.agent.hooked import hooked_agents
from caro.knowledge.agents import agents
from caro.trace.agents import agent_name

ROOT = Path(__file__).resolve().parents[2]
NAMED = [(variable, agent.name) for agent in agents().by_name.values() for variable in agent.variables]
SHARED = [variable for agent in agents().by_name.values() for variable in agent.shared_variables]


def test_tables_of_the_natives_are_up_to_date() -> None:
    done = subprocess.run([sys.executable, ROOT / "tools/make_agent_table.py", "--check"])
    assert done.returncode == 0, "run tools/make_agent_table.py"


@pytest.fixture
def named_by_shim(natives: Path, home: Path) -> object:
    """Return what the natives call the agent of an environment."""
    (home / "shims").mkdir()
    shutil.copy2(natives / "caro-shim", home / "shims/true")
    log = home / "log.jsonl"

    def named(env: dict[str, str]) -> str | None:
        log.unlink(missing_ok=True)
        words = {"HOME": str(home), "PATH": f"{home}/shims:/usr/bin:/bin", "TRACE_LOG_FILE": str(log)}
        subprocess.run(["true"], env=words | env, executable=home / "shims/true", check=True)
        return json.loads(log.read_text("utf-8").splitlines()[-1]).get("agent")  # type: ignore[no-any-return]

    return named


def test_every_reader_names_the_same_agent(named_by_shim: object) -> None:
    assert callable(named_by_shim)
    rows: list[tuple[dict[str, str], str | None]] = [({variable: "1"}, name) for variable, name in NAMED]
    rows += [({variable: "1"}, None) for variable in SHARED]
    rows += [({variable: value}, None) for variable, _ in NAMED[:2] for value in ("", "0")]
    rows += [({"CARO_AGENT": "robot", "CLAUDECODE": "1"}, "robot"), ({"AGENT": "goose"}, "goose")]
    rows += [({"AGENT": "goose", "CODEX_SANDBOX": "x"}, "codex"), ({}, None)]
    for env, name in rows:
        found = (agents().of_environment(env) or None, agent_name(env), named_by_shim(env))
        assert found == (name, name, name), env


def test_what_people_have_too_names_nobody() -> None:
    assert "CURSOR_TRACE_ID" in SHARED
    assert not set(SHARED) & {variable for variable, _ in NAMED}


def test_a_program_stands_for_one_agent() -> None:
    programs = [program for agent in agents().by_name.values() for program in agent.programs]
    assert len(programs) == len(set(programs))
    assert agents().of_programs(["node", "gemini"]) == "gemini-cli"
    assert agent_name({}, "claude") == "claude-code" and agent_name({"CODEX_SANDBOX": "x"}, "ls") == "codex"


def test_agents_without_a_hook_are_known_all_the_same() -> None:
    assert {"aider", "goose", "amp"} <= set(agents().by_name) - set(hooked_agents())
