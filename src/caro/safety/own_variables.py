"""Variables that Caro, its hooks and the agents go by: whoever sets, moves or takes one away, by whatever means of a
shell, a program or a language, takes the guard away (bash(1), zshbuiltins(1), fish's `set`, environ(7))."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from itertools import pairwise

from caro.knowledge.agents import agents
from caro.parse.pattern import pattern
from caro.safety.call import Call
from caro.safety.values import CLOSE, HOME, OPEN

_WORDS = frozenset(
    "CARO_DISABLE CARO_POLICY CARO_CONFIG CARO_SOCKET CARO_SESSION_ID CARO_PARENT_ID CARO_AGENT CARO_BASH_ENV CARO_RUN"
    " BASH_ENV PROMPT_COMMAND PS0 preexec_functions precmd_functions zshexit_functions chpwd_functions"
    " zshaddhistory_functions periodic_functions ENV".split()
)
_ANY_VALUE = frozenset(
    "CARO_POLICY CARO_SESSION_ID CARO_PARENT_ID CARO_BASH_ENV CARO_DAEMON_TIMEOUT_MS".split()
)
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
_MODES = frozenset("CARO_SAFETY_LEVEL CARO_SAFETY_MODE CARO_SAFETY_AGENT_MODE".split())
_LISTS = frozenset("PROMPT_COMMAND preexec_functions precmd_functions PS0".split())
STANDING = _LISTS | {"path", "PATH"}
"""Lists that hold something before the line does anything to them: what is added stands behind that."""
SHELLS = frozenset("bash zsh fish sh dash ash ksh mksh csh tcsh yash".split())
_VARIABLE = (
    r"CARO_(?:DISABLE|POLICY|CONFIG|SOCKET|DEEP|AGENT|SESSION_ID|PARENT_ID|BASH_ENV|SAFETY_\w+|DAEMON_\w+"
    r"|SHIM_\w+)"
)
_SET_IN_CODE = pattern(
    rf"{_VARIABLE}['\"}}]*[\])]?\s*(?:=(?![=~])|=>|:\s*['\"\d])"
    rf"|(?:putenv|setenv|set_env|setdefault|set-env|store|export|set|environment|setx)\W+{_VARIABLE}['\" ]*[,= ]"
    rf"|\benv\({_VARIABLE}\)['\" ]*\s+\S"
    r"|ENV\.clear\b|%ENV\s*=\s*\(\s*\)|delete\s+@ENV\b.*CARO|\bunbind_variable\b|\b(?:TIOCSTI|0x5412)\b.*\bcaro\b"
    r"|\bstartswith\(\s*['\"]CARO|environ\.clear\(|\benv\s*[=:]\s*\{\s*\}|\bexecv?p?l?e\b.*,\s*\{\s*\}\s*\)"
    rf"|(?:pop|unsetenv|unset|delete|del)\b[^;\n]*\b(?:{_VARIABLE}|BASH_ENV|CLAUDECODE)\b"
    r"|(?:environ\.pop|del os\.environ|delete process\.env|ENV\.delete|unsetenv)\b.*\bCARO"
)
_ARITHMETIC = pattern(r"(?:\+\+|--)?\b(CARO_\w+|SHIM_ACTIVE)\b\s*(?:[-+*/%&|^]?=(?!=)|<<=|>>=|\+\+|--)?")
_SYSTEM_FOLDERS = frozenset("/usr/bin /bin /usr/sbin /sbin".split())
"""Stand on every PATH: set in front of it they only pass by what stood there."""


def note_variable(call: Call, name: str, value: str) -> None:
    """Record a value that loosens Caro, or moves an agent, or Caro, to other settings."""
    if _loosens(name, value):
        switch = () if name.startswith(("CARO_", "SHIM_")) else ("agent_switch",)
        if name == "CARO_DISABLE":
            switch = ("off_switch",)
        call.effect("tamper_audit", f"{name}={value}", "", "own", *switch)
    elif (
        agents().moves(name, value)
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
    if name in _MODES:
        # What is no mode leaves the configured one, which may be milder.
        return value.strip().lower() != "active"
    if name.startswith("CARO_SAFETY_"):
        return value.lower() in ("off", "passive")
    if name in _ANY_TEXT:
        return bool(value)
    return name in _ANY_VALUE or value.strip().lower() in _LOOSE_VALUES.get(name, ())


def _hides(call: Call, name: str, value: str) -> bool:
    """True if the value hides whose session it is, or takes Caro's folder from PATH."""
    agent = call.state.world.agent is not None
    if name in _LISTS and _keeps(call, name, value):
        return False
    if name == "PATH":
        if agent and drops_path(value, call.state.world.variables.get("PATH")):
            return True
        return OPEN in value and "caro" in call.state.source
    if name in _LISTS:
        return agent or _names_caro(call)
    if name == "SHELLOPTS":
        return agent and bool({"privileged", "noexec"} & set(value.split(":")))
    return value in ("", "0") and name in _identities()


