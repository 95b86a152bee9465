"""What machines tell each other: operations, and the state that they add up to. Values in, values out.

    set     a key of config.toml: the last writer wins; of one that protects, the strictest of the machines' last words
    rule    one version of a file of rules, with the versions it took the place of; two that nobody joined both stay
    learn   how often a machine learned a correction: each machine's own count, summed
    use     how often a machine's record has a line (where suggestions are shared): each machine's own count, summed;
            None: no more. `key` is a hash, so that a line that is gone stands nowhere
    line    a typed line (where history is shared): a set

Operations may come in any order, and twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from caro.sync.keys import is_protective, strictest

SET, RULE, LEARN, USE, LINE = "set", "rule", "learn", "use", "line"
MOST_USES = 1_000_000
DEVICE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Operation(msgspec.Struct, frozen=True, omit_defaults=True):
    """`clock` is hybrid: milliseconds since 1970, or one more than the highest that was seen. `value` None: no more.
    `parents` are the versions of a rule's file that this one took the place of."""

    kind: str
    key: str
    clock: int
    device: str
    value: Any = None
    version: str = ""
    parents: tuple[str, ...] = ()

    @property
    def order(self) -> tuple[int, str]:
        return self.clock, self.device


def _is_correction(operation: Operation) -> bool:
    try:
        msgspec.json.decode(operation.key, type=tuple[str, str, bool])
    except msgspec.DecodeError:
        return False
    return operation.value is None or isinstance(operation.value, int)


def _is_line(operation: Operation) -> bool:
    value = operation.value
    texts = (
        isinstance(value, dict) and isinstance(value.get("text"), str) and isinstance(value.get("ts"), str)
    )
    return value is None or texts


def _is_use(operation: Operation) -> bool:
    value = operation.value
    if value is None:
        return True
    if not isinstance(value, dict):
        return False
    text, count = value.get("text"), value.get("count")
    return isinstance(text, str) and isinstance(count, int) and 0 < count <= MOST_USES


def _is_rule(operation: Operation) -> bool:
    return bool(operation.version) and (operation.value is None or isinstance(operation.value, str))


def holds_text(operation: Operation, condemned: Callable[[str], bool]) -> bool:
    """True if it says a line, or a correction of one, that is condemned."""
    if operation.kind == LEARN:
        failed, fixed, _ = msgspec.json.decode(operation.key, type=tuple[str, str, bool])
        return condemned(failed) or condemned(fixed)
    return (
        operation.kind in (USE, LINE) and operation.value is not None and condemned(operation.value["text"])
    )


_SOUND: dict[str, Callable[[Operation], bool]] = {
    LEARN: _is_correction,
    USE: _is_use,
    LINE: _is_line,
    RULE: _is_rule,
}


def is_sound(operation: Operation) -> bool:
    """True if a machine of ours can have said it: its name is a machine's (names of files are made of it), its value of
    its kind's shape. The values of settings are looked at where they are applied."""
    check = _SOUND.get(operation.kind)
    return DEVICE_NAME.fullmatch(operation.device) is not None and (check is None or check(operation))


class Rule(msgspec.Struct, frozen=True):
    """A file of rules as it is to stand; `conflict` names the machine of one that nobody has joined."""

    name: str
    text: str
    version: str
    conflict: str = ""


