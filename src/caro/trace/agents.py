"""Which agent a process works for: `CARO_AGENT`, else the agents' own variables."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

PROGRAMS = {"claude": "claude-code", "codex": "codex", "gemini": "gemini-cli", "cursor-agent": "cursor"}
PROGRAMS |= {name: name for name in ("aider", "opencode", "goose", "amp")}
"""Programs of agents: `caro run -- claude` names the agent without being told."""


def agent_name(env: Mapping[str, str], command: str = "") -> str | None:
    if env.get("CARO_AGENT"):
        return env["CARO_AGENT"]
    if command in PROGRAMS:
        return PROGRAMS[command]
    table = tomllib.loads((Path(__file__).parent / "agents.toml").read_text("utf-8"))
    for agent in table["agent"]:
        if any(env.get(variable) for variable in agent["variables"]):
            return str(agent["name"])
    return None
