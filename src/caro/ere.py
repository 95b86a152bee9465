"""The user's patterns: POSIX extended regular expressions, which one engine in C decides at every door.

`[safety] block`, `[safety.commands]` and `[privacy] redact_patterns` are translated once (`read_pattern`), stand in
runtime.conf in that form, and are decided by native/lib/base/ere.c alone: linked into the natives, and loaded here from
`_bin/libcaro-ere.so`. native/lib/base/ere.h says what is a character, a line and a letter. What can't be read counts as
matching, here as there. Source: POSIX.1-2017, Base Definitions, chapter 9.4.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import ctypes

MAX_PATTERN = 1024
STEPS_MAX = 2048
REDACT_PATTERNS_MAX, REDACT_STEPS_MAX = 64, 8192
"""The limit of all patterns of secrets together, as in native/lib/redact/redact_pattern.c."""
UNREADABLE_RULE = "`caro config validate`: unreadable rule "
"""What judges say of such a rule, in front of its pattern (native/lib/base/ere.h)."""
LIBRARY = Path(__file__).with_name("_bin") / "libcaro-ere.so"

_FAULTS = (
    "",
    f"it is too long: its repeats written out make more than {STEPS_MAX} steps",
    "its groups are nested too deeply",
    "a ( is not closed",
    "a [ is not closed",
    "a bracket expression holds an unknown class or a range that runs backwards",
    "a { begins no interval such as {2,4}; a plain one is written \\{",
    "a repeat has nothing in front of it",
    "a backslash stands before a letter, a digit or the end",
    "it is empty: it would match every line",
)
"""Sentences in the order of `enum ere_fault`."""

_CLASSES = {"d": "0-9", "w": "[:alnum:]_", "s": "[:space:]"}
_WORD_START, _WORD_END = "(^|[^[:alnum:]_])", "([^[:alnum:]_]|$)"
_FLAGS = re.compile(r"\(\?([ims]+)\)")
"""Flags of the whole pattern; in ERE a dot and an anchor always mean what `s` and `m` make of them."""
_INTERVAL = re.compile(r"\{\d*,?\d*\}")
_NOTHING = "()"
MATCHES_ALL = "it counts as matching everything"
_LOOKAROUND = ("(?=", "(?!", "(?<=", "(?<!")


class NotEre(ValueError):
    """The pattern says something that ERE can't; `str()` names it."""


# ---- the engine ----


@functools.cache
def _structure() -> type[ctypes.Structure]:
    import ctypes

    class Ere(ctypes.Structure):
        _fields_ = (("steps", ctypes.c_void_p), ("count", ctypes.c_size_t))

    return Ere


class _Engine:
    """libcaro-ere.so; raises OSError or ValueError where it is missing or another file.

    Calls keep the interpreter's lock (PyDLL), so that one search memory serves all threads.
    """

    def __init__(self) -> None:
        # Not at the top: the import takes 8 ms, and most users have no pattern.
        import ctypes

        self.library = ctypes.PyDLL(str(LIBRARY))
        self.step_bytes = ctypes.c_size_t.in_dll(self.library, "ere_step_bytes").value
        self._search = ctypes.create_string_buffer(
            ctypes.c_size_t.in_dll(self.library, "ere_search_bytes").value
        )
        self._size = ctypes.c_size_t
        self._find = self.library.ere_find
        self._find.restype = ctypes.c_bool
        # So declared, numbers and structures are handed over as they are: a third of the time.
        size, place = ctypes.c_size_t, ctypes.POINTER(ctypes.c_size_t)
        self._find.argtypes = (
            ctypes.POINTER(_structure()),
            ctypes.c_char_p,
            ctypes.c_char_p,
            size,
            size,
            place,
            place,
        )

    def compile(self, pattern: bytes) -> tuple[int, bytes]:
        """Return the fault (0: none) and the steps."""
        import ctypes

        space = ctypes.create_string_buffer(STEPS_MAX * self.step_bytes)
        ere = _structure()()
        fault = self.library.ere_compile(ctypes.byref(ere), space, ctypes.c_size_t(STEPS_MAX), pattern)
        return fault, space.raw[: ere.count * self.step_bytes]

    def readied(self, steps: bytes) -> ctypes.Structure:
        """Return the pattern as the library takes it; it holds `steps`."""
        import ctypes

        return _structure()(
            ctypes.cast(ctypes.c_char_p(steps), ctypes.c_void_p), len(steps) // self.step_bytes
        )

    def find(self, ere: ctypes.Structure, text: bytes, at: int) -> tuple[int, int] | None:
        """Return the leftmost, longest match from `at` on, as offsets in bytes."""
        start, end = self._size(), self._size()
        found = self._find(ere, self._search, text, len(text), at, start, end)
        return (start.value, end.value) if found else None


