"""A zstd file as a stream of plain bytes, with a plain error for one that is damaged or cut.

The library's own reader raises an error of its own class for the first, and takes the second for a good end.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import zstandard

PACKED_BYTES = 1 << 14
"""Read at once: log lines pack so well that more would be megabytes of plain text."""


class ZstdStream(io.RawIOBase):
    """Read forward only. Raises OSError for what is no zstd, EOFError for a frame without its end."""

    def __init__(self, packed: io.BufferedReader) -> None:
        self._packed = packed
        self._start_frame: Callable[[], Any] = lambda: zstandard.ZstdDecompressor().decompressobj()
        self._frame: Any = None
        self._rest = self._plain = b""
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence != io.SEEK_SET or offset < self._at:
            raise OSError("a zstd stream goes forward only")
        while self._at < offset and self.read(min(offset - self._at, 1 << 16)):
            pass
        return self._at

    def readinto(self, buffer: Any) -> int:
        while not self._plain:
            packed = self._rest or self._packed.read(PACKED_BYTES)
            if not packed:
                if self._frame is not None:
                    raise EOFError("the last zstd frame has no end")
                return 0
            self._unpack(packed)
        count = min(len(buffer), len(self._plain))
        buffer[:count] = self._plain[:count]
        self._plain = self._plain[count:]
        self._at += count
        return count

    def _unpack(self, packed: bytes) -> None:
        self._frame = self._frame or self._start_frame()
        try:
            self._plain = self._frame.decompress(packed)
        except zstandard.ZstdError as error:
            raise OSError(str(error)) from None
        self._rest = self._frame.unused_data
        if self._frame.eof:
            self._frame = None

    def close(self) -> None:
        self._packed.close()
        super().close()
