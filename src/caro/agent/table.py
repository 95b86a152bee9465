"""The table of agents: where their settings are, and what Caro writes there."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from caro.errors import UsageError
from caro.paths import Paths


@dataclass(frozen=True)
class Agent:
    """One table of agents.toml, as far as setting it up goes."""

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
    ask: bool
    deny_status: int
    deny: str
    event: str
    command: str
    cwd: str

    def settings_file(self, env: Mapping[str, str], paths: Paths) -> Path:
        moved = env.get(self.folder_variable, "") if self.folder_variable else ""
        if moved.startswith("/"):
            return Path(moved) / self.file
        if self.folder.startswith("~/.config/"):
            return paths.config.parent / self.folder.removeprefix("~/.config/") / self.file
        return Path(self.folder.replace("~", str(paths.home), 1)) / self.file


@cache
def agents() -> dict[str, Agent]:
    table = tomllib.loads((Path(__file__).parent / "agents.toml").read_text("utf-8"))
    return {name: _agent(name, data) for name, data in table.items()}


_WORDS = "program folder folder_variable file format at entry top before deny event command cwd".split()


def _agent(name: str, data: dict[str, object]) -> Agent:
    words = {key: str(data[key]) for key in _WORDS}
    events = f"{data['before']} {data['after']} {data['failed']}".split()
    return Agent(name=name, events=tuple(events), ask=bool(data["ask"]),
                 deny_status=int(str(data["deny_status"])), **words)  # fmt: skip


def find_agent(name: str) -> Agent:
    agent = agents().get(name)
    if agent is None:
        raise UsageError(f"no agent {name} is known; there are {', '.join(agents())}")
    return agent
