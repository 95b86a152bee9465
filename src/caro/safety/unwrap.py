"""The recursive unwrapper: what a program runs for somebody else is judged as if it stood there itself.

`wrappers.toml` says for each program where its inner command is; the few that need a decision have a
function here. An inner command that is data (no command, an option alone) leaves the program as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from caro.knowledge import Knowledge
from caro.parse.pattern import pattern
from caro.safety import flows, targets
from caro.safety.arguments import Arguments, parse_arguments
from caro.safety.builtins import assignment_effects
from caro.safety.call import Call
from caro.safety.streams import EMPTY, SENDABLE, UNKNOWN_STREAM, Stream
from caro.safety.values import OPEN, Arg, arg, shown, unknown

_ASSIGNMENT = pattern(r"[A-Za-z_]\w*=")
SHELLS = frozenset(
    "sh bash zsh dash ksh mksh ash fish csh tcsh rbash elvish nu xonsh yash posh pdksh".split()
)
# quotes inside a word are for the shell at the other end: `ssh HOST sh -c "'rm -rf x'"`
_REQUOTED = pattern(r"^\s*['\"].*['\"]\s*$", re.DOTALL)
_SHELL_VALUES = frozenset({"-o", "+o", "-O", "+O", "--rcfile", "--init-file"})


@dataclass(frozen=True, slots=True)
class Wrapper:
    values: frozenset[str] = frozenset()
    script: tuple[str, ...] = ()
    skip: int = 0
    inner: str = "argv"
    env: bool = False
    marks: frozenset[str] = frozenset()
    chdir: tuple[str, ...] = ()


def _wrapper(table: dict[str, Any]) -> Wrapper:
    script = tuple(table.get("script", "").split("|")) if table.get("script") else ()
    values = frozenset(table["values"].split("|")) if table.get("values") else frozenset()
    return Wrapper(
        values | set(script),
        script,
        table.get("skip", 0),
        table.get("inner", "argv"),
        table.get("env", False),
        frozenset(table.get("marks", ())),
        tuple(table.get("chdir", "").split("|")) if table.get("chdir") else (),
    )


def _read_wrappers(knowledge: Knowledge) -> dict[str, Wrapper]:
    found: dict[str, Wrapper] = {}
    for name, entry in knowledge.table("safety/wrappers").items():
        wrapper = _wrapper(entry)
        for alias in (name, *entry.get("same_as", ())):
            found.setdefault(alias, wrapper)
    return found


def wrappers(knowledge: Knowledge) -> dict[str, Wrapper]:
    """Return the wrappers by name (`wrappers.toml`)."""
    return knowledge.view(_read_wrappers)


def unwrap(call: Call) -> Stream | None:
    """What the inner command prints; None where `call` is not a wrapper, or wraps nothing here."""
    if call.name in SHELLS:
        return _shell(call)
    wrapper = wrappers(call.state.knowledge).get(call.name)
    if wrapper is None:
        return None
    special = _SPECIAL.get(wrapper.inner)
    if special is not None:
        return special(call, wrapper)
    arguments = parse_arguments(call.argv, wrapper.values, stop_at_first=True)
    for option in wrapper.script:
        text = arguments.value(option)
        if text is not None:
            return call.run_text(shown(text), call.name, wrapper.marks)
    if "remote" in wrapper.marks:
        _remote(call, arguments)
    if call.name == "systemd-run":
        _timed(call, arguments)
    folder = arguments.value(*wrapper.chdir) if wrapper.chdir else None
    if folder is None:
        return _inner(call, wrapper, arguments)
    before = call.state.cwd
    call.state.cwd = str(folder) if OPEN in folder else targets.resolve(folder, before)
    out = _inner(call, wrapper, arguments)
    call.state.cwd = before
    return out


def _timed(call: Call, arguments: Arguments) -> None:
    """systemd-run(1) with a timer: a program from a folder that anybody may write runs again and again."""
    recurs = any(option.startswith("--on-") for option in arguments.options)
    if recurs and arguments.positional and call.scope(arguments.positional[0]) == "temp":
        call.effect("persist", arguments.positional[0], "", "from_temp")


def _remote(call: Call, arguments: Arguments) -> None:
    """ssh: what is piped into it leaves the machine; some of its options run a command here."""
    if call.stdin.tags & (SENDABLE - {"dump"}):
        call.effect("send_data", call.stdin.source, "", "secret")
    for forward in arguments.all_values("-R"):
        if re.search(r":(22|3389|5900)$", forward):
            call.effect("open_reverse_shell", forward, "", "forward", base=60)
    for setting in arguments.all_values("-o"):
        name, _, value = (setting if "=" in setting else setting.replace(" ", "=", 1)).partition("=")
        if name.lower() in ("proxycommand", "localcommand", "knownhostscommand"):
            call.run_text(shown(value), f"ssh {name}")


def _inner(call: Call, wrapper: Wrapper, arguments: Arguments) -> Stream | None:
    words = _operands(call.argv, wrapper)
    if wrapper.env:
        values: dict[str, str | list[str]] = {}
        while words and _ASSIGNMENT.match(words[0]):
            name, _, value = words[0].partition("=")
            values[name] = value
            words = words[1:]
        call.state.variables.update(values)
        assignment_effects(call.walker, values, call.state, False)
    words = words[wrapper.skip :]
    if wrapper.skip and words and words[0].startswith("-"):
        # options may also follow the operand: `flock FILE -c TEXT`, `setarch ARCH -R CMD`, `ssh HOST -p 22 CMD`
        late = parse_arguments([call.argv[0], *words], wrapper.values, stop_at_first=True)
        text = late.value(*wrapper.script) or late.value("-c", "--command") if wrapper.script else None
        if text is not None:
            return call.run_text(shown(text), call.name, wrapper.marks)
        words = _operands([call.argv[0], *words], wrapper)
    if wrapper.inner in ("none",) or not words:
        if call.name == "su" or wrapper.inner == "none":
            late = parse_arguments(call.argv, wrapper.values)
            for option in wrapper.script:
                text = late.value(option)
                if text is not None:
                    return call.run_text(shown(text), call.name, wrapper.marks)
        if (
            call.name in ("script", "su", "sudo", "chroot", "unshare", "nsenter", "ssh", "newgrp", "sg")
            and call.stdin is not EMPTY
        ):
            return flows.run_stream(call, call.stdin, call.name, facts=wrapper.marks)
        return flows.flow(call) if call.name == "env" else None
    if wrapper.inner == "shell" or (wrapper.inner == "auto" and len(words) == 1):
        if len(words) > 1 and any((" " in word or not word) and not _REQUOTED.search(word) for word in words):
            # joined they would be other words: what was meant is judged
            out = call.run_argv(words, call.name, wrapper.marks)
        else:
            out = call.run_text(shown(" ".join(words)), call.name, wrapper.marks)
        # what another machine prints is code from elsewhere to the shell that reads it
        return Stream(None, out.tags | {"download"}, (), call.name) if "remote" in wrapper.marks else out
    if wrapper.inner == "each":
        for word in words:
            call.run_text(shown(word), call.name, wrapper.marks)
        return UNKNOWN_STREAM
    return call.run_argv(words, call.name, wrapper.marks)


def _operands(argv: list[Arg], wrapper: Wrapper) -> list[Arg]:
    """The words from the first operand on, untouched (their own options are not ours)."""
    i = 1
    while i < len(argv):
        word = argv[i]
        if word == "--":
            return argv[i + 1 :]
        if len(word) < 2 or word[0] != "-":
            break
        i += 1
        if word in wrapper.values or (
            word[1] != "-"
            and "-" + word[-1] in wrapper.values
            and "=" not in word
            and not any("-" + char in wrapper.values for char in word[1:-1])
        ):
            i += 1
    return argv[i:]


# -- shells


def _shell(call: Call) -> Stream | None:
    i, code, reads_stdin, noexec = 1, False, False, False
    argv = call.argv
    while i < len(argv) and len(argv[i]) > 1 and argv[i][0] in "-+":
        word = argv[i]
        i += 1
        if word == "--":
            break
        if word in _SHELL_VALUES:
            i += 1
        elif word in ("--command", "-c"):
            code = True
        elif not word.startswith("--"):
            code = code or "c" in word
            reads_stdin = reads_stdin or "s" in word
            noexec = noexec or "n" in word
            if word.startswith("-") and word.endswith("o"):
                i += 1
        elif word.startswith("--command="):
            return call.run_text(shown(word[10:]), call.name)
        elif word in ("--no-execute", "--help", "--version", "--dump-strings"):
            noexec = True
    operands = argv[i:]
    if noexec:
        return EMPTY
    if not code and not operands and (call.stdin is EMPTY or "fifo" in call.stdin.tags):
        return Stream(None, frozenset({"shell_output"}), (), "a shell")
    if code:
        return _shell_code(call, operands)
    if operands and not reads_stdin and operands[0] != "-":
        return _shell_file(call, operands)
    before = call.state.parameters
    call.state.parameters = list(operands) if reads_stdin else before
    out = flows.run_stream(call, call.stdin, call.name)
    call.state.parameters = before
    return out


def _shell_code(call: Call, operands: list[Arg]) -> Stream:
    if not operands:
        return EMPTY
    text = operands[0]
    if text.stream is not None and flows.is_foreign(text.stream):
        call.effect("execute_remote_code", text.stream.source)
        return UNKNOWN_STREAM
    state = call.state.inner(call.name)
    if text.stream is not None and "decoded" in text.stream.tags:
        state.obscured = (*state.obscured, "text that was encoded")
        if text.stream.text is None:
            call.effect("obscure", text.stream.source, "", "runs_decoded")
    state.parameters = list(operands[2:])
    if len(operands) > 1:
        state.variables["0"] = operands[1]
    state.calls = (*state.calls, "$sh")
    state.dialect = call.name if call.name in ("fish", "zsh", "bash") else "sh"
    state.step("unwrap", f"{call.name} -c runs: {shown(text)[:200]}")
    return call.walker.text(shown(text), state, call.stdin)


def _shell_file(call: Call, operands: list[Arg]) -> Stream:
    path = operands[0]
    if path in ("/dev/stdin", "/proc/self/fd/0", "/dev/fd/0"):
        return flows.run_stream(call, call.stdin, call.name)
    stream = call.reads(path)
    if not stream.tags and stream.text is None:
        stream = flows.from_tree(path, call.state) or stream
    inner = call.state.parameters
    call.state.parameters = list(operands[1:])
    out = flows.run_stream(call, stream, call.name)
    call.state.parameters = inner
    return out


# -- programs that need a decision

_Special = Callable[[Call, Wrapper], "Stream | None"]
_SPECIAL: dict[str, _Special] = {}


def _special(name: str) -> Callable[[_Special], _Special]:
    def register(function: _Special) -> _Special:
        _SPECIAL[name] = function
        return function

    return register


@_special("xargs")
def _xargs(call: Call, wrapper: Wrapper) -> Stream | None:
    arguments = parse_arguments(call.argv, wrapper.values, stop_at_first=True)
    words = _operands(call.argv, wrapper)
    if not words:
        return call.stdin
    mark = arguments.value("-I", "-J") or (arg("{}") if arguments.has("-i", "--replace") else None)
    source = (
        call.stdin
        if arguments.value("-a", "--arg-file") is None
        else call.reads(arguments.value("-a", "--arg-file") or arg(""))
    )
    items = _lines(source) if mark else []
    items = items or _items(call, source)
    joined = frozenset({"xargs"})
    if mark:
        out = UNKNOWN_STREAM
        for item in items[:16]:
            replaced = [_replaced(word, mark, item) for word in words]
            out = call.run_argv(replaced, call.name, joined, stdin=EMPTY)
        return out
    if words[0].rsplit("/", 1)[-1] in SHELLS and "-c" in words:
        at = words.index(arg("-c"))
        if len(words) > at + 1:
            return call.run_argv(
                [*words, *([arg("sh")] if len(words) == at + 2 else []), *items],
                call.name,
                joined,
                stdin=EMPTY,
            )
        # `xargs sh -c`: each item is code
        for item in items[:16]:
            call.run_argv([*words, item], call.name, joined, stdin=EMPTY)
        return UNKNOWN_STREAM
    return call.run_argv([*words, *items], call.name, joined, stdin=EMPTY)


def _lines(source: Stream) -> list[Arg]:
    """With -I each line is one item."""
    lines = [line.strip() for line in (source.text or "").splitlines() if line.strip()]
    return [arg(line, glob="*" in line) for line in lines[:64]]


def _replaced(word: Arg, mark: str, item: Arg) -> Arg:
    if mark not in word:
        return word
    value = Arg(word.replace(mark, item))
    value.glob, value.quoted, value.stream = word.glob or item.glob, word.quoted, item.stream
    return value


def _items(call: Call, source: Stream) -> list[Arg]:
    if source.text is not None and source.text.strip():
        words = [arg(text.strip("'\""), glob="*" in text) for text in source.text.replace("\0", " ").split()][
            :64
        ]
        for word in words:
            if source.tags:
                word.stream = source
        return words
    if source.paths and "paths" in source.tags:
        pieces = []
        for path in source.paths:
            # the files below a folder, all of them or those that a test let through
            tail = "/*" if "narrowed" not in source.tags else "/" + unknown("found")
            tail = "" if "exact" in source.tags or "*" in path or "?" in path else tail
            pieces.append(arg(path.rstrip("/") + tail, glob=True))
        return pieces
    item = arg(unknown("stdin"))
    if source.tags:
        item.stream = source
    return [item]


@_special("parallel")
def _parallel(call: Call, wrapper: Wrapper) -> Stream | None:
    words = _operands(call.argv, wrapper)
    if any(word in ("--dry-run", "--dryrun") for word in call.argv[1 : len(call.argv) - len(words)]):
        return UNKNOWN_STREAM
    marks = [at for at, word in enumerate(words) if word in (":::", "::::", ":::+", "::::+")]
    template = words[: marks[0]] if marks else words
    items: list[Arg] = []
    for at, start in enumerate(marks):
        given = words[start + 1 : marks[at + 1] if at + 1 < len(marks) else None]
        named = words[start].startswith("::::")  # the items are the lines of these files
        items += [item for word in given for item in _items(call, call.reads(word))] if named else given
    if not marks:
        path = parse_arguments(call.argv, wrapper.values, stop_at_first=True).value("-a", "--arg-file")
        items = _items(call, call.stdin if path is None else call.reads(path))
    for item in items[:16]:
        if not template:
            call.run_text(shown(item), call.name)
        elif any("{" in word for word in template):
            text = " ".join(template)
            for mark in ("{}", "{.}", "{/}", "{//}", "{1}"):
                text = text.replace(mark, item)
            call.run_text(shown(text), call.name, frozenset({"xargs"}))
        elif len(template) == 1 and " " in template[0]:
            call.run_text(shown(template[0] + " " + item), call.name)
        else:
            call.run_argv([*template, item], call.name, frozenset({"xargs"}))
    return UNKNOWN_STREAM


@_special("stdin")
def _at(call: Call, wrapper: Wrapper) -> Stream | None:
    if call.arguments.has("-l", "-r", "-c", "-d"):
        return None
    path = parse_arguments(call.argv, wrapper.values).value("-f")
    stream = call.reads(path) if path else call.stdin
    if path and stream.text is None and call.scope(path) == "temp":
        call.effect("persist", shown(path), "", "from_temp")
    return flows.run_stream(call, stream, call.name, facts=frozenset({"deferred"}))


@_special("container")
def _container(call: Call, wrapper: Wrapper) -> Stream | None:
    from caro.safety.containers import container

    return container(call)


@_special("kubectl")
def _kubectl(call: Call, wrapper: Wrapper) -> Stream | None:
    words = [arg("exec") if word == "rsh" else word for word in call.argv[1:]]  # oc rsh
    if "exec" in words[:8] or "run" in words[:8] or "debug" in words[:8]:
        if "--" in words:
            call.run_argv(words[words.index(arg("--")) + 1 :], call.name, frozenset({"remote"}))
            return UNKNOWN_STREAM
        if "exec" in words[:8]:
            at = words.index(arg("exec"))
            positional = parse_arguments(
                [call.argv[0], *words[at + 1 :]],
                frozenset({"-n", "--namespace", "-c", "--container"}),
                stop_at_first=True,
            ).positional
            if len(positional) > 1:
                call.run_argv(positional[1:], call.name, frozenset({"remote"}))
                return UNKNOWN_STREAM
    return None


@_special("adb")
def _adb(call: Call, wrapper: Wrapper) -> Stream | None:
    words = [word for word in call.argv[1:] if not word.startswith("-")]
    for mark in ("shell", "exec-out"):
        if mark in words[:3]:
            return call.run_text(
                shown(" ".join(call.argv[call.argv.index(arg(mark)) + 1 :])),
                "adb shell",
                frozenset({"remote"}),
            )
    return None


@_special("ansible")
def _ansible(call: Call, wrapper: Wrapper) -> Stream | None:
    arguments = parse_arguments(
        call.argv, frozenset({"-m", "-a", "-i", "-u", "-l", "-e", "--args", "--module-name", "--limit"})
    )
    module = arguments.value("-m", "--module-name") or arg("command")
    text = arguments.value("-a", "--args")
    if text is not None and module.rsplit(".", 1)[-1] in ("shell", "command", "raw", "script"):
        return call.run_text(shown(text), "ansible", frozenset({"remote", "many"}))
    if not arguments.has("-C", "--check"):
        _ansible_module(call, module.rsplit(".", 1)[-1], shown(text or ""))
    return None


_ANSIBLE_VERBS = {
    "file": "rm -rf", "user": "userdel -r", "apt": "apt-get purge", "yum": "yum remove", "dnf": "dnf remove",
    "package": "apt-get remove", "docker_container": "docker rm -f", "docker_volume": "docker volume rm",
    "mysql_db": "dropdb", "postgresql_db": "dropdb", "lvol": "lvremove", "k8s": "kubectl delete",
}  # fmt: skip


def _ansible_module(call: Call, module: str, text: str) -> None:
    """A module whose `state=absent` takes away what it names; `reboot` and `filesystem` say it themselves."""
    fields = dict(piece.partition("=")[::2] for piece in text.split() if "=" in piece)
    facts = frozenset({"remote", "many"})
    target = fields.get("path") or fields.get("dest") or fields.get("name") or fields.get("lv") or ""
    if module in ("reboot", "shutdown"):
        call.run_text("reboot", "ansible", facts)
    elif module == "filesystem" and fields.get("dev"):
        call.run_argv([arg("mkfs"), arg(fields["dev"])], "ansible", facts)
    elif fields.get("state") == "absent" and target and module in _ANSIBLE_VERBS:
        call.run_argv([*map(arg, _ANSIBLE_VERBS[module].split()), arg(target)], "ansible", facts)


_SALT_FUNCTIONS = {
    "system.reboot": "reboot", "system.shutdown": "poweroff", "system.halt": "halt", "system.poweroff": "poweroff",
    "pkg.remove": "apt-get remove", "pkg.purge": "apt-get purge", "file.remove": "rm -rf", "user.delete": "userdel -r",
    "service.stop": "systemctl stop", "iptables.flush": "iptables -F", "disk.wipe": "wipefs -a",
    "disk.format_": "mkfs", "postgres.db_remove": "dropdb", "mysql.db_remove": "dropdb", "lvm.lvremove": "lvremove",
}  # fmt: skip


@_special("salt")
def _salt(call: Call, wrapper: Wrapper) -> Stream | None:
    if "cmd.run" in call.argv:
        rest = call.argv[call.argv.index(arg("cmd.run")) + 1 :]
        return call.run_text(shown(" ".join(rest[:1])), "salt", frozenset({"remote", "many"}))
    for at, word in enumerate(call.argv[1:], 1):
        if command := _SALT_FUNCTIONS.get(word):
            words = [*map(arg, command.split()), *(w for w in call.argv[at + 1 :] if "=" not in w)]
            return call.run_argv(words, "salt", frozenset({"remote", "many"}))
    return None


@_special("terminal")
def _terminal(call: Call, wrapper: Wrapper) -> Stream | None:
    if "-display" in call.argv and re.search(r"-display\s+\d+\.\d+\.\d+\.\d+", " ".join(call.argv)):
        call.effect("open_reverse_shell", "a terminal on another machine's screen")
    for mark in ("-e", "-x", "--", "--command"):
        if mark in call.argv:
            rest = call.argv[call.argv.index(arg(mark)) + 1 :]
            if len(rest) > 1:
                return call.run_argv(rest, call.name)
            return call.run_text(shown(" ".join(rest)), call.name) if rest else None
    return None


@_special("user")
def _runuser(call: Call, wrapper: Wrapper) -> Stream | None:
    """runuser has two forms: `runuser -u USER COMMAND…` and, like su, `runuser USER -c TEXT`."""
    arguments = parse_arguments(call.argv, wrapper.values)
    text = arguments.value("-c", "--command")
    if text is not None and not arguments.has("-u", "--user"):
        return call.run_text(shown(text), call.name, wrapper.marks)
    words = _operands(call.argv, wrapper)
    return call.run_argv(words, call.name, wrapper.marks) if words else None


@_special("start_stop")
def _start_stop(call: Call, wrapper: Wrapper) -> Stream | None:
    arguments = parse_arguments(
        call.argv, frozenset({"-x", "--exec", "-a", "--startas", "-p", "--pidfile", "-u", "-n", "--name"})
    )
    program = arguments.value("-a", "--startas") or arguments.value("-x", "--exec")
    return (
        call.run_argv([program, *(arguments.rest or [])], call.name)
        if program and not arguments.has("-K", "--stop")
        else None
    )


@_special("direnv")
def _direnv(call: Call, wrapper: Wrapper) -> Stream | None:
    return (
        call.run_argv(call.argv[3:], "direnv") if call.argv[1:2] == ["exec"] and len(call.argv) > 3 else None
    )


_TMUX_VALUES = frozenset({"-t", "-s", "-n", "-c", "-F", "-x", "-y", "-e", "-l", "-p"})


@_special("screen")
def _screen(call: Call, wrapper: Wrapper) -> Stream | None:
    """screen(1): `-X stuff TEXT` types into a session; else the operands are the command."""
    for mark in ("stuff", "exec"):
        if "-X" in call.argv and mark in call.argv[:-1]:
            return call.run_text(shown(" ".join(call.argv[call.argv.index(arg(mark)) + 1 :])), call.name)
    return _inner(call, wrapper, call.arguments)


@_special("options")
def _options(call: Call, wrapper: Wrapper) -> Stream | None:
    arguments = parse_arguments(call.argv, wrapper.values)
    for text in arguments.all_values(*wrapper.script):
        call.run_text(shown(text), call.name)
    return None


@_special("pager")
def _pager(call: Call, wrapper: Wrapper) -> Stream | None:
    """less(1): `+CMD` is typed when it starts, and `!` runs a shell."""
    for word in call.argv[1:]:
        if word.startswith("+!"):
            call.run_text(shown(word[2:]), call.name)
    return None


@_special("capsh")
def _capsh(call: Call, wrapper: Wrapper) -> Stream | None:
    """capsh(1): what follows `--` goes to bash."""
    if "--" not in call.argv:
        return None
    return call.run_argv([arg("bash"), *call.argv[call.argv.index(arg("--")) + 1 :]], call.name)


@_special("tmux")
def _tmux(call: Call, wrapper: Wrapper) -> Stream | None:
    words = call.argv[1:]
    if any(verb in words for verb in ("send-keys", "send")):
        at = next(i for i, word in enumerate(words) if word in ("send-keys", "send"))
        keys = parse_arguments([call.argv[0], *words[at + 1 :]], frozenset({"-t", "-N"})).positional
        text = " ".join(word for word in keys if word not in ("Enter", "C-m", "C-j", "KPEnter"))
        return call.run_text(shown(text), "tmux", frozenset())
    for verb in (
        "new-session",
        "new",
        "new-window",
        "neww",
        "split-window",
        "splitw",
        "run-shell",
        "run",
        "if-shell",
        "respawn-pane",
        "popup",
        "display-popup",
    ):
        if verb in words:
            at = words.index(arg(verb))
            rest = parse_arguments(
                [call.argv[0], *words[at + 1 :]],
                _TMUX_VALUES | ({"-w", "-h"} if "popup" in verb else set()),
            ).positional
            return call.run_text(shown(" ".join(rest)), "tmux") if rest else None
    return None


@_special("osascript")
def _osascript(call: Call, wrapper: Wrapper) -> Stream | None:
    text = " ".join(parse_arguments(call.argv, frozenset({"-e", "-l"})).all_values("-e"))
    if flows.is_foreign(call.stdin):
        call.effect("execute_remote_code", call.stdin.source)
    for inner in re.findall(r'do shell script "((?:[^"\\]|\\.)*)"', text):
        call.run_text(inner.replace('\\"', '"'), "osascript")
    return UNKNOWN_STREAM


@_special("machinectl")
def _machinectl(call: Call, wrapper: Wrapper) -> Stream | None:
    if call.argv[1:2] in ([arg("shell")], [arg("login")]):
        return (
            call.run_argv(call.argv[3:], "machinectl", frozenset({"container"}))
            if len(call.argv) > 3
            else None
        )
    return None


def _console(call: Call, verbs: tuple[str, ...], option: str) -> Stream | None:
    """`fly ssh console -C "…"`, `gcloud compute ssh x --command "…"`: the rest goes on to the program's data."""
    arguments = parse_arguments(call.argv, frozenset({option}))
    text = arguments.value(option)
    if text is not None and any(verb in call.argv for verb in verbs):
        return call.run_text(shown(text), call.name, frozenset({"remote"}))
    return None


