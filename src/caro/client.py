"""The daemon's client: a plain socket, one request, one reply, a deadline. Nothing is kept open.

Absent and broken are two things: nobody listening raises DaemonAbsent (work without it, say nothing), somebody
who doesn't answer as he should raises DaemonError, something in the way that is not ours RefusedError.
"""

from __future__ import annotations

import errno
import os
import socket
import stat
import struct
import time

from caro.errors import DaemonAbsent, DaemonError, RefusedError
from caro.wire_limits import MAX_BYTES, VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:  # a third of the time that a quick answer takes would go into importing `typing`
    from pathlib import Path
    from typing import Any

SUN_PATH_BYTES = 103
"""Longest socket path that every system takes (macOS: 104 bytes with the NUL, Linux: 108)."""


class Client:
    """Ask the daemon at `socket_path`; `timeout` in seconds holds for a whole request."""

    def __init__(self, socket_path: Path | str, timeout: float = 2.0) -> None:
        self.socket_path = socket_path
        self.timeout = timeout

    def request(self, type: str, **fields: Any) -> dict[str, Any]:
        """Send one message and give the reply's fields. Raises DaemonAbsent, DaemonError, RefusedError."""
        import json

        deadline = time.monotonic() + self.timeout
        message = {"v": VERSION, "type": type, "id": os.urandom(8).hex(), **fields}
        # Send the bytes of a word that is no UTF-8 as they are, as zsh does: JSON has no letter for them.
        text = json.dumps(message, separators=(",", ":"), ensure_ascii=False)
        line = text.encode("utf-8", "surrogateescape" if _is_of_bytes(text) else "replace") + b"\n"
        if len(line) > MAX_BYTES:
            raise DaemonError(f"the question is longer than {MAX_BYTES} bytes")
        with self._connect() as connection:
            try:
                connection.sendall(line)
                reply = _receive(connection, message["id"], deadline)
            except TimeoutError:
                raise DaemonError(f"the daemon did not answer within {self.timeout:g} s; {RESTART}") from None
            except OSError as error:
                raise DaemonError(f"the daemon broke off ({error.strerror}); {RESTART}") from None
        if "error" in reply:
            raise DaemonError(f"the daemon says: {reply['error']}")
        return reply

    def _connect(self) -> socket.socket:
        check_socket(self.socket_path)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(self.timeout)
        try:
            connection.connect(str(self.socket_path))
            if peer_uid(connection) != os.geteuid():
                raise RefusedError(
                    f"{self.socket_path} is served by another user; set CARO_SOCKET to another place"
                )
        except OSError as error:
            connection.close()
            if error.errno in (errno.ENOENT, errno.ECONNREFUSED):
                raise DaemonAbsent("no daemon runs; start it with `caro daemon start`") from None
            raise DaemonError(f"{self.socket_path} can't be reached ({error}); {RESTART}") from None
        except RefusedError:
            connection.close()
            raise
        return connection


def _is_of_bytes(text: str) -> bool:
    """True if each lone surrogate of a text is a byte that was read (PEP 383)."""
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


RESTART = "try `caro daemon stop` and `caro daemon start`"


def check_socket(path: Path | str) -> None:
    """Refuses what is in the way: another user's socket or folder, a symlink, a path too long for sun_path."""
    if len(os.fsencode(path)) > SUN_PATH_BYTES:
        raise RefusedError(f"{path} is too long for a socket ({SUN_PATH_BYTES} bytes); set CARO_SOCKET")
    try:
        status = os.lstat(path)
        folder = os.stat(parent := os.path.dirname(path))
    except FileNotFoundError:
        raise DaemonAbsent("no daemon runs; start it with `caro daemon start`") from None
    except OSError as error:
        raise RefusedError(f"{path} can't be looked at: {error.strerror}") from None
    if not stat.S_ISSOCK(status.st_mode):
        raise RefusedError(f"{path} is not a socket; remove it, or set CARO_SOCKET")
    if status.st_uid != os.geteuid() or folder.st_uid != os.geteuid():
        raise RefusedError(f"{path} belongs to another user; set CARO_SOCKET to a place of your own")
    if folder.st_mode & 0o077:
        raise RefusedError(f"{parent} is open to other users; run chmod 700 {parent}")


def peer_uid(connection: socket.socket) -> int:
    """The user at the other end of a Unix socket (SO_PEERCRED on Linux, LOCAL_PEERCRED on macOS and BSD)."""
    if hasattr(socket, "SO_PEERCRED"):
        data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return int(struct.unpack("3i", data)[1])
    # struct xucred: version, uid, group count, groups. Level 0 is SOL_LOCAL, option 1 LOCAL_PEERCRED.
    data = connection.getsockopt(0, 1, 76)
    return int(struct.unpack_from("2I", data)[1])


def _receive(connection: socket.socket, id: str, deadline: float) -> dict[str, Any]:
    import json

    buffer = bytearray()
    while len(buffer) <= MAX_BYTES:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)
        data = connection.recv(65536)
        if not data:
            raise DaemonError(f"the daemon closed the connection without an answer; {RESTART}")
        buffer += data
        while (end := buffer.find(b"\n")) >= 0:
            line, buffer = bytes(buffer[:end]), buffer[end + 1 :]
            try:
                reply = json.loads(line)
            except (ValueError, RecursionError):
                raise DaemonError(f"the daemon's answer is not JSON; {RESTART}") from None
            # What can't be read as a message has no id either: its error answers the only question that was sent.
            if isinstance(reply, dict) and (
                reply.get("id") == id or ("error" in reply and not reply.get("id"))
            ):
                return reply
    raise DaemonError(f"the daemon's answer is longer than {MAX_BYTES} bytes; {RESTART}")
