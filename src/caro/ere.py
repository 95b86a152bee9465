"""POSIX extended regular expressions, as the C library understands them.

The natives decide the user's rules with regcomp(3) and regexec(3). Python's `re` is another language (`\\d`, lazy
repeats, no `[[:alpha:]]`), so this module calls the same functions of libc, and translates what people write out
of habit where ERE has the same to say. Source: POSIX.1-2017, Base Definitions, chapter 9.4.
"""

from __future__ import annotations

import ctypes
import functools
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

MAX_PATTERN = 1024
MAX_REPEATS = 1000
"""Product of nested `{n,m}`: musl compiles each repetition as a copy."""

_REG_EXTENDED = 1
_REG_NEWLINE_LINUX, _REG_NEWLINE_MACOS = 4, 8
_REGEX_T_BYTES = 256
"""More than any libc's regex_t (glibc 64, musl 56, macOS 32)."""

_CLASSES = {"d": "0-9", "w": "[:alnum:]_", "s": "[:space:]"}
_WORD_START, _WORD_END = "(^|[^[:alnum:]_])", "([^[:alnum:]_]|$)"


class NotEre(ValueError):
    """The pattern says something that ERE can't; `str()` names it."""


class SlowPattern(ValueError):
    """The pattern takes too long; `str()` says why."""


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)


def _newline_flag() -> int:
    import sys

    return _REG_NEWLINE_MACOS if sys.platform == "darwin" else _REG_NEWLINE_LINUX


class _Compiled:
    def __init__(self, pattern: str, flags: int) -> None:
        self._space = ctypes.create_string_buffer(_REGEX_T_BYTES)
        self.error = _libc().regcomp(self._space, pattern.encode("utf-8", "surrogateescape"), flags)

    def search(self, line: bytes) -> bool:
        return bool(_libc().regexec(self._space, line, 0, None, 0) == 0)

    def message(self) -> str:
        text = ctypes.create_string_buffer(256)
        _libc().regerror(self.error, self._space, text, 256)
        return text.value.decode("utf-8", "replace")

    def __del__(self) -> None:
        if self.error == 0:
            _libc().regfree(self._space)


class Ere:
    """A compiled pattern; raises NotEre or SlowPattern. `text` is what stands in runtime.conf."""

    def __init__(self, pattern: str) -> None:
        self.text = translate(pattern)
        _check_cost(self.text)
        self._whole = _Compiled(self.text, _REG_EXTENDED)
        if self._whole.error:
            raise NotEre(self._whole.message())
        self._by_line = _Compiled(self.text, _REG_EXTENDED | _newline_flag())

    def search(self, line: str) -> bool:
        """As caro-hook does: in a line of several lines, ^ and $ also mean each of them."""
        # regexec gives up at the first byte that is no character, and what stands behind it would go unseen.
        data = (
            line.encode("utf-8", "surrogateescape").decode("utf-8", "replace").encode().replace(b"\0", b" ")
        )
        return self._whole.search(data) or (b"\n" in data and self._by_line.search(data))


def translate(pattern: str) -> str:
    """Python's habits as ERE: \\d \\w \\s, (?:...), \\b at either end. Raises NotEre for what has no equal."""
    if "\n" in pattern or "\0" in pattern:
        raise NotEre("it holds a line break")
    if len(pattern) > MAX_PATTERN:
        raise SlowPattern(f"it is longer than {MAX_PATTERN} characters")
    return "".join(_translated(pattern))


def _translated(pattern: str) -> Iterator[str]:
    at = 0
    while at < len(pattern):
        two, three = pattern[at : at + 2], pattern[at : at + 3]
        if pattern[at] == "[":
            end = _bracket_end(pattern, at)
            yield _translated_bracket(pattern[at:end])
            at = end
        elif three == "(?:":
            yield "("
            at += 3
        elif two == "(?":
            raise NotEre(f"{pattern[at : at + 3]}...) is not ERE")
        elif two in ("*?", "+?", "??", "*+", "++", "?+"):
            raise NotEre(f"the repeat {two} is not ERE")
        elif pattern[at] == "\\":
            yield _translated_escape(two, at == 0, at + 2 == len(pattern))
            at += 2
        else:
            yield pattern[at]
            at += 1


def _translated_escape(escape: str, first: bool, last: bool) -> str:
    letter = escape[1:]
    if letter in _CLASSES:
        return f"[{_CLASSES[letter]}]"
    if letter.lower() in _CLASSES:
        return f"[^{_CLASSES[letter.lower()]}]"
    if letter == "b" and first:
        return _WORD_START
    if letter == "b" and last:
        return _WORD_END
    if letter == "t":
        return "\t"
    if letter.isalnum() or letter == "":
        raise NotEre(f"{escape} is not ERE")
    return escape


def _bracket_end(pattern: str, at: int) -> int:
    """Index behind the `]` that closes the bracket expression at `at`."""
    end = at + 1 + (pattern[at + 1 : at + 2] == "^")
    end += pattern[end : end + 1] == "]"
    while end < len(pattern) and pattern[end] != "]":
        if pattern[end] == "\\":
            end += 2
        elif pattern[end : end + 2] in ("[:", "[.", "[="):
            close = pattern.find(pattern[end + 1] + "]", end + 2)
            end = len(pattern) if close < 0 else close + 2
        else:
            end += 1
    if end >= len(pattern):
        raise NotEre("a [ is not closed")
    return end + 1


def _translated_bracket(bracket: str) -> str:
    """In ERE a backslash inside brackets is itself; who wrote `[\\w.]` or `[\\]]` meant the other thing."""
    closing = ""
    out = []
    at = 0
    while at < len(bracket):
        letter = bracket[at + 1 : at + 2]
        if bracket[at] != "\\":
            out.append(bracket[at])
            at += 1
            continue
        if letter in _CLASSES:
            out.append(_CLASSES[letter])
        elif letter == "]":
            closing = "]"
        elif letter in ("t", "n"):
            out.append({"t": "\t", "n": ""}[letter])
        elif letter.isalnum():
            raise NotEre(f"\\{letter} in brackets is not ERE")
        else:
            out.append(letter)
        at += 2
    text = "".join(out)
    start = 2 if text.startswith("[^") else 1
    return text[:start] + closing + text[start:] if closing else text


def _check_cost(text: str) -> None:
    product = 1
    for low, high in re.findall(r"\{(\d*)(?:,(\d*))?\}", text):
        product *= max(int(high or low or 1), 1)
    if product > MAX_REPEATS:
        raise SlowPattern(f"its repeat counts multiply to {product}, more than {MAX_REPEATS}")


class SlowMatch(Exception):
    pass


@contextmanager
def time_box(seconds: float) -> Iterator[None]:
    """Raises SlowMatch when the body takes longer. `re` looks for signals while it backtracks, so the alarm gets
    through; in the main thread only."""

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise SlowMatch

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def check_python_pattern(pattern: str, seconds: float = 0.05) -> re.Pattern[str]:
    """Compiles what ERE can't say; raises ValueError, or SlowPattern when a hostile line would hang it."""
    if len(pattern) > MAX_PATTERN:
        raise SlowPattern(f"it is longer than {MAX_PATTERN} characters")
    try:
        compiled = re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(str(error)) from None
    letters = sorted({*"a0 -./", *(c for c in pattern if c.isalnum())})[:24]
    try:
        with time_box(seconds):
            for letter in letters:
                compiled.search(letter * 2000 + "\x01")
                compiled.search((letter + " ") * 1000 + "\x01")
    except SlowMatch:
        raise SlowPattern("a line of repeated characters takes it too long") from None
    return compiled