@_special("fly")
def _fly(call: Call, wrapper: Wrapper) -> Stream | None:
    return _console(call, ("console", "ssh", "exec"), "-C") or _console(
        call, ("console", "ssh", "exec"), "--command"
    )


@_special("java")
def _java(call: Call, wrapper: Wrapper) -> Stream | None:
    """`java -jar jenkins-cli.jar …`: where a program of that name is described, it is judged as that."""
    if "-jar" not in call.argv[:-1]:
        return None
    at = call.argv.index(arg("-jar")) + 1
    name = call.argv[at].rsplit("/", 1)[-1].removesuffix(".jar")
    return call.run_argv([arg(name), *call.argv[at + 1 :]], call.name) if call.programs.get(name) else None


@_special("aws")
def _aws(call: Call, wrapper: Wrapper) -> Stream | None:
    """`aws ssm send-command --parameters 'commands=["…"]'`: shell text for other machines."""
    if "send-command" in call.argv[:6]:
        values = [w for w in call.argv if w.startswith("commands=") or '"commands"' in w]
        for value in values:
            for text in re.findall(r'"((?:[^"\\]|\\.)*)"', value.partition("commands")[2]) or [value[9:]]:
                call.run_text(shown(text), "aws ssm", frozenset({"remote"}))
    return None


