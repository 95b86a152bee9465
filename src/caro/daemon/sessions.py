"""What the daemon knows of each shell: its last lines, where it stands, what was approved."""

from __future__ import annotations

import re
import time
from collections import OrderedDict, deque
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from caro.levels import Action

if TYPE_CHECKING:
    from caro.fix.model import Fix

RING_LINES = 200
TAKEN_WITHIN = 5
_OWN = re.compile(r"\s*(?:command\s+)?caro(?:\s|$)")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_session_id(text: str | None) -> bool:
    """Session ids name files: nothing but a UUID may."""
    return text is not None and _UUID.fullmatch(text) is not None


@dataclass(frozen=True)
class Suggestion:
    """The best fix of a failed line as one line for the terminal ("": none), and all that were found."""

    shown: str
    fixes: list[dict[str, Any]]
    output: str | None = None
    """What the line printed, as far as that is known."""
    explanation: str = ""
    """What the failure means, as lines for the terminal; "" where nobody wants to know, or nothing is known."""
    part: str = ""
    """The command in `shown`, as it stands there: without secrets, of a long line what is mended."""


@dataclass(frozen=True)
class Told:
    """The commands that were told for a request in words, and how many more lines may take one."""

    words: str
    commands: tuple[str, ...]
    lines: int = TAKEN_WITHIN

    def has(self, line: str) -> bool:
        """True if the line is one of them, a word in its place where one has a word in capitals (`FILE`)."""
        return any(_form_of(command).fullmatch(line.strip()) for command in self.commands)


def _form_of(command: str) -> re.Pattern[str]:
    parts = re.split(r"(?<![\w$-])([A-Z]{3,}\d?)(?![\w=])", command)
    return re.compile("".join(r"\S+" if at % 2 else re.escape(part) for at, part in enumerate(parts)))


@dataclass(slots=True)
class Line:
    """A typed line; `text` is redacted unless it is the one that runs now."""

    seq: int
    text: str
    cwd: str | None
    exit_code: int | None = None
    duration_ms: float | None = None
    timed: bool = False
    """How long it took has been looked at."""
    began: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class Session:
    id: str
    shell: str = ""
    pid: int = 0
    cwd: str | None = None
    seen: float = 0.0
    """Monotonic seconds of the last request."""
    seq: int = 0
    lines: deque[Line] = field(default_factory=lambda: deque(maxlen=RING_LINES))
    owner: int = 0
    """Process id of the shell that opened the session: another may not take it over while that one lives."""
    elsewhere: tuple[int, int] = (0, 0)
    """The id that the shell tells, where it lives in another PID namespace, and the one that it has here."""
    agent: str = ""
    """Name of the AI agent among the processes above that shell; empty: none."""
    approved: int = 0
    """Number of the line that the person confirmed: it holds until the next line."""
    action: Action = Action.ALLOW
    """The action answered to the last line: a block can't be confirmed."""
    final: bool = False
    """True if what was asked about the last line is on the never-overridable list."""
    agent_passes_until: float = 0.0
    """Monotonic seconds: an agent's line that a person let pass runs."""
    transform: str | None = None
    """A line to be put into the next prompt; handed out once."""
    told: Told | None = None
    """What was told for the last request in words."""
    path: str = ""
    """PATH of the shell, as far as it was told."""
    offered: dict[str, int] = field(default_factory=dict)
    """First words for which a line was stopped and a fix put into the prompt, with that line's number: typed again,
    they run."""
    mending: tuple[int, Future[Fix | None]] | None = None
    """The number of a line whose first word may exist nowhere, and the search for what was meant."""
    fixes: list[dict[str, object]] = field(default_factory=list)
    """Fixes of the last failure, best first."""
    output: str | None = None
    """What that failure printed, where somebody knew; in memory alone."""
    looking: bool = False
    """True if somebody still looks for that failure's fix."""
    notice: str = ""
    """What was last said of a faulty configuration."""
    late: Suggestion | None = None
    """The lines for the terminal that came too late for its prompt; shown once, at the next."""

    ended: tuple[int, dict[str, Any]] | None = None
    """What was found of the line of that number, until caro-hook shows it: its shell could not."""
    note: tuple[int, str] | None = None
    """What was unusual about the line of that number, until its shell is known to have heard: shown once, as `late`."""

    def line(self, seq: int) -> Line | None:
        return next((line for line in reversed(self.lines) if line.seq == seq), None)

    def last_but_own(self) -> Line | None:
        """Return the last line that does not ask Caro something."""
        return next((line for line in reversed(self.lines) if not _OWN.match(line.text)), None)

    def failed(self) -> Line | None:
        """Return the last line that ended badly, as far as that is known."""
        return next((line for line in reversed(self.lines) if line.exit_code), None)

    def choose(self, command: str) -> None:
        """Put that one of the fixes first: the fix key gives it. What is none of them changes nothing."""
        self.fixes = sorted(self.fixes, key=lambda fix: fix["command"] != command)

    def has_taken(self, command: str) -> None:
        """Tell of the last failure no more if that is a fix of it: it stands in the line, or was typed."""
        if self.late is None or all(fix["command"] != command.strip() for fix in self.fixes):
            return
        self.late = replace(self.late, shown="") if self.late.explanation else None

    def typed_since(self, line: Line, commands: Iterable[object]) -> str:
        """Return the one of the commands that was typed after the line; "" for none."""
        since = [other.text.strip() for other in self.lines if other.seq > line.seq]
        return next((str(command) for command in commands if command in since), "")

    def just_failed(self, text: str) -> Line | None:
        """Return the last line, if it was this one and ended badly."""
        last = self.last_line()
        return last if last is not None and last.exit_code and last.text == text else None

    def forget_lines(self) -> None:
        """Keep nothing of what was typed."""
        self.lines.clear()
        self.fixes, self.output, self.late, self.transform = [], None, None, None
        self.offered = {}

    def last_line(self) -> Line | None:
        return self.lines[-1] if self.lines else None


class Sessions:
    """At most `capacity`; the one that was silent longest goes first."""

    def __init__(self, capacity: int) -> None:
        self.capacity = max(capacity, 1)
        self._by_id: OrderedDict[str, Session] = OrderedDict()

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, id: str | None) -> Session | None:
        """Return the session, made where it is new; None where the id is none."""
        if id is None or not is_session_id(id):
            return None
        session = self._by_id.get(id)
        if session is None:
            session = self._by_id[id] = Session(id)
            while len(self._by_id) > self.capacity:
                self._by_id.popitem(last=False)
        self._by_id.move_to_end(id)
        session.seen = time.monotonic()
        return session

    def forget(self, id: str | None) -> None:
        self._by_id.pop(id or "", None)

    def all(self) -> list[Session]:
        return list(self._by_id.values())
