"""The user's own rules, and those of plugins and policies: `[safety] block`, `[safety.commands]`. They only tighten.

caro-hook and the exec gate decide them once more by themselves, from runtime.conf, with the same engine (ere.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from caro.levels import Action
from caro.runtime_conf import user_rules
from caro.settings import Settings


@dataclass(frozen=True)
class OwnRule:
    """What the user's rules ask for, and the sentence that says so; "" where none matches."""

    action: Action = Action.ALLOW
    reason: str = ""


SILENT = OwnRule()


class UserRules:
    """The rules of one configuration, compiled once."""

    def __init__(self, settings: Settings) -> None:
        rules = user_rules(settings)
        if rules:
            # Imported here: the binding costs some milliseconds, and most users have no rule of their own.
            from caro.ere import Pattern

            self._rules = [(rule, Action[rule.action.upper()], Pattern(rule.ere)) for rule in rules]
            self._whose = dict(_patterns_of_others(settings))
        else:
            self._rules = []

    def __len__(self) -> int:
        return len(self._rules)

    def strictest(self, *texts: str) -> OwnRule:
        """Return what the strictest rule that matches one of `texts` asks for; of equals the first."""
        found = SILENT
        for rule, wanted, pattern in self._rules:
            # A pattern that can't be read may match anything: it asks, and never lets pass unseen.
            action = min(wanted, Action.CONFIRM) if pattern.problem else wanted
            if action > found.action and any(map(pattern.search, texts)):
                whose = self._whose.get(rule.pattern)
                before = f"matches a rule of {whose}: " if whose else _prefix(bool(pattern.problem))
                found = OwnRule(action, before + rule.ere)
        return found


def _patterns_of_others(settings: Settings) -> Iterator[tuple[str, str]]:
    """Give the patterns of plugins, projects and policies, each with whose it is; the upper layers last."""
    for addition in reversed(settings.additions):
        for table in (addition.table, *addition.table.get("environments", {}).values()):
            safety = table.get("safety", {})
            for pattern in (*safety.get("block", ()), *safety.get("commands", ())):
                yield pattern, addition.title


def _prefix(unreadable: bool) -> str:
    """Return the beginning of the reason; the wording is caro-hook's."""
    from caro.ere import UNREADABLE_RULE

    return UNREADABLE_RULE if unreadable else "matches your rule "
