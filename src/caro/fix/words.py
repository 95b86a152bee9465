"""A command line as simple commands with the place of every word, so that one word can be exchanged and the
rest stays byte for byte as typed. Never fails: an open quote ends with the line.

The full grammar lives in `caro.parse`; a fix needs only words and their places, also of lines that no grammar
accepts, since those are what people ask to have fixed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_OPERATORS = ("&&", "||", "|&", ";;", "|", ";", "&", "\n", "(", ")")
_REDIRECT = re.compile(r"(\d*|&)(<<<|<<-?|>>|<>|>\||>&|<&|>|<)")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
_SAFE = re.compile(r"[\w@%+=:,./~^-]+", re.ASCII)

PREFIXES = {
    "sudo": {"-u", "-g", "-h", "-p", "-C", "-T", "-U", "-D", "-R"}, "doas": {"-u", "-C"}, "env": {"-u", "-C", "-S"},
    "time": set(), "nohup": set(), "nice": {"-n"}, "command": set(), "builtin": set(), "exec": {"-a"},
    "xargs": {"-n", "-I", "-P", "-d", "-L", "-s", "-E", "-a"}, "watch": {"-n"}, "setsid": set(), "noglob": set(),
    "ionice": {"-c", "-n"}, "stdbuf": {"-i", "-o", "-e"}, "strace": {"-o", "-e", "-p"}, "unbuffer": set(),
    "timeout": {"-s", "-k"}, "chronic": set(), "time -p": set(), "!": set(), "then": set(), "do": set(),
    "else": set(), "if": set(), "while": set(), "until": set(), "{": set(), "elif": set(),
}  # fmt: skip
"""Words that run the rest of the line, with those of their options that take a value."""


@dataclass(frozen=True)
class Word:
    """`text` is the word without its quotes; `line[start:end]` is how it was typed."""

    text: str
    start: int
    end: int
    quoted: bool = False
    expands: bool = False


@dataclass(frozen=True)
class Simple:
    """A simple command: `words` from the program on; `first` counts assignments and prefixes before it."""

    line: str
    words: tuple[Word, ...]
    targets: tuple[Word, ...] = field(default=())
    prefix: tuple[Word, ...] = field(default=())

    @property
    def name(self) -> str:
        """Return the program's name without its folder."""
        return self.words[0].text.rsplit("/", 1)[-1]

    @property
    def start(self) -> int:
        return self.words[0].start

    @property
    def end(self) -> int:
        return max(word.end for word in (*self.words, *self.targets))

    @property
    def text(self) -> str:
        """Return it as typed, prefixes left out."""
        return self.line[self.start : self.end]

    def replaced(self, word: Word, text: str) -> str:
        """Return the whole line with one word exchanged (`text` is put in as it is)."""
        return self.line[: word.start] + text + self.line[word.end :]

    def rewritten(self, text: str, bare: bool = False) -> str:
        """Return the whole line with this simple command exchanged, its prefixes kept unless `bare`, or where the text
        brings them along: no `sudo sudo`."""
        again = bool(self.prefix) and text.startswith(f"{self.prefix[0].text} ")
        start = self.prefix[0].start if self.prefix and (bare or again) else self.start
        return self.line[:start] + text + self.line[self.end :]


def quote(text: str) -> str:
    """Return the word for a shell: left alone where nothing in it is special."""
    if text and _SAFE.fullmatch(text):
        return text
    return "'" + text.replace("'", "'\\''") + "'"


def _skip_group(line: str, at: int) -> int:
    """Return the place after the `)` or `}` that closes the group opened before `at`."""
    depth, quote_mark = 1, ""
    while at < len(line) and depth:
        mark = line[at]
        if mark == "\\":
            at += 1
        elif quote_mark:
            quote_mark = "" if mark == quote_mark else quote_mark
        elif mark in "'\"":
            quote_mark = mark
        else:
            depth += (mark in "({") - (mark in ")}")
        at += 1
    return min(at, len(line))


