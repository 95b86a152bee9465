"""What Caro lives from inside a shell: its functions, DEBUG's trap, the keys, the options, the rc files that load it.
Whoever takes one of them away takes the guard away. People do so with what is theirs: it is an agent's step alone that
policy stops (`agent_switch`). Variables: own_variables.py."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from itertools import pairwise

from caro.parse.pattern import pattern
from caro.safety.call import Call
from caro.safety.own_variables import SHELLS, hit_by, is_hook_variable, passes_by
from caro.safety.streams import EMPTY
from caro.safety.values import OPEN

_BARE_SHELLS = {
    "bash": pattern(r"--norc$|--rcfile|--init-file|promptvars$"),
    "zsh": pattern(r"-[a-z]*f[a-z]*$|--no-?rcs$|((?i:NO_?RCS|NO_?ZLE)|rcs)$|\+Z$"),
    "fish": pattern(r"-N$|--no-config$"),
}
_LEAVING = SHELLS - _BARE_SHELLS.keys()
_EMPTY_TRAPS = frozenset(("", "-", ":", "true", "--", ";", "return", "return 0", "exit 0"))
_BASE = frozenset({"builtin", "command", "trap"})
"""What the hooks themselves are written with."""
_ENTER_KEYS = pattern(
    r"\\c[mjMJ]\b|^['\"]?C-[mjMJ]\b|"
    r"\\C-[mj]|\^[MJ]|\\r|\\n|\benter\b|\b[Cc](?:on)?tro?l-[mjMJ]\b|(?i:\b(?:ret(?:urn)?|newline|lfd)\b\s*:)"
)
_OWN_FUNCTION = pattern(
    r"_{0,2}caro([-_]\w+)*$|(preexec|precmd|zshexit|fish_preexec|fish_postexec|__bp_\w+)$"
)
_OWN_WORD = pattern(r"__caro|(^|[\s'\"])_?caro([-_]\w+|\*)*$|^(fish_)?(preexec|postexec|precmd)$")
_OWN_NAMES = "preexec precmd caro __caro_preexec __caro_precmd caro_preexec".split()
"""Names that a pattern of zsh's `-m` can mean."""
_ALL = frozenset({"-d", "-A", "-N", "--all", "-a", "-u"})


def note_unset(call: Call, names: list[str]) -> None:
    """Record that hook variables or functions are unset, by a pattern or a list that a program makes, too."""
    agent = call.state.world.agent is not None
    patterns = names if any(word[:1] == "-" and "m" in word for word in call.argv[1:3]) else []
    for name in names:
        listed = (OPEN in name or "*" in name) and "caro" in call.state.source.lower()
        member = name.partition("[")[2].strip("]")
        listed = listed or (agent and name.partition("[")[0] in ("HOME", "PATH", "XDG_CONFIG_HOME"))
        if (
            listed
            or is_hook_variable(name, taken=True)
            or hit_by(patterns)
            or (_OWN_FUNCTION.match(member or name) and "-v" not in call.argv)
        ):
            _note(call, name)
            return


def note_shell_start(call: Call) -> None:
    """Record an interactive shell that loads nothing: `exec bash --norc`, `zsh -f`."""
    bare = _BARE_SHELLS.get(call.name)
    if bare is None and call.name not in _LEAVING:
        return
    words = [str(word) for word in call.argv[1:]]
    commands = any(
        word == "-c" or (word.startswith("-") and word[1:2] != "-" and word.endswith("c")) for word in words
    )
    agent = call.state.world.agent is not None
    if bare is not None and (agent or not commands) and any(bare.match(word) for word in words):
        script = any(
            word[:1] not in "-+" and not bare.match(word) and before != "--emulate"
            for before, word in pairwise(["", *words])
        )
        if call.name != "zsh" or not script or (agent and commands):
            _note(call, " ".join((call.name, *words)))
    elif agent and bare is not None and _starts_poor(call.name, words):
        _note(call, " ".join((call.name, *words))[:60])
    elif call.name in _LEAVING and _stays_open(call, words):
        _note(call, " ".join((call.name, *words)))


