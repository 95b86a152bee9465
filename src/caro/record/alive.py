"""Tell whether a command that has no end in the log still runs."""

from __future__ import annotations

import os
import socket

from caro.model import Event


def is_alive(event: Event) -> bool:
    """True where its process is there on this machine; a process of another machine can't be asked."""
    if event.pid is None or event.pid <= 0 or event.host not in (None, socket.gethostname()):
        return False
    try:
        os.kill(event.pid, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return True