@_special("az")
def _az(call: Call, wrapper: Wrapper) -> Stream | None:
    """`az vm run-command invoke --scripts "…"`: shell text for another machine."""
    if "run-command" in call.argv and "--scripts" in call.argv:
        for text in call.argv[call.argv.index(arg("--scripts")) + 1 :]:
            if text.startswith("--"):
                break
            call.run_text(shown(text), "az vm run-command", frozenset({"remote"}))
    return None


@_special("gcloud")
def _gcloud(call: Call, wrapper: Wrapper) -> Stream | None:
    return _console(call, ("ssh",), "--command")


@_special("heroku")
def _heroku(call: Call, wrapper: Wrapper) -> Stream | None:
    if call.argv[1:2] and call.argv[1] in ("run", "run:detached", "ps:exec", "run:inside"):
        words = parse_arguments(
            call.argv[1:], frozenset({"-a", "--app", "-r", "-s", "--size"}), stop_at_first=True
        ).positional
        return call.run_text(shown(" ".join(words)), "heroku run", frozenset({"remote"})) if words else None
    return None


@_special("make")
def _make(call: Call, wrapper: Wrapper) -> Stream | None:
    """A makefile on standard input or in --eval: its recipes run, and so does a SHELL of one's own."""
    arguments = parse_arguments(
        call.argv, frozenset({"-f", "--file", "--makefile", "-C", "-E", "--eval", "-I", "-o", "-W"})
    )
    path = arguments.value("-f", "--file", "--makefile")
    stream = call.stdin if path in ("-", "/dev/stdin") else call.reads(path) if path else EMPTY
    dry = arguments.has("-n", "--dry-run", "--just-print")
    for text in (stream.text or "", *arguments.all_values("-E", "--eval")):
        _makefile(call, text, dry)
    for word in arguments.positional:
        if word.startswith("SHELL=") and " " in word and not dry:
            call.run_text(shown(word[6:]), "make")
    return None


