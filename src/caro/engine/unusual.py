"""What is unusual about a line that just ended: how long it took, or that it began to fail. Values in, values out.

Lines are alike where heads, sub-commands, names of options and folder are; of each kind the last fifty times of
successes are known. Measured on recorded runs (`bench/`): the two floors keep false notes below one in a thousand.
"""

from __future__ import annotations

import os
import re
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from statistics import median

from caro.signals import ENDED_BY_KEY

KEPT, ENOUGH = 50, 8
"""Times that are known of one kind of line, and how many it takes to speak of what is usual."""
TIMES = 5.0
FLOOR_MS, FLOOR_TWICE_MS = 5000.0, 1000.0
"""How much longer than usual a line has to take, at once and the second time running."""
QUIET_SECONDS = 3600.0
MOST_KINDS = 4000
_OPERATOR = re.compile(r"\|\||&&|[|;&\n]")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_SUB_COMMAND = re.compile(r"[a-z][\w:-]*")
_BEFORE = frozenset({"sudo", "time", "env", "nice", "command", "exec", "nohup", "\\"})


def kind_of(text: str, folder: str) -> tuple[str, str]:
    """Return what lines that are alike have in common: words without operands and values, and the folder."""
    return " ; ".join(filter(None, map(_kind_of_command, _OPERATOR.split(text[:2000])))), folder


def heads_of(text: str) -> list[str]:
    """Return the names of the programs that the line's commands begin with."""
    return [kind.split()[0] for piece in _OPERATOR.split(text[:2000]) if (kind := _kind_of_command(piece))]


def _kind_of_command(text: str) -> str:
    words = [word for word in text.split() if not _ASSIGNMENT.match(word)]
    while words and words[0] in _BEFORE:
        words.pop(0)
    if not words:
        return ""
    kept = [os.path.basename(words[0].lstrip("\\"))]
    first = next((word for word in words[1:] if word[:1] != "-"), "")
    if _SUB_COMMAND.fullmatch(first):
        kept.append(first)
    kept += sorted({word.partition("=")[0].rstrip("0123456789") for word in words[1:] if word[:1] == "-"})
    return " ".join(kept)


@dataclass
class _Kind:
    times: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))
    slow: bool = False
    """True if the last run was too slow, by the lower floor."""
    told: float = float("-inf")


@dataclass
class _Same:
    """One line in one folder: successes since the last failure, and when the last one began."""

    successes: int = 0
    last: float = 0.0


class Unusual:
    """`changed_since(program, seconds)`: true if the program's file was changed or replaced since then."""

    def __init__(self, changed_since: Callable[[str, float], bool] = lambda program, since: False) -> None:
        self._kinds: OrderedDict[tuple[str, str], _Kind] = OrderedDict()
        self._same: OrderedDict[tuple[str, str], _Same] = OrderedDict()
        self._changed_since = changed_since

    def ended(
        self, text: str, folder: str, exit_code: int | None, ms: float | None, now: float, alone: bool = True
    ) -> str:
        """Take how a line ended; return what is unusual about that, "" for nothing. `now`: seconds since 1970. `alone`
        False: a person's keys were in its time (an editor), so that tells nothing."""
        failure = self._outcome(text, folder, exit_code, now)
        if exit_code != 0 or ms is None or not alone:
            return failure
        kind = self._kind(kind_of(text, folder))
        usual = median(kind.times) if len(kind.times) >= ENOUGH else None
        kind.times.append(ms)
        if usual is None:
            return ""
        slow = ms > TIMES * usual and ms - usual > FLOOR_TWICE_MS
        tells = slow and (ms - usual > FLOOR_MS or kind.slow) and now - kind.told > QUIET_SECONDS
        kind.slow = slow
        if not tells:
            return ""
        kind.told = now
        return f"that took {_time(ms)}, usually {_time(usual)}"

    def usual_ms(self, text: str, folder: str) -> float | None:
        """Return how long lines of its kind take here; None where too few are known."""
        kind = self._kinds.get(kind_of(text, folder))
        return median(kind.times) if kind is not None and len(kind.times) >= ENOUGH else None

    def forget(self) -> None:
        """Know nothing any more."""
        self._kinds.clear()
        self._same.clear()

    def learn(self, lines: Iterable[tuple[str, str, int | None, float | None, float, bool]]) -> None:
        """Take lines of before, in their order, as `ended` has them; nothing is said of those."""
        for line in lines:
            self.ended(*line)
        for kind in list(self._kinds.values()):
            kind.told, kind.slow = float("-inf"), False

    def _kind(self, key: tuple[str, str]) -> _Kind:
        kind = self._kinds.setdefault(key, _Kind())
        self._kinds.move_to_end(key)
        if len(self._kinds) > MOST_KINDS:
            self._kinds.popitem(last=False)
        return kind

    def _outcome(self, text: str, folder: str, exit_code: int | None, now: float) -> str:
        if exit_code is None or exit_code in ENDED_BY_KEY:
            return ""
        same = self._same.setdefault((text, folder), _Same())
        self._same.move_to_end((text, folder))
        if len(self._same) > MOST_KINDS:
            self._same.popitem(last=False)
        if exit_code == 0:
            same.successes, same.last = same.successes + 1, now
            return ""
        before, since = same.successes, same.last
        same.successes = 0
        if before < ENOUGH:
            return ""
        told = f"failed after {before} successes"
        changed = [name for name in dict.fromkeys(heads_of(text)) if self._changed_since(name, since)]
        return f"{told}; {' and '.join(changed)} changed since the last one" if changed else told


def _time(ms: float) -> str:
    seconds = ms / 1000
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
