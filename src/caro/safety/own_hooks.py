"""What Caro lives from inside a shell: its hook variables and functions, DEBUG's trap, the keys, the rc files that load
it. Whoever takes one of them away takes the guard away. People do so with what is theirs: it is an agent's step alone
that policy stops (`agent_switch`)."""

from __future__ import annotations

from itertools import pairwise

from caro.knowledge.agents import agents
from caro.parse.pattern import pattern
from caro.safety.call import Call
from caro.safety.values import HOME, OPEN

_WORDS = frozenset(
    "CARO_DISABLE CARO_CONFIG CARO_SOCKET CARO_SESSION_ID CARO_PARENT_ID CARO_AGENT CARO_BASH_ENV CARO_RUN BASH_ENV"
    " PROMPT_COMMAND PS0 preexec_functions precmd_functions zshexit_functions chpwd_functions ENV".split()
)
_ANY_VALUE = frozenset("CARO_SESSION_ID CARO_PARENT_ID CARO_BASH_ENV CARO_DAEMON_TIMEOUT_MS".split())
_ANY_TEXT = frozenset("CARO_CONFIG CARO_SOCKET CARO_DEEP CARO_SHIM_LINEAGE SHIM_ACTIVE".split())
_LOOSE_VALUES: dict[str, frozenset[str]] = {
    "CARO_DAEMON_AUTO_START": frozenset({"false", "0", "no", "off"}),
    "PROMPT_COMMAND": frozenset({"", ":", "true"}),
    "PS0": frozenset({""}),
    "preexec_functions": frozenset({""}),
    "precmd_functions": frozenset({""}),
    "BASH_ENV": frozenset({"", "/dev/null"}),
    "ENV": frozenset({"", "/dev/null"}),
}
_LISTS = frozenset("PROMPT_COMMAND preexec_functions precmd_functions PS0".split())
_BARE_SHELLS = {
    "bash": pattern(r"--norc$|--rcfile|--init-file"),
    "zsh": pattern(r"-[a-z]*f[a-z]*$|--no-?rcs$|(NO_?RCS|no_?rcs|rcs)$"),
    "fish": pattern(r"-N$|--no-config$"),
}
_LEAVING = frozenset("sh dash ash ksh mksh csh tcsh yash".split())
_EMPTY_TRAPS = frozenset(("", "-", ":", "true", "--", ";", "return", "return 0", "exit 0"))
_BASE = frozenset({"builtin", "command", "trap"})
"""What the hooks themselves are written with."""
_BUILTINS = frozenset(
    "printf disable exec trap alias abbr zle bindkey bind hash enable shopt set functions unfunction"
    " add-zsh-hook unalias unhash funcsave funced command function".split()
)
_ENTER_KEYS = pattern(r"\\C-[mj]|\^[MJ]|\\r|\\n|\benter\b")
_OWN_FUNCTION = pattern(
    r"_{0,2}caro([-_]\w+)*$|(preexec|precmd|zshexit|fish_preexec|fish_postexec|__bp_\w+)$"
)
_OWN_WORD = pattern(r"__caro|(^|[\s'\"])_?caro([-_]\w+|\*)*$|^(fish_)?(preexec|postexec|precmd)$")
_VARIABLE = (
    r"CARO_(?:DISABLE|CONFIG|SOCKET|DEEP|AGENT|SESSION_ID|PARENT_ID|BASH_ENV|SAFETY_\w+|DAEMON_\w+|SHIM_\w+)"
)
_SET_IN_CODE = pattern(
    rf"{_VARIABLE}['\"}}]*\]?\s*(?:=(?![=~])|=>|:\s*['\"\d])"
    rf"|(?:putenv|setenv|setdefault|export|set)\W+{_VARIABLE}['\" ]*[,= ]"
    r"|environ\.clear\(|\benv\s*[=:]\s*\{\s*\}"
    rf"|(?:pop|unsetenv|unset|delete|del)\b[^;\n]*\b(?:{_VARIABLE}|BASH_ENV|CLAUDECODE)\b"
)


