"""One shell word: from source text to parts, with the quoting of each part kept.

Follows the "Quoting" and "Shell Parameter Expansion" parts of the Bash reference manual; ANSI-C strings
are decoded here, since a name spelt `$'\\x72m'` is that name to the shell.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from caro.parse.nodes import Arithmetic, Aside, Literal, Part, Substitution, Variable, Word
from caro.parse.pattern import pattern

_PLAIN = pattern(r"[^\s|&;()<>'\"\\`$]+")
_IN_DOUBLE = pattern(r'[^"\\`$]+')
_IN_PAREN = pattern(r"[()'\"\\`#]")
_IN_BRACE = pattern(r"[{}'\"\\`]")
_NAME = pattern(r"[A-Za-z_]\w*|[0-9@*#?$!_-]")
_ZSH_FLAGS = pattern(r"(\([\w@#%:.,*+/ -]*\))?(?:[=^~]+(?=[A-Za-z_]))?")
"""zshexpn(1), "Parameter Expansion": flags in brackets, and the signs for splitting and patterns, before the name."""
_PARAMETER = pattern(r"([!#]?)([A-Za-z_]\w*|[0-9]+|[@*?$!#-])(\[[^\]]*\])?(.*)", re.DOTALL)
_ANSI = pattern(
    r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})|c(.)|(.))", re.DOTALL
)
_ANSI_NAMED = {
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "E": "\x1b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
}
_EXTGLOB = "!@+?*"
_QUALIFIERS = pattern(r"\((?:#q)?(?![^)]*[a-z]{3})[\w.,/@=*%^#+\[\]-]*(?::[treaAluqQ])*\)(?=[\s;&|<>)]|\Z)")
"""zshexpn(1), "Glob Qualifiers": which of the matching files are taken, `(.)`, `(N)`, `(om[1,3])`. Modifiers that lead
elsewhere (`:h`, `:s`) are not among them, nor is what could be the name of a command."""
_ASKED_OF_EACH = pattern(r"e([^\w\s])|\+([A-Za-z_][\w.-]*)")
_CLOSES = {"{": "}", "[": "]", "<": ">", "(": ")"}
_ALTERNATIVES = pattern(r"\([\w./*?@%+:=-]*(?:\|[\w./*?@%+:=-]*)+\)")


class Unclosed(Exception):
    """A quote or bracket never closes; `position` is where it opened."""

    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.position = position


def ansi_c(text: str) -> str:
    """The value of `$'text'`."""

    def value(match: re.Match[str]) -> str:
        byte, short, long, octal, control, named = match.groups()
        if byte or short or long:
            code = int(byte or short or long, 16)
        elif octal:
            code = int(octal, 8) & 0xFF
        elif control:
            code = ord(control) & 0x1F
        else:
            return _ANSI_NAMED.get(named, named if named in "\\'\"?" else "\\" + named)
        return chr(code) if code < 0x110000 else ""

    return _ANSI.sub(value, text)


def closing_quote(text: str, start: int) -> int:
    """Index after the `"` that closes the one before `start`."""
    i, end = start, len(text)
    while i < end:
        char = text[i]
        if char == '"':
            return i + 1
        if char == "\\":
            i += 2
        elif char == "$" and text.startswith("$(", i):
            i = closing_paren(text, i + 2)
        elif char == "`":
            i = closing_backtick(text, i + 1)
        else:
            match = _IN_DOUBLE.match(text, i)
            i = match.end() if match else i + 1
    raise Unclosed(start - 1)


def closing_backtick(text: str, start: int) -> int:
    i = start
    while True:
        end = text.find("`", i)
        if end < 0:
            raise Unclosed(start - 1)
        back = end - 1
        while back >= start and text[back] == "\\":
            back -= 1
        if (end - back) % 2:
            return end + 1
        i = end + 1


def closing_paren(text: str, start: int) -> int:
    """Index after the `)` that closes the bracket before `start`; `#` begins a comment where a word could begin."""
    return _closing(text, start, "(", _IN_PAREN, _skip_double)


def closing_brace(text: str, start: int) -> int:
    """Index after the `}` that closes the brace before `start`."""
    return _closing(text, start, "{", _IN_BRACE, closing_quote)


def _closing(
    text: str, start: int, opens: str, signs: re.Pattern[str], after_double: Callable[[str, int], int]
) -> int:
    """Index after what closes the bracket before `start`, of the signs that count in there; a counter, not recursion:
    depth is free."""
    depth, i = 1, start
    while match := signs.search(text, i):
        char, i = match[0], match.end()
        if char == opens:
            depth += 1
        elif char in ")}":
            depth -= 1
            if not depth:
                return i
        elif char == "'":
            end = text.find("'", i)
            if end < 0:
                raise Unclosed(i - 1)
            i = end + 1
        elif char == '"':
            i = after_double(text, i)
        elif char == "\\":
            i += 1
        elif char == "`":
            i = closing_backtick(text, i)
        elif text[i - 2] in " \t\n;" and (end := text.find("\n", i)) >= 0:
            i = end
    raise Unclosed(start - 1)


def _skip_double(text: str, start: int) -> int:
    """Like `closing_quote`, but without looking into `$(…)`: quotes in there come in pairs nearly always."""
    i = start
    depth = 0
    while i < len(text):
        char = text[i]
        if char == "\\":
            i += 1
        elif char == "$" and text.startswith("$(", i):
            depth += 1
            i += 1
        elif char == ")" and depth:
            depth -= 1
        elif char == '"' and not depth:
            return i + 1
        i += 1
    raise Unclosed(start - 1)


def _parameter(inner: str, quoted: bool) -> Part:
    flags = _ZSH_FLAGS.match(inner)
    if flags and flags[0]:
        inner = inner[flags.end() :]
        if inner.startswith(":-"):
            # `${(e):-TEXT}` has no name: it is TEXT, expanded once more where `e` is among the flags
            text = inner[2:].replace("'", "") if "e" in flags[0] else inner[2:]
            return Variable("__nameless", quoted, ":-", text)
    match = _PARAMETER.fullmatch(inner)
    if not match:
        return Variable("?", quoted, "bad", inner)
    prefix, name, index, rest = match.groups()
    if prefix == "#" and (rest or index):
        return Variable(name, quoted, "", "", "#")
    op, argument = "", rest
    for candidate in (
        ":-",
        ":=",
        ":+",
        ":?",
        "##",
        "%%",
        "//",
        "/#",
        "/%",
        "^^",
        ",,",
        "-",
        "=",
        "+",
        "?",
        "#",
        "%",
        "/",
        "^",
        ",",
        ":",
        "@",
    ):
        if rest.startswith(candidate):
            op, argument = candidate, rest[len(candidate) :]
            break
    return Variable(name + (index or ""), quoted, op, argument, prefix)


def read_dollar(text: str, i: int, quoted: bool, parts: list[Part]) -> int:
    """Append what the `$` at `i` starts; return the index after it."""
    following = text[i + 1 : i + 2]
    if following == "(":
        end = closing_paren(text, i + 2)
        inner = text[i + 2 : end - 1]
        if inner.startswith("(") and inner.endswith(")") and closing_paren(text, i + 3) == end - 1:
            parts.append(Arithmetic(inner[1:-1]))
        else:
            parts.append(Substitution("$(", inner, quoted))
        return end
    if following == "{":
        end = closing_brace(text, i + 2)
        parts.append(_parameter(text[i + 2 : end - 1], quoted))
        return end
    if following == "'" and not quoted:
        end = i + 2
        while end < len(text) and text[end] != "'":
            end += 2 if text[end] == "\\" else 1
        if end >= len(text):
            raise Unclosed(i)
        parts.append(Literal(ansi_c(text[i + 2 : end]), True, True))
        return end + 1
    if following == '"' and not quoted:
        return i + 1
    match = _NAME.match(text, i + 1)
    if match:
        parts.append(Variable(match[0], quoted))
        return match.end()
    parts.append(Literal("$", quoted))
    return i + 1


def read_backtick(text: str, i: int, quoted: bool, parts: list[Part]) -> int:
    end = closing_backtick(text, i + 1)
    inner = re.sub(r"\\([$`\\])", r"\1", text[i + 1 : end - 1])
    parts.append(Substitution("`", inner, quoted))
    return end


def read_double(text: str, i: int, parts: list[Part], stop: str = '"') -> int:
    """Parts from `i` up to the closing quote (or, with an empty `stop`, to the end: a here-document)."""
    end = len(text)
    before = len(parts)
    while i < end:
        char = text[i]
        if char == '"' and stop:
            if len(parts) == before:
                parts.append(Literal("", True))
            return i + 1
        if char == "\\":
            following = text[i + 1 : i + 2]
            if following == "\n":
                pass
            elif following in '$`"\\':
                parts.append(Literal(following, True))
            else:
                parts.append(Literal("\\" + following, True))
            i += 2
        elif char == "$":
            i = read_dollar(text, i, True, parts)
        elif char == "`":
            i = read_backtick(text, i, True, parts)
        elif char == '"':
            parts.append(Literal('"', True))
            i += 1
        else:
            match = _IN_DOUBLE.match(text, i)
            assert match
            parts.append(Literal(match[0], True))
            i = match.end()
    if stop:
        raise Unclosed(before)
    return i


def read_brackets(text: str, i: int, parts: list[Part]) -> int:
    """Append what the `(` at `i` inside a pattern of zsh asks for; return the index after it, `i` where that is not one
    of the forms that are known to run nothing else and to lead nowhere else.

    Qualifiers choose among the files that the pattern names, so that the pattern alone is the strictest reading."""
    try:
        end = closing_paren(text, i + 1)
    except Unclosed:
        return i
    if asked := _ASKED_OF_EACH.search(text, i, end):
        last = text.rfind(_CLOSES.get(asked[1], asked[1]), asked.end(), end - 1) if asked[1] else -1
        code = asked[2] or text[asked.end() : last if last > 0 else end - 1]
        parts.append(Aside(word_of(code).literal or code.strip("'\"")))
        return end
    if qualifiers := _QUALIFIERS.match(text, i):
        return qualifiers.end()
    if alternatives := _ALTERNATIVES.match(text, i):
        parts.append(Literal("{" + alternatives[0][1:-1].replace("|", ",") + "}"))
        return alternatives.end()
    return i


def read_word(text: str, i: int, fish: bool = False, zsh: bool = False) -> tuple[Word, int]:
    """The word that starts at `i` (not at a blank). `zsh`: a pattern of zsh may stand here. Raises `Unclosed`."""
    start, end = i, len(text)
    parts: list[Part] = []
    while i < end:
        match = _PLAIN.match(text, i)
        if match:
            parts.append(Literal(match[0]))
            i = match.end()
            continue
        char = text[i]
        if char == "'":
            close = text.find("'", i + 1)
            if fish:
                while close > 0 and text[close - 1] == "\\":
                    close = text.find("'", close + 1)
            if close < 0:
                raise Unclosed(i)
            parts.append(Literal(text[i + 1 : close], True))
            i = close + 1
        elif char == '"':
            i = read_double(text, i + 1, parts)
        elif char == "\\":
            if text.startswith("\n", i + 1):
                i += 2
                continue
            parts.append(Literal(text[i + 1 : i + 2], True))
            i += 2
        elif char == "$":
            i = read_dollar(text, i, False, parts)
        elif char == "`":
            i = read_backtick(text, i, False, parts)
        elif char in "<>" and text.startswith("(", i + 1):
            close = closing_paren(text, i + 2)
            parts.append(Substitution(char + "(", text[i + 2 : close - 1]))
            i = close
        elif char == "(" and fish:
            close = closing_paren(text, i + 1)
            parts.append(Substitution("$(", text[i + 1 : close - 1]))
            i = close
        elif char == "(" and zsh and i > start and (after := read_brackets(text, i, parts)) > i:
            i = after
        elif char == "(" and i > start and text[i - 1] in _EXTGLOB:
            close = closing_paren(text, i + 1)
            parts.append(Literal(text[i:close]))
            inner = word_of(text[i + 1 : close - 1]).parts
            parts.extend(Aside(part.text) for part in inner if isinstance(part, Substitution))
            i = close
        else:
            break
    return Word(parts, text[start:i]), i


def word_of(text: str) -> Word:
    """The parts of a text that is one word already (a node of the tree, a variable's default)."""
    parts: list[Part] = []
    i = 0
    while i < len(text):
        try:
            word, end = read_word(text, i)
        except Unclosed:
            parts.append(Literal(text[i:]))
            break
        parts.extend(word.parts)
        if end == i:
            parts.append(Literal(text[i]))
            end = i + 1
        i = end
    return Word(parts, text)


def heredoc_body(text: str, quoted: bool) -> Word:
    """The body of a here-document: expanded like a double-quoted string unless its delimiter was quoted."""
    if quoted or not ("$" in text or "`" in text or "\\" in text):
        return Word([Literal(text, True)], text)
    parts: list[Part] = []
    try:
        read_double(text, 0, parts, stop="")
    except Unclosed:
        parts.append(Literal(text, True))
    return Word(parts, text)
