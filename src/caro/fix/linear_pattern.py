"""Patterns of rules that somebody else wrote, found in time linear in the text whatever the pattern is.

Python's `re` backtracks, and on `(\\w+)+!` the time doubles with each letter of a word. Here all ways through the
pattern advance together, one character at a time (Pike 1987; Cox, "Regular Expression Matching: the Virtual Machine
Approach"), with the groups that `re` would give. Look-around, back references, atomic groups and flags inside a
pattern can't be had so, and are refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

LONGEST_TEXT = 8192
"""Characters that are looked at: the last ones of a longer text, where a tool says why it failed."""
MOST_STEPS = 500
"""Instructions of one pattern; `{n,m}` counts n to m times."""
_FLAGS = re.M | re.I
_ESCAPE = re.compile(r"\\(?:g<(\w+)>|(\d{1,2})|(.))", re.S)

_Step = tuple[str, Any, Any]
_Thread = tuple[int, tuple[int, ...]]


class LinearMatch:
    """What was found: the groups' texts by number and name."""

    def __init__(self, text: str, saved: Sequence[int], names: Mapping[str, int]) -> None:
        self.text, self.saved, self.names = text, saved, names

    def group(self, key: str | int) -> str | None:
        """Return a group's text; None where it took no part. Raises KeyError, IndexError for none such."""
        number = self.names[key] if isinstance(key, str) and not key.isdigit() else int(key)
        start, end = self.saved[2 * number], self.saved[2 * number + 1]
        return self.text[start:end] if start >= 0 and end >= 0 else None

    def groupdict(self) -> dict[str, str | None]:
        """Return the named groups' texts."""
        return {name: self.group(name) for name in self.names}


class LinearPattern:
    """A pattern as `re` reads it with M and I. Raises re.error where it is none, or can't be had in linear time."""

    def __init__(self, pattern: str) -> None:
        compiled = re.compile(pattern, _FLAGS)
        if compiled.flags & ~(_FLAGS | re.U):
            raise re.error("flags inside a pattern are not supported")
        self.names = compiled.groupindex
        self.groups = compiled.groups
        self._steps: list[_Step] = []
        parser: Any = re._parser  # type: ignore[attr-defined]
        self._emit_all([(parser.SUBPATTERN, (0, 0, 0, parser.parse(pattern, _FLAGS)))])
        self._put("match")

    # -- the program

    def _put(self, name: str, one: Any = None, other: Any = None) -> int:
        if len(self._steps) >= MOST_STEPS:
            raise re.error(f"it is too long: more than {MOST_STEPS} steps, repeats counted out")
        self._steps.append((name, one, other))
        return len(self._steps) - 1

    def _emit_all(self, nodes: Iterable[tuple[Any, Any]]) -> None:
        for kind, value in nodes:
            self._emit(str(kind), value)

    def _emit(self, kind: str, value: Any) -> None:
        if kind in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
            self._put("char", _one_of(kind, value))
        elif kind == "AT":
            self._put("at", str(value))
        elif kind == "BRANCH":
            self._branch(value[1])
        elif kind == "SUBPATTERN" and not value[1] and not value[2]:
            self._group(value[0], value[3])
        elif kind in ("MAX_REPEAT", "MIN_REPEAT"):
            self._repeat(kind == "MAX_REPEAT", *value)
        else:
            raise re.error(f"{kind.lower().replace('_', ' ')} is not supported in a rule of your own")

    def _group(self, number: int | None, nodes: Any) -> None:
        if number is None:
            return self._emit_all(nodes)
        self._put("save", 2 * number)
        self._emit_all(nodes)
        self._put("save", 2 * number + 1)

    def _branch(self, ways: Sequence[Any]) -> None:
        ends = []
        for way in ways[:-1]:
            fork = self._put("fork")
            self._emit_all(way)
            ends.append(self._put("jump"))
            self._steps[fork] = ("fork", fork + 1, len(self._steps))
        self._emit_all(ways[-1])
        for end in ends:
            self._steps[end] = ("jump", len(self._steps), None)

    def _repeat(self, greedy: bool, least: int, most: Any, nodes: Any) -> None:
        for _ in range(least):
            self._emit_all(nodes)
        unbounded = str(most) == "MAXREPEAT"
        forks = []
        for _ in range(1 if unbounded else int(most) - least):
            forks.append(self._put("fork"))
            self._emit_all(nodes)
        if unbounded:
            self._put("jump", forks[0])
        for fork in forks:
            into, past = fork + 1, len(self._steps)
            self._steps[fork] = ("fork", into, past) if greedy else ("fork", past, into)

    # -- the search

    def search(self, text: str) -> LinearMatch | None:
        """Return the leftmost match, with the way through it that `re` prefers."""
        text = text[-LONGEST_TEXT:]
        nothing = (-1,) * (2 * self.groups + 2)
        threads: list[_Thread] = []
        seen: set[int] = set()
        found: tuple[int, ...] | None = None
        for at in range(len(text) + 1):
            if found is None:
                self._follow(threads, seen, 0, nothing, text, at)
            elif not threads:
                break
            ahead: list[_Thread] = []
            ahead_seen: set[int] = set()
            for step, saved in threads:
                name, holds, _ = self._steps[step]
                if name == "match":
                    found = saved
                    break
                if at < len(text) and holds(text[at]):
                    self._follow(ahead, ahead_seen, step + 1, saved, text, at + 1)
            threads, seen = ahead, ahead_seen
        return None if found is None else LinearMatch(text, found, self.names)

    def _follow(
        self, threads: list[_Thread], seen: set[int], step: int, saved: tuple[int, ...], text: str, at: int
    ) -> None:
        """Add the steps that wait for a character from `step` on, the preferred ones first."""
        waiting: list[_Thread] = [(step, saved)]
        while waiting:
            step, saved = waiting.pop()
            if step in seen:
                continue
            seen.add(step)
            name, one, other = self._steps[step]
            if name == "fork":
                waiting += [(other, saved), (one, saved)]
            elif name == "jump":
                waiting.append((one, saved))
            elif name == "save":
                waiting.append((step + 1, (*saved[:one], at, *saved[one + 1 :])))
            elif name != "at":
                threads.append((step, saved))
            elif _PLACES[one](text, at):
                waiting.append((step + 1, saved))

    def replace_first(self, replacement: str, text: str) -> str:
        """Return the text with the first match replaced; `\\1` and `\\g<name>` stand for groups, as in `re.sub`."""
        match = self.search(text) if len(text) <= LONGEST_TEXT else None
        if match is None:
            return text
        filled = _ESCAPE.sub(
            lambda one: (match.group(one[1] or one[2]) or "") if not one[3] else one[3], replacement
        )
        return text[: match.saved[0]] + filled + text[match.saved[1] :]


