"""Which agents are on this machine: by their program on PATH, or by the folder that holds their settings."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from caro.agent.hooked import HookedAgent, hooked_agents
from caro.paths import Paths


def found_agents(env: Mapping[str, str], paths: Paths) -> list[HookedAgent]:
    """Return the agents that somebody seems to use here."""
    return [agent for agent in hooked_agents().values() if _is_here(agent, env, paths)]


def _is_here(agent: HookedAgent, env: Mapping[str, str], paths: Paths) -> bool:
    if shutil.which(agent.program, path=env.get("PATH")):
        return True
    return _folder(agent, agent.settings_file(env, paths)).is_dir()


def _folder(agent: HookedAgent, file: Path) -> Path:
    for _ in Path(agent.file).parts:
        file = file.parent
    return file
