"""What a shell does by itself: folders, variables, aliases, eval, source, trap, history."""

from __future__ import annotations

from collections.abc import Callable

from caro.knowledge.agents import agents
from caro.parse.pattern import pattern
from caro.safety import flows, targets
from caro.safety.arguments import parse_arguments
from caro.safety.call import Call, Interpreter, make_call
from caro.safety.carriers import judge_value, runs_from_open_folder
from caro.safety.expand import lookup
from caro.safety.own_hooks import note_unset
from caro.safety.own_variables import note_array, note_exported, note_reference, note_variable
from caro.safety.state import State
from caro.safety.streams import EMPTY, Stream
from caro.safety.subscripts import judge_subscripts, judge_substitutions
from caro.safety.values import HOME, OPEN, Arg, arg, shown, unknown

STANDARD_INPUTS = frozenset({"/dev/stdin", "-", "/proc/self/fd/0", "/dev/fd/0"})
Builtin = Callable[[Call], "Stream | None"]
BUILTINS: dict[str, Builtin] = {}


def builtin(*names: str) -> Callable[[Builtin], Builtin]:
    def register(function: Builtin) -> Builtin:
        for name in names:
            BUILTINS[name] = function
        return function

    return register


@builtin("cd", "pushd", "chdir", "z", "j")
def change_folder(call: Call) -> Stream:
    operands = [word for word in call.argv[1:] if not word.startswith("-") or word == "-"]
    state = call.state
    before = state.cwd
    if not operands:
        state.cwd = HOME if call.name == "cd" else state.cwd
    elif operands[0] == "-":
        state.cwd = state.previous
    elif OPEN in operands[0]:
        # an empty variable means home: `cd "$X"; rm -rf *` is judged as the variable's folder
        state.cwd = str(operands[0])
    else:
        state.cwd = call.place(operands[0])
        if state.cwd == ".":
            state.cwd = None
    state.previous = before
    return EMPTY


@builtin("popd")
def pop_folder(call: Call) -> Stream:
    call.state.cwd, call.state.previous = call.state.previous, call.state.cwd
    return EMPTY


_HISTORY_NAMES = {"HISTFILE", "HISTSIZE", "HISTFILESIZE", "SAVEHIST", "HISTIGNORE", "fish_history"}
_LOADER_NAMES = {
    "LD_PRELOAD",
    "LD_LIBRARY_PATH",
    "LD_AUDIT",
    "DYLD_INSERT_LIBRARIES",
    "BASH_ENV",
    "ENV",
    "PROMPT_COMMAND",
    "GIT_SSH_COMMAND",
    "PYTHONPATH",
}


# environ(7), git(1): shell text that some program runs for whoever sets them
_COMMAND_NAMES = frozenset(
    "EDITOR VISUAL PAGER MANPAGER BROWSER SUDO_EDITOR FCEDIT LESSOPEN LESSCLOSE GIT_EDITOR GIT_PAGER"
    " GIT_SSH GIT_SEQUENCE_EDITOR GIT_EXTERNAL_DIFF GIT_ASKPASS SSH_ASKPASS SUDO_ASKPASS GIT_PROXY_COMMAND"
    " RSYNC_RSH CVS_RSH"
    " KUBE_EDITOR SYSTEMD_EDITOR PSQL_EDITOR PSQL_PAGER NULLCMD READNULLCMD FZF_DEFAULT_COMMAND FZF_CTRL_T_COMMAND"
    " FZF_ALT_C_COMMAND CC CXX LD AR CPP HGEDITOR SVN_EDITOR SVN_SSH HG_SSH BORG_RSH BORG_PASSCOMMAND"
    " RESTIC_PASSWORD_COMMAND RCLONE_PASSWORD_COMMAND CARGO_BUILD_RUSTC_WRAPPER RUSTC_WRAPPER"
    " npm_config_script_shell".split()
)
# bash(1), zshparam(1): prompts, which the shell expands before it shows them
_EXPANDED_NAMES = frozenset(
    "PS0 PS1 PS2 PS3 PS4 PROMPT RPROMPT PROMPT2 PROMPT4 RPS1 SPROMPT ENV BASH_ENV MAKEFLAGS".split()
)
# the code that an interpreter reads first: perlrun(1)
_CODE_NAMES = frozenset({"PERL5OPT", "PERL5DB"})
# what they name is loaded before the program itself: node(1), ruby(1), python(1), iconv(3)
_LOADED_NAMES = frozenset(
    "NODE_OPTIONS RUBYOPT RUBYLIB PERL5LIB GCONV_PATH PYTHONSTARTUP PYTHONHOME GEM_PATH".split()
)

