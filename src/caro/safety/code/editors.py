"""Languages with commands instead of calls: vi, Tcl and expect, Groovy, Julia, IPython, PowerShell."""

from __future__ import annotations

import re

from caro.parse.pattern import pattern
from caro.safety.call import Call
from caro.safety.code.powershell import judge_powershell
from caro.safety.effects import Effect
from caro.safety.values import HOME, arg

_TCL_RUNS = pattern(r"(?:^|[;\n\[])\s*(?:spawn|exec|system)\s+((?:-\w+\s+)*[^;\n\]]+)")


def judge_editor(call: Call, text: str) -> None:
    """`:!cmd` and `:r !cmd` of vi; `spawn` and `exec` of Tcl, which take bare words."""
    if call.name in ("vim", "vi", "nvim", "ex", "gdb", "gvim"):
        text = re.sub(r"^\s*:?\s*(?:(?:sil(?:ent)?!?|noautocmd|keepalt|verbose)\s+)+", "", text)
        bang = re.match(r"\s*:?(?:%?!|r(?:ead)?\s*!|w\s+!|shell\s|call\s+system\(['\"]?)(.*)", text)
        if bang:
            call.run_text(bang[1].rstrip("'\")"), call.name)
        for match in _VIM_DELETES.finditer(text):
            path = (match[2] or "").replace("$HOME", HOME).replace("~", HOME) or HOME
            facts = {"code", "recursive"} if "rf" in match[3] else {"code"}
            call.emit(Effect("delete", call.name, facts=frozenset(facts)), [arg(path, glob=True)])
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
        judge_powershell(call, text)


_VIM_DELETES = pattern(r"\bdelete\(\s*(?:expand\()?\s*(\$HOME|['\"]([^'\"]*)['\"])\)?([^)]*)\)")
"""vim's delete({name}, "rf")."""
