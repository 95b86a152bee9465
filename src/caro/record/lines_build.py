"""Makes the file of typed lines (lines_file.py) of the whole log and the imported histories, and takes lines out of it.

A process of its own makes it (`python -m caro.record.lines_build LOG [--with-blank]`), with the lowest priority: a
million lines take some seconds, and no shell shall wait for the daemon meanwhile.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from caro.atomic import replacing
from caro.model import Event
from caro.paths import Paths
from caro.record.line_table import LineTable
from caro.record.lines_file import Cursor, blank_lines
from caro.record.lock import log_lock
from caro.record.reader import Snapshot, decode_line

_TYPED = b'"line"'


def build_lines(paths: Paths, log: Path, ignores_space: bool = True) -> int:
    """Make the file anew; return how many lines are in it. What was typed meanwhile stands behind its cursor."""
    make_private(paths.lines.parent)
    with log_lock(paths.lines):
        table = LineTable(ignores_space)
        for event in _imported(paths.imported):
            table.add(event)
        cursor = Cursor()
        with Snapshot(log) as snapshot:
            for file in snapshot.files:
                end = 0
                with contextlib.suppress(EOFError, OSError), file.stream() as stream:
                    for line in stream:
                        if not line.endswith(b"\n"):
                            break
                        end += len(line)
                        add_line(table, line)
                cursor = Cursor(file.inode, end) if file.path == log else cursor
        with replacing(paths.lines) as stream:
            stream.writelines(table.parts(cursor))
        paths.newest_lines.unlink(missing_ok=True)
        return len(table)


def add_line(table: LineTable, line: bytes) -> bool:
    """Take one line of a log where it is that of a typed line; True if it was."""
    if _TYPED not in line:
        return False
    event = decode_line(line)
    if event is None or event.kind != "line":
        return False
    table.add(event)
    return True


def _imported(file: Path) -> Iterator[Event]:
    with contextlib.suppress(FileNotFoundError), file.open("rb") as stream:
        for line in stream:
            event = decode_line(line)
            if event is not None:
                yield event


def make_private(folder: Path) -> None:
    """Make a folder of Caro's own, which others may pass (trace/natives.py) and not list."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o711, exist_ok=True)


def forget_texts(paths: Paths, texts: Iterable[bytes]) -> int:
    """Take lines out of the files at once; return how many places they had. Raises CaroError without the lock."""
    texts = list(texts)
    if not paths.lines.parent.is_dir():
        return 0
    # Whoever makes the file just now has read what is gone from the log by now: wait for it.
    with log_lock(paths.lines):
        count = blank_lines(paths.lines, texts) + blank_lines(paths.newest_lines, texts)
        # What the daemon has in memory goes by it: it reads the log once more.
        paths.newest_lines.unlink(missing_ok=True)
        return count


def drop_lines(paths: Paths) -> None:
    """Remove the files: the daemon makes them anew of what is left."""
    if not paths.lines.parent.is_dir():
        return
    with log_lock(paths.lines):
        paths.lines.unlink(missing_ok=True)
        paths.newest_lines.unlink(missing_ok=True)


def main() -> None:
    """Make the file of this user's, for the log that is named."""
    with contextlib.suppress(OSError):
        os.nice(19)
    gc.disable()
    build_lines(Paths.of(os.environ), Path(sys.argv[1]), "--with-blank" not in sys.argv[2:])


if __name__ == "__main__":
    main()