@functools.cache
def _engine() -> _Engine | str:
    """Return the engine, or why there is none."""
    try:
        return _Engine()
    except (OSError, ValueError, ImportError) as error:
        return f"{LIBRARY} can't be loaded ({error}): install Caro again"


def engine_problem() -> str | None:
    """Return why no pattern can be decided by this process, or None."""
    engine = _engine()
    return engine if isinstance(engine, str) else None


def _encode(text: str) -> tuple[bytes, str]:
    """Return the bytes that the text was read from, and the error handler that gives it back."""
    try:
        return text.encode("utf-8", "surrogateescape"), "surrogateescape"
    except UnicodeEncodeError:  # a lone surrogate, as only JSON can say it
        return text.encode("utf-8", "surrogatepass"), "surrogatepass"


class Pattern:
    """A pattern as it stands in runtime.conf. One that can't be read (`problem`) matches every text, as a whole."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.problem: str | None = None
        self._steps = b""
        engine = _engine()
        if isinstance(engine, str):
            self.problem = engine
            return
        data = _encode(text)[0]
        if b"\0" in data or b"\n" in data:
            self.problem = "it holds a line break"
            return
        fault, self._steps = engine.compile(data)
        if fault:
            self.problem = _FAULTS[fault]
        self._ere = engine.readied(self._steps)

    @property
    def steps(self) -> int:
        engine = _engine()
        return 0 if isinstance(engine, str) else len(self._steps) // engine.step_bytes

    def search(self, line: str) -> bool:
        """True if the pattern matches somewhere in the line, or can't be read."""
        engine = _engine()
        if self.problem is not None or isinstance(engine, str):
            return True
        return engine.find(self._ere, _encode(line)[0], 0) is not None

    def spans(self, line: str) -> Iterator[tuple[int, int]]:
        """Yield start and end, in characters, of each match that is not empty, from left to right."""
        engine = _engine()
        if self.problem is not None or isinstance(engine, str):
            yield 0, len(line)
            return
        data, errors = _encode(line)
        plain = len(data) == len(line)
        at = behind = behind_characters = 0
        while at <= len(data) and (found := engine.find(self._ere, data, at)):
            start, end = found
            if start == end:
                at = _next_character(data, end)
                continue
            at = end
            if plain:
                yield start, end
                continue
            first = behind_characters + len(data[behind:start].decode("utf-8", errors))
            behind, behind_characters = end, first + len(data[start:end].decode("utf-8", errors))
            yield first, behind_characters


def _next_character(data: bytes, at: int) -> int:
    for size in (4, 3, 2):
        try:
            if len(data[at : at + size].decode("utf-8")) == 1:
                return at + size
        except UnicodeDecodeError:
            continue
    return at + 1


@functools.lru_cache(maxsize=16)
def secret_patterns(texts: tuple[str, ...]) -> list[Pattern] | None:
    """Return the patterns of secrets; None where one can't be read or they are too many: then all is secret."""
    patterns = [Pattern(text) for text in texts]
    if len(patterns) > REDACT_PATTERNS_MAX or any(pattern.problem for pattern in patterns):
        return None
    return patterns if sum(pattern.steps for pattern in patterns) <= REDACT_STEPS_MAX else None


