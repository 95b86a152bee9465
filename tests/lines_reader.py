"""What a file of typed lines holds, for the tests."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from caro.record.lines_file import GONE, layout_of


def read_texts(file: Path) -> Iterator[bytes]:
    """Yield the lines of a file that are not forgotten."""
    with file.open("rb") as stream:
        data = stream.read()
    layout = layout_of(data)
    if layout is None or len(data) < layout.size:
        return
    place = struct.unpack_from(f"<{layout.count + 1}I", data, layout.at)
    for number in range(layout.count):
        if not data[layout.flags + number] & GONE:
            yield data[layout.texts + place[number] : layout.texts + place[number + 1]]
