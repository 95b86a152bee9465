"""What may stand at the end of a line, asked from the person's own shell: code for it, and what its answer says.

bash and zsh complete in a process forked for that, which knows all functions, aliases and the folder, and may hang
(words.bash, words.zsh); fish answers itself. Source: bash(1), "Programmable Completion"; zshcompwid(1), complete(1).
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from caro.knowledge.shells import fish_quote

HERE = Path(__file__).parent

MOST = 2000
"""Words that are offered."""


@dataclass(frozen=True)
class Typed:
    """The end of a line: `words` of its last simple command, as typed; the last is what is completed."""

    line: str
    words: tuple[str, ...] = ("",)

    @property
    def last(self) -> str:
        return self.words[-1]


@dataclass(frozen=True)
class Offered:
    """`words` are (word, meaning); each stands in place of the last `replaces` characters of the line. `plain`: what is
    special in a word is to be quoted. `open`: no blank behind a single one."""

    words: tuple[tuple[str, str], ...] = ()
    replaces: int = 0
    plain: bool = False
    open: bool = False


_TOKEN = re.compile(
    r"""(?P<blank>\s+)|(?P<operator>[;&|(){}\n]|\$\(|`)|(?P<redirect>\d*(?:>>?|<<?)&?)"""
    r"""|(?P<word>(?:\\.?|'[^']*'?|"(?:\\.|[^"\\])*"?|\$\{[^}]*\}?|[^\s;&|(){}`<>'"\\])+)""",
    re.S,
)
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")


def typed_end(line: str, aliases: dict[str, str] | None = None) -> Typed:
    """Return the end of a line: assignments and redirections are left out, an alias stands for its words."""
    words: list[str] = []
    at, open_word, skipped = 0, False, False
    while at < len(line) and (token := _TOKEN.match(line, at)) is not None:
        at = token.end()
        open_word = token.lastgroup == "word"
        if token.lastgroup == "operator":
            words, skipped = [], False
        elif token.lastgroup == "redirect":
            skipped = True
        elif open_word and skipped and at < len(line):
            skipped = False
        elif open_word:
            words.append(token.group())
    if not open_word:
        words.append("")
    while len(words) > 1 and _ASSIGNMENT.match(words[0]):
        del words[0]
    if len(words) > 1 and aliases and words[0] in aliases:
        words[:1] = aliases[words[0]].split() or words[:1]
    return Typed(line, tuple(words))


# The record of the question ends first: what the forked process answers has records of its own.
_BASH = r"""builtin printf '\0'; ( (
COMP_WORDS=(@WORDS@) COMP_CWORD=@INDEX@ COMP_LINE=@LINE@ COMP_POINT=@POINT@ __c_number=@NUMBER@ __c_most=@MOST@
@CODE@
) & )"""

_ZSH = r"""builtin printf '\0'
__caro_repl_code=@CODE@
builtin zle -C __caro_repl_list list-choices __caro_repl_generate
BUFFER=@LINE@ CURSOR=@POINT@
builtin zle __caro_repl_list
BUFFER=''"""


def code_for(shell: str, typed: Typed, number: int) -> tuple[str, int]:
    """Return the question about the end of a line, and how many characters at its end an answer replaces. The answer
    stands in a file that a record `words:NUMBER` names; fish's is printed."""
    if shell == "fish":
        # Of the words of the last command alone: what stands before it is not completed.
        return f"builtin complete -C{fish_quote(typed.line)}", len(typed.last)
    code = (HERE / f"words.{shell}").read_text("utf-8")
    if shell == "zsh":
        code = shlex.quote(f"__c_number={number} __c_most={MOST}\n{code}")
        return _fill(_ZSH, CODE=code, LINE=shlex.quote(typed.line), POINT=str(len(typed.line))), len(
            typed.last
        )
    words = _broken(typed.words)
    line = " ".join(typed.words)
    return _fill(
        _BASH, WORDS=" ".join(map(shlex.quote, words)), INDEX=str(len(words) - 1), LINE=shlex.quote(line),
        POINT=str(len(line.encode())), NUMBER=str(number), MOST=str(MOST), CODE=code,
    ), len(words[-1])  # fmt: skip


def read_answer(text: str, shell: str, replaces: int) -> Offered:
    """Return what an answer offers."""
    rows = text.splitlines()
    flags = frozenset(rows.pop(0).split()) if rows and shell != "fish" else frozenset()
    found: dict[str, str] = {}
    for row in rows[:MOST]:
        word, _, meaning = row.partition("\t")
        if word and not found.get(word):
            found[word] = "" if meaning.strip() == word.strip() else meaning
    plain = shell == "fish" or "filenames" in flags  # zsh has quoted them
    rows = list(found) if shell != "bash" or "nosort" in flags else sorted(found)
    return Offered(tuple((word, found[word]) for word in rows), replaces, plain, "nospace" in flags)


def quoted(word: str) -> str:
    """Return a word with what is special in it behind backslashes; not where a variable is named."""
    if word.startswith("$"):
        return word
    return re.sub(r"([\s\\'\"`$&|;<>(){}*?\[\]!#])", r"\\\1", word)


def _broken(words: tuple[str, ...]) -> list[str]:
    """Break words where bash's readline does (COMP_WORDBREAKS): an `=` or `:` is a word of its own."""
    found = [piece for word in words for piece in re.split(r"(?<!^)([=:]+)", word) if piece]
    return found if words[-1] and found[-1][-1] not in "=:" else [*found, ""]


def _fill(template: str, **values: str) -> str:
    return re.sub(r"@([A-Z]+)@", lambda match: values[match[1]], template)
