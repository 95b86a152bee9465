"""One plugin, trusted project or policy as a checked value. Whatever it says adds and tightens; a table that would
loosen something can't be written: there is no word for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from caro.errors import UsageError

Table = Mapping[str, Any]

MANAGED, TEAM, PROJECT, PLUGIN = "managed", "team", "project", "plugin"
POLICIES = (MANAGED, TEAM)
HEADER = {MANAGED: "policy", TEAM: "policy", PROJECT: "plugin", PLUGIN: "plugin"}
MANIFEST = "plugin.toml"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
ACTIONS = ("warn", "confirm", "block")
MODES = ("passive", "active")
HOOKS = ("rule", "fix", "suggest", "ask", "explain", "redact", "event", "export")
"""What the program of a plugin may be asked (docs/plugins.md)."""
PROGRAM = "caro-plugin-"
"""What the name of a plugin's program begins with; the plugin's own name follows."""


@dataclass(frozen=True)
class Addition:
    """`table` has passed `checked`; `files` are the other files of its folder. `root`: it holds below that folder
    alone ("": everywhere). `enforced` False: what it would do is recorded, and nothing else."""

    layer: str
    name: str
    table: Table
    files: Mapping[str, bytes] = field(default_factory=dict)
    place: str = ""
    root: str = ""
    enforced: bool = True

    @property
    def title(self) -> str:
        """What people call it: `team policy acme`, `plugin kube`."""
        return f"{self.layer} policy {self.name}" if self.layer in POLICIES else f"{self.layer} {self.name}"

    @property
    def patterns(self) -> list[str]:
        """Its patterns of secrets (POSIX ERE)."""
        listed = self.table.get("privacy", {}).get("redact_patterns", [])
        return [*listed, *(entry["pattern"] for entry in self.table.get("redaction", []))]

    @property
    def program(self) -> str:
        """The file of its program; "" where it has none."""
        name = PROGRAM + self.name
        return f"{self.place}/{name}" if "executable" in self.table and name in self.files else ""

    def toml(self, *folders: str) -> Iterator[tuple[str, bytes]]:
        """Give (name, bytes) of its TOML files below one of the folders."""
        for name, data in sorted(self.files.items()):
            if name.endswith(".toml") and name.split("/")[0] in folders:
                yield name, data


def checked(table: Table, layer: str) -> Table:
    """Return the table of a plugin.toml or a policy, checked. Raises UsageError with what is wrong: nothing that is
    misspelt may be passed over in silence."""
    header = HEADER[layer]
    if layer == PROJECT and header not in table:
        table = {header: {"name": "project"}, **table}
    known: dict[str, Any] = {**_SHAPE, header: _POLICY_HEADER if layer in POLICIES else _PLUGIN_HEADER}
    if layer == PLUGIN:
        known |= {"executable": _EXECUTABLE, "agents": {"*": _AGENT}}
    _check("", table, known)
    if wrong := [name for name in table.get("agents", {}) if not NAME.fullmatch(name)]:
        raise UsageError(f"agents.{wrong[0]} is no name: small letters, digits and hyphens")
    name = table.get(header, {}).get("name", "")
    if not NAME.fullmatch(name):
        raise UsageError(f"[{header}] name: {name!r} is no name: small letters, digits and hyphens")
    if layer in POLICIES and "serial" not in table[header]:
        raise UsageError("[policy] serial is missing: a number that rises with each version")
    return table


def agents_of(additions: Iterable[Addition]) -> Mapping[str, Table]:
    """Return the agents that plugins name, each with its `variables` and `programs`."""
    return {name: agent for one in additions for name, agent in one.table.get("agents", {}).items()}


Check = Callable[[Any], bool]


def _check(where: str, table: Any, shape: Mapping[str, Any]) -> None:
    if not isinstance(table, Mapping):
        raise UsageError(f"{where or 'the file'} is no table")
    for key, value in table.items():
        path = f"{where}.{key}" if where else str(key)
        rule = shape.get(key, shape.get("*"))
        if rule is None:
            raise UsageError(f"{path}: no such key; known: {', '.join(sorted(shape))}")
        if isinstance(rule, Mapping):
            _check(path, value, rule)
        elif isinstance(rule, list):
            if not isinstance(value, list):
                raise UsageError(f"{path} is no list of tables")
            for at, one in enumerate(value):
                _check(f"{path}[{at}]", one, rule[0])
        elif not rule[1](value):
            raise UsageError(f"{path}: {value!r} is not {rule[0]}")


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _number(least: int, most: int) -> tuple[str, Check]:
    def fits(value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most

    return f"a whole number from {least} to {most}", fits


def _one_of(*words: str) -> tuple[str, Check]:
    return f"one of {', '.join(words)}", lambda value: value in words


_TEXT = ("a text", lambda value: isinstance(value, str))
_LIST = ("a list of texts", _texts)
_FLAG = ("true or false", lambda value: isinstance(value, bool))
_ANY = ("", lambda value: True)
_SAFETY = {"block": _LIST, "commands": {"*": _one_of(*ACTIONS)}, "folders": {"*": _one_of(*MODES)}}
_REQUIRE = {"mode": _one_of(*MODES), "agent_mode": _one_of(*MODES), "exceptions": _FLAG, "redact": _FLAG}
_SHAPE: Mapping[str, Any] = {
    "safety": _SAFETY,
    "require": _REQUIRE,
    "privacy": {"redact_patterns": _LIST},
    "environments": {"*": {"safety": _SAFETY, "require": _REQUIRE}},
    "redaction": [{"pattern": _TEXT, "why": _TEXT, "catches": _LIST, "passes": _LIST}],
    "rule": ("a list of tables", lambda value: isinstance(value, list)),
    "program": {"*": {"*": _ANY}},
    "case": [{"line": _TEXT, "action": _one_of("allow", *ACTIONS), "mode": _one_of(*MODES), "agent": _FLAG,
              "cwd": _TEXT}],
}  # fmt: skip
_PLUGIN_HEADER = {"name": _TEXT, "version": _TEXT, "about": _TEXT}
_EXECUTABLE = {
    "hooks": (f"a list of {', '.join(HOOKS)}", lambda value: _texts(value) and set(value) <= set(HOOKS)),
    "network": _FLAG,
    "case": [{"hook": _one_of(*HOOKS), "ask": ("a table", lambda value: isinstance(value, Mapping)),
              "answer": ("a table", lambda value: isinstance(value, Mapping))}],
}  # fmt: skip
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{4,60}")
_SHARED = ("CARO_", "XDG_", "SSH_", "DBUS_", "GPG_", "SYSTEMD_", "WAYLAND_", "TERM", "COLORTERM", "LOGNAME", "SHELL",
           "SHLVL", "DISPLAY", "EDITOR", "VISUAL", "PAGER", "HOSTNAME", "OLDPWD", "LS_COLORS", "LANGUAGE",
           "INVOCATION_ID", "JOURNAL_STREAM", "WINDOWID", "HISTFILE", "PROMPT", "PYTHON", "CARGO", "JAVA_HOME",
           "GOPATH")  # fmt: skip
_SHELLS = frozenset(
    "sh bash zsh fish dash ksh login su sudo doas tmux screen sshd init systemd env node python python3".split()
)


def _variables(value: Any) -> bool:
    return _texts(value) and all(_VARIABLE.fullmatch(name) and not name.startswith(_SHARED) for name in value)


def _programs(value: Any) -> bool:
    return _texts(value) and all(name and "/" not in name and name not in _SHELLS for name in value)


_AGENT = {
    "variables": ("a list of variables that it alone sets, in capitals", _variables),
    "programs": ("a list of names of its program, and of no shell", _programs),
}
_POLICY_HEADER = {
    "name": _TEXT, "about": _TEXT, "serial": _number(1, 2**53), "expires": _ANY, "contact": _TEXT,
    "mode": _one_of("enforce", "observe"), "percent": _number(0, 100),
}  # fmt: skip