def _starts_poor(name: str, words: list[str]) -> bool:
    """True if bash passes over BASH_ENV (`-p`) or what it loads at a login (`--noprofile`), for an agent's commands."""
    script = next((at for at, word in enumerate(words) if word[:1] not in ("-", "+")), len(words))
    options = words[:script]
    poor = "--noprofile" in options or (
        options[-1:] == ["-o"] and words[script : script + 1] == ["privileged"]
    )
    return name == "bash" and (poor or any(word[1:2] != "-" and "p" in word for word in options))


def _stays_open(call: Call, words: list[str]) -> bool:
    """True if another shell takes this one's place, or is an agent's from then on: `exec sh`, `dash -i`."""
    if not words and call.state.via[-1:] == ("exec",):
        return True
    plain = all(word in ("-i", "-l", "-f", "-il", "-li", "-o", "--login") for word in words)
    here = call.state.world.agent and not call.state.place and call.state.via[-1:] != ("env",)
    return bool(here and plain and call.stdin is EMPTY)


def note_builtin(call: Call) -> None:
    """Record that a builtin takes a hook out of the shell, or puts something in Caro's place."""
    takes = _TAKES.get(call.name)
    if takes is None:
        return
    words = [str(word) for word in call.argv[1:]]
    if call.name == "function":
        note_function(call, (words or [""])[0])
    elif takes(words, call):
        _note(call, " ".join((call.name, *words))[:60])


def _is_agent(call: Call) -> bool:
    return call.state.world.agent is not None


def _own(words: list[str]) -> bool:
    return any(_OWN_WORD.search(word) for word in words)


def _is_caro(word: str) -> bool:
    return word.partition("=")[0].removeprefix("__") in ("caro", "caro-hook") or word.startswith("__caro_")


def _matched(words: list[str]) -> bool:
    """True if a pattern behind zsh's `-m` means a hook of Caro's."""
    if not any(word[:1] == "-" and set(word[1:]) & set("mD") for word in words):
        return False
    globs = [word for word in words if word[:1] != "-" and "*" in word]
    return any("caro" in word or any(fnmatchcase(name, word) for name in _OWN_NAMES) for word in globs)


def _sets_trap(words: list[str], call: Call) -> bool:
    """DEBUG by any of its names, taken away, made empty, or by an agent set at all."""
    words = [word for word in words if word != "--"]
    signals = {word.upper().removeprefix("SIG") for word in words[1:]}
    if words[:1] and words[0].upper() == "DEBUG":
        return len(words) == 1
    agent = _is_agent(call) and words[:1] != ["-p"]
    unknown = agent and words[:1] in ([""], ["-"]) and any(OPEN in word for word in words[1:])
    return unknown or ("DEBUG" in signals and (agent or words[0].strip() in _EMPTY_TRAPS))


def _renames(words: list[str], call: Call) -> bool:
    """Another meaning for Caro's program or what the hooks are written with; by an agent, for a tool its own path,
    which passes by the shim."""
    if _is_agent(call) and any(_passes_shim(*word.split("=", 1)) for word in words if "=" in word):
        return True
    named = any(_is_caro(word) or word.partition("=")[0] in _BASE for word in words)
    by_words = call.state.dialect == "fish" and len(words) > 1 and _is_caro(words[-2])
    return by_words or (named and any("=" in word for word in words))


def _passes_shim(name: str, value: str) -> bool:
    folder, _, program = value.rpartition("/")
    return program == name and passes_by([folder])


def _remembers(words: list[str], call: Call) -> bool:
    """hash(1p) of bash by `-p FILE NAME`, of zsh by `NAME=FILE`: below an agent whatever it is."""
    named = [word for word in words if "=" in word] if "-d" not in words else []
    return ("-p" in words or bool(named)) and (_is_agent(call) or any(_is_caro(word) for word in words))