# for a child process they mean that nobody checks who is at the other end
_UNCHECKED_TLS = frozenset(
    "NODE_TLS_REJECT_UNAUTHORIZED=0 PYTHONHTTPSVERIFY=0 GIT_SSL_NO_VERIFY=1 GIT_SSL_NO_VERIFY=true".split()
)


def assignment_effects(
    interpreter: Interpreter, values: dict[str, str | list[str]], state: State, exported: bool
) -> None:
    """Variables whose very value matters: history switched off, a library loaded first, a folder first on PATH."""
    for name, value in values.items():
        if not isinstance(value, str):
            note_array(make_call("shell", [arg(name)], state, EMPTY, interpreter, None), name, value)
            continue
        call = make_call("shell", [arg(name + "=" + value)], state, EMPTY, interpreter, None)
        note_variable(call, name, value)
        if exported:
            note_exported(call, name, value)
        if name in _HISTORY_NAMES:
            if value in ("", "/dev/null", "0", "*") or value.startswith(("/tmp/", "/dev/shm")):
                call.effect("tamper_audit", f"{name}={value}", "", "history")
        elif name in _EXPANDED_NAMES and ("$(" in value or "`" in value):
            judge_substitutions(call, name, value)
        elif name in _LOADER_NAMES and (
            name not in ("PYTHONPATH", "LD_LIBRARY_PATH", "ENV")
            or (name == "ENV" and runs_from_open_folder(value))
        ):
            _loader(call, name, value, exported)
        elif name in _CODE_NAMES:
            _run_code(call, value)
        elif name in _LOADED_NAMES and _TEMPORARY.search(value):
            call.effect("persist", f"{name}={value}", "", "path_hijack")
        elif name == "JAVA_TOOL_OPTIONS" or name == "_JAVA_OPTIONS":
            for match in _JAVA_RUNS.finditer(value):
                call.run_text(match[2], name)
            if _JAVA_LOADS.search(value):
                call.effect("persist", f"{name}={value}", "", "path_hijack")
        elif name in _COMMAND_NAMES and (" " in value or runs_from_open_folder(value)):
            judge_value(call, value.lstrip("|"), name, frozenset({"deferred"}))
        elif name == "DISABLE_DATABASE_ENVIRONMENT_CHECK" and value not in ("", "0", "false"):
            call.effect("lower_defence", f"{name}={value}", base=55)
        elif exported and f"{name}={value}" in _UNCHECKED_TLS:
            call.effect("lower_defence", f"{name}={value}")
        elif name in ("PATH", "LD_LIBRARY_PATH", "PYTHONPATH"):
            first = value.split(":")[0]
            temporary = targets.scope_of(first) in ("temp", "temp_all")
            if (temporary and (":" in value or name != "PATH")) or (
                name == "PATH" and first in (".", "") and ":" in value
            ):
                call.effect("persist", f"{name}={value}", "", "path_hijack")


_TEMPORARY = pattern(r"(^|[\s=:]|-r)(/tmp|/var/tmp|/dev/shm)(/|$)")
_JAVA_RUNS = pattern(r"-XX:On(OutOfMemoryError|Error)=[\"']?([^\"']+)")


_JAVA_LOADS = pattern(r"-(javaagent|agentpath|Xbootclasspath\S*?):(/var)?/(tmp|dev/shm)/")


def _run_code(call: Call, value: str) -> None:
    from caro.safety.code.judging import judge_code

    judge_code(call, value)


