"""The rules of the fixer on this machine: those that ship, and the user's."""

from __future__ import annotations

from collections.abc import Callable

from caro.fix.rulebook import Rulebook, rulebook
from caro.machine.knowledge import load_knowledge
from caro.paths import Paths


def load_rules(complain: Callable[[str], None], paths: Paths | None = None) -> Rulebook:
    """Return all rules, the user's first. A broken file, and later a rule that fails, is told to `complain`."""
    return load_knowledge(paths or Paths.of(), complain, ("fix",)).view(rulebook).telling(complain)
