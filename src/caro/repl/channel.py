"""Messages between the front and caro-relay: a letter, four bytes of length (little endian), so many bytes.

native/relay/front.h lists them. Nothing here waits: bytes in, messages out.
"""

from __future__ import annotations

from collections.abc import Iterator

HEAD = 5


def message(kind: str, data: bytes = b"") -> bytes:
    """Return a message as it goes over the socket."""
    return kind.encode() + len(data).to_bytes(4, "little") + data


class Messages:
    """Cuts a stream of bytes into messages."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def add(self, data: bytes) -> Iterator[tuple[str, bytes]]:
        """Take bytes as they come; yield the letter and the data of each message that is whole now."""
        self._bytes += data
        while len(self._bytes) >= HEAD:
            end = HEAD + int.from_bytes(self._bytes[1:HEAD], "little")
            if len(self._bytes) < end:
                return
            kind, text = chr(self._bytes[0]), bytes(self._bytes[HEAD:end])
            del self._bytes[:end]
            yield kind, text
