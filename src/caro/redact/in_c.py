"""Take the secrets out of many lines: native/lib/redact by libcaro-redact.so, many times as fast as Python.

tests/vectors/redact.jsonl and the corpora hold both to the same answers. The library knows no patterns of the user's:
who has some calls `redact_text`.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from pathlib import Path

from caro.redact.redact import redact_text

LIBRARY = Path(__file__).parent.with_name("_bin") / "libcaro-redact.so"
_LINE_ROOM = 64 * len("***\0")
"""LINE_ROOM of native/library/redact_line.c."""
_UNCHANGED = 0xFFFFFFFF
RedactLines = Callable[[list[str]], Callable[[], list[str]]]
"""Takes lines, gives what waits for them without their secrets: several can be begun before the first is waited for."""
_MARKS_BYTES = 64 * len("***")
"""What masks can add to a line at most: MARKS_MAX of native/lib/redact/redact_marks.h."""


def line_redactor() -> Callable[[str], str]:
    """Return what gives a line without its secrets: the library's way, or Python's where it can't be loaded."""
    try:
        return _Library().redact
    except (OSError, AttributeError, ImportError):
        return redact_text


def lines_redactor() -> RedactLines:
    """Return what begins to take the secrets out of many lines, and gives what collects them.

    The library does it in a thread of its own beside Python's; where it can't be loaded, Python does it at once.
    """
    try:
        return _LibraryThread().begin
    except (OSError, AttributeError, ImportError):
        return redact_lines_by(redact_text)


def redact_lines_by(redact: Callable[[str], str]) -> RedactLines:
    """Return the same by a function for one line."""

    def begin(lines: list[str]) -> Callable[[], list[str]]:
        shown = list(map(redact, lines))
        return lambda: shown

    return begin


class _LibraryThread:
    """libcaro-redact.so for many lines at a time; raises as `_Library` does. One thread has the library's state."""

    def __init__(self) -> None:
        import ctypes
        from concurrent.futures import ThreadPoolExecutor

        self._call = ctypes.CDLL(str(LIBRARY)).caro_redact_lines
        self._call.argtypes = (
            ctypes.c_char_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p,
        )  # fmt: skip
        self._call.restype = ctypes.c_bool
        self._new_space = ctypes.create_string_buffer
        self._thread = ThreadPoolExecutor(1)

    def begin(self, lines: list[str]) -> Callable[[], list[str]]:
        return self._thread.submit(self._redact, lines).result

    def _redact(self, lines: list[str]) -> list[str]:
        texts = [line.encode("utf-8", "surrogatepass") for line in lines]
        lengths, shown = array("I", map(len, texts)), array("I", bytes(4 * len(texts)))
        space = self._new_space(sum(lengths) + _LINE_ROOM * len(texts) + 1)
        done = self._call(
            b"\0".join(texts), lengths.buffer_info()[0], len(texts), space, len(space), shown.buffer_info()[0]
        )
        return list(_shown_lines(lines, shown, space.raw)) if done else list(map(redact_text, lines))


def _shown_lines(lines: list[str], shown: array[int], space: bytes) -> Iterator[str]:
    at = 0
    for line, length in zip(lines, shown, strict=True):
        if length == _UNCHANGED:
            yield line
            continue
        try:
            yield space[at : at + length].decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:  # a mark ended within a letter beyond ASCII
            yield redact_text(line)
        at += length


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
