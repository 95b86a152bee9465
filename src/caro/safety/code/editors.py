"""Languages with commands instead of calls: vi, Tcl and expect, Groovy, Julia, IPython, PowerShell."""

from __future__ import annotations

import re

from caro.parse.pattern import pattern
from caro.safety.call import Call
from caro.safety.effects import Effect
from caro.safety.values import arg

_TCL_RUNS = pattern(r"(?:^|[;\n\[])\s*(?:spawn|exec|system)\s+((?:-\w+\s+)*[^;\n\]]+)")


def judge_editor(call: Call, text: str) -> None:
    """`:!cmd` and `:r !cmd` of vi; `spawn` and `exec` of Tcl, which take bare words."""
    if call.name in ("vim", "vi", "nvim", "ex", "gdb", "gvim"):
        text = re.sub(r"^\s*:?\s*(?:(?:sil(?:ent)?!?|noautocmd|keepalt|verbose)\s+)+", "", text)
        bang = re.match(r"\s*:?(?:%?!|r(?:ead)?\s*!|w\s+!|shell\s|call\s+system\(['\"]?)(.*)", text)
        if bang:
            call.run_text(bang[1].rstrip("'\")"), call.name)
    elif call.name in ("gnuplot", "lldb"):
        shell = re.match(r"\s*(?:!|shell\s+|platform\s+shell\s+)(.*)", text)
        if shell:
            call.run_text(shell[1], call.name)
    elif call.name in ("expect", "tclsh"):
        for match in _TCL_RUNS.finditer(text):
            call.run_text(re.sub(r"^(-\w+\s+)+", "", match[1]), call.name)
        for match in re.finditer(r"\bfile\s+delete\s+((?:-\w+\s+)*)([^;\n\]]+)", text):
            call.run_text("rm -r " + match[2], call.name)
    elif call.name in ("groovy", "scala"):
        for match in re.finditer(r"\"((?:[^\"\\\n]|\\.)*)\"\s*\.\s*(?:execute\(|!)", text):
            call.run_text(match[1], call.name)
    elif call.name == "julia":
        for match in re.finditer(r"(?<![\w.])rm\(\s*\"([^\"]*)\"([^)]*)", text):
            facts = {"code", "recursive"} if "recursive" in match[2] else {"code"}
            call.emit(Effect("delete", call.name, facts=frozenset(facts)), [arg(match[1], glob=True)])
    elif call.name == "ipython":
        for match in re.finditer(r"(?m)^\s*(?:!!?|%sx\s|%system\s)(.*)$", text):
            call.run_text(match[1], call.name)
    elif call.name in ("pwsh", "powershell"):
        _powershell(call, text)


_REMOVE_ITEM = pattern(
    r"(?:^|[;|{(&]\s*)\s*(?:Remove-Item|ri|rm|rmdir|del|rd|erase)\s+([^;|}\n]*)", re.IGNORECASE
)


def _powershell(call: Call, text: str) -> None:
    """Remove-Item and its aliases (about_Aliases): options by any prefix, in any order."""
    for match in _REMOVE_ITEM.finditer(text):
        words = match[1].split()
        tree = any(re.fullmatch(r"-r(e(c(u(r(s(e)?)?)?)?)?)?f?", word, re.IGNORECASE) for word in words)
        facts = frozenset({"recursive"} if tree else set())
        call.emit(
            Effect("delete", call.name, facts=facts),
            [arg(word.strip("'\""), glob=True) for word in words if not word.startswith("-")],
        )
