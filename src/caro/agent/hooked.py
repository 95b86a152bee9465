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
    matched: str
    trust: str
    """The program that is asked whether it trusts the hook; "": none asks for trust."""
    events: tuple[str, ...]
    before: str
    """The event before a command; `asking` are all events whose answer can stop a call."""
    asking: tuple[str, ...]
    tools: str
    files: tuple[str, ...]
    mcp: tuple[str, ...]
    """The tools for files of MCP servers, as patterns of what the agent calls them."""
    event: str
    command: str
    cwd: str

    def tools_at(self, event: str) -> str:
        """Return the names of the tools whose calls the hook of an event is for, as a pattern `a|b`."""
        rows = [row.split()[0] for row in self.files] if event in self.asking else []
        commands = [] if event in self.asking and event != self.before else self.tools.split()
        served = self.mcp if event in self.asking else ()
        return "|".join([*commands, *(name for name in rows if name not in self.asking), *served])

    def entry_at(self, event: str, command: str) -> str:
        """Return the settings' entry for an event; `command` is the hook's command line as a string of that format."""
        matcher = f', "matcher": "{self.tools_at(event)}"' if event == self.matched else ""
        text = self.entry.replace("%t", self.tools_at(event)).replace("%m", matcher)
        return text.replace("%e", event).replace("%c", command)

    def settings_file(self, env: Mapping[str, str], paths: Paths) -> Path:
        """Return the path of the agent's settings, moved where its own variable or XDG_CONFIG_HOME moves them."""
        moved = env.get(self.folder_variable, "") if self.folder_variable else ""
        if moved.startswith("/"):
            return Path(moved) / self.file
        if self.folder.startswith("~/.config/"):
            return paths.config.parent / self.folder.removeprefix("~/.config/") / self.file
        return Path(self.folder.replace("~", str(paths.home), 1)) / self.file


_OF_SETTINGS = "matched trust program folder folder_variable file format at entry top".split()
_OF_HOOK = "tools event command cwd".split()


def hooked_agents() -> dict[str, HookedAgent]:
    """Return every agent that has a hook and a place for it, by name."""
    return {
        agent.name: _hooked(agent) for agent in agents().by_name.values() if agent.hook and agent.settings
    }


def _hooked(agent: Agent) -> HookedAgent:
    hook, settings = agent.hook or {}, agent.settings or {}
    words = {key: str(settings.get(key, "")) for key in _OF_SETTINGS} | {
        key: str(hook[key]) for key in _OF_HOOK
    }
    events = f"{hook['before']} {hook['after']} {hook['failed']}".split()
    asking = tuple(str(hook["before"]).split())
    names = "|".join(row.split()[0] for row in agents().mcp_files)
    mcp = (f"{hook['mcp']}({names})",) if hook.get("mcp") else ()
    return HookedAgent(
        name=agent.name, events=tuple(events), before=asking[0], asking=asking, files=tuple(hook.get("files", ())),
        mcp=mcp,
        **words,
    )  # fmt: skip


def find_agent(name: str) -> HookedAgent:
    """Return the agent of that name. Raises UsageError, which names the ones that there are."""
    known = hooked_agents()
    if name not in known:
        raise UsageError(f"no agent {name} is known; there are {', '.join(known)}")
    return known[name]
