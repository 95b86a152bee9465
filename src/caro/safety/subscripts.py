"""Text that a shell expands once more: subscripts of arrays, prompts, start files' names, make's flags."""

from __future__ import annotations

from caro.parse.pattern import pattern
from caro.safety.call import Call
from caro.safety.values import Arg

_SUBSCRIPT = pattern(r"\[[^\]]*(?:\$\(|`)")
_SUBSTITUTIONS = pattern(r"\$\(shell\s+(.*?)\)$|\$\(((?:[^()]|\([^()]*\))*)\)|`([^`]*)`")


def judge_subscripts(call: Call, words: list[Arg]) -> None:
    """Judge `'a[$(…)]'`: a subscript is expanded once more where a name is looked up (bash(1), "Arrays")."""
    for word in words:
        if "[" in word and _SUBSCRIPT.search(word):
            judge_substitutions(call, call.name, word)


def judge_substitutions(call: Call, name: str, value: str) -> None:
    """Judge what a prompt, a start file's name or make's flags run when they are expanded."""
    for match in _SUBSTITUTIONS.finditer(value):
        text = next(group for group in match.groups() if group is not None)
        call.run_text(text.replace("\\ ", " "), name, frozenset({"deferred"}))