_MAKE_SHELL = pattern(r"\$[({]shell\s+([^)}]*)[)}]|!=\s*(.*)")


def _makefile(call: Call, text: str, dry: bool) -> None:
    for line in text.splitlines():
        for match in _MAKE_SHELL.finditer(line):  # run while the makefile is read, with -n too
            call.run_text(match[1] or match[2], "make")
        recipe = line[1:] if line.startswith("\t") else line.partition(";")[2]
        if recipe.strip() and not dry:
            call.run_text(recipe.lstrip("@-+ ").replace("$$", "$"), "make")


_RUN_VERBS = frozenset(
    {
        "run",
        "exec",
        "shell",
        "x",
        "dlx",
        "with",
        "env",
        "ssh",
        "x86",
        "execute",
        "develop",
        "c",
        "each",
        "enter",
    }
)
# `nix develop -c CMD ARGS` takes words, the others one word of shell text
_TEXT_RUNNERS = frozenset(
    "npx npm vagrant nix-shell nix multipass guix doppler infisical yarn pnpm bunx".split()
)
_ANY_TEXT = ("-c", "--command", "--run", "--shell-command", "--call")
_TEXT_OPTIONS = {"nix": ("-c", "--command"), "doppler": ("--command",), "infisical": ("--command",)}
_NODE_TOOLS = frozenset(
    "prisma sequelize sequelize-cli knex typeorm drizzle-kit mikro-orm db-migrate strapi payload directus medusa"
    " wrangler vercel netlify firebase eas expo supabase serverless sls sst cdk cdktf rimraf convex"
    " amplify ampx sanity".split()
)
_RUNNERS_FIRST = frozenset({"npx", "bunx", "uvx", "dotenvx", "envchain"})
_FIRST_VALUES = frozenset({"-p", "--package", "--from", "--with", "--python", "-f", "--env-file"})
_RUN_VALUES = frozenset(
    "-p --package --filter --cwd -C --with --env-file -n --name -e --project -c --workdir".split()
)
# `caro exec ID CMD`: one word between the verb and the command
_NAMED_FIRST = {
    "exec": frozenset({"caro", "aws-vault", "chamber", "multipass", "distrobox"}),
    "shell": frozenset({"limactl"}),
    "enter": frozenset({"distrobox", "toolbox"}),
    "ssh": frozenset({"knife"}),
}
# their `run NAME` is a script of the project, which nobody sees here
_OWN_SCRIPTS = frozenset({"npm", "pnpm", "yarn", "bun", "cargo", "nix"})


