"""Notices the end of a shell that did not say goodbye: killed, or a bash, whose EXIT trap is the user's.

Where the system has pidfds one wakes us; elsewhere the sweep of each minute does the same work later.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

MAX_WATCHED = 1000


class Shells:
    def __init__(self, gone: Callable[[str], None]) -> None:
        self.gone = gone
        """Called with the session's id when its shell has ended."""
        self._watched: dict[str, tuple[int, int]] = {}

    def watch(self, session: str, pid: int) -> None:
        known = self._watched.get(session)
        if pid <= 1 or not hasattr(os, "pidfd_open") or (known is not None and known[0] == pid):
            return
        self.forget(session)
        if len(self._watched) >= MAX_WATCHED:
            return
        try:
            fd = os.pidfd_open(pid)
        except OSError:
            return
        self._watched[session] = pid, fd
        asyncio.get_running_loop().add_reader(fd, self._ended, session)

    def forget(self, session: str) -> None:
        known = self._watched.pop(session, None)
        if known is not None:
            asyncio.get_running_loop().remove_reader(known[1])
            os.close(known[1])

    def _ended(self, session: str) -> None:
        self.forget(session)
        self.gone(session)
