"""What the session's last failure printed, as the daemon knows it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from caro.errors import CaroError

if TYPE_CHECKING:
    from caro.paths import Paths


def kept_output(line: str, paths: Paths) -> str | None:
    """Return what the session's last failure printed, if it was that line; the daemon has it from a relay or a pane."""
    from caro.client import Client
    from caro.settings import socket_file

    session = os.environ.get("CARO_SESSION_ID", "")
    if not session:
        return None
    try:
        reply = Client(socket_file(os.environ, paths), timeout=0.5).request(
            "fix", session=session, what="output"
        )
    except (CaroError, OSError):
        return None
    output = reply.get("output")
    return output if isinstance(output, str) and reply.get("line") == line else None
