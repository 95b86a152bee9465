"""An agent's session below `caro run`, as `caro tree` and `caro history` tell it: what it was told to run with what
that started below it, its own housekeeping in one row, nothing of Caro's own."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from agent.fake_model import FakeModel
from agent.real import REAL, REGISTRY, SECONDS, RealAgent
from daemons import World

LINE = "git status; ls -la | head -3; touch made-by-the-call; true"
YOLO = "--allow-all-tools"


def test_person_starts_an_agent_as_they_like_and_the_agent_does_not(world: World) -> None:
    """What asks nobody is refused to an agent; whose agent it is may start it so, under `caro run` as without."""
    folder = world.home / "programs"
    folder.mkdir()
    script = folder / "copilot"
    script.write_text(f"#!/usr/bin/env sh\ntouch began-$#\n[ $# = 1 ] || copilot {YOLO}\n")
    script.chmod(0o755)
    world.configure('[safety]\nagent_mode = "active"\n')
    world.compile()
    world.start()
    world.wait_ready()
    env = world.env | {"PATH": f"{folder}:{world.env['PATH']}"}
    done = world.caro("run", "--", "copilot", YOLO, "go", cwd=folder, env=env)
    assert (folder / "began-2").exists(), done
    assert not (folder / "began-1").exists(), done
    assert "tamper-own" in done.stderr
    below = world.caro("run", "--", "copilot", YOLO, "go", cwd=folder, env=env | {"CLAUDECODE": "1"})
    assert below.returncode == 126, below


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("agent", REAL, ids=lambda agent: agent.name)
def test_real_agents_session_is_a_story(world: World, agent: RealAgent) -> None:
    project = world.home / "project"
    project.mkdir()
    agent.prepare(world.home, "http://127.0.0.1:9")
    env = world.env | REGISTRY | {"PATH": f"{agent.install()}:{world.env['PATH']}", "PWD": str(project)}
    trust = ["--trust"] if agent.name == "codex" else []
    assert world.caro("agent", "install", agent.name, *trust, env=env, timeout=120).returncode == 0
    world.start()
    world.wait_ready()
    model = FakeModel(agent.command(LINE))
    try:
        words = ["run", "--", agent.program, *agent.words]
        env |= agent.prepare(world.home, model.url)
        done = world.caro(*words, env=env, cwd=project, timeout=SECONDS, stdin=subprocess.DEVNULL)
    finally:
        model.close()
    assert (project / "made-by-the-call").exists(), (done, model.told)
    told = world.caro("tree", "--last", env=env | {"COLUMNS": "200"}).stdout
    _is_told(told, agent)
    (line,) = [json.loads(row) for row in world.caro("history", "--agents", "--json").stdout.splitlines()]
    assert (line["line"], line["agent"]) == (LINE, agent.name)
    assert world.caro("history", "--json").stdout == ""
    _is_without_caro(world)


def _is_told(told: str, agent: RealAgent) -> None:
    rows = told.splitlines()
    (call,) = [number for number, row in enumerate(rows) if f"$ {LINE}" in row]
    depth = rows[call].index("$")
    below = []
    for row in rows[call + 1 :]:
        if len(row) - len(row.lstrip(" │├└─")) <= depth - 2:
            break
        below.append(row)
    for command in ("git status", "ls -la", "head -3", "touch made-by-the-call"):
        assert any(re.search(rf"\s{command}(\s|$)", row) for row in below), told
    # Nothing else of the agent's own but one row that counts it.
    # How it was started was warned of, once for each program of the way there.
    around = rows[1:call] + rows[call + 1 + len(below) :]
    others = [row for row in around if row.strip() and "⚠ warn" not in row]
    own = [row for row in others if f"of {agent.name}'s own" in row]
    assert len(own) <= 1 and len(others) - len(own) <= 3, told


def _is_without_caro(world: World) -> None:
    """True of no exec: the daemon's, a hook's, or a program that the daemon asks for its help."""
    own = str(Path(world.home, ".local/share/caro/bin"))
    for event in world.events("exec"):
        argv = event.get("argv") or [""]
        assert not argv[0].startswith(own) and "caro-hook" not in " ".join(argv[:3]), event
        assert argv[1:] != ["--help"], event
