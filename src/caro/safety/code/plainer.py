"""The text of code in Python, JavaScript and their like, brought to the spelling that the tables of calls know.

`plainer` follows what a reader sees at once: names that an import renames, variables that hold one literal,
`__import__('os')`, a path object around a literal, a literal that is reversed. `inside_strings` says which parts
of the text are only quoted.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from caro.parse.pattern import pattern

_LITERAL = r"""(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
_PYTHON_IMPORT = pattern(r"\bfrom\s+(os|subprocess|shutil|pty|pathlib)\s+import\s+([\w ,]+)")
_NODE_IMPORT = pattern(
    r"\{([^{}]*)\}\s*(?:=\s*require\(|from\s*)['\"](?:node:)?(?:fs(?:/promises)?|child_process)['\"]"
)
_MODULE_ALIAS = pattern(r"\bimport\s+(os|shutil|subprocess)\s+as\s+(\w+)")
_DYNAMIC_IMPORT = pattern(r"(?:__import__|importlib\.import_module)\(\s*['\"](\w+)['\"]\s*\)")
_REQUIRED_FS = pattern(
    r"(?:await\s+import|require)\(\s*['\"](?:node:)?fs(?:/promises|-extra)?['\"]\s*\)(?:\.promises)?"
)
_PATH_OBJECT = pattern(r"([(\[,]\s*)(?:pathlib\.)?Path\(\s*(" + _LITERAL + r")\s*\)(?=\s*[,)\]])")
_REVERSED = pattern(r"(['\"])([^'\"\\\n]*)\1\[::-1\]|(['\"])([^'\"\\\n]*)\3\.(?:reverse\b(?!\())")
_ASSIGNED = pattern(
    r"(?:^|[;\n{(\s])(?:const |let |var |my |local )?([$@]?[A-Za-z_]\w*)\s*:?=\s*("
    + _LITERAL
    + r")\s*(?=[;\n,})]|$)"
)
_SPAWN_MODE = pattern(r"\bos\.P_\w+\s*,\s*")
_QUOTED = pattern(_LITERAL)
_RUNS_TEXT = pattern(r"\b(?:exec|eval|Function|compile)\s*\(")
MAX_NAMES = 16


def plainer(text: str) -> str:
    """`text` with renamed imports, constant variables and reversed literals spelt out."""
    text = _DYNAMIC_IMPORT.sub(lambda match: match[1], text)
    text = _REQUIRED_FS.sub("fs", text)
    text = _SPAWN_MODE.sub("", text)
    for match in list(_MODULE_ALIAS.finditer(text))[:MAX_NAMES]:
        text = re.sub(rf"(?<![\w.]){match[2]}\.", match[1] + ".", text)
    for name, full in _renamed(text)[:MAX_NAMES]:
        text = re.sub(rf"(?<![\w.]){re.escape(name)}\s*\(", _always(full + "("), text)
    text = _PATH_OBJECT.sub(lambda match: match[1] + match[2], text)
    text = _REVERSED.sub(lambda match: repr((match[2] or match[4] or "")[::-1]), text)
    return _constants(text)


def _always(text: str) -> Callable[[re.Match[str]], str]:
    """A replacement that is taken as it stands (a string's backslashes would be read by re)."""
    return lambda _: text


def _renamed(text: str) -> list[tuple[str, str]]:
    """Return (name in the code, call that it stands for) of `from os import system as s`, `{execSync: e}`."""
    found = []
    for match in _PYTHON_IMPORT.finditer(text):
        for piece in match[2].split(","):
            words = piece.split()
            if words and words[0].isidentifier():
                found.append((words[-1], f"{match[1]}.{words[0]}"))
    for match in _NODE_IMPORT.finditer(text):
        for piece in match[1].split(","):
            words = re.split(r"\s*:\s*|\s+as\s+", piece.strip())
            if len(words) == 2:
                found.append((words[1], words[0]))
    return found


def _constants(text: str) -> str:
    """A variable that is given one literal, where it stands alone as an argument."""
    values: dict[str, str] = {}
    for match in _ASSIGNED.finditer(text):
        values[match[1]] = match[2]
    for name, literal in list(values.items())[:MAX_NAMES]:
        text = re.sub(rf"(?<=[(\[,])\s*{re.escape(name)}(?=\s*[,)\]])", _always(literal), text)
    return text


def inside_strings(text: str) -> list[tuple[int, int]]:
    """Return (start, end) of the literals of `text`; none where the code runs text that it holds."""
    if _RUNS_TEXT.search(text):
        return []
    return [(match.start(), match.end()) for match in _QUOTED.finditer(text)]


HOME_CALLS = pattern(
    r"os\.path\.expanduser\(\s*(['\"])~(.*?)\1\s*\)|(?:os\.environ\[['\"]HOME['\"]\]|process\.env\.HOME|ENV\[['\"]HOME['\"]\]"
    r"|os\.homedir\(\)|require\(['\"]os['\"]\)\.homedir\(\)|(?:pathlib\.)?Path\.home\(\)|Dir\.home|\$ENV\{HOME\}|(?:os\.)?getenv\(['\"]HOME['\"]\))"
)
