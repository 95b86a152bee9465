"""Caro's marked block in a file of somebody else's: bytes in, bytes out.

What the file was before stands in the block itself, not in a record elsewhere that could be lost: so the
undo is exact also when half of Caro is gone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

BEGIN = "# >>> caro >>>"
END = "# <<< caro <<<"
NO_LAST_NEWLINE = "the line above had no newline"
MADE_FILE = "made this file"

_BLOCK = re.compile(
    rb"^" + re.escape(BEGIN.encode()) + rb"([^\n]*)\n(?:(?!# >>> caro >>>)[^\n]*\n)*?"
    rb"" + re.escape(END.encode()) + rb"[ \t\r]*(?:\n|\Z)",
    re.MULTILINE,
)
_HALF = re.compile(
    rb"^" + re.escape(BEGIN.encode()) + rb"[^\n]*(?:\n|\Z)(?:[^\n]*caro/shell/init\.[^\n]*(?:\n|\Z))?",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Removal:
    """`text` without our block; None: the file was ours alone and goes. `folders`: made by us, to go if empty."""

    text: bytes | None
    folders: int = 0


def has_block(text: bytes) -> bool:
    return BEGIN.encode() in text


def add_block(text: bytes | None, line: str, folders: int = 0) -> bytes:
    """Return the file with the block at its end; None stands for a missing file. A block that is there is renewed."""
    before = text or b""
    found = _BLOCK.search(before)
    if found:
        note = found.group(1).decode("utf-8", "surrogateescape").strip()
        return before[: found.start()] + _block(line, note) + before[found.end() :]
    if text is None:
        note = MADE_FILE + (f" and {folders} folder{'' if folders == 1 else 's'}" if folders else "")
        return _block(line, f"({note})")
    if before and not before.endswith(b"\n"):
        return before + b"\n" + _block(line, f"({NO_LAST_NEWLINE})")
    return before + _block(line, "")


def _block(line: str, note: str) -> bytes:
    return f"{BEGIN} {note}".rstrip().encode("utf-8", "surrogateescape") + f"\n{line}\n{END}\n".encode()


def remove_block(text: bytes) -> Removal:
    """Take every block out; what stands before and after stays as it is."""
    made, folders = False, 0
    while found := _BLOCK.search(text):
        note = found.group(1).decode("utf-8", "replace")
        before, after = text[: found.start()], text[found.end() :]
        # Text that was added below since needs the newline.
        if NO_LAST_NEWLINE in note and not after and before.endswith(b"\n"):
            before = before[:-1]
        if MADE_FILE in note:
            made = True
            count = re.search(r"(\d+) folders?", note)
            folders = int(count.group(1)) if count else 0
        text = before + after
    text = _HALF.sub(b"", text)
    return Removal(None if made and not text.strip() else text, folders)
