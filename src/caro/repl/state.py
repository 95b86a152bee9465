"""A shell's state, as the shell itself prints it: folder, variables, aliases, options, functions, traps, limits.

`SNAPSHOT[shell]` is code for that shell; what it prints is read by `read_state`. Values are hashed as they are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from caro.repl.changes import Change, Hasher

BREAK = "\x1e"
"""Stands between the sections (ASCII's record separator)."""
SECTIONS = (
    "folder",
    "variables",
    "exported",
    "aliases",
    "options",
    "shopts",
    "functions",
    "traps",
    "umask",
    "limits",
)
_B = r"builtin printf '\036'"
_VALUES = "builtin printf '%s' \"$PWD\""
_ALL = " ".join(f"'{'RANDOM'[:size]}[!{letter}]*'" for size, letter in enumerate("RANDOM"))
_ALL += " " + " ".join(f"'{'RANDOM'[:size]}'" for size in range(1, 6)) + " 'RANDOM?*'"
_VARIABLES = f"if [[ -o posix_builtins ]]; then builtin typeset -p; else builtin typeset -pm {_ALL}; fi"
"""zsh's without RANDOM, whose next value would be another one once it was looked at; with that option set, a read-only
one is a mistake for -m."""

SNAPSHOT: Mapping[str, str] = {
    "bash": f"; {_B}; ".join(
        (
            _VALUES, "builtin declare -p", ":", "builtin alias -p", "builtin set +o", "builtin shopt -p",
            "builtin declare -F", "builtin trap -p", "builtin umask", "builtin ulimit -aS",
        )
    ),
    "zsh": f"; {_B}; ".join(
        (
            _VALUES, _VARIABLES, ":", "builtin alias -L", "builtin set +o", ":",
            "builtin print -rl -- ${(ok)functions}", "builtin trap", "builtin umask", "builtin ulimit -aS",
        )
    ),
    "fish": f"; {_B}; ".join(
        (
            _VALUES, "builtin set -L", "builtin set -xn", ":", ":", ":", "builtin functions -an", ":", "umask",
            "builtin ulimit -aS",
        )
    ),
}  # fmt: skip
"""Nothing in it runs a program, and no function or alias of the person's is called (fish: but its own `umask`)."""

_QUOTED = r"'[^']*'|\"(?:[^\"\\]|\\.)*\"|\$'(?:[^'\\]|\\.)*'|\\."
_VARIABLE = re.compile(
    rf"^(?:declare|typeset|export|readonly)(?P<flags>(?: [-+]\S+)*)(?: \d+)? (?P<name>[A-Za-z_]\w*)(?: \w+(?==\())?"
    rf"(?:=(?P<value>(?:{_QUOTED}|[^\n'\"\\$]|\$(?!'))*))?$",
    re.M | re.S,
)
_ALIAS = re.compile(
    rf"^alias (?:-\w+ )*(?:-- )?(?P<name>[^\s=]+)=(?P<value>(?:{_QUOTED}|[^\n'\"\\])*)$", re.M | re.S
)
_TRAP = re.compile(rf"^trap -- (?P<value>(?:{_QUOTED}|[^\n'\"\\ ])*) (?P<name>\S+)$", re.M | re.S)
_LIMIT = re.compile(
    r"^(?:[^\n(]*\([^\n]*?-(?P<bash>\w)\)|-(?P<zsh>\w): [^\n]*?|[^\n]*\(-(?P<other>\w)\))\s+(?P<value>\S+)$",
    re.M,
)
_VOLATILE = re.compile(
    r"(_|__caro_\w*|CARO_\w*|BASH_\w*|BASHOPTS|BASHPID|SHELLOPTS|PIPESTATUS|pipestatus|status|FUNCNAME|LINENO|RANDOM|SRANDOM"
    r"|SECONDS|EPOCH\w*|HIST\w*|history|COLUMNS|LINES|PWD|OLDPWD|DIRSTACK|dirstack|dirprev|dirnext|COMP_\w+|COMPREPLY|OPTIND"
    r"|TTYIDLE|\w*TIMESTAMP|funcstack|funcfiletrace|functrace|funcsourcetrace|ZSH_\w*|zsh_\w*|ERRNO|errnos|signals"
    r"|jobdirs|jobstates|jobtexts|prompt|PROMPT\d*|RPROMPT\d*|PS[0-4]|RPS\d|psvar|keymaps|widgets|parameters|options|aliases"
    r"|galiases|saliases|functions\w*|dis_\w+|commands|builtins|modules|reswords|patchars|nameddirs|userdirs|usergroups"
    r"|CMD_DURATION|(__)?fish_\w*|umask|argv|version|hostname|FISH_VERSION|last_pid|\?|!|\$|#|-|\*|@|REPLY|MATCH|MBEGIN|MEND|match|mbegin"
    r"|mend|reply|sysparams|langinfo|terminfo|termcap|mapfile|LOGCHECK|SHLVL|PPID|TTY|HOST|CURRENT|words|compstate|BUFFER|CURSOR|status_generation|pipestatus)"
)
"""Variables that change by themselves, or with each prompt."""
_EDITORS = {
    "bash": re.compile(r"READLINE_\w+"),
    "zsh": re.compile(
        r"[LR]?BUFFER|BUFFERLINES|CONTEXT|CURSOR|CUTBUFFER|ISEARCH\w+|SUFFIX_\w+|KEYMAP|KEYS\w*|killring|LAST\w+"
        r"|MARK|NUMERIC|PENDING|PREBUFFER|PREDISPLAY|POSTDISPLAY|REGION_ACTIVE|region_highlight|UNDO_\w+|WIDGET\w*|YANK_\w+"
    ),
}
"""Variables that are there while a key's function runs: bash(1), "READLINE_LINE"; zshzle(1), "USER-DEFINED WIDGETS"."""


@dataclass(frozen=True)
class State:
    """`variables`: name to (exported, hash); `aliases`, `traps`: name to hash."""

    folder: str = ""
    variables: Mapping[str, tuple[bool, str]] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, bool] = field(default_factory=dict)
    shopts: Mapping[str, bool] = field(default_factory=dict)
    functions: frozenset[str] = frozenset()
    traps: Mapping[str, str] = field(default_factory=dict)
    umask: str = ""
    limits: Mapping[str, str] = field(default_factory=dict)