# ---- what people write -> what stands in runtime.conf ----


class Reading(NamedTuple):
    """A user's pattern as it stands in runtime.conf, what is wrong with it, and what holds until it is changed."""

    text: str
    problem: str | None = None
    meanwhile: str = ""

    @property
    def readable(self) -> bool:
        """False: every door takes the pattern as matching everything."""
        return self.meanwhile != MATCHES_ALL


def read_pattern(pattern: str) -> Reading:
    """Translate a pattern for runtime.conf. Where ERE can't say it, a wider one holds; where nothing can be read,
    a text that no engine reads, so that every door takes it as matching."""
    problem = None
    try:
        text = translate(pattern)
    except NotEre as error:
        problem = str(error)
        try:
            text = translate(pattern, wider=True)
        except NotEre:
            return _unreadable(pattern, problem)
    fault = Pattern(text).problem
    if fault is not None and fault == engine_problem():
        return Reading(text, fault, MATCHES_ALL)
    if fault is not None:
        return _unreadable(pattern, problem or fault)
    return Reading(text, problem, f"the wider {text} holds" if problem else "")


def _unreadable(pattern: str, problem: str) -> Reading:
    text = "*" + re.sub(r"[\x00-\x20]+", " ", pattern[:MAX_PATTERN]).rstrip()
    return Reading(text, problem, MATCHES_ALL)


def translate(pattern: str, wider: bool = False) -> str:
    """Say Python's habits as ERE: \\d \\w \\s, (?:...), (?P<name>...), \\b at either end, (?i) in front, a plain {.

    Raises NotEre for what has no equal; `wider` leaves out what only narrows a pattern: then the result matches
    whatever the pattern does, and more.
    """
    if "\n" in pattern or "\0" in pattern:
        raise NotEre("it holds a line break")
    if len(pattern) > MAX_PATTERN:
        raise NotEre(f"it is longer than {MAX_PATTERN} characters")
    flags = _FLAGS.match(pattern)
    parts = list(_translated(pattern[flags.end() if flags else 0 :], wider))
    if flags and "i" in flags[1]:
        parts = [_either_case(part) for part in parts]
    # The reader of runtime.conf trims values.
    for end in (0, -1):
        if parts and parts[end] in (" ", "\t", "\r", "\\ ", "\\\t", "\\\r"):
            parts[end] = f"[{parts[end][-1]}]"
    return "".join(parts)


def _translated(pattern: str, wider: bool) -> Iterator[str]:
    at = 0
    while at < len(pattern):
        if pattern[at] == "[":
            end = _bracket_end(pattern, at)
            yield _translated_bracket(pattern[at:end], wider)
        elif pattern.startswith("(?", at):
            text, end = _translated_group(pattern, at, wider)
            yield text
        elif pattern[at] == "\\":
            end = at + 2
            yield _translated_escape(pattern[at:end], at == 0, end >= len(pattern), wider)
        elif pattern[at] in "*+?" and pattern[at + 1 : at + 2] in ("?", "+"):
            if not wider:
                raise NotEre(f"the repeat {pattern[at : at + 2]} is not ERE")
            end = at + 2
            yield pattern[at]
        elif interval := _INTERVAL.match(pattern, at):
            end = interval.end() if interval.end() > at + 2 else at + 1
            yield pattern[at:end] if end > at + 1 else "\\{"
            if pattern[end : end + 1] in ("?", "+") and pattern[end - 1] == "}":
                if not wider:
                    raise NotEre(f"the repeat }}{pattern[end]} is not ERE")
                end += 1
        elif pattern[at] == "{":
            end = at + 1
            yield "\\{"
        else:
            end = at + 1
            yield pattern[at]
        at = end


