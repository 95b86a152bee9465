"""Programs of the system that run others: at(1), runuser(1), start-stop-daemon(8), capsh(1), make(1), java(1)."""

from __future__ import annotations

import shlex

from caro.parse.pattern import pattern
from caro.safety import flows, targets
from caro.safety.arguments import parse_arguments
from caro.safety.call import Call
from caro.safety.streams import EMPTY, Stream
from caro.safety.unwrap.forms import form, inner_command, operands
from caro.safety.values import OPEN, arg, shown
from caro.safety.wrappers import Wrapper


@form("stdin")
def _at(call: Call, wrapper: Wrapper) -> Stream | None:
    if call.arguments.has("-l", "-r", "-c", "-d"):
        return None
    path = parse_arguments(call.argv, wrapper.values).value("-f")
    stream = call.reads(path) if path else call.stdin
    if path and stream.text is None and call.scope(path) == "temp":
        call.effect("persist", shown(path), "", "from_temp")
    return flows.run_stream(call, stream, call.name, facts=frozenset({"deferred"}))


@form("user")
def _runuser(call: Call, wrapper: Wrapper) -> Stream | None:
    """runuser has two forms: `runuser -u USER COMMAND…` and, like su, `runuser USER -c TEXT`."""
    arguments = parse_arguments(call.argv, wrapper.values)
    text = arguments.value("-c", "--command")
    if text is not None and not arguments.has("-u", "--user"):
        return call.run_text(shown(text), call.name, wrapper.marks)
    words = operands(call.argv, wrapper)
    return call.run_argv(words, call.name, wrapper.marks) if words else None


@form("start_stop")
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


@form("env")
def _env(call: Call, wrapper: Wrapper) -> Stream | None:
    """env(1): -S splits its text into words, in front of those that follow (GNU coreutils, "env")."""
    arguments = parse_arguments(call.argv, wrapper.values, stop_at_first=True)
    text = arguments.value("-S", "--split-string")
    if text is not None:
        words = [arg(word) for word in _split(text)]
        call.argv = [call.argv[0], *words, *arguments.positional]
    folder = arguments.value(*wrapper.chdir)
    if folder is None:
        return inner_command(call, wrapper, arguments)
    before = call.state.cwd
    call.state.cwd = str(folder) if OPEN in folder else targets.resolve(folder, before)
    out = inner_command(call, wrapper, arguments)
    call.state.cwd = before
    return out


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


_ARCHITECTURES = pattern(
    r"(i[3-6]86|x86_64|aarch64|arm\w*|ppc\w*|mips\w*|s390\w*|sparc\w*|riscv\w*|linux(32|64)|parisc\w*|ia64|alpha|loongarch\w*)$"
)


@form("setarch")
def _setarch(call: Call, wrapper: Wrapper) -> Stream | None:
    """setarch(8): the architecture may be left out, and options may stand before it or behind it."""
    words = operands(call.argv, wrapper)
    while words and (_ARCHITECTURES.match(words[0]) or words[0].startswith("-")):
        words = words[1:]
    return call.run_argv(words, call.name, wrapper.marks) if words else None


@form("bwrap")
def _bwrap(call: Call, wrapper: Wrapper) -> Stream | None:
    """bwrap(1): options take none, one or two values."""
    words = call.argv[1:]
    while words and words[0].startswith("--"):
        if words[0] == "--":
            words = words[1:]
            break
        if words[0] == "--chdir" and len(words) > 1:
            call.state.cwd = targets.resolve(words[1], call.state.cwd)
        words = words[3 if words[0] in wrapper.pairs else 2 if words[0] in wrapper.values else 1 :]
    return call.run_argv(words, call.name) if words else None


@form("capsh")
def _capsh(call: Call, wrapper: Wrapper) -> Stream | None:
    """capsh(1): what follows `--` goes to bash."""
    if "--" not in call.argv:
        return None
    return call.run_argv([arg("bash"), *call.argv[call.argv.index(arg("--")) + 1 :]], call.name)


@form("options")
def _options(call: Call, wrapper: Wrapper) -> Stream | None:
    arguments = parse_arguments(call.argv, wrapper.values)
    for text in arguments.all_values(*wrapper.script):
        call.run_text(shown(text), call.name)
    return None


@form("make")
def _make(call: Call, wrapper: Wrapper) -> Stream | None:
    """A makefile on standard input or in --eval: its recipes run, and so does a SHELL of one's own."""
    arguments = parse_arguments(
        call.argv, frozenset({"-f", "--file", "--makefile", "-C", "-E", "--eval", "-I", "-o", "-W"})
    )
    path = arguments.value("-f", "--file", "--makefile")
    stream = call.stdin if path in ("-", "/dev/stdin") else call.reads(path) if path else EMPTY
    dry = arguments.has("-n", "--dry-run", "--just-print")
    if flows.is_foreign(stream):
        call.effect("execute_remote_code", stream.source)
    for text in (stream.text or "", *arguments.all_values("-E", "--eval")):
        _makefile(call, text, dry)
    for word in arguments.positional:
        # a recipe runs the value as a command where the variable names one: CC, SHELL, RM, PYTHON …
        if _MAKE_PROGRAM.match(word) and not dry:
            call.run_text(shown(word.partition("=")[2]), "make")
    return None


_MAKE_PROGRAM = pattern(r"[A-Z][A-Z0-9_]*:?=\S.*[ ;|&]")


_MAKE_SHELL = pattern(r"\$[({]shell\s+([^)}]*)[)}]|!=\s*(.*)")


def _makefile(call: Call, text: str, dry: bool) -> None:
    for line in text.splitlines():
        for match in _MAKE_SHELL.finditer(line):  # run while the makefile is read, with -n too
            call.run_text(match[1] or match[2], "make")
        recipe = line[1:] if line.startswith("\t") else line.partition(";")[2]
        if recipe.strip() and not dry:
            call.run_text(recipe.lstrip("@-+ ").replace("$$", "$"), "make")


@form("java")
def _java(call: Call, wrapper: Wrapper) -> Stream | None:
    """`java -jar jenkins-cli.jar …`: where a program of that name is described, it is judged as that."""
    if "-jar" not in call.argv[:-1]:
        return None
    at = call.argv.index(arg("-jar")) + 1
    name = call.argv[at].rsplit("/", 1)[-1].removesuffix(".jar")
    return call.run_argv([arg(name), *call.argv[at + 1 :]], call.name) if call.programs.get(name) else None