def _keeps(call: Call, name: str, value: str) -> bool:
    """True if what stood in a list stays in it whole: `PROMPT_COMMAND="history -a; $PROMPT_COMMAND"`, `+=`."""
    changed = re.search(rf"\{{[(!=~^\w@)]*{name}(\[[@*]\])?[^}}\[]", call.state.source)
    return f"{OPEN}{name}{CLOSE}" in value and not changed and not _names_caro(call)


def drops_path(value: str, before: str | None) -> bool:
    """True if PATH is set anew, without what it was, or with what stands on every PATH in front: Caro's shims stand
    there first."""
    mark = f"{OPEN}PATH{CLOSE}"
    whole = mark if mark in value else before if before and before in value else None
    if whole is None:
        return f"{OPEN}PATH?{CLOSE}" not in value
    return passes_by(value.partition(whole)[0].strip(":").split(":"))


def passes_by(folders: Iterable[str]) -> bool:
    """True if the folders stand on every PATH, so that in front of it they do nothing but pass by Caro's shims."""
    named = [folder.rstrip("/") for folder in folders]
    return bool(named) and all(folder in _SYSTEM_FOLDERS for folder in named)


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
    if name == "PROMPT_COMMAND":
        for item in items:
            call.run_text(item, name, frozenset({"deferred"}))
    kept = any(_keeps(call, name, item) for item in items)
    if name.partition("[")[0] in _LISTS and not kept and (not items or _names_caro(call) or agent):
        _note(call, f"{name}=()")


_TABLES = frozenset("functions dis_functions aliases galiases commands".split())
"""zshparam(1), zsh/parameter: what their members are, the shell's functions, aliases and programs are."""
_TAKEN = pattern(r"['\"]?(_{0,2}caro([-_]\w+)*|preexec|precmd|builtin|command|trap)['\"]?$")


def note_member(call: Call, name: str, index: str) -> None:
    """Record that a member of one of zsh's tables takes the place of what Caro lives from: `functions[preexec]=:`."""
    if name in _TABLES and _TAKEN.match(index.strip("[]")):
        _note(call, f"{name}[{index.strip('[]')}]")


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
_MOVED = frozenset({*_HOMES, "XDG_RUNTIME_DIR"})


def note_exported(call: Call, name: str, value: str) -> None:
    """Record that an agent moves, for all that is started later, the folders where Caro keeps its files, or starts
    a shell that has no hooks from then on."""
    if not call.state.world.agent:
        return
    if name in _HOMES and value.rstrip("/") != HOME + _HOMES[name]:
        _note(call, f"{name}={value}")
    if name == "SHELL" and _is_without_hooks(value):
        _note(call, f"SHELL={value}")


def _is_without_hooks(shell: str | list[str]) -> bool:
    return str(shell).rsplit("/", 1)[-1] in SHELLS - {"bash", "zsh", "fish"}


_START_SHELLS = frozenset(
    "tmux screen zellij script xterm kitty alacritty foot konsole gnome-terminal dtach abduco".split()
)


_ASSIGNED = pattern(rf"(?:-[eE]|--[\w-]+=(?:[\w.]+=)?|-D)?['\"]?({_VARIABLE})=(\S*)$")
_ENVIRONMENTS = frozenset(
    "launchctl systemctl tmux screen mise asdf dotenv dotenvx direnv dbus-update-activation-environment zellij"
    " loginctl pam setx".split()
)
"""Programs that keep an environment for others."""
_HAND_ON = frozenset(
    "sudo doas run0 pkexec su make gmake bmake just systemd-run flatpak bwrap firejail unshare setpriv parallel srun"
    " xvfb-run start-stop-daemon nix-shell guix cmake strace ltrace gdb lldb expect tclsh nu pwsh xonsh elvish julia"
    " guile elixir erl osascript dotenvx op doppler chamber envconsul foreman honcho overmind ssh cross-env env-cmd npx"
    " bunx busybox toybox env".split()
)
"""Programs that put assignments among their words into the environment of what they run, or run code of their own."""


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
        _note_assigned(call, words)
        return
    for word in words:
        match = _ASSIGNED.match(word)
        if (match and _loosens(match[1], match[2])) or (not match and sets_own_variable(word)):
            _note(call, word)
            return
    option = {"--setenv", "--set", "--env", "-e", "setenv"}
    pairs = zip(words, words[1:], words[2:], strict=False)
    if any(word in option and _loosens(name, value) for word, name, value in pairs):
        _note(call, " ".join((call.name, *words))[:60])


