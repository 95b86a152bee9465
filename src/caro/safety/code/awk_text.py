"""What an awk program prints or hands to a shell, as far as its words tell (POSIX awk, "Grammar").

Nothing is run: literals, variables given by `-v` or assigned once, fields of known lines and a few functions are put
together; what nobody knows before is a mark (`unknown`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from caro.parse.pattern import pattern
from caro.safety.decode import printf
from caro.safety.values import OPEN, unknown

_TOKEN = pattern(
    r'"(?:[^"\\]|\\.)*"|\d+(?:\.\d+)?|\$?[A-Za-z_]\w*|\$\d+|\$\(|/(?:[^/\\\n]|\\.)+/(?=\s*[{,&|)])|>>|[|]{2}|&&|[-+*/%=!<>~]=|[^\s]|\n'
)
_SHELL = pattern(r"\s*(?:sudo\s+|exec\s+)?(?:\S*/)?(?:ba|z|da|k|a|mk)?sh(?:\s+-\w*)*\s*")
_ENDS = frozenset((";", "}", "\n"))
_MORE = 64
"""Lines of known input that are looked at."""


@dataclass
class Printed:
    """`text` of standard output; `commands` what is handed to a shell; `computed` where letters are made of
    numbers that nobody knows."""

    text: str = ""
    commands: list[str] = field(default_factory=list)
    computed: bool = False


def printed(program: str, given: Mapping[str, str], lines: Sequence[str], separator: str = "") -> Printed:
    """Return what the program prints and runs; `given` are the variables of `-v`, `lines` known lines of input."""
    found = Printed()
    tokens = _TOKEN.findall(program)
    only_begin = re.fullmatch(r"\s*(?:BEGIN|END)\s*\{[^}]*\}\s*", program) is not None
    for line in [""] if only_begin or not lines else lines[:_MORE]:
        known = bool(lines) and not only_begin
        fields = ([line, *line.split(separator or None)]) if known else None
        _Reading(tokens, dict(given), fields, found).statements()
    return found


@dataclass
class _Reading:
    """One pass over the program's tokens; `fields` of the line, None where no line is known."""

    tokens: list[str]
    names: dict[str, str]
    fields: list[str] | None
    found: Printed
    at: int = 0

    def statements(self) -> None:
        while self.at < len(self.tokens):
            word = self.tokens[self.at]
            after = self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else ""
            self.at += 1
            if word in ("print", "printf"):
                self._print(word)
            elif word == "system" and after == "(":
                self.found.commands.append(" ".join(self._expressions(self._bracket())[:1]))
            elif re.fullmatch(r"[A-Za-z_]\w*", word) and after == "=":
                self.at += 1
                self.names[word] = "".join(self._expressions(self._until(_ENDS | {")"}))[:1])

    def _until(self, ends: frozenset[str]) -> list[str]:
        """Return the tokens up to one of `ends` outside brackets."""
        begin, depth = self.at, 0
        while self.at < len(self.tokens):
            word = self.tokens[self.at]
            if depth == 0 and word in ends:
                break
            depth += (word in ("(", "$(")) - (word == ")")
            self.at += 1
        return self.tokens[begin : self.at]

    def _bracket(self) -> list[str]:
        """Return the tokens within the bracket that opens here."""
        self.at += 1
        inner = self._until(frozenset(")"))
        self.at += 1
        return inner

    def _print(self, word: str) -> None:
        tokens = self._until(_ENDS | {"|", ">", ">>"})
        if tokens[:1] == ["("] and tokens[-1:] == [")"]:
            tokens = tokens[1:-1]
        values = self._expressions(tokens) or [self._field(0)]
        text = self._formatted(values) if word == "printf" else " ".join(values) + "\n"
        where = self.tokens[self.at] if self.at < len(self.tokens) else ""
        if where == "|":
            self.at += 1
            target = "".join(self._expressions(self._until(_ENDS))[:1])
            if _SHELL.fullmatch(target):
                self.found.commands.append(text)
        elif where not in (">", ">>"):
            self.found.text += text

    def _formatted(self, values: list[str]) -> str:
        """Return printf's text: `%c` of a number is a letter."""
        form, rest = values[0], list(values[1:])
        for number, one in enumerate(
            re.findall(r"%[-+ #0]*\d*(?:\.\d+)?([a-zA-Z%])", form.replace("%%", ""))
        ):
            if one == "c" and number < len(rest):
                value = rest[number]
                rest[number] = chr(int(value)) if value.isdigit() and int(value) < 0x110000 else value[:1]
                if OPEN in value:
                    self.found.computed, rest[number] = True, value
        return printf(re.sub(r"%([-+ #0]*\d*(?:\.\d+)?)[ci]", r"%\1s", form), rest)

    def _expressions(self, tokens: list[str]) -> list[str]:
        """Return the value of each expression between commas, the parts of one put together."""
        found, begin, depth = [], 0, 0
        for at, word in enumerate([*tokens, ","]):
            depth += (word in ("(", "$(")) - (word == ")")
            if word == "," and depth == 0:
                if at > begin:
                    found.append(self._value(tokens[begin:at]))
                begin = at + 1
        return found

    def _value(self, tokens: list[str]) -> str:
        if len(tokens) > 1 and all(re.fullmatch(r"\d+|[-+*()]", word) for word in tokens):
            return _sum(tokens)
        parts, at = [], 0
        while at < len(tokens):
            word = tokens[at]
            after = tokens[at + 1] if at + 1 < len(tokens) else ""
            if after == "(" and word in _FUNCTIONS:
                inner = _Reading(tokens, self.names, self.fields, self.found, at + 1)
                values = self._expressions(inner._bracket())
                parts.append(self._called(word, values))
                at = inner.at
                continue
            parts.append(self._atom(word))
            at += 1
        return "".join(parts)

    def _called(self, name: str, values: list[str]) -> str:
        if not values or (OPEN in "".join(values) and name != "sprintf"):
            return unknown("found")
        if name == "sprintf":
            return self._formatted(values)
        if name == "substr":
            numbers = [int(value) for value in values[1:] if value.isdigit()]
            begin = numbers[0] - 1 if numbers else 0
            return values[0][begin : begin + numbers[1] if len(numbers) > 1 else None]
        return values[0].lower() if name == "tolower" else values[0].upper()

    def _atom(self, word: str) -> str:
        if word.startswith('"'):
            return _unescaped(word[1:-1])
        if re.fullmatch(r"\d+(?:\.\d+)?", word):
            return word
        if re.fullmatch(r"\$\d+", word):
            return self._field(int(word[1:]))
        if word == "$NF" and self.fields:
            return self.fields[-1]
        if word in self.names:
            return self.names[word]
        return "" if word in ("(", ")") else unknown("found")

    def _field(self, number: int) -> str:
        if self.fields is None:
            return unknown("found")
        return self.fields[number] if number < len(self.fields) else ""


_FUNCTIONS = frozenset(("sprintf", "substr", "tolower", "toupper"))


def _sum(tokens: list[str]) -> str:
    """Return a sum of numbers, products unread: `100+14`."""
    total, sign = 0, 1
    for word in tokens:
        if word in "*()":
            return unknown("found")
        if word in "+-":
            sign = 1 if word == "+" else -1
        else:
            total += sign * int(word)
    return str(total)


def _unescaped(text: str) -> str:
    """Return a literal with its escapes read (POSIX awk, "Lexical Conventions")."""
    return re.sub(r"\\([0-7]{1,3}|x[0-9A-Fa-f]{1,2}|.)", _escape, text, flags=re.S)


def _escape(match: re.Match[str]) -> str:
    code = match[1]
    if code[0] in "01234567":
        return chr(int(code, 8))
    if code[0] == "x" and len(code) > 1:
        return chr(int(code[1:], 16))
    return {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}.get(code, code)