def _loader(call: Call, name: str, value: str, exported: bool) -> None:
    stream = call.state.files.get("$" + name)
    if stream is not None and flows.is_foreign(stream):
        call.effect("execute_remote_code", stream.source)
        return
    if stream is not None and stream.text is not None and name in ("BASH_ENV", "ENV"):
        flows.run_stream(call, stream, name)
        return
    place = targets.scope_of(value.split(":")[0]) if value else "none"
    if name == "PROMPT_COMMAND":
        call.run_text(value, name, frozenset({"deferred"}))
        if any(word in value for word in ("curl", "wget", "nc ", "/dev/tcp", "base64")):
            call.effect("persist", f"{name}={value}", "", "hook")
    elif name == "GIT_SSH_COMMAND":
        call.run_text(value, name)
    elif place in ("temp", "temp_all", "home", "home_part", "outside") or (
        exported and name.startswith(("LD_", "DYLD")) and value and "/" in value
    ):
        call.effect("persist", f"{name}={value}", "", "path_hijack")


@builtin(
    "export", "declare", "typeset", "local", "readonly", "setenv", "integer", "float", "private", "nameref"
)
def declare(call: Call) -> Stream:
    values: dict[str, str | list[str]] = {}
    stream = None
    for word in call.argv[1:]:
        name, equals, value = word.partition("=")
        if equals and name.replace("_", "a").isalnum():
            values[name] = value
            if word.stream is not None:
                call.state.files["$" + name] = word.stream
    if call.name == "setenv" and len(call.argv) == 3:
        values[str(call.argv[1])] = str(call.argv[2])
    note_reference(call, values.values())
    judge_subscripts(call, call.argv[1:])
    if len(call.argv) == 1 or call.argv[1:] == ["-p"]:
        return Stream(None, frozenset({"environment"}), (), "the environment")
    if call.name == "nameref" or (call.name in ("declare", "typeset", "local") and call.arguments.has("-n")):
        # bash(1), "nameref": the variable stands for the one that it names
        for reference, named in list(values.items()):
            values[reference] = lookup(str(named), call.state) or unknown(str(named))
    call.state.variables.update(values)
    assignment_effects(call.interpreter, values, call.state, call.name == "export")
    if call.arguments.has("-n") or "+x" in call.argv[1:3]:
        note_unset(call, [str(word) for word in call.argv[1:] if word[:1] not in "-+"])
    if call.name == "export" and call.arguments.has("-n") and "HISTFILE" in call.arguments.positional:
        call.effect("tamper_audit", "HISTFILE", "", "history")
    return stream or EMPTY


@builtin("set")
def set_options(call: Call) -> Stream | None:
    words = call.argv[1:]
    if not words:
        return Stream(None, frozenset({"environment"}), (), "the environment")
    if call.state.dialect == "fish" and words and not words[0].startswith("+"):
        return _fish_set(call)
    if "history" in words and any(word.startswith("+") and word.endswith("o") for word in words):
        call.effect("tamper_audit", "history", "", "history")
    if "--" in words:
        call.state.parameters[:] = words[words.index(arg("--")) + 1 :]
        call.state.calls = call.state.calls or ("set",)
    return EMPTY


_FISH_PATHS = frozenset({"PATH", "fish_user_paths"})


def _fish_set(call: Call) -> Stream:
    words = [word for word in call.argv[1:] if not word.startswith("-") or word == "-"]
    if not words:
        return EMPTY
    erase = call.arguments.has("-e", "--erase")
    values = [str(word) for word in words[1:]]
    call.state.variables[words[0]] = values[0] if len(values) == 1 else values
    if not erase and (len(values) == 1 or words[0] in _FISH_PATHS):
        before = [unknown("PATH")] if call.arguments.has("-p", "--prepend") else []
        behind = [unknown("PATH")] if call.arguments.has("-a", "--append") else []
        value = ":".join((*behind, *values, *before))
        note_variable(call, "PATH" if words[0] in _FISH_PATHS else words[0], value)
        note_exported(call, words[0], value)
    if words[0] in ("HISTFILE", "fish_history") and (erase or not "".join(values)):
        call.effect("tamper_audit", words[0], "", "history")
    return EMPTY


@builtin("unset")
def unset(call: Call) -> Stream:
    judge_subscripts(call, call.argv[1:])
    for word in call.argv[1:]:
        if not word.startswith("-"):
            call.state.variables[word] = ""
        if word in ("HISTFILE", "HISTSIZE", "SAVEHIST", "HISTFILESIZE"):
            call.effect("tamper_audit", word, "", "history")
    note_unset(call, [str(word) for word in call.argv[1:] if not word.startswith("-")])
    return EMPTY


