"""Which agent a command is run for."""

from __future__ import annotations

from collections.abc import Mapping

from caro.knowledge.agents import agents, is_set


def agent_name(env: Mapping[str, str], command: str = "") -> str | None:
    """Return the agent of a run: `CARO_AGENT`, the agent whose program `command` is, or the one around us."""
    if is_set(env.get("CARO_AGENT")):
        return env["CARO_AGENT"]
    known = agents()
    return known.of_programs([command]) or known.of_environment(env) or None