def note_variable(call: Call, name: str, value: str) -> None:
    """Record a value that loosens Caro, or moves an agent, or Caro, to other settings."""
    if _loosens(name, value):
        switch = () if name.startswith(("CARO_", "SHIM_")) else ("agent_switch",)
        call.effect("tamper_audit", f"{name}={value}", "", "own", *switch)
    elif (
        name in agents().moving_variables()
        or (call.state.world.agent and _RECORDS.match(name))
        or _hides(call, name, value)
    ):
        _note(call, f"{name}={value}")


_RECORDS = pattern(
    r"CARO_(TRACE|PRIVACY|SAFETY|DAEMON|SHELL|RELAY|BUILTINS|XTRACE|BASH_TRAP)(_\w+)?$|TRACE_(LOG_FILE|SHELL)$|ORIGINAL_PATH$"
)
"""Settings as variables (`CARO_SECTION_KEY`), and what Caro hands on to itself: none of an agent's."""


def _loosens(name: str, value: str) -> bool:
    if name == "CARO_DISABLE":
        return value not in ("", "0")
    if name.startswith("CARO_SAFETY_"):
        return value.lower() in ("off", "passive")
    if name in _ANY_TEXT:
        return bool(value)
    return name in _ANY_VALUE or value.strip().lower() in _LOOSE_VALUES.get(name, ())


def _hides(call: Call, name: str, value: str) -> bool:
    """True if the value hides whose session it is, or takes Caro's folder from PATH."""
    if name == "PATH":
        if call.state.world.agent and _drops_path(value, call.state.world.variables.get("PATH")):
            return True
        return OPEN in value and "caro" in call.state.source
    if name in _LISTS:
        return call.state.world.agent is not None or _names_caro(call)
    return value in ("", "0") and name in _identities()


def _drops_path(value: str, before: str | None) -> bool:
    """True if PATH is set anew, without what it was: Caro's shims stand there."""
    return bool(value) and f"{OPEN}PATH" not in value and (before is None or before not in value)


def note_array(call: Call, name: str, items: list[str]) -> None:
    """Record that a shell's list of hooks is emptied, or made anew: by an agent, or around Caro's own."""
    agent = call.state.world.agent is not None
    if (
        name == "path"
        and agent
        and call.state.dialect == "zsh"
        and (_names_caro(call) or not any("path" in item.lower() for item in items))
    ):
        _note(call, "path=()")
    if name.partition("[")[0] in _LISTS and (not items or _names_caro(call) or call.state.world.agent):
        _note(call, f"{name}=()")


def _names_caro(call: Call) -> bool:
    return "caro" in call.state.source.lower()


def _identities() -> frozenset[str]:
    return frozenset(variable for variable, _ in agents().naming_variables()) - {"AGENT"}


def sets_own_variable(code: str) -> bool:
    """True if code on the command line sets one of Caro's variables, or takes one of the hooks' away."""
    return bool(_SET_IN_CODE.search(code))


_HOMES = {
    "HOME": "",
    "XDG_CONFIG_HOME": "/.config",
    "XDG_DATA_HOME": "/.local/share",
    "XDG_STATE_HOME": "/.local/state",
    "ZDOTDIR": "",
}
"""Variables that move Caro's files, or a shell's start files, with their defaults below the home folder."""


def note_exported(call: Call, name: str, value: str) -> None:
    """Record that an agent moves, for all that is started later, the folders where Caro keeps its files."""
    if call.state.world.agent and name in _HOMES and value.rstrip("/") != HOME + _HOMES[name]:
        _note(call, f"{name}={value}")


_ASSIGNED = pattern(rf"(?:-[eE]|--[\w-]+=|-D)?({_VARIABLE})=(\S*)$")
_ENVIRONMENTS = frozenset(
    "launchctl systemctl tmux screen mise dotenv direnv dbus-update-activation-environment zellij loginctl pam".split()
)
"""Programs that keep an environment for others."""
_HAND_ON = frozenset(
    "sudo doas run0 pkexec su make gmake bmake just systemd-run flatpak bwrap firejail unshare setpriv parallel srun"
    " xvfb-run start-stop-daemon nix-shell guix".split()
)
"""Programs that put assignments among their words into the environment of what they run."""


