"""Terminals and multiplexers: what they start, and what is typed into them."""

from __future__ import annotations

import re

from caro.safety import flows
from caro.safety.arguments import parse_arguments
from caro.safety.call import Call
from caro.safety.streams import UNKNOWN_STREAM, Stream
from caro.safety.unwrap.forms import form, inner_command
from caro.safety.values import arg, shown
from caro.safety.wrappers import Wrapper


@form("terminal")
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


@form("types")
def _types(call: Call, wrapper: Wrapper) -> Stream | None:
    """What types into a terminal or a window for somebody: the operands behind the verb are a shell's line."""
    words = call.argv[1:]
    at = next((at for at, word in enumerate(words) if word in wrapper.verbs), -1)
    if at >= 0 or not wrapper.verbs:
        typed = parse_arguments([call.argv[0], *words[at + 1 :]], wrapper.values).positional
        return call.run_text(re.sub(r"(\\[nr])+$", "", shown(" ".join(typed))), call.name) if typed else None
    return _terminal(call, wrapper)


@form("screen")
def _screen(call: Call, wrapper: Wrapper) -> Stream | None:
    """screen(1): `-X stuff TEXT` types into a session; else the operands are the command."""
    for mark in ("stuff", "exec"):
        if "-X" in call.argv and mark in call.argv[:-1]:
            return call.run_text(shown(" ".join(call.argv[call.argv.index(arg(mark)) + 1 :])), call.name)
    return inner_command(call, wrapper, call.arguments)


@form("tmux")
def _tmux(call: Call, wrapper: Wrapper) -> Stream | None:
    words = call.argv[1:]
    if any(verb in words for verb in ("send-keys", "send")):
        at = next(i for i, word in enumerate(words) if word in ("send-keys", "send"))
        keys = parse_arguments([call.argv[0], *words[at + 1 :]], frozenset({"-t", "-N"})).positional
        text = " ".join(word for word in keys if word not in ("Enter", "C-m", "C-j", "KPEnter"))
        return call.run_text(shown(text), "tmux", frozenset())
    for verb in wrapper.verbs:
        if verb in words:
            at = words.index(arg(verb))
            rest = parse_arguments(
                [call.argv[0], *words[at + 1 :]],
                wrapper.values | ({"-w", "-h"} if "popup" in verb else set()),
            ).positional
            return call.run_text(shown(" ".join(rest)), "tmux") if rest else None
    return None


@form("pager")
def _pager(call: Call, wrapper: Wrapper) -> Stream | None:
    """less(1): `+CMD` is typed when it starts, and `!` runs a shell."""
    for word in call.argv[1:]:
        if word.startswith("+!"):
            call.run_text(shown(word[2:]), call.name)
    return None


@form("osascript")
def _osascript(call: Call, wrapper: Wrapper) -> Stream | None:
    text = " ".join(parse_arguments(call.argv, frozenset({"-e", "-l"})).all_values("-e"))
    if flows.is_foreign(call.stdin):
        call.effect("execute_remote_code", call.stdin.source)
    for inner in re.findall(
        r'(?:do (?:shell )?script|keystroke|write text|input text) "((?:[^"\\]|\\.)*)"', text
    ):
        call.run_text(inner.replace('\\"', '"'), "osascript")
    return UNKNOWN_STREAM
