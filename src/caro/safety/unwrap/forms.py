"""How a wrapper's words are laid out: the plain form, and the table of forms that need a function of their own."""

from __future__ import annotations

import re
from collections.abc import Callable

from caro.parse.pattern import pattern
from caro.safety import flows
from caro.safety.arguments import Arguments, parse_arguments
from caro.safety.builtins import assignment_effects
from caro.safety.call import Call
from caro.safety.streams import EMPTY, UNKNOWN_STREAM, Stream
from caro.safety.values import Arg, shown
from caro.safety.wrappers import Wrapper

Form = Callable[[Call, Wrapper], "Stream | None"]
FORMS: dict[str, Form] = {}

_ASSIGNMENT = pattern(r"[A-Za-z_]\w*=")
# quotes inside a word are for the shell at the other end: `ssh HOST sh -c "'rm -rf x'"`
_REQUOTED = pattern(r"^\s*['\"].*['\"]\s*$", re.DOTALL)
_ENTERED = frozenset("script su sudo chroot unshare nsenter ssh newgrp sg".split())
"""Without a command they start a shell, which reads its standard input."""


def form(name: str) -> Callable[[Form], Form]:
    """Register the function for wrappers whose table says `inner = "name"`."""

    def register(function: Form) -> Form:
        FORMS[name] = function
        return function

    return register


def inner_command(call: Call, wrapper: Wrapper, arguments: Arguments) -> Stream | None:
    """Judge the command behind the wrapper's options and operands; None where there is none."""
    words = operands(call.argv, wrapper)
    if wrapper.env:
        words = _assigned(call, words)
    words = words[wrapper.skip :]
    if wrapper.skip and words and words[0].startswith("-"):
        # options may also follow the operand: `flock FILE -c TEXT`, `setarch ARCH -R CMD`, `ssh HOST -p 22 CMD`
        late = parse_arguments([call.argv[0], *words], wrapper.values, stop_at_first=True)
        text = late.value(*wrapper.script) or late.value("-c", "--command") if wrapper.script else None
        if text is not None:
            return call.run_text(shown(text), call.name, wrapper.marks)
        words = operands([call.argv[0], *words], wrapper)
    if wrapper.inner == "none" or not words:
        return _without_command(call, wrapper)
    if wrapper.inner == "shell" or (wrapper.inner == "auto" and len(words) == 1):
        return _shell_text(call, wrapper, words)
    if wrapper.inner == "each":
        for word in words:
            call.run_text(shown(word), call.name, wrapper.marks)
        return UNKNOWN_STREAM
    return call.run_argv(words, call.name, wrapper.marks)


def _assigned(call: Call, words: list[Arg]) -> list[Arg]:
    """Take NAME=VALUE operands into the variables; return the words behind them."""
    values: dict[str, str | list[str]] = {}
    while words and _ASSIGNMENT.match(words[0]):
        name, _, value = words[0].partition("=")
        values[name] = value
        words = words[1:]
    call.state.variables.update(values)
    assignment_effects(call.interpreter, values, call.state, False)
    return words


def _without_command(call: Call, wrapper: Wrapper) -> Stream | None:
    """`su -c TEXT` with the option anywhere; `… | sudo` and its like run what they read; env prints."""
    if call.name == "su" or wrapper.inner == "none":
        late = parse_arguments(call.argv, wrapper.values)
        for option in wrapper.script:
            text = late.value(option)
            if text is not None:
                return call.run_text(shown(text), call.name, wrapper.marks)
    if call.name in _ENTERED and call.stdin is not EMPTY:
        return flows.run_stream(call, call.stdin, call.name, facts=wrapper.marks)
    return flows.flow(call) if call.name == "env" else None


def _shell_text(call: Call, wrapper: Wrapper, words: list[Arg]) -> Stream:
    """Judge the words as the shell at the other end reads them: joined by blanks."""
    if len(words) > 1 and any((" " in word or not word) and not _REQUOTED.search(word) for word in words):
        # joined they would be other words: what was meant is judged
        out = call.run_argv(words, call.name, wrapper.marks)
    else:
        out = call.run_text(shown(" ".join(words)), call.name, wrapper.marks)
    # what another machine prints is code from elsewhere to the shell that reads it
    return Stream(None, out.tags | {"download"}, (), call.name) if "remote" in wrapper.marks else out


def judge_ssh_settings(call: Call, arguments: Arguments) -> None:
    """Judge the settings of -o that run a command on this machine (ssh_config(5))."""
    for setting in arguments.all_values("-o"):
        name, _, value = (setting if "=" in setting else setting.replace(" ", "=", 1)).partition("=")
        if name.strip().lower() in _SSH_RUNS:
            call.run_text(shown(value), f"ssh {name}")


_SSH_RUNS = frozenset("proxycommand localcommand knownhostscommand remotecommand".split())


@form("copy")
def _copy(call: Call, wrapper: Wrapper) -> Stream | None:
    """scp(1), sftp(1): -o as ssh takes it; what they copy is judged by others."""
    judge_ssh_settings(call, parse_arguments(call.argv, wrapper.values))
    return None


def operands(argv: list[Arg], wrapper: Wrapper) -> list[Arg]:
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
