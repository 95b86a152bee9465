"""The table of code calls (knowledge/code_calls.toml), made into patterns: one for each thing that a call may do."""

from __future__ import annotations

import re

from caro.knowledge import Knowledge
from caro.parse.pattern import pattern
from caro.safety.code.strings import STRING


class CodeCalls:
    """The patterns, each compiled at its first use."""

    def __init__(self, knowledge: Knowledge) -> None:
        table = knowledge.table("knowledge/code_calls")

        def any_of(does: str) -> str:
            return "|".join(call for entry in table[does] for call in entry["calls"])

        self.options: dict[str, list[str]] = table["options"]
        self.shell = pattern(rf"(?:{any_of('shell')})\s*[\(\s{{\[]*")
        self.delete = pattern(rf"(?:{any_of('delete')})\s*\(?\s*")
        self.write = pattern(rf"(?:{any_of('write')})\s*\(\s*{STRING}\s*,?\s*{STRING}?", re.DOTALL)
        self.read = pattern(rf"(?:{any_of('read')})\s*\(\s*{STRING}", re.DOTALL)
        self.lists = pattern(rf"(?:{any_of('list')})\s*\(?\s*(?:'([^'\n]*)'|\"([^\"\n]*)\")")
        self.delete_each = pattern(rf"(?:{any_of('delete_each')})\s*[( ]\s*[^'\"\s]|&File\.method")
        self.fetched_in_call = pattern(
            rf"({any_of('evaluate')})\s*\(?.{{0,200}}?({any_of('fetch')})", re.DOTALL
        )
        self.fetched_before = pattern(
            rf"({any_of('fetch_first')}).*?\b({any_of('run_fetched')})\b\s*\(|fetch\(.*\.then\(\s*eval\b",
            re.DOTALL,
        )
        self.hidden = pattern(rf"({any_of('run_hidden')})\s*\(?.{{0,80}}?({any_of('decode')})", re.DOTALL)
        self.socket = pattern(any_of("socket"), re.IGNORECASE)
        self.shell_plug = pattern(any_of("shell_plug"))
        self.fork_bomb = pattern(any_of("fork_bomb"))
        self.network = pattern(any_of("network"), re.IGNORECASE)


def calls_known(knowledge: Knowledge) -> CodeCalls:
    """Return the calls that `knowledge` describes."""
    return knowledge.view(CodeCalls)
