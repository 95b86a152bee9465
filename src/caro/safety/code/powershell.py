"""PowerShell: statements of cmdlets, which `programs/windows.toml` describes as it does programs.

about_Aliases, about_Parameters (a parameter may be cut short), about_Pipelines.
"""

from __future__ import annotations

import base64
import re

from caro.parse.pattern import pattern
from caro.safety.call import Call
from caro.safety.effects import Effect
from caro.safety.values import HOME, Arg, arg

_ALIASES = {
    "ri": "Remove-Item", "del": "Remove-Item", "rd": "Remove-Item", "erase": "Remove-Item", "clc": "Clear-Content",
    "gci": "Get-ChildItem", "dir": "Get-ChildItem", "ls": "Get-ChildItem", "sc": "Set-Content", "spps": "Stop-Process",
    "gps": "Get-Process", "iwr": "Invoke-WebRequest", "irm": "Invoke-RestMethod", "mi": "Move-Item",
    "curl.exe": "curl",
}  # fmt: skip
_STATEMENTS = pattern(r"""(?:[^;\n{}'"]|'[^']*'|"[^"]*")+""")
_STAGES = pattern(r"""(?:[^|'"]|'[^']*'|"[^"]*")+""")
_WORDS = pattern(r"""(?:[^\s'"]|'[^']*'|"[^"]*")+""")
_HOMES = pattern(r"^(?:~|\$HOME|\$\{?env:(?:HOME|USERPROFILE)\}?)(?=[/\\]|$)", re.IGNORECASE)
_RECURSES = pattern(r"-r(?:e(?:c(?:u(?:r(?:s(?:e)?)?)?)?)?)?$", re.IGNORECASE)
_PLACES = frozenset({"-path", "-literalpath", "-lp", "-filepath"})
_DESTROYS = pattern(
    r"(?:Remove|Clear|Uninstall|Reset|Revoke|Disable|Unregister|Dismount|Format|Initialize)-(\w+)$"
)
_OWN_THINGS = frozenset(
    "variable module alias job event pssession typedata psdrive breakpoint host history formatdata itemproperty"
    " content item custompsobject".split()
)
"""Nouns of things that live in the session, or that a table describes."""
_NET_DELETES = pattern(
    r"\[(?:System\.)?IO\.(?:Directory|File)\]::Delete\(\s*([^,)]+)([^)]*)\)", re.IGNORECASE
)


def decoded_command(call: Call) -> str | None:
    """Return the text of -EncodedCommand, base64 of UTF-16 (about_Pwsh); any prefix from -e on names it."""
    for at, word in enumerate(call.argv[1:-1], 1):
        if re.fullmatch(r"-e(?:c|n(?:c\w*)?)?", word, re.IGNORECASE):
            try:
                return base64.b64decode(str(call.argv[at + 1]), validate=True).decode("utf-16-le")
            except ValueError:
                return None
    return None


def judge_powershell(call: Call, text: str) -> None:
    """Judge each cmdlet and each program that the text calls."""
    for match in _NET_DELETES.finditer(text):
        facts = {"code", "recursive"} if "true" in match[2].lower() else {"code"}
        call.emit(Effect("delete", call.name, facts=frozenset(facts)), [_value(match[1])])
    for statement in _STATEMENTS.findall(text):
        before: list[Arg] = []
        for stage in _STAGES.findall(statement):
            before = _stage(call, [_value(word) for word in _WORDS.findall(stage.strip(" &()"))], before)


def _value(word: str) -> Arg:
    plain = word.strip().strip("'\"")
    return arg(_HOMES.sub(HOME, plain.replace("\\", "/")), glob="*" in plain)


def _stage(call: Call, words: list[Arg], before: list[Arg]) -> list[Arg]:
    """Judge one stage of a pipeline; return the paths that it hands on."""
    if not words:
        return []
    name = _canonical(call, words[0])
    given = [
        arg("-Recurse") if _RECURSES.match(word) else word
        for word in words[1:]
        if word.lower() not in _PLACES
    ]
    operands = [word for word in given if not word.startswith("-")]
    if name == "Get-ChildItem":
        return operands or [arg(".")]
    if name == "Get-Process":
        return operands or [arg("*every process*")]
    if name == "Stop-Process" and before == [arg("*every process*")]:
        call.effect("exhaust", "every process", "", "kill_all")
    if name == "Remove-Item":
        targets = operands if operands and operands != [arg("$_")] else before
        tree = arg("-Recurse") in given or bool(before)
        facts = frozenset({"recursive"} if tree else ())
        call.emit(Effect("delete", call.name, facts=facts, scope=_drive(targets)), targets)
        return []
    if name in ("Where-Object", "?", "ForEach-Object", "%", "Select-Object", "Sort-Object"):
        return before
    if name in ("Invoke-WebRequest", "Invoke-RestMethod"):
        call.run_argv([arg("curl"), *_as_curl(given)], call.name)
        return []
    call.run_argv([arg(name), *given], call.name)
    _by_verb(call, name, given, operands)
    return []


def _drive(paths: list[Arg]) -> str:
    return (
        "home_data" if any(re.match(r"[A-Za-z]:/?(\*|Users\b|Windows\b|$)", path) for path in paths) else ""
    )


def _canonical(call: Call, word: Arg) -> str:
    """Return the name as the tables spell it: aliases and letter case don't matter."""
    lower = word.lower()
    if lower in _ALIASES:
        return _ALIASES[lower]
    if "-" not in word:
        return str(word)
    return "-".join(piece[:1].upper() + piece[1:] for piece in str(word).split("-", 1))


def _as_curl(words: list[Arg]) -> list[Arg]:
    options = {"-infile": "-T", "-body": "-d", "-method": "-X", "-outfile": "-o", "-uri": ""}
    return [arg(options.get(word.lower(), word)) for word in words if options.get(word.lower()) != ""]


def _by_verb(call: Call, name: str, given: list[Arg], operands: list[Arg]) -> None:
    """A cmdlet that nobody described: its verb tells, where it is told not to ask (about_CommonParameters)."""
    verb = _DESTROYS.match(name)
    if verb is None or verb[1].lower() in _OWN_THINGS or call.programs.get(name) is not None:
        return
    if any(re.match(r"-fo|-confirm:\$false|-removedata|-delete", word, re.IGNORECASE) for word in given):
        call.effect("destroy_resource", " ".join(operands[:3]) or name, "", "api", base=55)