def _either_case(part: str) -> str:
    """A part of a translated pattern, for both cases."""
    if part.startswith("["):
        return _bracket_of_either_case(part)
    if len(part) == 1 and part != part.swapcase() and len(part.swapcase()) == 1:
        return f"[{part}{part.swapcase()}]"
    return part


_MEMBER = re.compile(r"(\[[.=:].*?[.=:]\]|.)(?:-(?=[^\]])(\[[.=].[.=]\]|.))?", re.DOTALL)


def _bracket_of_either_case(bracket: str) -> str:
    negated = bracket.startswith("[^")
    members = []
    for member in _MEMBER.finditer(bracket, 1 + negated, len(bracket) - 1):
        whole, first, last = member[0], member[1], member[2] or member[1]
        swapped = whole.swapcase()
        if whole in ("[:upper:]", "[:lower:]"):
            swapped = "[:upper:][:lower:]"
        elif first.startswith("[") or len(swapped) != len(whole):
            swapped = whole
        elif first.islower() != last.islower() or first.isupper() != last.isupper():
            raise NotEre(f"(?i) with the range {whole} is not ERE")
        members += [whole] if swapped == whole else [whole, swapped]
    return ("[^" if negated else "[") + "".join(members) + "]"


def _translated_group(pattern: str, at: int, wider: bool) -> tuple[str, int]:
    """The group that `(?` opens: what it becomes, and where to read on."""
    if pattern.startswith("(?:", at):
        return "(", at + 3
    if named := re.compile(r"\(\?P<\w+>").match(pattern, at):
        return "(", named.end()
    if wider and pattern.startswith("(?>", at):
        return "(", at + 3
    if wider and pattern.startswith(_LOOKAROUND, at):
        return _NOTHING, _group_end(pattern, at)
    raise NotEre(f"{pattern[at : at + 3]}...) is not ERE")


def _group_end(pattern: str, at: int) -> int:
    """Index behind the `)` that closes the group at `at`."""
    depth = 0
    while at < len(pattern):
        if pattern[at] == "[":
            at = _bracket_end(pattern, at)
            continue
        if pattern[at] == "\\":
            at += 2
            continue
        depth += (pattern[at] == "(") - (pattern[at] == ")")
        at += 1
        if depth == 0:
            return at
    raise NotEre("a ( is not closed")


def _translated_escape(escape: str, first: bool, last: bool, wider: bool) -> str:
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
    if wider and letter in ("b", "B"):
        return _NOTHING
    if wider and letter in ("A", "Z"):
        return "^" if letter == "A" else "$"
    if wider and letter in ("n", "r", "f", "v"):
        return "[[:space:]]"
    if wider and letter in tuple("123456789"):
        return ".*"
    if letter == "" or (letter.isascii() and letter.isalnum()):
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
            close = pattern.find(pattern[end + 1] + "]", end + 3)
            end = len(pattern) if close < 0 else close + 2
        else:
            end += 1
    if end >= len(pattern):
        raise NotEre("a [ is not closed")
    return end + 1


def _translated_bracket(bracket: str, wider: bool) -> str:
    """In ERE a backslash inside brackets is itself; who wrote `[\\w.]` or `[\\]]` meant the other thing."""
    negated = bracket.startswith("[^")
    parts = []
    at = 1 + negated
    while at < len(bracket) - 1:
        letter = bracket[at + 1]
        if bracket[at] != "\\":
            parts.append(bracket[at])
            at += 1
            continue
        at += 2
        if letter in _CLASSES:
            parts.append(_CLASSES[letter])
        elif letter == "t":
            parts.append("\t")
        elif wider and letter in "nrfv":
            parts += [] if negated else ["[:space:]"]
        elif letter.isascii() and letter.isalnum():
            raise NotEre(f"\\{letter} in brackets is not ERE")
        else:
            parts.append(f"[.{letter}.]")
    if negated and not parts:
        return "."
    return ("[^" if negated else "[") + "".join(parts) + "]"