def note_words(call: Call) -> None:
    """Record a variable of Caro's among a program's words: `sudo CARO_DISABLE=1 x`, `tmux setenv CARO_DISABLE 1`."""
    words = [str(word) for word in call.argv[1:]]
    if call.name in _ENVIRONMENTS and any(
        is_hook_variable(word.partition("=")[0]) or word.startswith("CARO_") for word in words
    ):
        if not {"show-environment", "show-env", "getenv", "showenv"} & set(words):
            _note(call, " ".join((call.name, *words))[:60])
        return
    if call.name not in _HAND_ON:
        return
    for word in words:
        match = _ASSIGNED.match(word)
        if match and _loosens(match[1], match[2]):
            _note(call, word)
            return


def is_hook_variable(name: str) -> bool:
    """True if the shell's hooks, the gates below it, or the agent gate go by the variable."""
    return name.partition("[")[0] in _WORDS or name in _identities() or name.startswith("CARO_SAFETY_")


def note_unset(call: Call, names: list[str]) -> None:
    """Record that hook variables or functions are unset, by a pattern or a list that a program makes, too."""
    for name in names:
        listed = (OPEN in name or "*" in name) and _names_caro(call)
        listed = listed or (
            call.state.world.agent is not None and name in ("HOME", "PATH", "XDG_CONFIG_HOME")
        )
        if listed or is_hook_variable(name) or (_OWN_FUNCTION.match(name) and "-v" not in call.argv):
            _note(call, name)
            return


def note_home(call: Call, values: dict[str, str | list[str]]) -> None:
    """Record that an agent, Caro or a shell starts with another home folder or configuration."""
    if not values:
        return
    moved = [name for name in _HOMES if name in values and values[name] not in (HOME, HOME + _HOMES[name])]
    program = call.name in ("caro", "caro-hook") or bool(agents().of_programs([call.name]))
    plain = call.name in _BARE_SHELLS and not any(word[:1] not in "-+" for word in call.argv[1:])
    shell = (plain or "-c" in call.argv[1:3]) and call.name in {*_BARE_SHELLS, *_LEAVING}
    if moved and (
        program or (moved == ["ZDOTDIR"] and call.name == "zsh") or (shell and call.state.world.agent)
    ):
        _note(call, f"{moved[0]}={values[moved[0]]} {call.name}")


def note_env(call: Call) -> None:
    """Judge env(1): `-i` and `-u NAME` take the hooks' variables from what is run."""
    words = [str(word) for word in call.argv[1:]]
    names = [word.removeprefix("-u") for word in words if word.startswith("-u") and len(word) > 2]
    names += [word.partition("=")[2] for word in words if word.startswith("--unset=")]
    names += [value for word, value in pairwise(words) if word in ("-u", "--unset")]
    listed = _names_caro(call) and any(OPEN in word for word in words)
    moved = call.state.world.agent and {"HOME", "PATH", "XDG_CONFIG_HOME"} & set(names)
    if listed or moved or any(is_hook_variable(name) for name in names):
        _note(call, "env -u " + " ".join(names))
    elif any(name.partition("=")[0] == "HOME" for name in words) and agents().of_programs(words):
        _note(call, "env HOME=…")
    elif any(word in ("-i", "-", "--ignore-environment") or word.startswith("-i") for word in words[:3]):
        run = next((word for word in words if not word.startswith("-") and "=" not in word), "")
        shell = run.rsplit("/", 1)[-1] in {*_BARE_SHELLS, *_LEAVING, "caro"}
        if (shell and "-c" not in words) or agents().of_programs([run]) or (run and call.state.world.agent):
            _note(call, "env -i")


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
        script = any(word[:1] not in "-+" and not bare.match(word) for word in words)
        if call.name != "zsh" or not script or (agent and commands):
            _note(call, " ".join((call.name, *words)))
    elif call.name in _LEAVING and not words and call.state.via[-1:] == ("exec",):
        _note(call, f"exec {call.name}")