_TELLERS = frozenset(
    "echo printf print git gh glab hub tea jira notify-send say logger mail mailx sendmail slack curl wget http xh man"
    " tldr apropos touch mkdir docker podman nerdctl kubectl oc helm nomad test [ expr date export declare typeset"
    " local readonly set unset read mapfile printenv caro caro-hook".split()
)
"""Programs whose words are text for somebody, names, or the environment of another machine; builtins are judged by
what they set."""
HARMLESS = frozenset(
    """: true false echo cd pushd popd dirs ls ll la l cal clear which type jobs fg bg wc man info help apropos
    whatis tree stat file basename dirname realpath readlink test seq expr cmake ninja pytest tldr eza gcc g++ clang
    rustc""".split()
)
"""Programs whose lines the prompt lets run unasked, whatever words follow: what it never asks about is never found."""
_GIVEN = pattern(
    rf"(?:^|[\s'\"{{,.:=\[(])({_VARIABLE})['\"\]]*(?:\s*[=:]\s*|[ ,]+(?:-?(?:string|str|bool|int|integer)[ ,]+)?)"
    rf"['\"]?([\w./~-]*)"
)


def _note_assigned(call: Call, words: list[str]) -> None:
    """Record that any program gets a value for a variable of Caro's: `wezterm start --env CARO_DISABLE=1`."""
    line = " ".join(words)
    if "CARO_" not in line or call.name in _TELLERS or call.name in READING or call.name in HARMLESS:
        return
    if any(
        _loosens(found[1], found[2]) and not found[2].startswith("-")
        for found in _GIVEN.finditer(line[:2000])
    ):
        _note(call, f"{call.name} {line}"[:60])


READING = frozenset(
    """ack ag awk base64 bat batcat cat column comm cut diff delta egrep fgrep find fd grep rg head tail less more jq yq
    sed gsed nl od sort uniq tee tr wc xxd strings code subl zgrep ls eza stat open xdg-open shellcheck""".split()
)
"""Programs that only read, or edit, text in which a variable is named."""


def is_hook_variable(name: str, taken: bool = False) -> bool:
    """True if the shell's hooks, the gates below it, or the agent gate go by the variable; `taken`: it is unset, which
    of the switch itself (CARO_DISABLE) switches Caro on."""
    name = name.partition("[")[0]
    if taken and name.startswith("CARO_"):
        return name != "CARO_DISABLE"
    return name in _WORDS or name in _identities() or name.startswith("CARO_SAFETY_")


_SETTERS = frozenset(
    """read mapfile readarray getopts vared let integer float private nameref zparseopts strftime sysread zstat shift
    argparse""".split()
)
"""Builtins that put a value into a variable which is one of their words, as bash(1), zshbuiltins(1) and
zshmodules(1) have them; printf, print and wait do so by an option, set by `-A`, coproc and for by their grammar."""
_BY_OPTION = {"printf": "-v", "print": "-v", "wait": "-p", "set": "-A"}


def note_set(call: Call) -> None:
    """Record that a builtin puts something into a variable that Caro goes by: `read CARO_DISABLE <<< 1`."""
    words = [str(word) for word in call.argv[1:]]
    option = _BY_OPTION.get(call.name, "")
    named = [after for word, after in pairwise(words) if word == option] if option else []
    if call.name == "set" and words[:1] not in (
        ["-q"],
        ["--query"],
    ):  # fish's, whatever shell the line was said to be for
        named += [word for word in words if word in ("CARO_DISABLE", "CARO_CONFIG", "CARO_SOCKET")]
    if call.name in _SETTERS:
        named = [word.partition("=")[0].rstrip("+-*/%") for word in words if word[:1] != "-"]
        if call.name == "let":
            named += [name for word in words for name in assigned_in(word)]
        elif call.name == "shift" and call.state.world.agent and {"path", "PATH"} & set(words):
            named += ["BASH_ENV"]
    found = next((name for name in named if is_hook_variable(name)), "")
    if found:
        _note(call, f"{call.name} {found}")


