"""Whether a text that Enter was pressed on is a whole line, or goes on below: then it is edited as one text.

Careful to the side of the shell: where this does not know, the shell gets the text and asks for the rest itself.
"""

from __future__ import annotations

import re
from functools import lru_cache

from caro.repl.here_documents import here_documents

_ENDS_OPEN = re.compile(r"(?:^|[^\\&|>])(?:\|\|?|&&|\|&)[ \t]*\Z")
_QUOTES_AND_COMMENTS = re.compile(
    r"""\\.|\$'(?:\\.|[^'\\])*'|'[^']*'|"(?:\\.|[^"\\])*"|(?<![^\s;&|()])\#[^\n]*|`(?:\\.|[^`\\])*`"""
    r"""|(?P<open>['"`])""",
    re.S,
)
_OPENERS = frozenset({"if", "for", "while", "until", "case", "select"})
_LEADS = frozenset({"then", "do", "else", "elif", "!", "{", "time", "coproc", "if", "while", "until"})
"""Words behind which a command begins."""
_COMMAND = re.compile(r"(?P<words>[^;&|\n()]*)(?P<end>[;&|\n()]|\Z)")
_WRONG = re.compile(r"(?:^|[;&|\n(])\s*(?:if|while|until|then|do|else|elif)[ \t]*[;&|)]")
"""What the shell tells of at once: nothing that is typed behind it makes a line of it."""
_BRACKETS = re.compile(r"[()]")
_BRACES = re.compile(r"\$\{|(?:^|[;&|()\n]|\b(?:then|do|else)\b)[ \t]*\{(?=\s|\Z)|\}")
_SHORT = re.compile(
    r"(?:^|[;&|({\n]|\b(?:then|do|else)\s)\s*(?:(?:for|foreach|select)(?:\s+\w+)+\s*\(|(?:if|while|until)\b[^;\n]*[\])]\s*\{)"
)
"""zsh's forms of blocks that no word closes. Source: zshmisc(1), "Alternate Forms For Complex Commands"."""
_CLOSES = {"fi": ("if",), "done": ("for", "while", "until", "select"), "esac": ("case",)}


@lru_cache(maxsize=8)
def is_open(text: str, shell: str = "bash") -> bool:
    """True if bash or zsh would ask for the rest of this text (PS2). Source: bash(1), "QUOTING", "Compound
    Commands"."""
    if re.search(r"(?<!\\)(?:\\\\)*\\\Z", text):
        return True
    documents = here_documents(text)
    if any(not each.ended for each in documents):
        return True
    bare = text
    for each in reversed(documents):
        bare = bare[: each.start] + bare[each.end :]
    if any(match["open"] for match in _QUOTES_AND_COMMENTS.finditer(bare)):
        return True
    bare = _QUOTES_AND_COMMENTS.sub("_", bare)
    if _WRONG.search(bare) or _closes_nothing(bare):
        return False
    if _ENDS_OPEN.search(bare) or _depth(bare) > 0:
        return True
    short = shell == "zsh" and _SHORT.search(bare) and bare.count("{") <= bare.count("}")
    return bool(_blocks(bare)) and not short


def _closes_nothing(bare: str) -> bool:
    """True if a `)` stands there that no `(` opened, and no `case`."""
    depth = 0
    for match in _BRACKETS.finditer(bare):
        depth += -1 if match.group() == ")" else 1
        if depth < 0:
            return not re.search(r"\bcase\b", bare)
    return False


def _depth(bare: str) -> int:
    """Return how many `(` or `{` are open; a `)` of a `case` closes none."""
    return max(_count(_BRACKETS, bare), _count(_BRACES, bare))


def _count(marks: re.Pattern[str], bare: str) -> int:
    depth = 0
    for match in marks.finditer(bare):
        depth = max(depth + (-1 if match.group() in (")", "}") else 1), 0)
    return depth


def _blocks(bare: str) -> list[str]:
    """Return the words of the grammar that opened a block which nothing closes."""
    found: list[str] = []
    for match in _COMMAND.finditer(bare):
        words = match["words"].split()
        if len(words) == 1 and match["end"] == ")" and words[0] not in _CLOSES:
            continue  # a pattern of `case`
        for word in words:
            if word in _OPENERS:
                found.append(word)
            elif found and found[-1] in _CLOSES.get(word, ()):
                found.pop()
            if word not in _LEADS:
                break
    return found
