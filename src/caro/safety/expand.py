"""Words -> arguments, as the shell expands them: braces, tilde, variables, substitutions, splitting.

Source: Bash reference manual, "Shell Expansions". Globs are kept: which files they match is not known.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from fnmatch import translate

from caro.parse.nodes import Arithmetic, Aside, Literal, Part, Substitution, Variable, Word
from caro.parse.pattern import pattern
from caro.parse.words import heredoc_body, word_of
from caro.safety.own_variables import assigned_in
from caro.safety.state import MAX_VALUE, State
from caro.safety.streams import Stream
from caro.safety.values import CLOSE, HOME, OPEN, Arg, arg, unknown, without_marks

Runner = Callable[[str, State, str], Stream]

_BRACED = pattern(r"\{[^{}\s]*(?:,|\.\.)[^{}]*\}|\{[^\s]*,[^\s]*\}")
_RANGE = pattern(r"(-?\d+|[a-zA-Z])\.\.(-?\d+|[a-zA-Z])(?:\.\.(-?\d+))?")
_GLOB = pattern(r"[*?]|\[[^\]]+\]|[!@+]\(")
_TILDE = pattern(r"~([\w.-]*|\+)(?=/|$|:)")
_HOME_NAMES = frozenset({"HOME", "USERPROFILE", "HOMEPATH"})
_TEMP_NAMES = {
    "TMPDIR": "/tmp/user",
    "XDG_RUNTIME_DIR": "/run/user/1000",
    "RUNNER_TEMP": "/tmp/user",
    "BATS_TMPDIR": "/tmp/user",
    "BATS_TEST_TMPDIR": "/tmp/user",
}
_OFTEN_UNSET = frozenset(_TEMP_NAMES) | frozenset(
    "XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_CACHE_HOME GITHUB_WORKSPACE CI_PROJECT_DIR WORKSPACE".split()
)
"""Well-known names that many machines have no value for: unset, `"$TMPDIR"/*` is `/*`."""
MAX_WORDS = 256
_PLACE = 0xE100


def braces(text: str) -> list[str]:
    """`a{b,c}d` -> ["abd", "acd"]; at most `MAX_WORDS` results."""
    results: list[str] = []
    queue = [text]
    while queue and len(results) < MAX_WORDS:
        piece = queue.pop(0)
        span = _first_brace(piece)
        if span is None:
            results.append(piece)
            continue
        start, end, choices = span
        queue[:0] = [piece[:start] + choice + piece[end:] for choice in choices[:MAX_WORDS]]
        if len(queue) > MAX_WORDS:
            del queue[MAX_WORDS:]
    return results


def _first_brace(text: str) -> tuple[int, int, list[str]] | None:
    start = text.find("{")
    while start >= 0:
        depth, commas = 0, [start]
        for i in range(start, len(text)):
            char = text[i]
            if char == "{":
                depth += 1
            elif char == "}":
                depth -= 1
                if not depth:
                    commas.append(i)
                    break
            elif char == "," and depth == 1:
                commas.append(i)
        else:
            return None
        if len(commas) > 2:
            return start, commas[-1] + 1, [text[a + 1 : b] for a, b in itertools.pairwise(commas)]
        values = _range(text[start + 1 : commas[-1]])
        if values:
            return start, commas[-1] + 1, values
        start = text.find("{", start + 1)
    return None


def _range(text: str) -> list[str]:
    match = _RANGE.fullmatch(text)
    if not match:
        return []
    first, last, step = match.groups()
    numbers = first.lstrip("-").isdigit() and last.lstrip("-").isdigit()
    if not numbers and (len(first) > 1 or len(last) > 1):
        return []
    a, b = (int(first), int(last)) if numbers else (ord(first), ord(last))
    stride = abs(int(step or 1)) or 1
    span = range(a, b + 1, stride) if a <= b else range(a, b - 1, -stride)
    width = max(len(first), len(last)) if numbers and (first.startswith("0") or last.startswith("0")) else 0
    return [str(n).zfill(width) if numbers else chr(n) for n in span[:MAX_WORDS]]


def split_braces(word: Word) -> list[Word]:
    """The words that brace expansion makes of one word; quoted parts never hold braces."""
    template: list[str] = []
    held: list[Part] = []
    for part in word.parts:
        if isinstance(part, Literal) and not part.quoted:
            template.append(part.text)
        else:
            template.append(chr(_PLACE + len(held)))
            held.append(part)
    text = "".join(template)
    if len(held) > 2000 or not _BRACED.search(text):
        return [word]
    words = []
    for piece in braces(text):
        parts: list[Part] = []
        for chunk in re.split(f"([{chr(_PLACE)}-{chr(_PLACE + 2100)}])", piece):
            if len(chunk) == 1 and _PLACE <= ord(chunk) < _PLACE + len(held):
                parts.append(held[ord(chunk) - _PLACE])
            elif chunk:
                parts.append(Literal(chunk))
        words.append(Word(parts, word.source))
    return words


def lookup(name: str, state: State) -> str | list[str] | None:
    """The value of a variable or parameter; None where nobody can know it."""
    base, _, index = name.partition("[")
    if base in state.variables:
        value = state.variables[base]
        if isinstance(value, list) and index:
            return _element(value, index.rstrip("]"))
        return value
    if base in ("@", "*"):
        return list(state.parameters) if state.calls else None
    if base == "0":
        return "bash"
    if base.isdigit() and len(base) < 5:
        at = int(base)
        if 0 < at <= len(state.parameters):
            return state.parameters[at - 1]
        return "" if state.calls and at else None
    return _well_known(base, state)


def _element(value: list[str], index: str) -> str | list[str] | None:
    if index in ("@", "*"):
        return value
    if index.lstrip("-").isdigit() and -len(value) <= int(index) < len(value):
        return value[int(index)]
    return None


def _well_known(name: str, state: State) -> str | None:
    if name in _HOME_NAMES:
        return HOME
    if name == "PWD" or name == "CWD":
        return state.cwd or "."
    if name == "OLDPWD":
        return state.previous or ".."
    if state.world.variables_known and name in _OFTEN_UNSET:
        return None
    if name in _TEMP_NAMES:
        return _TEMP_NAMES[name]
    return {
        "IFS": " \t\n",
        "USER": "me",
        "LOGNAME": "me",
        "UID": "1000",
        "EUID": "1000",
        "HOSTNAME": "localhost",
        "SHELL": "/bin/bash",
        "BASH": "/bin/bash",
        "ZSH_NAME": "zsh",
        "RANDOM": "4",
        "SECONDS": "9",
        "$": "4242",
        "PPID": "4241",
        "!": "4243",
        "?": "0",
        "0": "bash",
        "#": "0",
        "-": "himBH",
        "XDG_CONFIG_HOME": HOME + "/.config",
        "XDG_DATA_HOME": HOME + "/.local/share",
        "XDG_STATE_HOME": HOME + "/.local/state",
        "XDG_CACHE_HOME": HOME + "/.cache",
        "HISTFILE": HOME + "/.bash_history",
        "GITHUB_WORKSPACE": ".",
        "CI_PROJECT_DIR": ".",
        "WORKSPACE": ".",
    }.get(name)


def _trim(value: str, op: str, pattern: str) -> str:
    greedy = len(op) == 2
    regex = translate(pattern)
    spots = range(len(value) + 1)
    if op[0] == "#":
        hits = [i for i in spots if re.match(regex, value[:i])]
        return value[(hits[-1] if greedy else hits[0]) :] if hits else value
    hits = [i for i in spots if re.match(regex, value[i:])]
    return value[: (hits[0] if greedy else hits[-1])] if hits else value


def _operate(
    part: Variable, value: str | list[str] | None, state: State, run: Runner
) -> str | list[str] | None:
    op = part.op

    def given() -> str:
        return "".join(expand_word(word_of(part.argument), state, run, split=False))

    if part.prefix == "#":
        return None
    if part.prefix == "!":
        return lookup(value, state) if isinstance(value, str) else None
    if op == ":" and part.argument.startswith(":="):  # zsh's `${x::=VALUE}` sets x whatever it was
        state.findings.assigned.append((part.name, part.argument[2:]))
        return part.argument[2:]
    if op in (":-", "-", ":=", "="):
        if value:
            return value
        text = given()
        if op in (":=", "="):
            state.variables[part.name] = text
            state.findings.assigned.append((part.name, text))
        # the variable may well be set: but where it is not, this is what runs
        return text if text else value
    if op in (":+", "+"):
        return given() if value or value is None else ""
    if op in (":?", "?"):
        return value if value is not None else unknown(part.name + "?")
    if value is None and op in ("/", "//") and (whole := given()).startswith(("*/", "**/")):
        return whole.partition("/")[2]  # whatever it holds, all of it gives way
    if not isinstance(value, str) or not op or len(value) > 2000:
        _evaluate(part.argument, state, run)
        # of a PATH that nobody knows something is cut off: it is another one
        return unknown("PATH" + op[0]) if value is None and part.name == "PATH" and op[0] in "#%/:" else value
    if op == "@" and part.argument == "P":
        _evaluate(value, state, run)  # ${x@P} expands the value as a prompt
    return _edit(value, op, part.argument, given)


def _edit(value: str, op: str, argument: str, given: Callable[[], str]) -> str | None:
    if op in ("#", "##", "%", "%%"):
        return _trim(value, op, given())
    if op in ("/", "//", "/#", "/%"):
        old, _, new = given().partition("/")
        if not old:
            return value
        if _GLOB.search(old):
            if op == "//" and re.fullmatch(translate(old), value):
                return new
            regex = translate(old).removesuffix("\\Z").removesuffix("\\z")
            return re.sub(regex, lambda _: new, value, count=0 if op == "//" else 1)
        return value.replace(old, new) if op == "//" else value.replace(old, new, 1)
    if op == ":":
        match = re.fullmatch(r"\s*(-?\d+)\s*(?::\s*(-?\d+)\s*)?", argument)
        if not match:
            return None
        start = int(match[1])
        rest = value[start:]
        length = match[2]
        return rest[: int(length)] if length is not None else rest
    if op[0] == "^":
        return value.upper() if len(op) == 2 else value[:1].upper() + value[1:]
    if op[0] == ",":
        return value.lower() if len(op) == 2 else value[:1].lower() + value[1:]
    if op == "@":
        return {"U": value.upper(), "L": value.lower(), "P": value, "E": value}.get(argument, value)
    return value


class _Fields:
    """Collects the fields that one word becomes."""

    def __init__(self) -> None:
        self.done: list[Arg] = []
        self.text = ""
        self.glob = self.quoted = self.begun = False
        self.stream: Stream | None = None

    def add(self, text: str, quoted: bool) -> None:
        if len(self.text) + len(text) > 4 * MAX_VALUE:
            text = ""  # a value that doubles itself would fill the memory
        self.text += text
        self.begun = True
        if quoted:
            self.quoted = True
        elif _GLOB.search(text):
            self.glob = True

    def cut(self) -> None:
        if self.begun:
            if not self.quoted and (self.text == "~" or self.text.startswith("~/")):
                self.text = HOME + self.text[1:]
            value = arg(self.text, self.glob, self.quoted)
            value.stream = self.stream
            self.done.append(value)
        self.text, self.glob, self.quoted, self.begun, self.stream = "", False, False, False, None

    def add_split(self, text: str, separators: str = "") -> None:
        """An unquoted expansion: blanks in it (or what IFS holds) split the word."""
        for char in separators:
            text = text.replace(char, " ")
        pieces = text.split()
        if text[:1].isspace():
            self.cut()
        for index, piece in enumerate(pieces):
            if index:
                self.cut()
            self.add(piece, False)
        if text[-1:].isspace():
            self.cut()


def expand_word(word: Word, state: State, run: Runner, split: bool = True) -> list[Arg]:
    """The arguments that a word becomes (none, one or many)."""
    results: list[Arg] = []
    for piece in split_braces(word) if split else [word]:
        fields = _Fields()
        for index, part in enumerate(piece.parts):
            _expand_part(part, index == 0, fields, state, run, split)
            if len(fields.done) > MAX_WORDS:
                break
        fields.cut()
        results.extend(fields.done)
        if len(results) > MAX_WORDS:
            state.findings.problem("more words than are ever looked at")
            break
    return results


def _expand_part(part: Part, first: bool, fields: _Fields, state: State, run: Runner, split: bool) -> None:
    if isinstance(part, Literal):
        text = without_marks(part.text)
        if first and not part.quoted and text.startswith("~"):
            text = _tilde(text, state)
        fields.add(text, part.quoted)
    elif isinstance(part, Variable):
        _expand_variable(part, fields, state, run, split)
    elif isinstance(part, Substitution):
        stream = run(part.text, state, part.kind)
        if part.kind in ("<(", ">("):
            fields.add("/dev/fd/63", True)
            fields.stream = stream
            return
        text = (stream.text or "").rstrip("\n") if stream.text is not None else unknown("(")
        if stream.text is None and stream.tags:
            fields.stream = stream
        if stream.text is not None and stream.tags:
            fields.stream = stream
        if part.quoted or not split or OPEN in text:
            fields.add(text, part.quoted)
        else:
            fields.add_split(text, _separators(state))
    elif isinstance(part, Aside):
        run(part.text, state, "$(")
    elif isinstance(part, Arithmetic):
        _evaluate(part.text, state, run)
        fields.add("1", True)


def _evaluate(text: str, state: State, run: Runner) -> None:
    """Run the substitutions of an arithmetic expression, a subscript, or the argument of an operator; note what the
    expression sets."""
    state.findings.assigned.extend((name, "1") for name in assigned_in(text))
    if "$(" in text or "`" in text:
        expand_word(heredoc_body(text, False), state, run, split=False)


def _separators(state: State) -> str:
    value = state.variables.get("IFS", "")
    return value if isinstance(value, str) else ""


def _tilde(text: str, state: State) -> str:
    match = _TILDE.match(text)
    if not match:
        return text
    rest = text[match.end() :]
    if text.startswith("~+"):
        return (state.cwd or ".") + text[2:]
    if text.startswith("~-"):
        return (state.previous or "..") + text[2:]
    if match[1] in ("", "+") or match[1] == "me":
        return HOME + rest
    return ("/root" if match[1] == "root" else "/home/" + match[1]) + rest


def _expand_variable(part: Variable, fields: _Fields, state: State, run: Runner, split: bool) -> None:
    value = lookup(part.name, state)
    base, bracket, subscript = part.name.partition("[")
    if bracket:
        _evaluate(subscript, state, run)
    if part.op or part.prefix:
        value = _operate(part, value, state, run)
    if value is None:
        fields.add(unknown(part.name), part.quoted)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if index and split:
                fields.cut()
            elif index:
                fields.add(" ", True)
            fields.add(item, part.quoted)
    elif part.quoted or not split or OPEN in value or CLOSE in value:
        fields.add(value, part.quoted)
    else:
        fields.add_split(value, _separators(state))
    if isinstance(value, Arg) and value.glob:
        fields.glob = True  # a loop over `*`: quoting the variable does not make it one file
    stream = state.files.get("$" + base)
    if stream is not None:
        fields.stream = stream
