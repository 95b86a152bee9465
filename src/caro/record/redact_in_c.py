"""Take the secrets out of many lines: native/lib/redact by libcaro-redact.so, many times as fast as redact.py.

tests/vectors/redact.jsonl and the corpora hold both to the same answers. The library knows no patterns of the user's:
who has some calls `redact.redact_text`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from caro.record.redact import redact_text

LIBRARY = Path(__file__).parent.with_name("_bin") / "libcaro-redact.so"
_MARKS_BYTES = 64 * len("***")
"""What masks can add to a line at most: MARKS_MAX of native/lib/redact/redact_marks.h."""


def line_redactor() -> Callable[[str], str]:
    """Return what gives a line without its secrets: the library's way, or Python's where it can't be loaded."""
    try:
        return _Library().redact
    except (OSError, AttributeError, ImportError):
        return redact_text


class _Library:
    """libcaro-redact.so; raises OSError or AttributeError where it is missing or another file.

    Calls keep the interpreter's lock (PyDLL), so that one space serves all threads.
    """

    def __init__(self) -> None:
        import ctypes

        self._call = ctypes.PyDLL(str(LIBRARY)).caro_redact_line
        self._call.argtypes = (ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_size_t)
        self._call.restype = ctypes.c_size_t
        self._nothing = ctypes.c_size_t(-1).value
        self._bytes_at = ctypes.string_at
        self._new_space = ctypes.create_string_buffer
        self._space = self._new_space(1 << 16)

    def redact(self, line: str) -> str:
        data = line.encode("utf-8", "surrogatepass")
        if len(data) + _MARKS_BYTES > len(self._space):
            self._space = self._new_space(2 * len(data) + _MARKS_BYTES)
        length = self._call(data, len(data), self._space, len(self._space))
        if length == self._nothing:
            return line
        try:
            return self._bytes_at(self._space, length).decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:  # a mark ended within a letter beyond ASCII
            return redact_text(line)
