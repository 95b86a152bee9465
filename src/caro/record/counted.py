"""Lines that are typed on one's other machines, and how often: for the grey text alone. One `{"text", "count"}` a line,
made by `caro sync`, replaced whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec

from caro.atomic import write_whole
from caro.regular_file import read_regular_file

MOST_BYTES = 64 << 20


class Counted(msgspec.Struct):
    text: str
    count: int


def read_counted(file: Path) -> Iterator[Counted]:
    """Yield them, the rarest first; a file that is missing or broken has none."""
    try:
        yield from msgspec.json.Decoder(Counted).decode_lines(read_regular_file(file, MOST_BYTES))
    except (OSError, msgspec.DecodeError):
        return


def write_counted(file: Path, counts: Mapping[str, int]) -> None:
    """Keep these and no others; none: no file. Raises OSError."""
    if not counts:
        file.unlink(missing_ok=True)
        return
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    rows = [Counted(text, count) for text, count in sorted(counts.items(), key=lambda row: (row[1], row[0]))]
    write_whole(file, msgspec.json.Encoder().encode_lines(rows))


def erase_counted(file: Path, condemned: Callable[[str], bool]) -> int:
    """Leave out what is condemned; return how many lines that were. Raises OSError."""
    known = {each.text: each.count for each in read_counted(file)}
    kept = {text: count for text, count in known.items() if not condemned(text)}
    if len(kept) < len(known):
        write_counted(file, kept)
    return len(known) - len(kept)
