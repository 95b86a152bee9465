"""The person's prompt as their shell drew it: what the editor draws in its place, and what goes to the terminal as is.

Control sequences are those of ECMA-48; titles and other marks (OSC) are xterm's.
"""

from __future__ import annotations

import re

RIGHT = {
    "zsh": '() {{ return {status}; }}; builtin print -nP -- "${{RPROMPT:-$RPS1}}"',
    "fish": "function __caro_repl_status; return $argv[1]; end; __caro_repl_status {status}; fish_right_prompt",
}
"""Code that prints the person's right prompt after a line that ended with that status."""
CONTINUES = {
    "bash": 'builtin printf %s "${PS2@P}"',
    "zsh": r'builtin print -nP -- "${${PS2//\%_/}//\%[0-9]_/}"',
}
"""Code that prints the prompt for the rest of a line. `%_` in zsh would name the function that asks."""

_SEQUENCE = re.compile(
    rb"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC
    rb"|\x1b[PX^_][^\x1b]*\x1b\\"  # DCS and other strings
    rb"|\x1b\[[0-?]*[ -/]*[@-~]"  # CSI
    rb"|\x1b[ -/]*[0-~]"
)
_COLOUR = re.compile(rb"\x1b\[[0-9;:]*m")
_LINE_END = re.compile(rb"\r*\n|\r+")


def split_prompt(drawn: bytes) -> tuple[str, bytes]:
    """Return the text with its colours alone, lines apart by newlines, and the strings for the terminal itself
    (titles, marks of other tools), in order."""
    strings = bytearray()

    def keep(found: re.Match[bytes]) -> bytes:
        sequence = found.group()
        if _COLOUR.fullmatch(sequence):
            return sequence
        if sequence.startswith(b"\x1b]"):
            strings.extend(sequence)
        return b""

    text = _SEQUENCE.sub(keep, drawn)
    text = _LINE_END.sub(lambda end: b"\n" if end.group().endswith(b"\n") else b"", text)
    return "".join(c for c in text.decode("utf-8", "replace") if c in "\n\x1b" or c.isprintable()), bytes(
        strings
    )
