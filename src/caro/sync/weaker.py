"""Whether a newer version of a file of the guard's rules protects less than the one that stands here."""

from __future__ import annotations

import tomllib
from typing import Any


def protects_less(old: str, new: str) -> bool:
    """True if what the old text says does not all stand in the new one. Own rules only add and tighten, so a text that
    says all of it and more can't protect less; a text that can't be read protects from nothing."""
    try:
        before = tomllib.loads(old)
    except tomllib.TOMLDecodeError:
        return False
    try:
        after = tomllib.loads(new)
    except tomllib.TOMLDecodeError:
        return bool(before)
    return _lacks_rules(before, after) or _has_milder_programs(before, after)


def _lacks_rules(before: dict[str, Any], after: dict[str, Any]) -> bool:
    kept = after.get("rule", [])
    return any(rule not in kept for rule in before.get("rule", []))


def _has_milder_programs(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Entries are tried from the top, so further ones may only follow; any other key can make a verb harmless."""
    programs = after.get("program", {})
    for name, program in before.get("program", {}).items():
        newer = programs.get(name, {})
        entries, newer_entries = program.get("effects", []), newer.get("effects", [])
        if newer_entries[: len(entries)] != entries:
            return True
        if {**program, "effects": 0} != {**newer, "effects": 0}:
            return True
    return False