def _foreign(call: Call, word: Arg) -> None:
    """Text from elsewhere that a trap or an alias runs later."""
    if word.stream is not None and flows.is_foreign(word.stream):
        call.effect("execute_remote_code", word.stream.source)


@builtin("alias", "abbr")
def alias(call: Call) -> Stream:
    words = call.argv[1:]
    if call.state.dialect == "fish" and call.name == "alias" and len(words) == 2 and "=" not in words[0]:
        words = [arg(f"{words[0]}={words[1]}")]
    for word in words:
        name, equals, text = word.partition("=")
        if not equals:
            continue
        call.state.aliases[name] = text
        _foreign(call, word)
        if call.arguments.has("-g", "-s"):
            call.run_text(text, f"alias {name}", frozenset({"deferred"}))
        first = text.split()[0] if text.split() else ""
        common = name in ("ls", "cd", "sudo", "git", "vim", "cat", "grep", "ssh", "ll", "su", "make") or bool(
            call.programs.get(name)
        )
        starts_agent = bool(agents().of_programs([first]))
        if common and first.startswith(("/tmp/", "/var/tmp/", "/dev/shm/")):
            call.effect("persist", f"{name}={first}", "", "path_hijack")
        if starts_agent or (common and first != name and first.strip("\\'\"") != name):
            call.run_text(text, f"alias {name}", frozenset({"deferred"}))
    return EMPTY


@builtin(
    "unalias",
    "shopt",
    "setopt",
    "unsetopt",
    "bind",
    "bindkey",
    "ulimit",
    "umask",
    "wait",
    "jobs",
    "fg",
    "bg",
    "shift",
    "return",
    "exit",
    "break",
    "continue",
    "true",
    "false",
    ":",
    "test",
    "[",
    "type",
    "which",
    "whereis",
    "getopts",
    "compgen",
    "complete",
    "disown",
    "let",
    "times",
    "logout",
    "suspend",
    "caller",
    "help",
    "info",
    "apropos",
    "whatis",
    "tldr",
    "dirs",
    "zmodload",
    "autoload",
    "emulate",
    "zstyle",
    "compinit",
    "functions",
    "builtin_help",
)
def nothing(call: Call) -> Stream:
    if call.name in ("test", "[", "let"):
        judge_subscripts(call, call.argv[1:])
    if call.name == "shopt" and "-u" in call.argv and "histappend" in call.argv:
        return EMPTY
    if call.name in ("true", "false", ":"):
        return Stream("")
    if call.name == "which" and len(call.argv) == 2 and OPEN not in call.argv[1]:
        return Stream(f"/usr/bin/{call.argv[1]}\n")
    if call.name == "shopt" and call.arguments.has("-u") and "history" in call.argv:
        call.effect("tamper_audit", "history", "", "history")
    if call.name == "ulimit" and "-u" in call.argv and "unlimited" in call.argv:
        return EMPTY
    return EMPTY


@builtin("hash")
def remember(call: Call) -> Stream:
    """`hash -p FILE NAME` (bash(1)): NAME is FILE from now on."""
    values = parse_arguments(call.argv, frozenset({"-p"}))
    file = values.value("-p")
    if file is not None:
        for name in values.positional:
            call.state.aliases[name] = str(file)
    return EMPTY


@builtin("command", "builtin")
def command(call: Call) -> Stream | None:
    rest = call.argv[1:]
    while rest and rest[0] in ("-p", "--"):
        rest = rest[1:]
    if rest and rest[0] in ("-v", "-V"):
        known = len(rest) == 2 and rest[0] == "-v" and OPEN not in rest[1]
        return Stream(f"/usr/bin/{rest[1]}\n") if known else EMPTY
    return call.run_argv(rest, call.name) if rest else EMPTY


@builtin("exec")
def execute(call: Call) -> Stream:
    rest = call.argv[1:]
    while rest and rest[0].startswith("-"):
        rest = rest[2:] if rest[0] == "-a" else rest[1:]
    return call.run_argv(rest, "exec") if rest else EMPTY


