"""How values of one configuration key go together: everything is added, and of two words the stricter holds."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from caro.addition import ACTIONS, POLICIES, PROJECT, Addition, Table

MODES = ("off", "passive", "active")
ONLY_ADDED_TO = {
    "safety.allow": (),
    "safety.block": (),
    "privacy.redact_patterns": (),
    "safety.folders": MODES,
    "safety.commands": ACTIONS,
}
"""What `[environments.NAME]`, a plugin or a policy only adds to: lists, and tables with their words, the strictest
last."""
EVERYWHERE = "/"


@dataclass(frozen=True)
class Required:
    """Modes that a policy asks for and that no allow entry lifts: by folder, and for agents ("": none)."""

    folders: Mapping[str, str] = field(default_factory=dict)
    agent_mode: str = ""


NOTHING_REQUIRED = Required()


def together(name: str, general: Any, own: Any) -> Any:
    """Return a general list or table with another one's added: of a key that both have, the stricter word."""
    if isinstance(general, list):
        return general + [one for one in own if one not in general]
    return general | {key: stricter(name, word, general.get(key)) for key, word in own.items()}


def stricter(name: str, word: Any, other: Any) -> Any:
    """Return the stricter of two words of a table; `other` None: there is but one. One that is unknown asks, as its
    reader makes it."""
    order = ONLY_ADDED_TO[name]
    return word if other is None or _rank(order, word) >= _rank(order, other) else other


def _rank(order: tuple[str, ...], word: Any) -> int:
    return order.index(word) if word in order else 1


def stricter_mode(mode: str, other: str) -> str:
    """Return the stricter of two modes."""
    return max(mode, other, key=MODES.index) if mode in MODES and other in MODES else mode or other


def holding_everywhere(additions: Iterable[Addition]) -> list[Addition]:
    """Return the enforced ones with what they say to every line; a project's is what holds wherever one stands: its
    secrets, and modes of folders below it."""
    return [_of_project(one) if one.layer == PROJECT else one for one in additions if one.enforced]


def _of_project(addition: Addition) -> Addition:
    folders = {
        path: mode
        for path, mode in addition.table.get("safety", {}).get("folders", {}).items()
        if _below(os.path.normpath(path), addition.root)
    }
    mode = addition.table.get("require", {}).get("mode")
    table = {
        "safety": {"folders": folders | ({addition.root: mode} if mode else {})},
        "privacy": {"redact_patterns": addition.patterns},
    }
    return Addition(PROJECT, addition.name, table, root=addition.root)


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def of_question(additions: Iterable[Addition], folder: str | None) -> tuple[Addition, ...]:
    """Return the projects that a question in that folder is about."""
    return tuple(
        one for one in additions if one.root and one.enforced and folder and _below(folder, one.root)
    )


def tighten(values: dict[str, Any], addition: Addition, environment: str = "") -> None:
    """Add what one says to the values of a configuration, where CARO_ENV is `environment`."""
    _take(values, addition.table)
    _take(values, addition.table.get("environments", {}).get(environment, {}))
    patterns = addition.patterns
    if patterns:
        name = "privacy.redact_patterns"
        values[name] = together(name, values[name], patterns)


def _take(values: dict[str, Any], table: Table) -> None:
    for key, said in table.get("safety", {}).items():
        name = f"safety.{key}"
        values[name] = together(name, values[name], said)
    require = table.get("require", {})
    if "mode" in require:
        values["safety.folders"] = together(
            "safety.folders", values["safety.folders"], {EVERYWHERE: require["mode"]}
        )
    if "agent_mode" in require:
        values["safety.agent_mode"] = stricter_mode(str(values["safety.agent_mode"]), require["agent_mode"])
    if require.get("redact"):
        values["privacy.redact"] = True


def tightened_environments(
    environments: Mapping[str, Any], additions: Iterable[Addition]
) -> dict[str, dict[str, Any]]:
    """Return the environments' tables with what the additions say of each."""
    found: dict[str, dict[str, Any]] = dict(environments)
    for addition in additions:
        for name, said in addition.table.get("environments", {}).items():
            found[name] = _environment(found.get(name, {}), said)
    return found


def _environment(own: Mapping[str, Any], said: Table) -> dict[str, Any]:
    own = own if isinstance(own, Mapping) else {}
    safety = dict(own.get("safety", {})) if isinstance(own.get("safety", {}), Mapping) else {}
    empty: dict[str, Any] = {"block": [], "commands": {}, "folders": {}}
    values = {f"safety.{key}": _usable(safety.get(key), without) for key, without in empty.items()}
    values["safety.agent_mode"] = str(safety.get("agent_mode", "off"))
    _take(values, said)
    safety |= {key: values[f"safety.{key}"] for key in empty if values[f"safety.{key}"]}
    if "agent_mode" in said.get("require", {}):
        safety["agent_mode"] = values["safety.agent_mode"]
    privacy = {"privacy": {"redact": True}} if values.get("privacy.redact") else {}
    return {**own, **privacy, "safety": safety}


def _usable(value: Any, without: Any) -> Any:
    """Return a person's list or table; a text is a list of one, and what can't be read is told elsewhere."""
    if isinstance(without, list) and isinstance(value, str):
        return [value]
    return value if isinstance(value, type(without)) else without


def required_by(additions: Iterable[Addition], environment: str) -> Required:
    """Return the modes that policies ask for without exceptions, where CARO_ENV is `environment`."""
    folders: dict[str, str] = {}
    agent_mode = ""
    for addition in additions:
        if addition.layer not in POLICIES or not addition.enforced:
            continue
        tables = (addition.table, addition.table.get("environments", {}).get(environment, {}))
        for table in tables:
            require = table.get("require", {})
            if require.get("exceptions", tables[0].get("require", {}).get("exceptions")):
                continue
            everywhere = {EVERYWHERE: require["mode"]} if "mode" in require else {}
            for modes in (table.get("safety", {}).get("folders", {}), everywhere):
                folders = together("safety.folders", folders, modes)
            agent_mode = stricter_mode(require.get("agent_mode", ""), agent_mode)
    return Required(folders, agent_mode) if folders or agent_mode else NOTHING_REQUIRED
