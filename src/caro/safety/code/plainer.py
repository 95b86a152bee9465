"""The text of code in Python, JavaScript and their like, brought to the spelling that the tables of calls know.

`plainer` follows what a reader sees at once: names that an import renames, variables that hold one literal,
`__import__('os')`, a path object around a literal, a literal that is reversed. `inside_strings` says which parts
of the text are only quoted.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from caro.parse.pattern import pattern
from caro.safety.code.strings import joined
from caro.safety.values import HOME

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
    r"(?:^|[;\n{(\s])(?:const |let |var |my |local )?([$@]?[A-Za-z_]\w*)\s*:?=\s*(?:("
    + _LITERAL
    + r")\s*(?=[;\n,})]|$)|(?:pathlib\.)?Path\(\s*("
    + _LITERAL
    + r")\s*\)(?=\s*[;\n]|$))"
)
_PATH_METHODS = r"(?:unlink|rmdir|write_text|write_bytes|r?glob|iterdir|touch|rename|replace)"
_ADJACENT = pattern(r"(['\"])(\w+)\1\s+(['\"])(\w+)\3(?=\s*\])")
_COMPUTED = pattern(r"([\w)\]])\s*\[\s*(['\"])([A-Za-z_]\w*)\2\s*\]\s*\(")
_DICTIONARY = pattern(r"\bvars\((\w+)\)\.|\b(\w+)\.__dict__\.")
_GETATTR = pattern(r"\bgetattr\(\s*([\w.]+)\s*,\s*['\"](\w+)['\"]\s*(?:,[^()]*)?\)")
_BY_NAME = pattern(
    r"(?:\b[A-Z]\w*\.)?\b(?:public_send|__send__|send|call_user_func(?:_array)?)\s*\(\s*:?['\"]?(\w+)['\"]?\s*,\s*"
    r"|\bmethod\(\s*:(\w+)\s*\)\.(?:call\s*\(|\()"
)
_JOIN_CALL = pattern(
    r"(?:\bos\.path\.join|\bpath\.(?:join|resolve)|require\(['\"](?:node:)?path['\"]\)\.(?:join|resolve)|\bFile\.join)"
    r"\(\s*(" + _LITERAL + r"(?:\s*,\s*" + _LITERAL + r")*)\s*\)"
)
_PATH_DIVIDED = pattern(r"Path\(\s*(" + _LITERAL + r")\s*\)\s*/\s*(" + _LITERAL + r")")
_INTERPOLATED = pattern(r"#\{\s*'([^']*)'\s*\}")
_HOMELIKE = pattern(r"HOME|home|expanduser")
_SPAWN_MODE = pattern(r"\bos\.P_\w+\s*,\s*")
_QUOTED = pattern(_LITERAL)
_RUNS_TEXT = pattern(r"\b(?:exec|eval|Function|compile)\s*\(")
_CALL_ALIAS = pattern(r"\b(\w+)\s*=\s*((?:os|io|shutil|subprocess|child_process|fs|pty)\.\w+)\s*(?=[;\n]|$)")
"""A variable that is given a function: `local f = os.execute`."""
_JOINED_LIST = pattern(r"(?:''|\"\"|'\s'|\"\s\")\.join\(\s*[\[(]((?:\s*" + _LITERAL + r"\s*,?)+)[\])]\s*\)")
_SPLIT_WORDS = pattern(r"\bshlex\.split\(\s*(" + _LITERAL + r")\s*\)")
_SH_MODULE = pattern(r"\bimport\s+sh\b")
"""The module whose functions are programs: `sh.rm("-rf", x)`."""
MAX_NAMES = 16


def plainer(text: str) -> str:
    """`text` with renamed imports, constants, computed members, joined paths and reversed literals spelt out."""
    text = _DYNAMIC_IMPORT.sub(lambda match: match[1], text)
    for name, full in _renamed(text)[:MAX_NAMES]:
        text = re.sub(rf"(?<![\w.]){re.escape(name)}\s*\(", _always(full + "("), text)
    if ".join(" in text:
        text = _JOINED_LIST.sub(
            lambda match: repr((" " if " " in match[0][:3] else "").join(_literals(match[1]))), text
        )
    text = _SPLIT_WORDS.sub(lambda match: match[1], text)
    if _SH_MODULE.search(text):
        text = re.sub(r"\bsh\.(\w+)\(", r"sh.run('\1', ", text)
    text = _members(text)
    text = _REQUIRED_FS.sub("fs", text)
    text = _SPAWN_MODE.sub("", text)
    for match in list(_MODULE_ALIAS.finditer(text))[:MAX_NAMES]:
        text = re.sub(rf"(?<![\w.]){match[2]}\.", match[1] + ".", text)
    if _HOMELIKE.search(text):
        text = joined(HOME_CALLS.sub(lambda match: f"'{HOME}{match[2] or ''}'", text))
    text = _paths(text)
    text = _PATH_OBJECT.sub(lambda match: match[1] + match[2], text)
    text = _REVERSED.sub(lambda match: repr((match[2] or match[4] or "")[::-1]), text)
    text = _INTERPOLATED.sub(lambda match: match[1], text)
    constant = _constants(text)
    return constant if constant == text else _members(constant)


def _members(text: str) -> str:
    """Computed members and calls by name: `f["rmSync"](`, `getattr(os, "system")(`, `send(:system, …)`."""
    if "[" in text:
        text = _ADJACENT.sub(lambda match: f"'{match[2]}{match[4]}'", text)
        text = _COMPUTED.sub(lambda match: f"{match[1]}.{match[3]}(", text)
        text = _DICTIONARY.sub(lambda match: f"{match[1] or match[2]}.", text)
    if "getattr" in text:
        text = _GETATTR.sub(lambda match: f"{match[1]}.{match[2]}", text)
    return _BY_NAME.sub(lambda match: (match[1] or match[2]) + "(", text)


def _paths(text: str) -> str:
    """Paths that are put together of literals: `os.path.join("/", "etc")`, `Path("/") / "home"`."""
    text = _JOIN_CALL.sub(lambda match: repr("/".join(_literals(match[1]))), text)
    for _ in range(8):
        text, count = _PATH_DIVIDED.subn(
            lambda match: f"Path({'/'.join(_literals(match[1] + match[2]))!r})", text, count=1
        )
        if not count:
            break
    return text


def _literals(text: str) -> list[str]:
    return [match[0][1:-1] for match in _QUOTED.finditer(text)]


def _always(text: str) -> Callable[[re.Match[str]], str]:
    """A replacement that is taken as it stands (a string's backslashes would be read by re)."""
    return lambda _: text


def _behind(literal: str) -> Callable[[re.Match[str]], str]:
    return lambda match: f"{match[1]} {literal}"


def _renamed(text: str) -> list[tuple[str, str]]:
    """Return (name in the code, call that it stands for) of `from os import system as s`, `{execSync: e}`."""
    found = []
    for match in _PYTHON_IMPORT.finditer(text):
        for piece in match[2].split(","):
            words = piece.split()
            if words and words[0].isidentifier():
                found.append((words[-1], f"{match[1]}.{words[0]}"))
    found += [(match[1], match[2]) for match in _CALL_ALIAS.finditer(text)]
    for match in _NODE_IMPORT.finditer(text):
        for piece in match[1].split(","):
            words = re.split(r"\s*:\s*|\s+as\s+", piece.strip())
            if len(words) == 2:
                found.append((words[1], words[0]))
            elif len(words) == 1 and words[0] in ("rm", "rmdir", "unlink"):
                found.append((words[0], "fs." + words[0]))
    return found


def _constants(text: str) -> str:
    """A variable that is given one literal, where it stands alone as an argument."""
    values: dict[str, str] = {}
    for match in _ASSIGNED.finditer(text):
        values[match[1]] = match[2] or match[3]
    for name, literal in list(values.items())[:MAX_NAMES]:
        text = re.sub(rf"(?<=[(\[,])\s*{re.escape(name)}(?=\s*[,)\]])", _always(literal), text)
        called = literal[1:-1]
        text = re.sub(
            rf"\b(system|exec|popen|qx)\s+{re.escape(name)}(?=\s*(?:[;,)}}]|$))", _behind(literal), text
        )
        text = re.sub(
            rf"[$#]?\{{{re.escape(name)}\}}", _always(called), text
        )  # f"{name}", `${{name}}`, "#{name}"
        if name.startswith("$"):
            text = re.sub(rf"{re.escape(name)}\b(?=[^\"'`\n=,()]*[\"`])", _always(called), text)
            text = text.replace(f"`{name}`", f"`{called}`")
            if called.isidentifier():  # PHP, "Variable functions"
                text = re.sub(rf"{re.escape(name)}\s*\(", _always(called + "("), text)
        elif f"{name}." in text:
            text = re.sub(rf"(?<![\w.]){name}\.(?={_PATH_METHODS}\()", _always(f"Path({literal})."), text)
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