@_special("runner")
def _runner(call: Call, wrapper: Wrapper) -> Stream | None:
    """`poetry run X`, `bundle exec X`, `op run -- X`, `npx X`: X is judged; their own verbs stay with their data."""
    argv = call.argv
    out = _runner_text(call)
    if out is not None:
        return out
    if "--" in argv and (
        call.name == "fab" or any(word in _RUN_VERBS for word in argv[1 : argv.index(arg("--"))])
    ):
        return call.run_argv(argv[argv.index(arg("--")) + 1 :], call.name)
    if call.name in _RUNNERS_FIRST:
        return _runner_first(call)
    if call.name in ("yarn", "pnpm", "bun") and len(argv) > 1 and argv[1] in _NODE_TOOLS:
        return call.run_argv(argv[1:], call.name)  # `yarn prisma migrate reset` runs node_modules/.bin/prisma
    return _runner_verb(call)


def _runner_text(call: Call) -> Stream | None:
    """An option with shell text: `npx -c TEXT`, `nix-shell --run TEXT`, `vagrant ssh NAME -c TEXT`."""
    argv = call.argv
    if call.name not in _TEXT_RUNNERS:
        return None
    lead = next((at for at, word in enumerate(argv[1:], 1) if not word.startswith("-")), len(argv))
    limit = lead + {"npx": 0, "vagrant": 3}.get(call.name, 2)
    for at, word in enumerate(argv[:limit]):
        option, equals, value = word.partition("=")
        if option not in _TEXT_OPTIONS.get(call.name, _ANY_TEXT):
            continue
        if equals:
            return call.run_text(shown(value), call.name)
        if call.name == "nix" and len(argv) > at + 1:
            return call.run_text(shown(" ".join(argv[at + 1 :])), call.name)
        if len(argv) > at + 1:
            return call.run_text(shown(argv[at + 1]), call.name)
    return None