def _enables(words: list[str], call: Call) -> bool:
    off = any(word[:1] == "-" and set(word[1:]) & set("nfd") for word in words[:1]) and len(words) > 1
    return off and (_is_agent(call) or bool({"trap", "builtin", "printf", "read"} & set(words)))


def _sets_option(words: list[str], call: Call) -> bool:
    """set(1p) and zsh's setopt: what the hooks stand on. fish's `set -e` takes a variable."""
    names = {word.replace("_", "").lower() for word in words}
    if call.name in ("setopt", "unsetopt"):
        off = {"zle", "rcs"} if call.name == "unsetopt" else {"nozle", "norcs"}
        return _is_agent(call) and bool(names & off)
    if {"-e", "--erase"} & set(words):
        path = _is_agent(call) and any(word.partition("[")[0] in ("PATH", "HOME") for word in words)
        listed = any(OPEN in word for word in words) and "caro" in call.state.source.lower()
        return path or listed or any(is_hook_variable(word, taken=True) for word in words)
    if call.state.dialect == "fish" and _is_agent(call) and {"PATH", "fish_user_paths"} & set(words[:3]):
        return "$PATH[" in call.state.source
    if call.state.dialect == "fish" or not words:
        return False
    agent = _is_agent(call) and ("+Z" in words or ("-p" in words[:1] and call.state.dialect == "bash"))
    agent = agent or (_is_agent(call) and words[:1] == ["-o"] and "privileged" in names)
    return agent or ("+o" in words and bool(names & {"functrace", "zle"})) or "+T" in words


def _binds(words: list[str], call: Call) -> bool:
    """The keys that end a line (bind of bash and fish, bindkey of zsh). fish shows what a key does if told no more."""
    named = [word for word in words if word[:1] != "-"]
    if call.state.dialect == "fish" and len(named) == 1 and not {"-e", "--erase"} & set(words):
        return False
    if _own(words) or any(_ENTER_KEYS.search(word) for word in words):
        return True
    if call.name == "bind":
        whole = words[:1] in (["-f"], ["-u"]) or (
            {"-e", "--erase"} & set(words) and {"-a", "--all"} & set(words)
        )
        return bool(_ENTER_KEYS.search(call.state.source) or (whole and _is_agent(call)))
    return _is_agent(call) and bool(_ALL & set(words[:2])) and "-s" not in words


def _draws(words: list[str], call: Call) -> bool:
    """zle: another widget in the place of the one that ends a line."""
    ends = bool({"accept-line", ".accept-line"} & set(words))
    return _own(words) or (ends and (words[0] in ("-A", "-N") or (_is_agent(call) and words[0] == "-D")))


def _unfunctions(words: list[str], call: Call) -> bool:
    return _own(words) or _matched(words) or (call.name == "disable" and bool(_BASE & set(words)))


def _functions(words: list[str], call: Call) -> bool:
    changes = bool({"-e", "--erase", "-c", "--copy", "-u"} & set(words))
    listed = _is_agent(call) and any(OPEN in word or "*" in word for word in words)
    return changes and (listed or _own(words))


def _runs_made_text(words: list[str], call: Call) -> bool:
    """eval, source of what a program makes of the hooks' own text: `eval "$(declare -f __caro_x | sed …)"`."""
    unknown = any(OPEN in word for word in words) or words[:1] in (["/dev/stdin"], ["-"], [])
    unknown = unknown or any(word.startswith(("/dev/fd/", "/proc/self/fd/")) for word in words)
    return unknown and bool(_LISTS_OWN.search(call.state.source))


_LISTS_OWN = pattern(
    r"(?:declare|typeset|functions|whence|compgen -A function)\b[^;]*caro"
    r"|\btrap -p\b[^;)]*\||\b__caro\w*[^;]*\|\s*(sed|perl|awk)|\b(env|printenv|export -p|compgen -[ev])\b[^;]*\bCARO"
)
_MODULES = pattern(r"zsh/(zle|parameter|system|datetime|net/\w+|zutil|sched|\*)$")