def note_builtin(call: Call) -> None:
    """Record that a builtin takes a hook out of the shell, or puts something in Caro's place."""
    if call.name not in _BUILTINS:
        return
    words = [str(word) for word in call.argv[1:]]
    agent = call.state.world.agent is not None
    if call.name == "function":
        note_function(call, (words or [""])[0])
        return
    if agent and _passes_by(call.name, words):
        _note(call, " ".join((call.name, *words))[:60])
        return
    keys = call.name == "bind" and bool(_ENTER_KEYS.search(call.state.source))
    if keys or _takes_hook(call.name, words) or (call.name == "trap" and agent and "DEBUG" in words):
        _note(call, " ".join((call.name, *words))[:60])


def _passes_by(name: str, words: list[str]) -> bool:
    """True if the builtin lets an agent run programs, or lose builtins, past what Caro put on their way."""
    if name == "hash":
        return "-p" in words
    if name == "command":
        return words[:1] == ["-p"] and len(words) > 1 and words[1] not in ("-v", "-V")
    if name == "enable":
        return any(word[:1] == "-" and set(word[1:]) & set("nfd") for word in words[:1]) and len(words) > 1
    if name == "functions":
        return bool({"-e", "--erase"} & set(words)) and any(OPEN in word or "*" in word for word in words)
    return (
        name == "zle" and words[:1] in (["-D"], ["-A"]) and bool({"accept-line", ".accept-line"} & set(words))
    )


def _takes_hook(name: str, words: list[str]) -> bool:
    own = any(_OWN_WORD.search(word) for word in words)
    caro = any(word.partition("=")[0] in ("caro", "caro-hook") for word in words)
    if name == "printf":
        return words[:1] == ["-v"] and "CARO_DISABLE" in words[1:2]
    if name == "trap":
        return words == ["DEBUG"] or ("DEBUG" in words[1:] and words[0] in _EMPTY_TRAPS)
    if name in ("alias", "abbr"):
        named = caro or any(word.partition("=")[0] in _BASE for word in words)
        return named and any("=" in word for word in words)
    if name == "exec":
        return words[:1] == ["-c"]
    if name in ("zle", "bindkey", "bind"):
        return own or (name != "zle" and any(_ENTER_KEYS.search(word) for word in words)) or (
            name == "zle" and words[:1] in (["-A"], ["-N"]) and "accept-line" in words[1:]
        )  # fmt: skip
    if name == "hash":
        return "-p" in words and caro
    if name == "enable":
        return "-n" in words and bool({"trap", "builtin", "printf", "read"} & set(words))
    if name == "shopt":
        return "-u" in words and "extdebug" in words
    if name == "set":
        erased = bool({"-e", "--erase"} & set(words)) and any(is_hook_variable(word) for word in words)
        return erased or ("+o" in words and "functrace" in words) or "+T" in words
    if name in ("functions", "unfunction", "add-zsh-hook", "disable", "unhash", "funcsave", "funced"):
        return own and (name != "functions" or bool({"-e", "--erase", "-c", "--copy"} & set(words)))
    return False


def note_function(call: Call, name: str) -> None:
    """Record that a function takes the name of Caro's own, or of its program."""
    hooks = name in ("preexec", "precmd", "fish_preexec") and call.state.world.agent
    if name.startswith("__caro") or name in ("caro", "caro-hook") or name in _BASE or hooks:
        _note(call, f"{name}()")


def _note(call: Call, what: str) -> None:
    call.effect("tamper_audit", what, "", "own", "agent_switch")


def note_read(call: Call) -> None:
    """Record that a builtin puts a value into a variable that switches Caro off: `read CARO_DISABLE <<< 1`."""
    names = [str(word) for word in call.argv[1:] if word in ("CARO_DISABLE", "CARO_CONFIG", "CARO_SOCKET")]
    if names:
        _note(call, names[0])
