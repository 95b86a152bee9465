"""Puts Caro's hook into an agent's settings and takes it out again.

What the file was is kept beside a digest of what was written: not edited since, it comes back byte for byte;
edited, or with the copy lost, Caro's entries alone go and every other byte stays.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from caro.agent.edit import add_hooks, has_hooks, remove_hooks
from caro.agent.hooked import HookedAgent, hooked_agents
from caro.config_write import write_private
from caro.errors import RefusedError
from caro.paths import Paths
from caro.shell.edits import Edit, carry_out, missing_folders, read_file


@dataclass(frozen=True)
class Plan:
    agent: HookedAgent
    edit: Edit | None
    """None: nothing is to be done."""


def program_of(paths: Paths) -> Path:
    return paths.bin / "caro-hook"


def plan_install(agent: HookedAgent, env: Mapping[str, str], paths: Paths) -> Plan:
    file = agent.settings_file(env, paths)
    before = read_file(file)
    text = None if before is None else _decoded(before, file)
    try:
        after = add_hooks(agent, text, program_of(paths)).encode("utf-8", "surrogateescape")
    except RefusedError as error:
        raise RefusedError(f"{file}: {error}; mend it, or add the hook by hand (docs/agents.md)") from None
    folders = 0 if before is not None else missing_folders(file)
    return Plan(agent, Edit(file, before, after, folders) if after != before else None)


def plan_uninstall(agent: HookedAgent, env: Mapping[str, str], paths: Paths) -> Plan:
    file = agent.settings_file(env, paths)
    before = read_file(file)
    if before is None:
        return Plan(agent, None)
    kept = _kept(agent, paths)
    if kept is not None and kept.file == str(file) and kept.written == _digest(before):
        return Plan(agent, Edit(file, before, kept.before, kept.folders))
    try:
        after = remove_hooks(agent, _decoded(before, file))
    except RefusedError as error:
        raise RefusedError(f"{file}: {error}; take the lines with caro-hook out by hand") from None
    data = None if after is None else after.encode("utf-8", "surrogateescape")
    return Plan(agent, Edit(file, before, data) if data != before else None)


def install(plan: Plan, paths: Paths) -> None:
    from caro.trace.natives import install_natives

    install_natives(paths)
    if plan.edit is None:
        return
    kept = _kept(plan.agent, paths)
    original, folders = plan.edit.before, plan.edit.folders
    if kept is not None and original is not None and kept.written == _digest(original):
        original, folders = kept.before, kept.folders  # installed again: the first one was the user's
    elif original is not None:
        original = _without_ours(plan.agent, original)
    carry_out(plan.edit)
    assert plan.edit.after is not None
    record = {
        "file": str(plan.edit.file),
        "written": _digest(plan.edit.after),
        "before": None if original is None else original.decode("latin-1"),
        "folders": folders,
    }
    write_private(_record(plan.agent, paths), json.dumps(record))


def note_written(agent: HookedAgent, paths: Paths) -> None:
    """Note the settings as they stand as what Caro wrote: the agent has added its trust to them."""
    kept = _kept(agent, paths)
    data = None if kept is None else read_file(Path(kept.file))
    if data is not None:
        record = json.loads(_record(agent, paths).read_text("utf-8"))
        write_private(_record(agent, paths), json.dumps(record | {"written": _digest(data)}))


def _without_ours(agent: HookedAgent, settings: bytes) -> bytes | None:
    """Return the settings as they were before a hook that an older version, or somebody's edit, left in them."""
    text = settings.decode("utf-8", "surrogateescape")
    rest = remove_hooks(agent, text) if has_hooks(agent, text) else text
    return None if rest is None else rest.encode("utf-8", "surrogateescape")


def uninstall(plan: Plan, paths: Paths) -> None:
    if plan.edit is not None:
        carry_out(plan.edit)
    record = _record(plan.agent, paths)
    record.unlink(missing_ok=True)
    try:
        record.parent.rmdir()
    except OSError:
        pass


def installed_events(agent: HookedAgent, env: Mapping[str, str], paths: Paths) -> list[str]:
    """Return the events that have Caro's hook; raises RefusedError where the settings can't be read."""
    file = agent.settings_file(env, paths)
    data = read_file(file)
    return [] if data is None else has_hooks(agent, _decoded(data, file))


def _decoded(data: bytes, file: Path) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise RefusedError(f"{file} is not UTF-8: Caro leaves it alone") from None


@dataclass(frozen=True)
class _Kept:
    file: str
    written: str
    before: bytes | None
    folders: int


def _record(agent: HookedAgent, paths: Paths) -> Path:
    return paths.state / "agents" / f"{agent.name}.json"


def _kept(agent: HookedAgent, paths: Paths) -> _Kept | None:
    try:
        data = json.loads(_record(agent, paths).read_text("utf-8"))
        before = None if data["before"] is None else data["before"].encode("latin-1")
        return _Kept(str(data["file"]), str(data["written"]), before, int(data["folders"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def plan_uninstall_all(env: Mapping[str, str], paths: Paths) -> tuple[list[Plan], list[str]]:
    """Return the plans of every agent that has our hook, and why others were left out."""
    plans, refused = [], []
    for agent in hooked_agents().values():
        try:
            if installed_events(agent, env, paths):
                plans.append(plan_uninstall(agent, env, paths))
        except RefusedError as error:
            # Settings that never had our hook are nobody's business here.
            if _kept(agent, paths) is not None:
                refused.append(str(error))
    return plans, refused


def uninstall_all(plans: list[Plan], paths: Paths) -> list[str]:
    """Carry the plans out; return what was refused."""
    refused = []
    for plan in plans:
        try:
            uninstall(plan, paths)
        except (RefusedError, OSError) as error:
            refused.append(str(error))
    return refused
