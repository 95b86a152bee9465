"""Tell whether an agent's hook really refuses: the very command of its settings is run with a call that must not pass.

Nothing is ever executed: the hook only judges text. Agents take "exit 1" and "no such program" for "go on", so a
hook that broke says nothing by itself.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from caro.agent.edit import command_in, commands_in
from caro.agent.hooked import HookedAgent
from caro.agent.json_text import members, value_of
from caro.errors import CaroError

PROBE = "rm -rf /"
TIMEOUT_SECONDS = 10.0


def commands_of(agent: HookedAgent, text: str) -> Iterator[str]:
    """Give the commands of Caro's entries for the event before a call, as the settings have them."""
    if agent.format == "js":
        values: list[Any] = command_in(text)
    elif agent.format == "toml":
        import tomllib

        values = tomllib.loads(text).get("hooks", {}).get(agent.before, [])
    else:
        path = agent.at.replace("%e", agent.before).split(".")
        values = [value_of(text, item) for item in members(text, path)]
    for value in values:
        yield from commands_in(agent, value)


def call_of(agent: HookedAgent, line: str, cwd: str) -> dict[str, Any]:
    """Return a call as the agent would make it."""
    call: dict[str, Any] = {}
    for key, value in ((agent.event, agent.before), (agent.command, line), (agent.cwd, cwd)):
        *outer, name = key.split(".")
        place = call
        for part in outer:
            place = place.setdefault(part, {})
        place[name] = value
    return call


def refuses(agent: HookedAgent, command: str, env: Mapping[str, str], folder: Path) -> bool:
    """Run the hook in the mode that is in force; True if it refuses. Raises CaroError where it can't be run."""
    probe_env = {**env, "CARO_DAEMON_AUTO_START": "false"}
    probe_env["TRACE_LOG_FILE"] = "/dev/null"
    try:
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            input=json.dumps(call_of(agent, PROBE, str(folder))),
            env=probe_env, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT_SECONDS,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CaroError(f"it could not be run: {error}") from None
    if done.returncode in (126, 127):
        raise CaroError(f"it could not be run: {done.stderr.strip()[:200]}")
    return done.returncode == 2 or '"deny"' in done.stdout
