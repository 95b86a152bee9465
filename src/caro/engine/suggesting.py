"""What is offered while a line is typed: from what was typed before, from what this machine has; never what the guard
would stop, what holds a secret, or what was not found the last time."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from caro.engine.guard import Guard
from caro.engine.next_word import next_words
from caro.engine.question import Question
from caro.fix.model import Inventory
from caro.knowledge import Knowledge
from caro.levels import Action, Level
from caro.machine.inventory import Machine, MachineInventory
from caro.machine.shell_names import ShellNames
from caro.suggest.memory import Memory, Typed
from caro.suggest.offers import LEAST, Offer, offer_for

__all__ = ["Offer", "Past", "Place", "Suggester", "Typed", "inventories"]

NOT_FOUND = 127
VERDICTS = 20_000
MACHINES_KEPT = 4
NAMES_SECONDS = 1.0
LONGEST = 1000
"""Characters of a line behind which something is offered."""


class Past(NamedTuple):
    """A typed line, and how it ended as far as that is known."""

    typed: Typed
    exit_code: int | None = None


@dataclass(frozen=True)
class Place:
    """Where somebody types: after `previous` in that session."""

    cwd: str = ""
    previous: str = ""
    shell: str = ""


class Suggester:
    """One for all shells of a person. `inventory_at` gives what this machine has, seen from a folder and with a PATH;
    `has_secret` says of a line that it may not be shown."""

    def __init__(
        self,
        guard: Guard,
        inventory_at: Callable[[str | None, str], Inventory],
        has_secret: Callable[[str], bool],
    ) -> None:
        self._guard = guard
        self._inventory_at = inventory_at
        self._has_secret = has_secret
        self._memory = Memory()
        self._not_found: set[str] = set()
        self._meanwhile: list[Past] | None = None
        self._lock = threading.Lock()
        self.use()

    def use(self) -> None:
        """Judge anew: rules may have changed."""
        self._verdicts: dict[tuple[str, str], bool] = {}

    def load(self, past: Iterable[Past]) -> None:
        """Know these lines, oldest first, and what is typed while they are read, and nothing else. Takes seconds for
        a million: for a thread."""
        with self._lock:
            self._meanwhile = []
        memory, not_found = Memory(), set[str]()
        memory.fill(one.typed for one in _watched(past, not_found))
        for text in not_found.intersection(memory.lines):
            memory.words.remove(text)
        with self._lock:
            for one in _watched(self._meanwhile or (), not_found):
                memory.add(one.typed)
            self._memory, self._not_found, self._meanwhile = memory, not_found, None

    def forget(self) -> None:
        """Know nothing more; `load` brings back what may be known."""
        with self._lock:
            self._memory, self._not_found = Memory(), set()
            self._meanwhile = None if self._meanwhile is None else []

    def typed(self, typed: Typed) -> None:
        """Take a line that a person typed now."""
        with self._lock:
            if self._meanwhile is not None:
                self._meanwhile.append(Past(typed))
            self._memory.add(typed)

    def ended(self, text: str, exit_code: int | None) -> None:
        """Take how it ended: what was not found is not offered until it is."""
        with self._lock:
            _note_end(self._not_found, text, exit_code)
            if exit_code == NOT_FOUND and text in self._memory.lines:
                self._memory.words.remove(text)

    def offer(self, typed: str, place: Place, least: float = LEAST) -> Offer | None:
        """Return what the lines of before offer behind `typed`; reads no file."""
        if len(typed) > LONGEST or not typed.isprintable():
            return None
        with self._lock:
            return offer_for(
                self._memory,
                typed,
                place.cwd,
                place.previous,
                least,
                lambda line: self._may_offer(line, place),
            )

    def word(self, typed: str, place: Place, path: str, known: Offer | None) -> Offer | None:
        """Return the next word that this machine knows, else what is `known` from before. Reads folders: for a
        thread."""
        if len(typed) > LONGEST or not typed.isprintable():
            return None
        inventory = self._inventory_at(place.cwd or None, path)
        found = next_words(typed, self._guard.knowledge, inventory, self._uses)
        words = found.words
        if known is not None and (not found.closed or known.line[len(typed) - len(found.begun) :] in words):
            return known
        for word in words[:1]:
            line = typed + word[len(found.begun) :]
            if line.isprintable() and self._may_offer(line, place):
                return Offer(line, False, 1 / len(words))
        return known if not found.closed else None

    def _uses(self, folder: str) -> int:
        tally = self._memory.folders.get(folder)
        return 0 if tally is None else tally.total

    def others(self, typed: str, rest: str, place: Place) -> Offer | None:
        """Return what somebody else offers behind `typed`, where it may be shown: no secret in it, nothing that the
        guard would stop, nothing that was not found."""
        line = typed + rest
        fits = bool(rest) and len(line) <= LONGEST and line.isprintable()
        return Offer(line, False, LEAST) if fits and self._may_offer(line, place) else None

    def _may_offer(self, line: str, place: Place) -> bool:
        if line in self._not_found:
            return False
        key = (line, place.shell)
        allowed = self._verdicts.get(key)
        if allowed is None:
            allowed = self._verdicts[key] = not self._has_secret(line) and self._runs(line, place)
            if len(self._verdicts) > VERDICTS:
                self._verdicts.clear()
        return allowed

    def _runs(self, line: str, place: Place) -> bool:
        """True if the guard has nothing against the words, wherever they run: where exactly is asked at Enter."""
        decision = self._guard.decide(Question(line, place.shell or "bash", nowhere=True))
        return not decision.partial and decision.level < Level.HIGH and decision.action < Action.CONFIRM


def inventories(
    home: str, default_path: str, knowledge_at: Callable[[str | None], Knowledge]
) -> Callable[[str | None, str], Inventory]:
    """Return what gives the machine as it is seen from a folder with a PATH. No program is asked for its help."""
    machines: OrderedDict[str, Machine] = OrderedDict()
    shell_names = ShellNames(home)
    looked, names = float("-inf"), tuple[str, ...]()

    def names_now() -> tuple[str, ...]:
        """Look at most once in so many seconds: it is thirty files, and a key comes in the tenth of one."""
        nonlocal looked, names
        if time.monotonic() - looked > NAMES_SECONDS:
            looked, names = time.monotonic(), shell_names.names()
        return names

    def inventory_at(cwd: str | None, path: str) -> Inventory:
        path = path or default_path
        machine = machines.get(path)
        if machine is None:
            machine = machines[path] = Machine(path)
            while len(machines) > MACHINES_KEPT:
                machines.popitem(last=False)
        return MachineInventory(machine, cwd, names_now(), home, knowledge_at(cwd))

    return inventory_at


def _watched(past: Iterable[Past], not_found: set[str]) -> Iterable[Past]:
    for one in past:
        _note_end(not_found, one.typed.text, one.exit_code)
        yield one


def _note_end(not_found: set[str], text: str, exit_code: int | None) -> None:
    if exit_code == NOT_FOUND:
        not_found.add(text)
    elif exit_code is not None:
        not_found.discard(text)
