"""Which agent a command is run for."""

from __future__ import annotations

from collections.abc import Mapping

from caro.addition import agents_of
from caro.knowledge.agents import agents, agents_with, is_set
from caro.runtime_conf import added_agents
from caro.settings import load_settings


def agent_name(env: Mapping[str, str], command: str = "") -> str | None:
    """Return the agent of a run: `CARO_AGENT`, the agent whose program `command` is, or the one around us."""
    if is_set(env.get("CARO_AGENT")):
        return env["CARO_AGENT"]
    settings = load_settings(env)
    known = agents_with(added_agents(settings)) if agents_of(settings.additions) else agents()
    return known.of_programs([command]) or known.of_environment(env) or None
