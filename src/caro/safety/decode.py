"""Text hidden in an encoding, brought back: base64, base32, hex, rot13, reversed, printf escapes."""

from __future__ import annotations

import base64
import binascii
import re
import zlib

from caro.parse.pattern import pattern
from caro.parse.words import ansi_c

_PRINTF = pattern(r"%(?:-?\d*(?:\.\d+)?)([sbdiuxXocq%])")


def base64_text(text: str) -> str | None:
    compact = "".join(text.split())
    try:
        data = base64.b64decode(compact + "=" * (-len(compact) % 4), validate=False)
    except (ValueError, binascii.Error):
        return None
    return _readable(data)


def base32_text(text: str) -> str | None:
    compact = "".join(text.split()).upper()
    try:
        return _readable(base64.b32decode(compact + "=" * (-len(compact) % 8)))
    except (ValueError, binascii.Error):
        return None


def hex_text(text: str) -> str | None:
    digits = re.sub(r"(?m)^[0-9a-fA-F]+:|[^0-9a-fA-F]|0x|\\x", "", text)
    try:
        return _readable(bytes.fromhex(digits))
    except ValueError:
        return None


def _readable(data: bytes) -> str | None:
    if data.startswith(b"\x1f\x8b"):
        try:
            data = zlib.decompressobj(31).decompress(data, 65_536)
        except zlib.error:
            return None
        if not data:
            return None
    if data.startswith(b"BZh"):
        return None
    return data.decode("utf-8", "replace")


def reverse_lines(text: str) -> str:
    return "\n".join(line[::-1] for line in text.split("\n"))


def printf(template: str, values: list[str]) -> str:
    """`printf template values…`; the template is used again while values are left (POSIX)."""
    template = ansi_c(re.sub(r"\\0([0-7]{1,3})", r"\\\1", template))
    left = list(values)
    out: list[str] = []

    def one(match: re.Match[str]) -> str:
        kind = match[1]
        if kind == "%":
            return "%"
        value = left.pop(0) if left else ("0" if kind in "diuxXo" else "")
        if kind == "b":
            return ansi_c(re.sub(r"\\0([0-7]{1,3})", r"\\\1", value))
        if kind in "xXo" and value.isdigit():
            return format(int(value), kind)
        return value[:1] if kind == "c" else value

    for _ in range(64):
        before = len(left)
        out.append(_PRINTF.sub(one, template))
        if not left or len(left) == before:
            break
    return "".join(out)


def translate(text: str, first: str, second: str, delete: bool) -> str | None:
    """`tr` with plain sets and ranges; None where a class is in play."""
    a, b = _set(first), _set(second)
    if a is None or b is None:
        return None
    if delete:
        return "".join(char for char in text if char not in a)
    if not b:
        return None
    b = b + b[-1] * (len(a) - len(b))
    return text.translate({ord(x): y for x, y in zip(a, b, strict=False)})


_CLASSES = {
    "[:lower:]": "a-z",
    "[:upper:]": "A-Z",
    "[:digit:]": "0-9",
    "[:alpha:]": "A-Za-z",
    "[:space:]": " \t\n",
    "[:alnum:]": "A-Za-z0-9",
}


def _set(text: str) -> str | None:
    for name, plain in _CLASSES.items():
        text = text.replace(name, plain)
    text = ansi_c(text)
    out = ""
    i = 0
    while i < len(text):
        if i + 2 < len(text) and text[i + 1] == "-" and text[i] <= text[i + 2]:
            out += "".join(chr(c) for c in range(ord(text[i]), min(ord(text[i + 2]), ord(text[i]) + 256) + 1))
            i += 3
        else:
            out += text[i]
            i += 1
    return out
