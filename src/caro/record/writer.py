"""Write an event made in Python: one `O_APPEND` write a line, as the native writers do.

The file is opened by its path for each event and closed at once. A descriptor that is kept would go on
writing into a rotated file, which then could never be compressed (see rotate.py).
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import msgspec

from caro.model import Event

_SURROGATE = re.compile("[\ud800-\udfff]")
_encode = msgspec.json.Encoder().encode


def encode_event(event: Event) -> bytes:
    """One line of the log, with its newline; bytes that are no UTF-8 show as U+FFFD, as the daemon writes them."""
    try:
        return _encode(event) + b"\n"
    except UnicodeEncodeError:
        return (
            _SURROGATE.sub("\ufffd", json.dumps(msgspec.to_builtins(event), ensure_ascii=False)).encode()
            + b"\n"
        )


def append_line(log: Path, line: bytes) -> None:
    """Append one whole line; raise OSError where it could not be written whole."""
    fd = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        written = os.write(fd, line)
        if written != len(line):
            # A full disk took a part. The rest must not follow in a second write: another writer's line
            # may stand between by now. The newline lets the next line be read.
            os.write(fd, b"\n")
            raise OSError(28, "written in part", str(log))
    finally:
        os.close(fd)


def write_event(log: Path, event: Event) -> None:
    append_line(log, encode_event(event))
