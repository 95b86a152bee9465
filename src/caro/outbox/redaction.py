"""Take secrets out of events once more, before they leave: what was recorded with `privacy.redact` off, or before a
pattern was known, goes no further than this machine."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter

from caro.model import Event
from caro.redact.in_c import line_redactor
from caro.redact.redact import redact_argv, redact_text

_REMEMBERED = 100_000
_TEXTS = ("text", "command", "path", "cwd", "file")
_texts_of = attrgetter(*_TEXTS)
_UNQUOTED = re.compile(r"[\w@%+=:,./ -]+", re.ASCII)
"""Words that `shlex.quote` leaves as they are, with blanks between."""


class Redaction:
    """Redacts events in place. Lines and arguments repeat, and nearly all are clean: those are remembered."""

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        self._patterns = tuple(patterns)
        self._line: Callable[[str], str] = line_redactor() if not self._patterns else self._by_patterns
        self._clean: set[str | tuple[str, ...] | None] = {None}
        self._shown: dict[str, str] = {}
        self._shown_argvs: dict[tuple[str, ...], tuple[list[str], list[int]]] = {}

    def event(self, event: Event) -> None:
        """Mask what is secret in the words of an event, and drop the exact bytes of its arguments: they would need
        the same."""
        event.argv_b64 = None
        if event.argv and (argv := tuple(event.argv)) not in self._clean:
            shown, masked = self._argv(argv)
            if masked:
                event.argv, event.redacted = shown, sorted({*(event.redacted or ()), *masked})
        if not self._clean.issuperset(_texts_of(event)):
            for name in _TEXTS:
                self._field(event, name)

    def _field(self, event: Event, name: str) -> None:
        text: str | None = getattr(event, name)
        if text is None or text in self._clean:
            return
        shown = self._shown.get(text)
        if shown is None:
            self._make_room()
            shown = self._line(text)
            if shown == text:
                self._clean.add(text)
                return
            self._shown[text] = shown
        setattr(event, name, shown)

    def _argv(self, argv: tuple[str, ...]) -> tuple[list[str], list[int]]:
        found = self._shown_argvs.get(argv)
        if found is None:
            self._make_room()
            found = self._judged(argv)
            if found[1]:
                self._shown_argvs[argv] = found
            else:
                self._clean.add(argv)
        return found

    def _make_room(self) -> None:
        if len(self._clean) + len(self._shown) + len(self._shown_argvs) >= _REMEMBERED:
            self._clean = {None}
            self._shown.clear()
            self._shown_argvs.clear()

    def _judged(self, argv: Sequence[str]) -> tuple[list[str], list[int]]:
        """As one line first, which C does: nearly all are clean."""
        line = _joined(argv)
        if not self._patterns and self._line(line) == line:
            return list(argv), []
        return redact_argv(argv, self._patterns)

    def _by_patterns(self, text: str) -> str:
        return redact_text(text, self._patterns)


def _joined(argv: Sequence[str]) -> str:
    """Return `shlex.join(argv)`, in a third of its time where no word needs quotes."""
    line = " ".join(argv)
    whole = all(argv) and line.count(" ") == len(argv) - 1 and _UNQUOTED.fullmatch(line)
    return line if whole else shlex.join(argv)
