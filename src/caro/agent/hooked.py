"""The agents whose hooks ask Caro: where their settings are, and what Caro writes there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from caro.errors import UsageError
from caro.knowledge.agents import Agent, agents
from caro.paths import Paths


@dataclass(frozen=True)
class HookedAgent:
    """One agent of knowledge/agents.toml, as far as setting its hook up goes; the file says what the fields mean."""

    name: str
    program: str
    folder: str
    folder_variable: str
    file: str
    format: str
    at: str
    entry: str
    top: str
    events: tuple[str, ...]
    before: str
    event: str
    command: str
    cwd: str

    def settings_file(self, env: Mapping[str, str], paths: Paths) -> Path:
        """Return the path of the agent's settings, moved where its own variable or XDG_CONFIG_HOME moves them."""
        moved = env.get(self.folder_variable, "") if self.folder_variable else ""
        if moved.startswith("/"):
            return Path(moved) / self.file
        if self.folder.startswith("~/.config/"):
            return paths.config.parent / self.folder.removeprefix("~/.config/") / self.file
        return Path(self.folder.replace("~", str(paths.home), 1)) / self.file


_OF_SETTINGS = "program folder folder_variable file format at entry top".split()
_OF_HOOK = "before event command cwd".split()


def hooked_agents() -> dict[str, HookedAgent]:
    """Return every agent that has a hook and a place for it, by name."""
    return {
        agent.name: _hooked(agent) for agent in agents().by_name.values() if agent.hook and agent.settings
    }


def _hooked(agent: Agent) -> HookedAgent:
    hook, settings = agent.hook or {}, agent.settings or {}
    words = {key: str(settings[key]) for key in _OF_SETTINGS} | {key: str(hook[key]) for key in _OF_HOOK}
    events = f"{hook['before']} {hook['after']} {hook['failed']}".split()
    return HookedAgent(name=agent.name, events=tuple(events), **words)


def find_agent(name: str) -> HookedAgent:
    """Return the agent of that name. Raises UsageError, which names the ones that there are."""
    known = hooked_agents()
    if name not in known:
        raise UsageError(f"no agent {name} is known; there are {', '.join(known)}")
    return known[name]
