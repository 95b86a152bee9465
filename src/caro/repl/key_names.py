"""Keys as shells write them, as prompt_toolkit has them."""

from __future__ import annotations

import re

from prompt_toolkit.input.ansi_escape_sequences import ANSI_SEQUENCES
from prompt_toolkit.keys import Keys

_LONGEST = max(map(len, ANSI_SEQUENCES))
_READLINE = re.compile(
    r"\\C-\\?(?P<control>.)|\\M-(?P<meta>\\C-.|.)|\\(?P<octal>[0-7]{1,3})|\\x(?P<hex>[0-9A-Fa-f]{1,2})"
    r"|\\(?P<escape>.)|\^(?P<caret>.)|(?P<plain>.)",
    re.S,
)
_ESCAPES = {
    "e": "\x1b", "E": "\x1b", "a": "\a", "b": "\b", "d": "\x7f", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
}  # fmt: skip


def characters(written: str, caret: bool = False) -> str:
    r"""Return what a key sends, of readline's notation (`\C-x\C-r`, `\e[A`, `\M-f`); with `caret` of zsh's too
    (`^[f`). Source: readline(3), "Key Bindings"; zshzle(1), "bindkey"."""
    found = ""
    for match in _READLINE.finditer(written):
        if match["control"] or (caret and match["caret"]):
            key = match["control"] or match["caret"]
            found += "\x7f" if key == "?" else chr(ord(key.upper()) & 0x1F)
        elif match["meta"]:
            found += "\x1b" + characters(match["meta"])
        elif match["octal"]:
            found += chr(int(match["octal"], 8) & 0xFF)
        elif match["hex"]:
            found += chr(int(match["hex"], 16))
        elif match["escape"]:
            found += _ESCAPES.get(match["escape"], match["escape"])
        else:
            found += match.group()
    return found


def keys_of(sent: str) -> tuple[Keys | str, ...]:
    """Return prompt_toolkit's keys for what a key sends; () for what it has no name for."""
    found: list[Keys | str] = []
    at = 0
    while at < len(sent):
        for size in range(min(_LONGEST, len(sent) - at), 0, -1):
            key = ANSI_SEQUENCES.get(sent[at : at + size])
            if key is not None:
                found += key if isinstance(key, tuple) else (key,)
                at += size
                break
        else:
            if not sent[at].isprintable():
                return ()
            found.append(sent[at])
            at += 1
    return () if Keys.Ignore in found else tuple(found)
