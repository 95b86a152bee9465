"""Real agents from npm with Caro's hook, each against a model on loopback that makes one call. Nothing dangerous is
typed: what must not run is `touch marker` with a rule of the user's own, which no mode loosens."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.real import REAL, RealAgent, Run, poor_path
from caro.knowledge.agents import agents as known_agents
from daemons import World

pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]
agents = pytest.mark.parametrize("agent", REAL, ids=lambda agent: agent.name)
MARK = "touch marker"


def _hears(agent: RealAgent) -> bool:
    """True if its hooks can tell the model something after a call."""
    return bool((known_agents().by_name[agent.name].hook or {})["context"])


class Desk:
    """A person's HOME with the agent's hook in it; the agent works in HOME itself."""

    def __init__(self, world: World, agent: RealAgent) -> None:
        self.world, self.agent = world, agent
        self.marker = world.home / "marker"

    def install(self) -> None:
        """As a person does it, saying yes to the agent's own question."""
        self.agent.prepare(self.world.home, "http://127.0.0.1:9")
        env = self.world.env | {"PATH": f"{self.agent.install()}:{self.world.env['PATH']}"}
        trust = ["--trust"] if self.agent.name == "codex" else []
        done = self.world.caro("agent", "install", self.agent.name, *trust, env=env, timeout=120)
        assert done.returncode == 0, done
        assert "skips it" not in done.stderr, done

    def guard(self, text: str = "") -> None:
        self.world.configure(text)
        self.world.compile()

    def command(self, line: str, **env: str) -> Run:
        words = self.world.env | env
        return self.agent.run(self.world.home, self.world.home, words, self.agent.command(line))

    def write(self, file: Path) -> Run:
        return self.agent.run(
            self.world.home, self.world.home, dict(self.world.env), self.agent.write(str(file))
        )


@pytest.fixture
def desk(world: World, agent: RealAgent) -> Iterator[Desk]:
    desk = Desk(world, agent)
    desk.install()
    yield desk


@agents
def test_rule_blocks_a_call_in_every_mode_and_with_no_daemon(desk: Desk) -> None:
    for mode in ("active", "passive"):
        desk.guard(f'[safety]\nagent_mode = "{mode}"\nblock = ["marker"]\n')
        run = desk.command(MARK)
        assert not desk.marker.exists(), run
        assert "matches your rule marker" in run.told, run


@agents
def test_what_is_asked_about_does_not_run_by_itself(desk: Desk) -> None:
    """Nobody is there to say yes: the agent that can ask counts that as no."""
    desk.guard('[[safety.commands]]\npattern = "marker"\naction = "confirm"\nreason = "leaves a mark"\n')
    run = desk.command(MARK)
    assert not desk.marker.exists(), run
    assert run.asked >= 2


@agents
def test_plain_call_runs_and_is_recorded(desk: Desk) -> None:
    desk.guard()
    desk.world.start()
    desk.world.wait_ready()
    run = desk.command(MARK)
    assert desk.marker.exists(), run
    assert [event["text"] for event in desk.world.events()] == [MARK]


@pytest.mark.parametrize("agent", [agent for agent in REAL if _hears(agent)], ids=lambda agent: agent.name)
def test_failing_call_brings_the_model_a_fix(desk: Desk) -> None:
    desk.guard()
    desk.world.start()
    desk.world.wait_ready()
    run = desk.command("git sttaus")
    assert "git status" in run.told, run


@agents
def test_poor_path_is_no_way_round(desk: Desk) -> None:
    desk.guard('[safety]\nblock = ["marker"]\n')
    env = poor_path(desk.world.env, desk.world.home / "few")
    run = desk.command(MARK, PATH=env["PATH"])
    assert not desk.marker.exists(), run


@agents
def test_unjudged_call_does_not_run(desk: Desk) -> None:
    """No daemon, and none that could be started: what is not surely harmless waits for a person."""
    desk.guard()
    run = desk.command(f"{MARK}; true")
    assert not desk.marker.exists(), run
    if desk.agent.name != "claude-code":  # it asks, and tells the model only that nobody said yes
        assert "nobody has judged" in run.told, run


@agents
def test_tool_for_files_does_not_switch_caro_off(desk: Desk) -> None:
    desk.guard()
    desk.world.start()
    desk.world.wait_ready()
    switch = desk.world.config / "disabled"
    plain = desk.world.home / "notes.txt"
    if desk.agent.name != "codex":
        assert (run := desk.write(plain)).told and plain.exists(), run
    run = desk.write(switch)
    assert not switch.exists(), run
    assert "switches off Caro" in run.told or "changes" in run.told, run


@agents
def test_hook_that_is_gone_is_told(desk: Desk) -> None:
    assert "refuses" in desk.world.caro("agent", "status", desk.agent.name).stdout
    shutil.rmtree(desk.world.home / ".local/share/caro/bin")
    done = desk.world.caro("agent", "status", "--json", desk.agent.name)
    assert not json.loads(done.stdout)["agents"][0]["works"]
