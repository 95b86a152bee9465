"""What the session's last lines printed: of the daemon, which knows the relay or the pane that shows it."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from caro.errors import CaroError

if TYPE_CHECKING:
    from caro.paths import Paths

_PANES = ("TMUX", "TMUX_PANE", "ZELLIJ_SESSION_NAME", "ZELLIJ_PANE_ID", "WEZTERM_PANE", "WEZTERM_UNIX_SOCKET",
          "KITTY_LISTEN_ON", "KITTY_WINDOW_ID")  # fmt: skip
_OWN = re.compile(r"\s*(?:command\s+)?caro(?:\s|$)")
_ASKS = re.compile(r"\bcaro +help-output\b")
LOOKED_BACK = 20
"""Lines of the log among which the last one that asks Caro nothing is looked for."""


def kept_output(line: str, paths: Paths) -> str | None:
    """Return what the session's last failure printed, if it was that line; the daemon has it from a relay or a pane."""
    reply = _asked("output", paths)
    output = reply.get("output")
    return output if isinstance(output, str) and reply.get("line") == line else None


def last_printed(paths: Paths) -> tuple[str, str | None]:
    """Return the session's last line that asked Caro nothing, and what it printed, None where nobody knows that.
    CaroError: there is no such line."""
    relay = os.environ.get("CARO_RELAY", "").split(":", 2)[2:]
    env = {name: os.environ[name] for name in _PANES if name in os.environ}
    told = _asked("printed", paths, relay="".join(relay), env=env).get("printed")
    if isinstance(told, dict) and isinstance(told.get("line"), str):
        output = told.get("output")
        return told["line"], _above_question(output) if isinstance(output, str) else None
    return _last_in_log(paths), None


def _asked(what: str, paths: Paths, **fields: object) -> dict[str, object]:
    """Return the daemon's answer about this session; {} outside of one, and where there is none."""
    from caro.client import Client
    from caro.settings import socket_file

    session = os.environ.get("CARO_SESSION_ID", "")
    if not session:
        return {}
    try:
        client = Client(socket_file(os.environ, paths), timeout=1.5)
        return client.request("fix", session=session, what=what, **fields)
    except (CaroError, OSError):
        return {}


def _above_question(output: str) -> str:
    """Return what a pane shows of the output: not the line that asks, nor its prompt."""
    lines = output.splitlines()
    asks = [at for at, line in enumerate(lines) if _ASKS.search(line)]
    return "\n".join(lines[: asks[-1]] if asks else lines)


def _last_in_log(paths: Paths) -> str:
    from caro.record.last import last_events
    from caro.record.query import Filter
    from caro.record.reader import Snapshot
    from caro.settings import load_settings, log_file

    session = os.environ.get("CARO_SESSION_ID", "")
    wanted = Filter(session=session, kinds=("line",))
    try:
        events = last_events(Snapshot(log_file(load_settings(os.environ, paths), paths)), wanted, LOOKED_BACK)
    except OSError:
        events = []
    texts = [event.text or "" for event in events if session]
    line = next((text for text in reversed(texts) if text and not _OWN.match(text)), "")
    if not line:
        raise CaroError("help-output: pipe the output in, or name the command: caro help-output df")
    return line
