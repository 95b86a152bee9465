"""Loads the rules of the fixer: those that ship, then the user's folder, which comes first when it speaks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from caro.errors import UsageError
from caro.fix.rulebook import Rule, Rulebook, read_rules
from caro.knowledge.packaged import path_of
from caro.paths import Paths

SHIPPED = path_of("fix/rules")


def rules_of(folder: Path, complain: Callable[[str], None]) -> Iterable[Rule]:
    """The rules of every `*.toml` in a folder by name; a broken file is named and skipped."""
    for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
        try:
            yield from read_rules(path.read_text(encoding="utf-8"), path.name)
        except (UsageError, OSError, UnicodeDecodeError) as error:
            complain(f"fix rules skipped: {error}")


def load_rules(complain: Callable[[str], None], paths: Paths | None = None) -> Rulebook:
    own = (paths or Paths.of()).rules / "fix"
    return Rulebook([*rules_of(own, complain), *rules_of(SHIPPED, complain)], complain)
