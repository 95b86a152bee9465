"""argv -> options and positional arguments, by what a program's data says of its options.

Conventions: POSIX utility syntax guidelines and GNU long options (`--rec` stands for `--recursive`,
options may follow operands); `single_dash` programs spell whole words after one dash (find, terraform, java).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from caro.parse.pattern import pattern
from caro.safety.values import Arg

_LONG = pattern(r"--?[\w-]+=|-[a-zA-Z]\S")
_NO = frozenset({"false", "none", "no", "0", "off"})


@dataclass(slots=True)
class Arguments:
    """`options` maps each spelling to its last value ("" where it takes none)."""

    name: str
    words: list[Arg]
    options: dict[str, str] = field(default_factory=dict)
    positional: list[Arg] = field(default_factory=list)
    rest: list[Arg] | None = None
    values: dict[str, list[Arg]] = field(default_factory=dict)

    def has(self, *names: str) -> bool:
        # Spelt out: this is asked dozens of times for each command.
        for name in names:  # noqa: SIM110
            if self._has(name):
                return True
        return False

    def _has(self, name: str) -> bool:
        value = self.options.get(name)
        if value is not None:
            return not (value and name.startswith("--") and value in _NO)
        if name.startswith("--") and len(name) > 4:
            return any(
                len(given) > 3 and name.startswith(given) for given in self.options if given.startswith("--")
            )
        return False

    def value(self, *names: str) -> Arg | None:
        found = [self.values[name][-1] for name in names if name in self.values]
        return found[0] if found else None

    def all_values(self, *names: str) -> list[Arg]:
        return [value for name in names for value in self.values.get(name, ())]

    def _add(self, name: str, value: Arg | None) -> None:
        self.options[name] = value if value is not None else self.options.get(name, "")
        if value is not None:
            self.values.setdefault(name, []).append(value)


def _attached(parent: Arg, text: str) -> Arg:
    value = Arg(text)
    value.glob, value.quoted, value.stream = parent.glob, parent.quoted, parent.stream
    return value


def parse_arguments(
    words: list[Arg], takes_value: Iterable[str] = (), single_dash: bool = False, stop_at_first: bool = False
) -> Arguments:
    """`words[0]` is the program. With `stop_at_first` everything from the first operand on is operands."""
    values = takes_value if isinstance(takes_value, frozenset) else frozenset(takes_value)
    found = Arguments(words[0] if words else "", words)
    i, end = 1, len(words)
    while i < end:
        word = words[i]
        i += 1
        if word == "--":
            found.rest = words[i:]
            found.positional.extend(words[i:])
            break
        if len(word) < 2 or word[0] != "-" or (word.quoted and " " in word and not _LONG.match(word)):
            found.positional.append(word)
            if stop_at_first:
                found.positional.extend(words[i:])
                break
            continue
        if word[1] == "-" or single_dash:
            name, equals, value = word.partition("=")
            if equals:
                found._add(name, _attached(word, value))
            elif name in values and i < end:
                found._add(name, words[i])
                i += 1
            else:
                found._add(name, None)
            continue
        i = _cluster(found, word, values, words, i)
    return found


def _cluster(found: Arguments, word: Arg, values: frozenset[str], words: list[Arg], i: int) -> int:
    if word in values:
        if i < len(words):
            found._add(word, words[i])
            return i + 1
        found._add(word, None)
        return i
    name, equals, value = word.partition("=")
    found._add(name, _attached(word, value) if equals else None)
    for at in range(1, len(word)):
        option = "-" + word[at]
        if option in values:
            attached = word[at + 1 :]
            if attached:
                found._add(option, _attached(word, attached))
            elif i < len(words):
                found._add(option, words[i])
                i += 1
            break
        found._add(option, None)
    return i
