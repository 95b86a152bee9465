"""Which keys of the configuration machines share, and which of two values protects more. Values in, values out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from caro.settings import BY_NAME
from caro.tightening import ONLY_ADDED_TO

MACHINE_ONLY = frozenset({"safety.folders", "safety.mode_until", "trace.log_file"})
"""Paths, and what holds for a while."""
SHARED_SECTIONS = frozenset({"shell", "trace", "safety", "fix", "privacy", "ui"})
"""A section that isn't here stays where it is: what is new must not leave by itself."""
_MODES = ("off", "passive", "active")
_ORDERS: dict[str, Sequence[Any]] = {
    "safety.mode": _MODES,
    "safety.agent_mode": _MODES,
    "privacy.redact": (False, True),
}
_UNIONS = ("safety.block", "privacy.redact_patterns")


def is_shared(key: str) -> bool:
    """True if a key leaves the machine that it was set on."""
    return key in BY_NAME and key not in MACHINE_ONLY and key.partition(".")[0] in SHARED_SECTIONS


def is_protective(key: str) -> bool:
    """True if of several machines' values the strictest holds, and a milder one is asked about on each machine."""
    return key.startswith("safety.") or key in ("privacy.redact", "privacy.redact_patterns")


def strictest(key: str, values: Sequence[Any]) -> Any:
    """Return what protects as much as each of the values; None stands for the default. The last decides where there is
    no order."""
    if all(value is None for value in values):
        return None
    filled = [_filled(key, value) for value in values]
    if key in _ORDERS:
        return max(filled, key=lambda value: _rank(_ORDERS[key], value))
    if key in _UNIONS:
        return sorted({str(one) for value in filled for one in value})
    if key == "safety.allow":
        return [one for one in filled[0] if all(one in value for value in filled)]
    if key == "safety.commands":
        order = ONLY_ADDED_TO[key]
        merged: dict[str, Any] = {}
        for value in filled:
            for pattern, word in value.items():
                merged[pattern] = max(word, merged.get(pattern, word), key=lambda one: _rank(order, one))
        return dict(sorted(merged.items()))
    return filled[-1]


def is_looser(key: str, new: Any, old: Any) -> bool:
    """True if `new` protects less than `old` in any way; None stands for the default."""
    if not is_protective(key):
        return False
    together = _filled(key, strictest(key, [old, new]))
    return bool(_comparable(together) != _comparable(_filled(key, new)))


def _filled(key: str, value: Any) -> Any:
    default = BY_NAME[key].default if key in BY_NAME else None
    if value is None or (default is not None and not isinstance(value, type(default))):
        return default
    return value


def _comparable(value: Any) -> Any:
    return sorted(map(repr, value)) if isinstance(value, list) else value


def _rank(order: Sequence[Any], value: Any) -> int:
    return order.index(value) if value in order else len(order)