def assigned_in(expression: str) -> list[str]:
    """Return Caro's variables that an arithmetic expression sets (bash(1), "ARITHMETIC EVALUATION")."""
    if "CARO_" not in expression and "SHIM_" not in expression:
        return []
    return [found[1] for found in _ARITHMETIC.finditer(expression) if found[0] != found[1]]


def note_reference(call: Call, values: Iterable[str | list[str]]) -> None:
    """Record a second name for a variable that Caro goes by: `declare -n x=CARO_DISABLE`."""
    named = call.name == "nameref" or any(word[:1] == "-" and "n" in word for word in call.argv[1:3])
    found = next((value for value in values if isinstance(value, str) and is_hook_variable(value)), "")
    if named and found:
        _note(call, f"{call.name} {found}")


def hit_by(patterns: Iterable[str]) -> bool:
    """True if one of the patterns of zsh's `unset -m` means a variable that the hooks go by."""
    return any(fnmatchcase(name, wanted) for wanted in patterns for name in _WORDS)


def note_home(call: Call, values: dict[str, str | list[str]]) -> None:
    """Record that an agent, Caro or a shell starts with another home folder or configuration."""
    if not values:
        return
    moved = [name for name in _MOVED if name in values and not _is_usual(name, values[name])]
    if call.name in ("exec", "command", "nohup", "time") and len(call.argv) > 1 and moved:
        if call.argv[1].rsplit("/", 1)[-1] in SHELLS and (moved == ["ZDOTDIR"] or call.state.world.agent):
            _note(call, f"{moved[0]}={values[moved[0]]} {call.argv[1]}")
        return
    if (
        "SHELL" in values
        and call.name in _START_SHELLS
        and call.state.world.agent
        and _is_without_hooks(values["SHELL"])
    ):
        _note(call, f"SHELL={values['SHELL']}")
    program = call.name in ("caro", "caro-hook") or bool(agents().of_programs([call.name]))
    plain = call.name in ("bash", "zsh", "fish") and not any(word[:1] not in "-+" for word in call.argv[1:])
    shell = (plain or "-c" in call.argv[1:3]) and call.name in SHELLS
    if moved and (
        program or (moved == ["ZDOTDIR"] and call.name == "zsh") or (shell and call.state.world.agent)
    ):
        _note(call, f"{moved[0]}={values[moved[0]]} {call.name}")


def _is_usual(name: str, value: str | list[str]) -> bool:
    if name == "XDG_RUNTIME_DIR":
        return isinstance(value, str) and value.startswith("/run/user/")
    return value in (HOME, HOME + _HOMES[name])


def note_env(call: Call) -> None:
    """Judge env(1): `-i` and `-u NAME` take the hooks' variables from what is run; setpriv(1)'s `--reset-env` all."""
    words = [str(word) for word in call.argv[1:]]
    if call.name == "setpriv":
        if call.state.world.agent and "--reset-env" in words:
            _note(call, "setpriv --reset-env")
        return
    names = [word.removeprefix("-u") for word in words if word.startswith("-u") and len(word) > 2]
    names += [word.partition("=")[2] for word in words if word.startswith("--unset=")]
    names += [value for word, value in pairwise(words) if word in ("-u", "--unset")]
    listed = _names_caro(call) and any(OPEN in word for word in words)
    moved = call.state.world.agent and {"HOME", "PATH", "XDG_CONFIG_HOME"} & set(names)
    given = dict(word.split("=", 1) for word in words if "=" in word and word[:1] != "-")
    run = next((word for word in words if not word.startswith("-") and "=" not in word), "")
    base = run.rsplit("/", 1)[-1]
    away = any(name in given and not _is_usual(name, given[name]) for name in _MOVED)
    if listed or moved or any(is_hook_variable(name, taken=True) for name in names):
        _note(call, "env -u " + " ".join(names))
    elif away and (agents().of_programs([base]) or (base in SHELLS and call.state.world.agent)):
        _note(call, "env HOME=…")
    elif any(word in ("-i", "-", "--ignore-environment") or word.startswith("-i") for word in words[:3]):
        shell = base in {*SHELLS, "caro"}
        if (shell and "-c" not in words) or agents().of_programs([run]) or (run and call.state.world.agent):
            _note(call, "env -i")


def _note(call: Call, what: str) -> None:
    call.effect("tamper_audit", what, "", "own", "agent_switch")
