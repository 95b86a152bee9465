"""Caro's entries in an agent's settings: text in, text out."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from caro.agent.hooked import HookedAgent
from caro.agent.json_text import append, container_at, members, remove, value_of
from caro.errors import RefusedError
from caro.knowledge.agents import agents
from caro.shell.block import add_block, remove_block


def hook_command(agent: HookedAgent, program: Path) -> str:
    """Return what the agent hands to its shell."""
    return f"{shlex.quote(str(program))} agent {agent.name}"


def is_ours(agent: HookedAgent, value: Any) -> bool:
    """True if an entry runs caro-hook for this agent, wherever the program stands."""
    if isinstance(value, str):
        words = value.split()
        return len(words) > 2 and words[-2:] == ["agent", agent.name] and "caro-hook" in words[-3]
    if isinstance(value, dict):
        return any(is_ours(agent, item) for item in value.values())
    return isinstance(value, list) and any(is_ours(agent, item) for item in value)


def add_hooks(agent: HookedAgent, text: str | None, program: Path) -> str:
    """Return the settings with Caro's entries; None stands for no file. Raises RefusedError on what can't be read."""
    if agent.format == "toml":
        return _add_toml(agent, text, program)
    if agent.format == "js":
        return _js_text(agent, text, program)
    command = json.dumps(hook_command(agent, program))
    if text is not None and text.count(command) == len(agent.events) and is_current(agent, text):
        return text
    if text is None or not text.strip():
        return _new_json(agent, command)
    text = remove_hooks(agent, text) or "{}"
    for event in agent.events:
        text = append(text, agent.at.replace("%e", event).split("."), agent.entry_at(event, command))
    return text


def _new_json(agent: HookedAgent, command: str) -> str:
    lists = ",\n".join(
        f"    {json.dumps(event)}: [\n      {agent.entry_at(event, command)}\n    ]" for event in agent.events
    )
    top = f"  {agent.top},\n" if agent.top else ""
    return f'{{\n{top}  "hooks": {{\n{lists}\n  }}\n}}\n'


def remove_hooks(agent: HookedAgent, text: str) -> str | None:
    """Return the settings without them; None where nothing else is left. Lists that get empty go with them."""
    if agent.format == "js":
        return None if command_in(text) else text
    if agent.format == "toml":
        rest = remove_block(text.encode("utf-8", "surrogateescape")).text
        return None if rest is None else rest.decode("utf-8", "surrogateescape")
    touched = False
    for event in agent.events:
        path = agent.at.replace("%e", event).split(".")
        ours = [item for item in members(text, path) if is_ours(agent, value_of(text, item))]
        if ours:
            touched = True
            text = _without_empty(remove(text, path, ours), path)
    top = "{" + agent.top + "}"
    return None if touched and _plain(text) in ({}, json.loads(top)) else text


def _plain(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _without_empty(text: str, path: list[str]) -> str:
    while path:
        found = container_at(text, path)
        if found is None or found.items or text[found.open : found.close].strip():
            return text
        items = [item for item in members(text, path[:-1]) if item.key == path[-1]]
        text, path = remove(text, path[:-1], items), path[:-1]
    return text


def has_hooks(agent: HookedAgent, text: str) -> list[str]:
    """Return the events that have an entry of Caro's. Raises RefusedError."""
    if agent.format == "js":
        return list(agent.events) if is_ours(agent, command_in(text)) else []
    if agent.format == "toml":
        hooks = _toml(text).get("hooks", {})
        return [event for event in agent.events if is_ours(agent, hooks.get(event))]
    return [
        event
        for event in agent.events
        if any(
            is_ours(agent, value_of(text, item))
            for item in members(text, agent.at.replace("%e", event).split("."))
        )
    ]


def is_current(agent: HookedAgent, text: str) -> bool:
    """True if every event has an entry of Caro's, as this version would write it. Raises RefusedError."""
    if agent.format == "js":
        commands = command_in(text)
        return bool(commands) and text == _plugin(agent, json.dumps(commands[0]))
    if agent.format == "toml":
        hooks = _toml(text).get("hooks", {})
        return all(_has_entry(agent, event, hooks.get(event, []), tomllib.loads) for event in agent.events)
    return all(
        _has_entry(agent, event, [value_of(text, item) for item in members(text, path)], json.loads)
        for event in agent.events
        if (path := agent.at.replace("%e", event).split("."))
    )


def _has_entry(agent: HookedAgent, event: str, entries: list[Any], loads: Callable[[str], Any]) -> bool:
    """True if one of the entries is ours, with whatever program, and else as we would write it."""
    for entry in filter(lambda entry: is_ours(agent, entry), entries):
        command = next(commands_in(agent, entry))
        wanted = loads(agent.entry_at(event, json.dumps(command)))
        if entry == (wanted["hooks"][event][0] if agent.format == "toml" else wanted):
            return True
    return False


def commands_in(agent: HookedAgent, value: Any) -> Iterator[str]:
    """Give the command lines of our hook in a value of the settings."""
    if isinstance(value, str) and is_ours(agent, value):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from commands_in(agent, inner)


def _js_text(agent: HookedAgent, text: str | None, program: Path) -> str:
    if text is not None and text.strip() and not command_in(text):
        raise RefusedError("it is not the plugin that Caro makes there")
    return _plugin(agent, json.dumps(hook_command(agent, program)))


def _plugin(agent: HookedAgent, command: str) -> str:
    served = "|".join(row.split()[0] for row in agents().mcp_files)
    return (
        (Path(__file__).parent / agent.entry)
        .read_text("utf-8")
        .replace('"%c"', command)
        .replace("%m", served)
    )


def command_in(text: str) -> list[str]:
    """Return the hook's command that a plugin of ours runs, as a list of one or none."""
    found = re.search(r'^const HOOK = (".*")$', text, re.MULTILINE)
    try:
        return [str(json.loads(found[1]))] if found else []
    except ValueError:
        return []


def _add_toml(agent: HookedAgent, text: str | None, program: Path) -> str:
    before = None if text is None else text.encode("utf-8", "surrogateescape")
    command = json.dumps(hook_command(agent, program))
    parts = [agent.entry_at(event, command) for event in agent.events]
    stands = remove_block(before or b"").text or b""
    if agent.top and not _has_table(_toml(stands.decode("utf-8", "surrogateescape")), agent.top):
        parts.insert(0, agent.top)
    after = add_block(before, "".join(parts).rstrip("\n")).decode("utf-8", "surrogateescape")
    _toml(after)
    return after


def _has_table(document: dict[str, Any], top: str) -> bool:
    return any(name in document for name in tomllib.loads(top))


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RefusedError(f"it is not TOML: {error}") from None
