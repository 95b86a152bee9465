"""An agent that a plugin names is one to the natives, to `caro run` and to who asks whether a person may answer."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from caro.addition import PLUGIN, checked
from caro.config_write import set_values
from caro.errors import UsageError
from caro.paths import Paths
from caro.record.reader import read_events
from caro.runtime_conf import refresh_runtime_conf
from caro.settings import load_settings
from caro.shell.init_text import init_text

PLUGIN_TEXT = """[plugin]
name = "bots"

[agents.moon-bot]
variables = ["MOON_BOT"]
programs = ["moonbot"]
"""


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    paths = Paths.of({"HOME": str(tmp_path)})
    folder = paths.plugins / "bots"
    folder.mkdir(parents=True)
    (folder / "plugin.toml").write_text(PLUGIN_TEXT)
    refresh_runtime_conf({"HOME": str(tmp_path)}, paths)
    return paths


def caro(paths: Paths, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CARO_", "XDG_"))}
    return subprocess.run(
        [sys.executable, "-m", "caro", *words],
        env=kept | {"HOME": str(paths.home)} | env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def test_events_and_gates_know_it_by_its_variable(paths: Paths) -> None:
    shown = caro(paths, "run", "--", "sh", "-c", "exec true", MOON_BOT="1")
    assert shown.returncode == 0, shown.stderr
    assert {event.agent for event in read_events(paths.default_log)} == {"moon-bot"}
    assert "MOON_BOT" in init_text("bash", paths, load_settings({}, paths))
    refused = caro(paths, "plugin", "remove", "bots", MOON_BOT="1")
    assert refused.returncode and "moon-bot" in refused.stderr


def test_a_run_of_its_program_is_its(paths: Paths, tmp_path: Path) -> None:
    program = tmp_path / "moonbot"
    program.write_text("#!/bin/sh\nprintenv CARO_AGENT\n")
    program.chmod(0o755)
    assert caro(paths, "run", "--", str(program)).stdout == "moon-bot\n"


def test_it_loosens_nothing_where_agents_have_a_milder_mode(paths: Paths) -> None:
    set_values(paths.config_toml, {"safety.mode": "active", "safety.agent_mode": "passive"})
    refresh_runtime_conf({"HOME": str(paths.home)}, paths)
    assert "moon-bot" not in paths.runtime_conf.read_text()


@pytest.mark.parametrize(
    "agent", [{"variables": ["HOME"]}, {"variables": ["SHELL_X"]}, {"programs": ["bash"]}, {"hook": {}}]
)
def test_what_people_have_too_names_nobody(agent: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        checked({"plugin": {"name": "bots"}, "agents": {"moon-bot": agent}}, PLUGIN)