def _unloads(words: list[str], call: Call) -> bool:
    off = any(word[:1] == "-" and "u" in word for word in words)
    return off and _is_agent(call) and any(map(_MODULES.match, words))


def _hooks_ble(words: list[str], call: Call) -> bool:
    """ble.sh: detached, unloaded, or its hooks emptied (`blehook PREEXEC=`)."""
    if call.name != "blehook":
        return _is_agent(call)
    return any(_BLE_HOOK.match(word) for word in words) and (_is_agent(call) or _own(words))


_BLE_HOOK = pattern(r"(PRE\w+|POST\w+|EXEC\w*|ERR\w+|\*)(-=|=)")


def _adds_path(words: list[str], call: Call) -> bool:
    return _is_agent(call) and passes_by(word for word in words if word[:1] != "-")


def _changes_login_shell(words: list[str], call: Call) -> bool:
    given = [after for word, after in pairwise(words) if word in ("-s", "--shell")]
    given += [word.partition("=")[2] for word in words if word.startswith("--shell=")]
    given += [after for word, after in pairwise(words) if word == "UserShell"]
    return _is_agent(call) and any(word.rsplit("/", 1)[-1] in _LEAVING for word in given)


_HOOK_LIST = pattern(r"(chpwd|precmd|preexec|periodic|zshaddhistory|zshexit|zsh_directory_name)$")
"""zshcontrib(1), add-zsh-hook: the lists that a function is put on or taken off."""
_TAKES: dict[str, Callable[[list[str], Call], bool]] = {
    "trap": _sets_trap,
    "alias": _renames,
    "abbr": _renames,
    "exec": lambda words, call: words[:1] == ["-c"] or (words[:1] == ["-a"] and "-c" in words[2:3]),
    "hash": _remembers,
    "enable": _enables,
    "set": _sets_option,
    "setopt": _sets_option,
    "unsetopt": _sets_option,
    "bind": _binds,
    "bindkey": _binds,
    "zle": _draws,
    "shopt": lambda words, call: "-u" in words and bool({"extdebug", "promptvars"} & set(words)),
    "command": lambda words, call: (
        _is_agent(call) and words[:1] == ["-p"] and len(words) > 1 and words[1] not in ("-v", "-V")
    ),
    "functions": _functions,
    **dict.fromkeys(
        ("unfunction", "unhash", "disable", "add-zle-hook-widget", "funcsave", "funced", "autoload"),
        _unfunctions,
    ),
    "add-zsh-hook": lambda words, call: _unfunctions(
        [word for word in words if not _HOOK_LIST.match(word)], call
    ),
    "function": lambda words, call: True,
    "block": lambda words, call: _is_agent(call) and bool({"-g", "--global"} & set(words)),
    "eval": _runs_made_text,
    "source": _runs_made_text,
    ".": _runs_made_text,
    "zmodload": _unloads,
    **dict.fromkeys(("ble-detach", "ble-unload", "blehook"), _hooks_ble),
    "fish_add_path": _adds_path,
    "zellij": lambda words, call: (
        _is_agent(call)
        and any(
            option == "--default-shell" and shell.rsplit("/", 1)[-1] in _LEAVING
            for option, shell in pairwise(words)
        )
    ),
    **dict.fromkeys(("chsh", "usermod", "lchsh", "chpass", "chfn", "pw", "dscl"), _changes_login_shell),
}
"""What a builtin, by its words, takes from Caro."""


_OWN_NAME = pattern(r"_{0,2}caro(?:_\w+|-hook)?$")


def note_function(call: Call, name: str) -> None:
    """Record that a function takes the name of Caro's own, or of its program."""
    hooks = name in ("preexec", "precmd", "fish_preexec", "TRAPDEBUG") and call.state.world.agent
    if _OWN_NAME.match(name) or name in _BASE or hooks:
        _note(call, f"{name}()")


def _note(call: Call, what: str) -> None:
    call.effect("tamper_audit", what, "", "own", "agent_switch")
