"""The AI agents that Caro knows: who they are, how their hooks speak, where their settings stand (`agents.toml`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from caro.knowledge import Knowledge, layer_of, shipped

OWN_VARIABLE, COMMON_VARIABLE = "CARO_AGENT", "AGENT"
"""Variables whose value is an agent's name: Caro's own, asked first, and last the one that several agents share."""

Table = Mapping[str, Any]


@dataclass(frozen=True)
class Agent:
    """One agent. `hook` and `settings` are None where no hook of it can ask Caro."""

    name: str
    programs: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    """What starts it besides, under a name that others use too (`q chat`): it names nobody."""
    loosening: tuple[str, ...] = ()
    """Options that start it without asking, or without its hooks."""
    moving: tuple[str, ...] = ()
    """Variables with which it starts without its hooks, or with other settings; `NAME=VALUE`: with that value alone."""
    shared_variables: tuple[str, ...] = ()
    """Variables that people's own shells have too: they name nobody."""
    hook: Table | None = field(default=None, hash=False)
    settings: Table | None = field(default=None, hash=False)


class Agents:
    """All agents by name, and the answers to "whose is this?". Build it with `agents()`."""

    def __init__(self, knowledge: Knowledge) -> None:
        documents = knowledge.documents("knowledge/agents")
        self.by_name = {agent.name: agent for document in documents for agent in _read(document.table)}
        rows = (row for document in documents for row in document.table.get("mcp_files", ()))
        self.mcp_files: tuple[str, ...] = tuple(rows)
        """Tools for files of MCP servers: NAME PROGRAM? KEY..., for every agent."""
        self._by_program = {
            program: agent.name for agent in self.by_name.values() for program in agent.programs
        }

        moved = (str((agent.settings or {}).get("folder_variable", "")) for agent in self.by_name.values())
        named = (name for agent in self.by_name.values() for name in agent.moving)
        self._moving = frozenset(name for name in (*moved, *named) if name)

        self._by_command = {
            command: agent.name for agent in self.by_name.values() for command in agent.commands
        }

    def of_environment(self, env: Mapping[str, str]) -> str:
        """Return the agent that an environment names, or ""."""
        found = next((pair for pair in self.naming_variables() if is_set(env.get(pair[0]))), None)
        return "" if found is None else found[1] or env[found[0]]

    def naming_variables(self) -> Iterator[tuple[str, str]]:
        """Give each variable with the agent that it names, in the order of asking; "": its value is the name."""
        yield OWN_VARIABLE, ""
        for agent in self.by_name.values():
            yield from ((variable, agent.name) for variable in agent.variables)
        yield COMMON_VARIABLE, ""

    def loosening(self, program: str, verb: str = "") -> tuple[str, ...]:
        """Return the options with which that program, an agent's, runs unasked or without its hooks; `verb` is its
        first word."""
        name = (
            self._by_program.get(program)
            or self._by_command.get(f"{program} {verb}")
            or self._by_command.get(program, "")
        )
        return self.by_name[name].loosening if name else ()

    def moves(self, name: str, value: str) -> bool:
        """True if a variable of that value gives an agent other settings than those that have its hook."""
        return name in self._moving or f"{name}={value.strip().lower()}" in self._moving

    def of_programs(self, names: Iterable[str]) -> str:
        """Return the agent whose program is the first known one of `names` (without folders), or ""."""
        return next((self._by_program[name] for name in names if name in self._by_program), "")


def agents(knowledge: Knowledge | None = None) -> Agents:
    return (knowledge or shipped()).view(Agents)


def agents_with(tables: Mapping[str, Table]) -> Agents:
    """Return those that ship, and behind them `tables` of plugins by their names; one that ships stays as it is."""
    tables = {name: table for name, table in tables.items() if name not in agents().by_name}
    if not tables:
        return agents()
    return agents(shipped().with_layers(layer_of("plugin", {"knowledge/agents": {"plugins": tables}})))


def is_set(value: str | None) -> bool:
    """True if the value of a variable says yes: neither missing nor empty nor `0`. The natives say the same."""
    return value not in (None, "", "0")


def _read(table: Table) -> Iterable[Agent]:
    for name, entry in table.items():
        if not isinstance(entry, Mapping):
            continue
        words = {
            key: tuple(entry.get(key, ()))
            for key in ("programs", "commands", "variables", "loosening", "moving", "shared_variables")
        }
        yield Agent(name, hook=entry.get("hook"), settings=entry.get("settings"), **words)
