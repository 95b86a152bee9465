"""Whether an AI agent is among the processes above this one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

AGENT_VARIABLES: dict[str, str] = {
    "CARO_AGENT": "",
    "CLAUDECODE": "claude-code",
    "CLAUDE_CODE_ENTRYPOINT": "claude-code",
    "CODEX_SANDBOX": "codex",
    "CODEX_HOME_SESSION": "codex",
    "GEMINI_CLI": "gemini-cli",
    "CURSOR_AGENT": "cursor",
    "CURSOR_TRACE_ID": "cursor",
    "OPENCODE": "opencode",
    "AIDER_SESSION": "aider",
    "REPLIT_AGENT": "replit",
    "AGENT": "",
}
AGENT_PROGRAMS = frozenset(
    {"claude", "codex", "gemini", "cursor-agent", "opencode", "aider", "goose", "amp", "crush", "qwen"}
)


def agent_above(env: Mapping[str, str]) -> str:
    """The agent's name, or "". A PTY of its own or `script` doesn't hide it: the line of parents is read."""
    for variable, name in AGENT_VARIABLES.items():
        if env.get(variable):
            return name or env[variable]
    return next((name for name in _parents() if name in AGENT_PROGRAMS), "")


def _parents() -> list[str]:
    """Names of the processes above, where /proc tells them (Linux); elsewhere the variables decide alone."""
    names = []
    pid = os.getppid()
    for _ in range(64):
        try:
            stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            environ = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            break
        names += [word.decode("utf-8", "replace").rsplit("/", 1)[-1] for word in words[:2]]
        for entry in environ:
            variable, _, value = entry.decode("utf-8", "replace").partition("=")
            if value and variable in AGENT_VARIABLES:
                names.append(next(iter(AGENT_PROGRAMS)))
        pid = int(stat.rpartition(")")[2].split()[1])
        if pid <= 1:
            break
    return names
