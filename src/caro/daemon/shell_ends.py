"""Notice the end of a shell that did not say goodbye: killed, or a bash, whose EXIT trap is the user's.

Where the system has pidfds one wakes us; elsewhere the sweep of each minute does the same work later.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path

MAX_WATCHED = 1000


class ShellEnds:
    """Watch the shells of sessions, and tell of each that ended."""

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


def sweep_line_files(env: Mapping[str, str]) -> None:
    """Remove what a bash that has ended left in memory: the file by which it hands lines over (init.bash)."""
    for folder in (env.get("XDG_RUNTIME_DIR", ""), f"/dev/shm/caro-{os.geteuid()}"):
        if not folder.startswith("/"):
            continue
        for file in Path(folder).glob("caro-line.*"):
            pid = file.name.rpartition(".")[2]
            if pid.isdecimal() and not _runs(int(pid)):
                with contextlib.suppress(OSError):
                    file.unlink()


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