def _read_word(line: str, at: int) -> Word:
    start, text, quoted, expands = at, [], False, False
    while at < len(line):
        mark = line[at]
        if mark in " \t\n;|&()<>":
            break
        if mark == "\\" and at + 1 < len(line):
            text.append(line[at + 1])
            quoted, at = True, at + 2
        elif mark == "'":
            close = line.find("'", at + 1)
            close = len(line) if close < 0 else close
            text.append(line[at + 1 : close])
            quoted, at = True, close + 1
        elif mark == '"':
            at, quoted = at + 1, True
            while at < len(line) and line[at] != '"':
                if line[at] == "\\" and at + 1 < len(line) and line[at + 1] in '"\\$`':
                    at += 1
                expands = expands or line[at] in "$`"
                text.append(line[at])
                at += 1
            at += 1
        elif mark == "$" and line[at + 1 : at + 2] in ("(", "{"):
            close = _skip_group(line, at + 2)
            text.append(line[at:close])
            expands, at = True, close
        elif mark == "`":
            close = line.find("`", at + 1)
            close = len(line) if close < 0 else close + 1
            text.append(line[at:close])
            expands, at = True, close
        else:
            expands = expands or mark in "$*?["
            text.append(mark)
            at += 1
    return Word("".join(text), start, min(at, len(line)), quoted, expands)


def simple_commands(line: str) -> list[Simple]:
    """Return the simple commands of a line in order, those inside `$(…)` left out."""
    found: list[Simple] = []
    words: list[Word] = []
    targets: list[Word] = []

    def close() -> None:
        if words and (simple := _split_prefix(line, tuple(words), tuple(targets))) is not None:
            found.append(simple)
        words.clear()
        targets.clear()

    at = 0
    while at < len(line):
        redirect = _REDIRECT.match(line, at)
        if line[at] in " \t":
            at += 1
        elif line.startswith("\\\n", at):
            at += 2
        elif line[at] == "#":
            end = line.find("\n", at)
            at = len(line) if end < 0 else end
        elif redirect is not None:
            at = redirect.end()
            while at < len(line) and line[at] in " \t":
                at += 1
            target = _read_word(line, at)
            at = target.end
            if target.text:
                targets.append(target)
        elif operator := next((op for op in _OPERATORS if line.startswith(op, at)), ""):
            close()
            at += len(operator)
        else:
            word = _read_word(line, at)
            at = max(word.end, at + 1)
            words.append(word)
    close()
    return found


def _split_prefix(line: str, words: tuple[Word, ...], targets: tuple[Word, ...]) -> Simple | None:
    """Return the words behind assignments and words such as `sudo -u x`; a prefix alone is a command itself."""
    at = 0
    while at < len(words):
        text = words[at].text
        if _ASSIGNMENT.match(text):
            at += 1
            continue
        valued = PREFIXES.get(text)
        if valued is None or at + 1 >= len(words):
            break
        after = at + 1
        while after < len(words) and words[after].text.startswith("-"):
            after += 2 if words[after].text in valued else 1
        if text == "timeout":
            after += 1
        if after >= len(words):
            break
        at = after
    return Simple(line, words[at:], targets, words[:at]) if at < len(words) else None


RUNNERS = frozenset("npx bunx uvx pnpx".split())
RUNNING = {
    "pnpm": ("dlx", "exec"), "yarn": ("dlx", "exec"), "npm": ("exec", "x"), "bun": ("x",), "uv": ("run",),
    "poetry": ("run",), "pipenv": ("run",), "hatch": ("run",), "pdm": ("run",), "rye": ("run",), "bundle": ("exec",),
    "mise": ("exec", "x"), "dotnet": ("tool",), "pixi": ("run",), "pipx": ("run",),
}  # fmt: skip
"""Programs that run another one of their packages, and with which word."""


def run_by(simple: Simple) -> Simple | None:
    """Return the command that a package runner runs: `prisma generate` of `npx prisma generate`."""
    verbs = RUNNING.get(simple.name, ())
    at = (
        1
        if simple.name in RUNNERS - set(RUNNING)
        else 2
        if len(simple.words) > 1 and simple.words[1].text in verbs
        else 0
    )
    while at and at < len(simple.words) and simple.words[at].text.startswith("-"):
        at += 1
    if not at or at + 1 >= len(simple.words):
        return None
    return Simple(simple.line, simple.words[at:], simple.targets, (*simple.prefix, *simple.words[:at]))