@lru_cache(maxsize=512)
def linear(pattern: str) -> LinearPattern:
    """Return the pattern, made once."""
    return LinearPattern(pattern)


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"


def _at_edge(text: str, at: int) -> bool:
    before, after = at > 0 and _is_word(text[at - 1]), at < len(text) and _is_word(text[at])
    return before != after


_PLACES: Mapping[str, Callable[[str, int], bool]] = {
    "AT_BEGINNING": lambda text, at: at == 0 or text[at - 1] == "\n",
    "AT_END": lambda text, at: at == len(text) or text[at] == "\n",
    "AT_BEGINNING_STRING": lambda text, at: at == 0,
    "AT_END_STRING": lambda text, at: at == len(text),
    "AT_BOUNDARY": _at_edge,
    "AT_NON_BOUNDARY": lambda text, at: not _at_edge(text, at),
}
_CATEGORIES: Mapping[str, Callable[[str], bool]] = {
    "DIGIT": str.isdecimal,
    "SPACE": str.isspace,
    "WORD": _is_word,
}


def _one_of(kind: str, value: Any) -> Callable[[str], bool]:
    """Return what says whether one character (case ignored) is one that the node stands for."""
    if kind == "ANY":
        return lambda char: char != "\n"
    items = [(str(name), item) for name, item in value] if kind == "IN" else [("LITERAL", value)]
    negated = kind == "NOT_LITERAL" or items[0][0] == "NEGATE"

    @lru_cache(maxsize=256)
    def holds(char: str) -> bool:
        cases = {char, char.lower(), char.upper()}
        return any(_is_in(name, item, case) for name, item in items for case in cases) != negated

    return holds


def _is_in(name: str, item: Any, char: str) -> bool:
    if name == "NEGATE" or len(char) != 1:
        return False
    if name == "LITERAL":
        return bool(ord(char) == item)
    if name == "RANGE":
        return bool(item[0] <= ord(char) <= item[1])
    category = str(item).removeprefix("CATEGORY_")
    holds: bool = _CATEGORIES[category.removeprefix("NOT_")](char)
    return holds != category.startswith("NOT_")
