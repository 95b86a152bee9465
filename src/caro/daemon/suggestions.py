"""Offers and hints while a line is typed, inside the daemon: the engine's suggester, fed by the log and by what is
typed now, and its hinter.

Nothing is read before the first question: who has grey text switched off pays nothing for it.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caro.daemon.sessions import Session
from caro.engine.decision import Decision
from caro.engine.hinting import Hinter
from caro.engine.hinting import Typed as TypedSoFar
from caro.engine.suggesting import LONGEST, Offer, Past, Place, Suggester, Typed
from caro.record.counted import read_counted
from caro.record.query import is_kept_back, is_typed
from caro.record.reader import Snapshot, place_line
from caro.redact.marks import MASK
from caro.wire import Request

if TYPE_CHECKING:
    from caro.daemon.plugged import Plugged

_IS_LINE = b'"kind":"line"'
WAITING = 64
"""Lines that wait for the next question before they are taken."""


MOST_COUNTED = 20
"""How often another machine's line counts at most: what is typed here is to weigh more."""


class Suggestions:
    """`past` reads the typed lines of before; `redact` says what a line looks like that may be kept;
    `ignores_space` whether lines that begin with a blank are not."""

    def __init__(
        self,
        suggester: Suggester,
        hinter: Hinter,
        past: Callable[[], Iterable[Past]],
        redact: Callable[[str], str],
        ignores_space: Callable[[], bool],
    ) -> None:
        self.suggester = suggester
        self._hinter = hinter
        self._past = past
        self._redact = redact
        self._ignores_space = ignores_space
        self._loader = ThreadPoolExecutor(1, "history")
        self._words = ThreadPoolExecutor(1, "word")
        self._looking = False
        self._wanted = False
        self._reading = 0
        self._new: list[Typed] = []
        self._last = ("", "")
        self.plugged: Plugged | None = None

    def reply(self, request: Request, session: Session | None) -> dict[str, Any] | Future[dict[str, Any]]:
        """Return what to offer behind the request's line, now or where folders have to be read later."""
        if not self._wanted:
            self._wanted = True
            self._load()
        if self._reading:
            return {"suggestions": [], "partial": True}
        self._take_new()
        last = session.last_line() if session is not None else None
        place = Place(
            request.cwd or "", "" if last is None else self._without_secrets(last.text), request.shell
        )
        offer = self.suggester.offer(request.line, place)
        if (offer is not None and offer.whole) or not request.line.strip() or self._looking:
            return _fields(request.line, offer)
        path = request.env.get("PATH", "") or (session.path if session is not None else "")
        return self._look(request.line, place, path, offer)

    def hint(
        self, request: Request, session: Session | None, decide: Callable[[], Decision], asked: bool
    ) -> Future[dict[str, Any]]:
        """Return, later, `{hint}` of one line for what stands in the request's line; `{}` for none."""
        path = request.env.get("PATH", "") or (session.path if session is not None else "")
        cursor = len(request.line) if request.cursor is None else request.cursor
        typed = TypedSoFar(request.line, cursor)

        def look() -> dict[str, Any]:
            if not typed.line.strip() or len(typed.line) > LONGEST or not typed.line.isprintable():
                return {}
            told = self._hinter.hint(typed, decide(), request.shell, request.cwd, path, asked)
            return {"hint": told} if told else {}

        return self._words.submit(look)

    def _without_secrets(self, text: str) -> str:
        """Return the line that ran last, as the memory would have it: the same for every key of the next one."""
        if self._last[0] != text:
            self._last = (text, self._redact(text))
        return self._last[1]

    def _look(self, line: str, place: Place, path: str, known: Offer | None) -> Future[dict[str, Any]]:
        found: Future[dict[str, Any]] = Future()
        self._looking = True

        def look() -> None:
            try:
                offer = self.suggester.word(line, place, path, known) or self._plugged_offer(line, place)
            except Exception:
                offer = known
            finally:
                self._looking = False
            if found.set_running_or_notify_cancel():
                found.set_result(_fields(line, offer))

        self._words.submit(look)
        return found

    def _plugged_offer(self, line: str, place: Place) -> Offer | None:
        """Return what a plugin offers, where nothing else is known."""
        rest = self.plugged.rest(line, place.cwd, place.previous) if self.plugged is not None else ""
        return self.suggester.others(line, rest, place)

    def typed(self, text: str, cwd: str | None, previous: str) -> None:
        """Take a line that a person typed; it is looked at when somebody asks."""
        if self._wanted and not (text.startswith(" ") and self._ignores_space()):
            self._new.append(Typed(text, cwd or "", previous))
            if len(self._new) > WAITING:
                self._take_new()

    def _take_new(self) -> None:
        new, self._new = self._new, []
        for one in new:
            if self._redact(one.text) == one.text:
                self.suggester.typed(one)

    def ended(self, text: str, exit_code: int | None) -> None:
        """Take how that line ended."""
        if self._wanted:
            self._take_new()
            self.suggester.ended(text, exit_code)

    def read_again(self) -> None:
        """Know nothing but what the log still has."""
        self._new, self._last = [], ("", "")
        self.suggester.forget()
        if self._wanted:
            self._load()

    def read_more(self) -> None:
        """Know what was imported too; until it is read, what was known is offered."""
        if self._wanted:
            self._loader.submit(self._take_past)

    def _load(self) -> None:
        self._reading += 1
        self._loader.submit(self._read)

    def _read(self) -> None:
        try:
            self._take_past()
        finally:
            self._reading -= 1

    def _take_past(self) -> None:
        """Hold the lines of before. The collector would stop every shell's answer again and again to walk them, which
        are no garbage: it rests meanwhile, and leaves them out from then on."""
        gc.disable()
        try:
            self.suggester.load(self._past())
        finally:
            gc.freeze()
            gc.enable()


def _fields(line: str, offer: Offer | None) -> dict[str, Any]:
    if offer is None:
        return {"suggestions": []}
    rest = offer.line[len(line) :]
    kind = "line" if offer.whole else "word"
    return {"suggestions": [{"rest": rest, "kind": kind, "confidence": round(offer.confidence, 3)}]}


def counted_lines(file: Path) -> Iterator[Past]:
    """Yield what is typed often on one's other machines: older than all that was typed here."""
    for each in read_counted(file):
        if MASK not in each.text:
            yield from repeat(Past(Typed(each.text)), min(each.count, MOST_COUNTED))


def typed_lines(*logs: Path, ignores_space: bool) -> Iterator[Past]:
    """Yield what people typed, log after log, each in its order; a log that can't be read has nothing.
    `ignores_space`: nothing that begins with a blank."""
    previous: dict[str | None, str] = {}
    for log in logs:
        with Snapshot(log) as snapshot:
            for file in snapshot.files:
                with file.stream() as stream:
                    for line in stream:
                        if _IS_LINE in line:
                            yield from _typed_of(line, previous, ignores_space)


def _typed_of(line: bytes, previous: dict[str | None, str], ignores_space: bool) -> Iterator[Past]:
    for _, _, event in place_line(0, line):
        if not is_typed(event) or not event.text or MASK in event.text:
            continue
        if ignores_space and is_kept_back(event):
            continue
        # Without a session it is one program's history, in its order.
        session = event.session_id or event.command
        yield Past(Typed(event.text, event.cwd or "", previous.get(session, "")), event.exit_code)
        previous[session] = event.text
