"""What stands at the right of the prompt: the guard's mode, the agent, how long the last line took, the session."""

from __future__ import annotations

from dataclasses import dataclass

from caro.show.status_cell import short_duration

LONG_MS = 2000
"""A line that took as long is told of where only the unusual is."""
SESSION = 8
"""Characters of the session's id: its end, which differs between sessions of one minute too."""


@dataclass(frozen=True)
class Status:
    """`usual` is the mode that the configuration has, `agent` is empty for a person, `took_ms` None: no line ran,
    `policy`: the shell has one."""

    mode: str
    usual: str
    agent: str = ""
    took_ms: float | None = None
    session: str = ""
    policy: bool = False


def status_text(status: Status, shown: str) -> str:
    """Return the segment; `shown` is `repl.status`: `auto` tells what is not as always, `always` all of it."""
    if shown == "off":
        return ""
    always = shown == "always"
    parts = [
        status.mode if always or status.mode != status.usual else "",
        "policy" if status.policy else "",
        status.agent,
        short_duration(status.took_ms) if always or (status.took_ms or 0) >= LONG_MS else "",
        status.session[-SESSION:] if always else "",
    ]
    return " ".join(part for part in parts if part)
