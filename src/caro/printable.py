"""Text of others made harmless: the one answer to "may this reach a terminal", for every door and every error.

What a command line, a file name, an agent or a log wrote may hold control characters (C0, DEL, C1), which move the
cursor, set titles or answer for the person, and direction or invisible characters (Unicode TR 36, "Trojan Source"),
which show another text than the one that runs. Both show as escapes instead.
"""

from __future__ import annotations

import re

SHORT_ESCAPES = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\x1b": "\\e"}
_IN_JSON = re.compile(
    "[\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0001-\U000e007f]"
)
"""DEL and C1, then what Unicode calls Cf (format), Zl and Zp."""


def printable(text: str, kept: str = "") -> str:
    """Return `text` with each character that `str.isprintable` refuses as an escape, but for those in `kept`.

    A byte that is not UTF-8 (a surrogate of os.fsdecode) shows as `\\xNN`, as a shell's `$'…'` writes it.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in kept else escape_char(char) for char in text)


def can_be_given(text: str) -> bool:
    """True for a text that may go to a shell or a clipboard as it is: nothing in it but newlines and tabs needs an
    escape, which would make another command of it."""
    return printable(text, kept="\n\t") == text


def escape_char(char: str) -> str:
    """Return the escape of one character: `\\n`, `\\e`, `\\x07`, `\\u202e`, `\\U000e0041`."""
    if char in SHORT_ESCAPES:
        return SHORT_ESCAPES[char]
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def printable_json(text: str) -> str:
    """Return JSON text that means the same, with DEL, C1, direction and invisible characters as `\\uNNNN`.

    JSON (RFC 8259, section 7) escapes C0 by itself, and these stand in its strings alone.
    """
    return text if text.isascii() and "\x7f" not in text else _IN_JSON.sub(_json_escape, text)


def printable_json_bytes(text: bytes) -> bytes:
    """Return the same of JSON in UTF-8."""
    if text.isascii() and b"\x7f" not in text:
        return text
    return printable_json(text.decode("utf-8", "surrogatepass")).encode("utf-8", "surrogatepass")


def _json_escape(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
