"""The recursive unwrapper: what a program runs for somebody else is judged as if it stood there itself.

`wrappers.toml` says for each program where its inner command is (`inner`): after its options and operands
(`forms.py`), or in a form of its own, which one of the modules here reads. An inner command that is data (no command,
an option alone) leaves the program as it is.
"""

from __future__ import annotations

import re

from caro.safety import targets
from caro.safety.arguments import Arguments, parse_arguments
from caro.safety.call import Call
from caro.safety.streams import SENDABLE, Stream
from caro.safety.unwrap import (  # each registers its forms
    containers,
    items,
    runners,
    system,
    terminals,
    vendors,
)
from caro.safety.unwrap.forms import FORMS, inner_command, judge_ssh_settings
from caro.safety.unwrap.shells import shell
from caro.safety.values import OPEN, shown
from caro.safety.wrappers import SHELLS, wrappers

__all__ = ["containers", "items", "runners", "system", "terminals", "unwrap", "vendors"]


def unwrap(call: Call) -> Stream | None:
    """What the inner command prints; None where `call` is not a wrapper, or wraps nothing here."""
    if call.name in SHELLS:
        return shell(call)
    wrapper = wrappers(call.state.knowledge).get(call.name)
    if wrapper is None:
        return None
    special = FORMS.get(wrapper.inner)
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
        return inner_command(call, wrapper, arguments)
    before = call.state.cwd
    call.state.cwd = str(folder) if OPEN in folder else targets.resolve(folder, before)
    out = inner_command(call, wrapper, arguments)
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
    judge_ssh_settings(call, arguments)
