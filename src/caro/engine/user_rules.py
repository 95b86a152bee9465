"""The user's own rules: `[safety] block` and `[safety.commands]`. They only tighten.

caro-hook and the exec gate decide those that POSIX ERE can say once more by themselves, from runtime.conf.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from caro.levels import Action
from caro.runtime_conf import UserRule, user_rules
from caro.settings import Settings

MATCH_SECONDS = 0.005


@dataclass(frozen=True)
class OwnRule:
    """What the user's rules ask for, and the sentence that says so; "" where none matches."""

    action: Action = Action.ALLOW
    reason: str = ""


SILENT = OwnRule()


class _Pattern(Protocol):
    def search(self, line: str, /) -> bool: ...


class UserRules:
    """The rules of one configuration, compiled once."""

    def __init__(self, settings: Settings) -> None:
        rules = [rule for rule in user_rules(settings) if not rule.refused]
        self._rules = [(rule, Action[rule.action.upper()], _compiled(rule)) for rule in rules]

    def __len__(self) -> int:
        return len(self._rules)

    def strictest(self, text: str) -> OwnRule:
        """Return what the strictest rule that matches `text` asks for; of equals the first."""
        found = SILENT
        for rule, action, pattern in self._rules:
            if action > found.action and pattern.search(text):
                # The wording is caro-hook's, which shows the pattern as runtime.conf has it.
                shown = rule.ere if rule.ere is not None else rule.pattern
                found = OwnRule(action, f"matches your rule {shown}")
        return found


def _compiled(rule: UserRule) -> _Pattern:
    from caro.ere import Ere

    return Ere(rule.ere) if rule.ere is not None else _PythonPattern(rule.pattern)


class _PythonPattern:
    """A pattern that ERE can't say; a line that it can't judge in time counts as a match."""

    def __init__(self, pattern: str) -> None:
        self._compiled = re.compile(pattern)

    def search(self, line: str) -> bool:
        from caro.ere import SlowMatch, time_box

        try:
            with time_box(MATCH_SECONDS):
                return self._compiled.search(line) is not None
        except SlowMatch:
            return True