@builtin("eval")
def evaluate(call: Call) -> Stream:
    words = call.argv[1:]
    if words and words[0] == "--":
        words = words[1:]
    for word in words:
        if word.stream is not None and flows.is_foreign(word.stream):
            call.effect("execute_remote_code", word.stream.source)
            return EMPTY
        if word.stream is not None and "decoded" in word.stream.tags:
            if word.stream.text is None:
                call.effect("obscure", word.stream.source, "", "runs_decoded")
            else:
                call.state.obscured = (*call.state.obscured, "text that was encoded")
    text = " ".join(words)
    if OPEN in text and text.replace(OPEN, "").replace("\ue002", "").strip("( ") == "":
        return EMPTY
    return call.run_text(_as_source(words), "eval", keep=True)


def _as_source(words: list[Arg]) -> str:
    return source_text(" ".join(words))


def source_text(text: str) -> str:
    """Expanded text as shell source again: marks become what a person would have written."""
    return shown(text)


@builtin("source", ".")
def source(call: Call) -> Stream:
    if len(call.argv) < 2:
        return flows.run_stream(call, call.stdin, call.name, keep=True)  # fish: `curl … | source`
    path = call.argv[1]
    stream = call.stdin if path in STANDARD_INPUTS else call.reads(path)
    return flows.run_stream(call, stream, call.name, keep=True)


@builtin("ztcp")
def connect(call: Call) -> Stream:
    if not call.arguments.has("-l", "-c", "-L") and len(call.arguments.positional) > 1:
        call.effect("open_reverse_shell", " ".join(call.arguments.positional))
    return EMPTY


@builtin("iex", "Invoke-Expression")
def invoke(call: Call) -> Stream:
    """PowerShell's eval."""
    streams = [word.stream for word in call.argv[1:] if word.stream is not None]
    return flows.run_stream(call, streams[0] if streams else call.stdin, call.name)


@builtin("trap")
def trap(call: Call) -> Stream:
    words = [word for word in call.argv[1:] if word != "--"]
    if len(words) > 1 and words[0] not in ("-", "-p", "-l", ""):
        if words[0] in call.state.functions:
            return EMPTY
        _foreign(call, words[0])
        call.run_text(shown(words[0]), "trap", frozenset({"deferred"}))
    return EMPTY


@builtin("history")
def history(call: Call) -> Stream:
    if call.arguments.has("-c", "-d", "clear", "--clear") or (
        call.argv[1:2] and call.argv[1] in ("clear", "clear-session", "delete")
    ):
        call.effect("tamper_audit", "the shell's history", "", "history")
    return Stream(None, frozenset({"private"}), (), "the shell's history")


@builtin("fc")
def fix_command(call: Call) -> Stream:
    if call.arguments.has("-p") and "/dev/null" in call.argv:
        call.effect("tamper_audit", "the shell's history", "", "history")
    lists = call.arguments.has("-l", "-ln", "-n", "-nl")
    return Stream(None, frozenset({"private"}), (), "the shell's history") if lists else EMPTY


@builtin("mapfile", "readarray")
def read_lines(call: Call) -> Stream:
    """mapfile (bash(1)): each line that comes in is a member of the array."""
    names = parse_arguments(call.argv, frozenset({"-d", "-n", "-O", "-s", "-u", "-C", "-c"})).positional
    judge_subscripts(call, names)
    name = names[0] if names else arg("MAPFILE")
    text = call.stdin.text
    if text is not None:
        call.state.variables[name] = text.removesuffix("\n").split("\n")[:64]
    else:
        call.state.variables.pop(name, None)
    _carry(call, name)
    return EMPTY


def _carry(call: Call, name: str) -> None:
    """Note what sort of thing the variable holds: the tags of what was read into it."""
    if call.stdin.tags:
        call.state.files["$" + name] = call.stdin


@builtin("read")
def read(call: Call) -> Stream:
    given = parse_arguments(call.argv, frozenset({"-p", "-t", "-n", "-N", "-d", "-u", "-i", "-a", "-A"}))
    names, array, text = given.positional, given.value("-a", "-A"), call.stdin.text
    judge_subscripts(call, names)
    if array:
        call.state.variables[array] = text.split()[:64] if text is not None else unknown(array)
        _carry(call, array)
        return EMPTY
    words = text.split("\n")[0].split(None, max(len(names) - 1, 0)) if text is not None else None
    for index, name in enumerate(names or [arg("REPLY")]):
        if words is not None:
            call.state.variables[name] = words[index] if index < len(words) else ""
        else:
            call.state.variables.pop(name, None)
        _carry(call, name)
    return EMPTY