def _runner_first(call: Call) -> Stream | None:
    """npx, uvx …: the first operand is the command, and may be fetched for it."""
    arguments = parse_arguments(call.argv, _FIRST_VALUES, stop_at_first=True)
    rest = _operands(call.argv, Wrapper(_FIRST_VALUES))
    for source in (*rest[:1], *arguments.all_values("--from", "-p", "--package", "--registry")):
        fetched = re.match(r"(git\+)?https?://", source) and "github.com" not in source
        if fetched and not ("--registry" in arguments.options and "registry.npmjs.org" in source):
            call.effect("install_untrusted", source, "", "url")
    return call.run_argv(rest, call.name) if rest else None


def _runner_verb(call: Call) -> Stream | None:
    for at, word in enumerate(call.argv[1:6], 1):
        if word.startswith("-"):
            continue
        if word not in _RUN_VERBS or (word == "ssh" and call.name != "knife"):
            return None
        if word in ("run", "env", "c") and call.name in _OWN_SCRIPTS:
            return None
        rest = _operands(call.argv[at:], Wrapper(_RUN_VALUES))
        rest = rest[1:] if call.name in _NAMED_FIRST.get(word, ()) else rest
        if word in ("ssh",) or (len(rest) == 1 and " " in rest[0] and call.name in ("yarn", "npm", "pnpm")):
            return call.run_text(shown(" ".join(rest[:1])), f"{call.name} {word}")
        return call.run_argv(rest, f"{call.name} {word}") if rest else None
    return None
