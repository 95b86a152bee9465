"""Calls that run another program: `os.system("…")`, `subprocess.run(["…"])`, `system "…"`."""

from __future__ import annotations

import re

from caro.safety.call import Call
from caro.safety.code.strings import take_string
from caro.safety.values import arg, shown, unknown


def judge_shell_call(call: Call, rest: str) -> None:
    """The first argument of system(…): a string of shell text, or a list of words."""
    words: list[str] = []
    at = rest.lstrip("([{ \n")
    listed = re.match(r"qw\s*[(\[{]([^)\]}]*)", at)
    if listed:
        call.run_argv([arg(word) for word in listed[1].split()], call.name)
        return
    while len(words) < 12:
        value, following = take_string(at)
        if following is None:
            break
        words.append(value)
        after = following.lstrip()
        if after.startswith((",", "=>")):
            at = after.lstrip(",=> ").lstrip("[ \n")
            continue
        if after.startswith(("+", ".", "%")):
            words[-1] += unknown("value") if words else ""
        break
    if not words:
        return
    if len(words) == 1 or " " in words[0].strip():
        call.run_text(shown(words[0]), call.name)
    else:
        call.run_argv([arg(word) for word in words], call.name)
