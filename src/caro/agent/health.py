"""What `caro agent status` and the doctor tell of one agent's hook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from caro.agent.check import commands_of, refuses
from caro.agent.edit import is_current
from caro.agent.hooked import HookedAgent, hooked_agents
from caro.agent.install import installed_events
from caro.agent.trust import UNTRUSTED, trust_of
from caro.errors import CaroError
from caro.paths import Paths
from caro.settings import BY_NAME, load_settings, mode_of
from caro.shell.edits import read_file
from caro.trace.health import Checkup, Finding


@dataclass(frozen=True)
class State:
    """`installed`: an entry of ours is there; `broken`: it is there and doesn't refuse."""

    agent: str
    file: str
    installed: bool
    broken: bool
    text: str
    refuses: bool = False
    """True if the hook was run and refused."""

    def fields(self) -> dict[str, Any]:
        return {"agent": self.agent, "file": self.file, "installed": self.installed,
                "works": self.installed and not self.broken, "text": self.text}  # fmt: skip


def check_agent(agent: HookedAgent, env: Mapping[str, str], paths: Paths) -> State:
    file = agent.settings_file(env, paths)

    def state(installed: bool, broken: bool, text: str) -> State:
        return State(agent.name, str(file), installed, broken, text)

    try:
        events = installed_events(agent, env, paths)
        if not events:
            return state(False, False, "not installed")
        if agent.before not in events:
            return state(
                True, True, f"{file} has no hook for {agent.before}: caro agent install {agent.name}"
            )
        trust = trust_of(agent, env, paths)
        if trust is not None and not trust.trusted:
            return state(True, True, f"{agent.program} {UNTRUSTED}: caro agent install {agent.name} --trust")
        text = (read_file(file) or b"").decode("utf-8", "replace")
        if not is_current(agent, text):
            return state(True, True, f"{file} has the hook of another version, which sees fewer calls: "
                                     f"caro agent install {agent.name}")  # fmt: skip
        if paths.switched_off:
            return state(True, False, "installed, and Caro is switched off: caro enable")
        mode = mode_in_force(env, paths)
        if mode != "active":
            what = "it warns and refuses nothing" if mode == "passive" else "it refuses nothing"
            told = f"installed, and [safety] agent_mode is {mode}: {what} but what your own rules block"
            return state(True, False, told)
        for command in commands_of(agent, text):
            if not refuses(agent, command, env, paths.home):
                return state(True, True, f"{command}: it lets pass what it must refuse")
    except CaroError as error:
        return state(True, True, f"{file}: {error}")
    return State(agent.name, str(file), True, False, "installed, and it refuses what it must", True)


def mode_in_force(env: Mapping[str, str], paths: Paths) -> str:
    """Return the mode of the agent gate in this environment: a variable holds only where it is stricter."""
    order = BY_NAME["safety.agent_mode"].choices
    file_alone = {name: value for name, value in env.items() if not name.startswith("CARO_SAFETY_")}
    configured = str(load_settings(file_alone, paths)["safety.agent_mode"])
    return max((configured, mode_of(env) or configured), key=order.index)


def check_agents(checkup: Checkup) -> Iterator[Finding]:
    """Give the doctor's findings on the agents whose settings have our hook."""
    for agent in hooked_agents().values():
        state = check_agent(agent, checkup.env, checkup.paths)
        if state.installed or state.broken:
            cure = (
                f"caro agent install {agent.name}{' --trust' if agent.trust else ''}" if state.broken else ""
            )
            yield Finding("agents", "bad" if state.broken else "ok", f"{agent.name}: {state.text}", cure)