def read_state(shell: str, printed: bytes, hashed: Hasher) -> State | None:
    """Return the state that a snapshot's code printed; None where it is not whole."""
    text = _sections(printed)
    if not text:
        return None
    found = {
        name: (is_exported, hashed(value))
        for name, is_exported, value in _all_variables(shell, text)
        if not _VOLATILE.fullmatch(name) and not (shell in _EDITORS and _EDITORS[shell].fullmatch(name))
    }
    return State(
        text["folder"],
        found,
        {match["name"]: hashed(_unquoted(match["value"])) for match in _ALIAS.finditer(text["aliases"])},
        _switches(text["options"], "set -o ", "set +o "),
        _switches(text["shopts"], "shopt -s ", "shopt -u "),
        frozenset(_names(text["functions"])),
        {
            match["name"].removeprefix("SIG"): hashed(match["value"])
            for match in _TRAP.finditer(text["traps"])
        },
        text["umask"].strip(),
        {
            match["bash"] or match["zsh"] or match["other"]: match["value"]
            for match in _LIMIT.finditer(text["limits"])
        },
    )


def exported_values(shell: str, printed: bytes) -> dict[str, str | None]:
    """Return the values of the exported variables in a snapshot; None for one that is not printed as it is. They are
    for the guard's look at a line, and are written nowhere."""
    text = _sections(printed)
    special = "\\" if shell == "fish" else "\\$"
    return {
        name: None if any(c in value for c in special) else _joined(shell, name, value)
        for name, is_exported, value in _all_variables(shell, text)
        if is_exported
    }


def _joined(shell: str, name: str, value: str) -> str:
    """Return a list as the environment has it: zsh's `-T` (`PATH path=( /a /b )`) and fish's paths with colons,
    fish's other lists with blanks. Source: zshbuiltins(1), "typeset -T"; set(1) of fish, "path variables"."""
    if shell == "zsh" and value.startswith("( ") and value.endswith(" )"):
        return ":".join(map(_unquoted, _ITEM.findall(value[2:-2])))
    if shell == "fish":
        items = [_unquoted(item) for item in _ITEM.findall(value)]
        return (":" if name.endswith("PATH") else " ").join(items)
    return value


