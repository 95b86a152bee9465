"""fish's way without a process: each session tells of its plain lines through a FIFO of its own.

fish opens and writes such that it waits. So it opens the FIFO through our descriptor, to which a link leads (a daemon
that has died has none), and in a FIFO of one session never stands more than there is room for (init.fish counts).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import stat
from collections.abc import Callable
from pathlib import Path

from caro.daemon.sessions import is_session_id

MAX_OPEN = 1000
MESSAGE_MAX = 4096
LINK = ".told"


class SessionFifos:
    """The FIFOs of the sessions whose shell tells so; none where the system has no /proc with descriptors."""

    def __init__(self, folder: Path, take: Callable[[str, bytes], None]) -> None:
        self.folder = folder
        self.take = take
        """Called with the session and each message that came."""
        self._fds: dict[str, int] = {}
        self._sessions: dict[int, str] = {}
        self._rest: dict[int, bytes] = {}
        self._ready: select.epoll | None = None

    def open(self, session: str) -> None:
        """Make the session's FIFO, where it has none yet."""
        if session in self._fds or len(self._fds) >= MAX_OPEN or not _can_reopen():
            return
        with contextlib.suppress(OSError):
            self._open(session)

    def _open(self, session: str) -> None:
        path, link = self.folder / session, self.folder / f"{session}{LINK}"
        with contextlib.suppress(FileExistsError):
            os.mkfifo(path, 0o600)
        fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
        if not stat.S_ISFIFO(os.fstat(fd).st_mode):
            os.close(fd)
            return
        self._fds[session], self._sessions[fd] = fd, session
        if self._ready is None:
            self._ready = select.epoll()
            asyncio.get_running_loop().add_reader(self._ready.fileno(), self.read)
        self._ready.register(fd, select.EPOLLIN)
        link.unlink(missing_ok=True)
        link.symlink_to(f"/proc/{os.getpid()}/fd/{fd}")

    def read(self) -> None:
        """Take what has come; nothing where nothing did."""
        for fd, _event in self._ready.poll(0) if self._ready is not None else []:
            with contextlib.suppress(BlockingIOError):
                *lines, rest = (self._rest.pop(fd, b"") + os.read(fd, 65536)).split(b"\n")
                if 0 < len(rest) <= MESSAGE_MAX:
                    self._rest[fd] = rest
                for line in lines:
                    self.take(self._sessions[fd], line)

    def forget(self, session: str) -> None:
        """Remove the FIFO of a session that has ended."""
        fd = self._fds.pop(session, -1)
        if fd < 0:
            return
        del self._sessions[fd]
        self._rest.pop(fd, None)
        os.close(fd)
        for name in (session, f"{session}{LINK}"):
            (self.folder / name).unlink(missing_ok=True)

    def close(self) -> None:
        """Stop; what nobody has read in them is gone, and caro-hook records it."""
        if self._ready is not None:
            asyncio.get_running_loop().remove_reader(self._ready.fileno())
            self._ready.close()
            self._ready = None
        for session in list(self._fds):
            self.forget(session)


def session_of(name: str) -> str | None:
    """Return the session that a file of the folder belongs to; None for the others."""
    session = name.removesuffix(LINK)
    return session if is_session_id(session) else None


def _can_reopen() -> bool:
    return hasattr(select, "epoll") and os.path.exists("/proc/self/fd")