class Replica:
    """Operations, reduced to those that still say something."""

    def __init__(self, operations: Iterable[Operation] = ()) -> None:
        self._last: dict[tuple[str, str, str], Operation] = {}
        self._rules: dict[tuple[str, str], Operation] = {}
        self.clock = 0
        for operation in operations:
            self.take(operation)

    def take(self, operation: Operation) -> bool:
        """Add an operation; True if it says something new."""
        self.clock = max(self.clock, operation.clock)
        if operation.kind == RULE:
            known = (operation.key, operation.version) in self._rules
            self._rules.setdefault((operation.key, operation.version), operation)
            return not known
        place = (operation.kind, operation.key, operation.device if operation.kind != LINE else "")
        before = self._last.get(place)
        if before is not None and before.order >= operation.order:
            return False
        self._last[place] = operation
        return True

    def operations(self) -> list[Operation]:
        """Return all that another machine needs, in an order of its own."""
        return sorted(
            [*self._last.values(), *self._rules.values()], key=lambda each: (each.kind, each.key, each.order)
        )

    def next_clock(self, now_ms: int) -> int:
        """Return the time of a new operation: later than all that were seen, however wrong a clock is."""
        self.clock = max(self.clock + 1, now_ms)
        return self.clock

    def settings(self, devices: Iterable[str]) -> dict[str, Any]:
        """Return what the machines of the list agree on, by key; what a machine said that is no longer listed
        counts no more."""
        agreed = {}
        for key, operations in self._said(devices).items():
            values = [each.value for each in operations]
            agreed[key] = strictest(key, values) if is_protective(key) else values[-1]
        return agreed

    def latest(self, devices: Iterable[str]) -> dict[str, Any]:
        """Return the last word of all, by key, milder or not."""
        return {key: operations[-1].value for key, operations in self._said(devices).items()}

    def _said(self, devices: Iterable[str]) -> dict[str, list[Operation]]:
        """Return the last word of each machine of the list, by key, oldest first."""
        listed = set(devices)
        said: dict[str, list[Operation]] = {}
        for (kind, key, device), operation in self._last.items():
            if kind == SET and device in listed:
                said.setdefault(key, []).append(operation)
        for operations in said.values():
            operations.sort(key=lambda each: each.order)
        return said

    def said_by(self, device: str) -> dict[str, Any]:
        """Return a machine's own last words, by key."""
        return {
            key: each.value for (kind, key, by), each in self._last.items() if kind == SET and by == device
        }

    def rules(self) -> list[Rule]:
        """Return the files of rules: of each name the versions that no other took the place of, the latest first."""
        replaced = {(each.key, parent) for each in self._rules.values() for parent in each.parents}
        heads: dict[str, list[Operation]] = {}
        for place, operation in self._rules.items():
            if place not in replaced and operation.value is not None:
                heads.setdefault(operation.key, []).append(operation)
        found = []
        for name, operations in sorted(heads.items()):
            latest, *others = sorted(operations, key=lambda each: each.order, reverse=True)
            found.append(Rule(name, str(latest.value), latest.version))
            texts = {latest.value}
            for each in others:
                if each.value not in texts:
                    texts.add(each.value)
                    taken = any(rule.name == name and rule.conflict == each.device for rule in found)
                    label = f"{each.device}-{each.version[:6]}" if taken else each.device
                    found.append(Rule(name, str(each.value), each.version, label))
        return found

    def is_version(self, name: str, text: str) -> bool:
        """True if a file of rules said this at some time."""
        return any(key == name and each.value == text for (key, _), each in self._rules.items())

    def rule_text(self, name: str, version: str) -> str | None:
        """Return one version of a file of rules; None where it is not known, or says that the file is no more."""
        operation = self._rules.get((name, version))
        return operation.value if operation is not None else None

    def learned(self) -> dict[str, int]:
        """Return how often each correction was learned, on all machines together."""
        counts: dict[str, int] = {}
        for (kind, key, _), operation in self._last.items():
            if kind == LEARN and isinstance(operation.value, int):
                counts[key] = counts.get(key, 0) + operation.value
        return counts

    def learned_by(self, device: str) -> dict[str, int]:
        return {
            key: int(each.value or 0)
            for (kind, key, by), each in self._last.items()
            if kind == LEARN and by == device
        }

    def used_by(self, device: str) -> dict[str, int]:
        """Return the lines that a machine types often, with its count."""
        return {
            each.value["text"]: each.value["count"]
            for (kind, _, by), each in self._last.items()
            if kind == USE and by == device and each.value is not None
        }

    def used_elsewhere(self, device: str, devices: Iterable[str]) -> dict[str, int]:
        """Return those of the list's other machines, with their counts summed."""
        counts: dict[str, int] = {}
        for other in set(devices) - {device}:
            for text, count in self.used_by(other).items():
                counts[text] = counts.get(text, 0) + count
        return counts

    def lines(self) -> dict[str, Any]:
        """Return the shared typed lines by their ids."""
        return {
            key: each.value
            for (kind, key, _), each in self._last.items()
            if kind == LINE and each.value is not None
        }

    def lines_of_others(self, device: str) -> dict[str, Any]:
        """Return those that another machine shared."""
        return {
            key: each.value
            for (kind, key, _), each in self._last.items()
            if kind == LINE and each.value is not None and each.device != device
        }