_ITEM = re.compile(r"'[^']*'|[^\s']+")


def _sections(printed: bytes) -> dict[str, str]:
    """Return the sections by name; none where they are not whole."""
    parts = printed.decode("utf-8", "surrogateescape").split(BREAK)
    if len(parts) < len(SECTIONS):
        return {}
    # A value may hold the separator: the folder is the first section, the others are counted from the end.
    behind = len(SECTIONS) - 2
    found = dict(zip(SECTIONS[2:], parts[-behind:], strict=True))
    return found | {"folder": parts[0], "variables": BREAK.join(parts[1:-behind])}


def _all_variables(shell: str, text: Mapping[str, str]) -> Iterator[tuple[str, bool, str]]:
    """Yield (name, whether exported, value)."""
    exported = set(text.get("exported", "").split())
    read = _fish_variables if shell == "fish" else _variables
    for name, is_exported, value in read(text.get("variables", "")):
        yield name, is_exported or name in exported, value


def difference(before: State, after: State) -> list[Change]:
    """Return what changed between two states, each as the built-in that makes such a change."""
    found = [Change(("cd", after.folder))] if before.folder != after.folder else []
    for name, (exported, value) in after.variables.items():
        if before.variables.get(name) != (exported, value):
            found.append(Change(("export" if exported else "declare", f"{name}={value}"), (name,)))
    found += [Change(("unset", name), (name,)) for name in before.variables if name not in after.variables]
    for name, value in after.aliases.items():
        if before.aliases.get(name) != value:
            found.append(Change(("alias", f"{name}={value}")))
    found += [Change(("unalias", name)) for name in before.aliases if name not in after.aliases]
    for options, old, words in (
        (after.options, before.options, (("set", "-o"), ("set", "+o"))),
        (after.shopts, before.shopts, (("shopt", "-s"), ("shopt", "-u"))),
    ):
        found += [Change((*words[not on], name)) for name, on in options.items() if old.get(name, on) != on]
    found += [Change(("declare", "-f", name)) for name in sorted(after.functions - before.functions)]
    found += [Change(("unset", "-f", name)) for name in sorted(before.functions - after.functions)]
    for name, value in after.traps.items():
        if before.traps.get(name) != value:
            found.append(Change(("trap", value, name)))
    found += [Change(("trap", "-", name)) for name in before.traps if name not in after.traps]
    if before.umask != after.umask:
        found.append(Change(("umask", after.umask)))
    for name, value in after.limits.items():
        if before.limits.get(name, value) != value:
            found.append(Change(("ulimit", f"-{name}", value)))
    return found


def _variables(text: str) -> Iterator[tuple[str, bool, str]]:
    """bash's and zsh's `declare -p`: (name, whether exported, the value as it is quoted)."""
    for match in _VARIABLE.finditer(text):
        exported = match[0].startswith("export") or any(
            "x" in flag for flag in match["flags"].split() if flag[0] == "-"
        )
        yield match["name"], exported, _unquoted(match["value"] or "")


_IN_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"', re.S)
_IN_SINGLE = re.compile(r"'([^']*)'", re.S)
_ESCAPED = re.compile(r'\\([$`"\\])')


def _unquoted(text: str) -> str:
    """Return a value as it is, of the forms in which shells print those without control characters; else as printed."""
    if match := _IN_DOUBLE.fullmatch(text):
        return _ESCAPED.sub(r"\1", match[1])
    match = _IN_SINGLE.fullmatch(text)
    return match[1] if match else text


def _fish_variables(text: str) -> Iterator[tuple[str, bool, str]]:
    for line in text.splitlines():
        name, _, value = line.partition(" ")
        yield name, False, value


def _switches(text: str, on: str, off: str) -> dict[str, bool]:
    found = {}
    for line in text.splitlines():
        if line.startswith((on, off)):
            found[line[len(on) :].strip()] = line.startswith(on)
    return found


def _names(text: str) -> Iterator[str]:
    for line in text.replace(", ", "\n").splitlines():
        name = line.removeprefix("declare -f ").removeprefix("declare -fx ").strip()
        if name and not name.startswith(("__caro_", "_")):
            yield name
