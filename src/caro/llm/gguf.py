"""What a GGUF file says of itself: name, architecture, licence. Nothing of its weights is read.

Source: the GGUF specification, version 3 (ggml's docs/gguf.md): magic, version, counts, then typed key-value pairs.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from caro.errors import CaroError

MAGIC = b"GGUF"
VERSIONS = (2, 3)
MOST_PAIRS = 10_000
LONGEST_TEXT = 1 << 24
MOST_ELEMENTS = 1 << 24
TEXT, ARRAY = 8, 9
SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
"""Bytes of a value by its type: integers, floats, bool."""
SHOWN = 200


@dataclass(frozen=True)
class About:
    """What stands in the file's head; "" for what it doesn't say."""

    name: str
    architecture: str
    licence: str


def about(file: Path) -> About:
    """Return what the file says of itself. Raises CaroError where it is no GGUF file, or a broken one."""
    try:
        if not file.is_file():  # a FIFO would be waited for
            raise CaroError(f"{file} is {'no regular file' if file.exists() else 'not there'}")
        with file.open("rb") as stream:
            texts = _texts(stream)
    except OSError as error:
        raise CaroError(f"{file}: {error.strerror}") from None
    except (struct.error, ValueError) as problem:
        raise CaroError(f"{file} is no whole GGUF file ({problem})") from None
    licence = texts.get("general.license", "") or texts.get("general.license.name", "")
    return About(texts.get("general.name", ""), texts.get("general.architecture", ""), licence)


def _texts(stream: BinaryIO) -> dict[str, str]:
    """Return the texts of the section `general`. Raises ValueError, struct.error."""
    if stream.read(4) != MAGIC:
        raise ValueError("it does not begin with GGUF")
    version, _tensors, pairs = struct.unpack("<IQQ", stream.read(20))
    if version not in VERSIONS or pairs > MOST_PAIRS:
        raise ValueError(f"version {version}, {pairs} pairs")
    texts: dict[str, str] = {}
    for _ in range(pairs):
        key = _text(stream)
        (kind,) = struct.unpack("<I", stream.read(4))
        if kind == TEXT and key.startswith("general."):
            texts[key] = "".join(one for one in _text(stream) if one.isprintable())[:SHOWN]
        else:
            _skip(stream, kind)
    return texts


def _text(stream: BinaryIO) -> str:
    (length,) = struct.unpack("<Q", stream.read(8))
    if length > LONGEST_TEXT:
        raise ValueError("a text without end")
    data = stream.read(length)
    if len(data) < length:
        raise ValueError("it breaks off")
    return data.decode("utf-8", "replace")


def _skip(stream: BinaryIO, kind: int) -> None:
    if kind == TEXT:
        _text(stream)
    elif kind == ARRAY:
        inner, count = struct.unpack("<IQ", stream.read(12))
        if count > MOST_ELEMENTS or inner == ARRAY:
            raise ValueError("a list without end")
        if inner == TEXT:
            for _ in range(count):
                _text(stream)
        else:
            stream.seek(_size(inner) * count, 1)
    else:
        stream.seek(_size(kind), 1)


def _size(kind: int) -> int:
    if kind not in SIZES:
        raise ValueError(f"a value of the unknown type {kind}")
    return SIZES[kind]
