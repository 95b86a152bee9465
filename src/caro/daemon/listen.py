"""The daemon's place: a private folder, a lock that makes it the only one, the socket.

The socket is made and removed under the lock alone. Without that a daemon that ends would remove the socket of
the one that was started after it, and a stale socket could never be told from a live one by looking.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import stat
import time
from pathlib import Path

from caro.client import SUN_PATH_BYTES
from caro.errors import CaroError, RefusedError
from caro.settings import lock_file

BACKLOG = 512


class AlreadyRunning(CaroError):
    pass


def make_private_folder(folder: Path) -> None:
    """Make it 0700, and close one of ours that stands open; raise RefusedError for another user's."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.stat()
    if status.st_uid != os.geteuid():
        raise RefusedError(f"{folder} belongs to another user; set CARO_SOCKET to a place of your own")
    if status.st_mode & 0o077:
        folder.chmod(0o700)


def take_lock(socket_path: Path) -> int:
    """Return the descriptor that holds the lock; raise AlreadyRunning."""
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    fd = os.open(lock_file(socket_path), flags, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _nudge(fd)
        os.close(fd)
        raise AlreadyRunning("a daemon runs already; `caro daemon status` tells more") from None
    os.ftruncate(fd, 0)
    os.pwrite(fd, b"%d\n" % os.getpid(), 0)
    return fd


def _nudge(fd: int) -> None:
    """Whoever was started found no socket, so the holder's may be lost: SIGHUP makes it look at once. The number
    is the holder's own as long as the lock is held; it says nothing about being alive otherwise."""
    holder = os.pread(fd, 32, 0).strip()
    if holder.isdigit() and int(holder) > 1:
        try:
            os.kill(int(holder), signal.SIGHUP)
        except OSError:
            pass


def wait_for_lock(socket_path: Path, seconds: float) -> bool:
    """Until the holder is gone, process and all; False where it takes longer."""
    deadline = time.monotonic() + seconds
    try:
        fd = os.open(lock_file(socket_path), os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return True
    try:
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                if time.monotonic() > deadline:
                    return False
                time.sleep(0.005)
    finally:
        os.close(fd)


def bind_socket(path: Path) -> socket.socket:
    """Under the lock: removes a stale socket of ours, nothing else, and listens. Raises RefusedError."""
    if len(os.fsencode(path)) > SUN_PATH_BYTES:
        raise RefusedError(f"{path} is too long for a socket ({SUN_PATH_BYTES} bytes); set CARO_SOCKET")
    try:
        status = path.lstat()
    except FileNotFoundError:
        pass
    else:
        if not stat.S_ISSOCK(status.st_mode) or status.st_uid != os.geteuid():
            raise RefusedError(
                f"{path} is in the way and is no socket of ours; remove it, or set CARO_SOCKET"
            )
        path.unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # The umask closes the moment between bind and chmod.
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(before)
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener


def is_in_place(path: Path, identity: tuple[int, int]) -> bool:
    """True if the path still leads to the socket that was bound (device and inode)."""
    try:
        status = path.lstat()
    except OSError:
        return False
    return (status.st_dev, status.st_ino) == identity


def identity_of(path: Path) -> tuple[int, int]:
    status = path.lstat()
    return status.st_dev, status.st_ino
