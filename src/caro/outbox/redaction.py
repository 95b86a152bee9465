"""Take secrets out of events once more, before they leave: what was recorded with `privacy.redact` off, or before a
pattern was known, goes no further than this machine."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Sequence

from caro.model import Event
from caro.record.redact import redact_argv, redact_text
from caro.record.redact_in_c import line_redactor

_REMEMBERED = 100_000
_UNQUOTED = re.compile(r"[\w@%+=:,./ -]+", re.ASCII)
"""Words that `shlex.quote` leaves as they are, with blanks between."""


class Redaction:
    """Redacts events in place. Lines and arguments repeat, so what was judged once is remembered."""

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        self._patterns = tuple(patterns)
        self._line: Callable[[str], str] = line_redactor() if not self._patterns else self._by_patterns
        self._lines: dict[str, str] = {}
        self._argvs: dict[tuple[str, ...], tuple[list[str], list[int]]] = {}

    def event(self, event: Event) -> None:
        """Mask what is secret in the words of an event, and drop the exact bytes of its arguments: they would need
        the same."""
        event.argv_b64 = None
        if event.argv:
            shown, masked = self._argv(tuple(event.argv))
            if masked:
                event.argv, event.redacted = shown, sorted({*(event.redacted or ()), *masked})
        for name in ("text", "command", "path", "cwd", "file"):
            text = getattr(event, name)
            if text is not None and (shown_text := self._text(text)) != text:
                setattr(event, name, shown_text)

    def _text(self, text: str) -> str:
        known = self._lines.get(text)
        if known is None:
            if len(self._lines) >= _REMEMBERED:
                self._lines.clear()
            known = self._lines[text] = self._line(text)
        return known

    def _argv(self, argv: tuple[str, ...]) -> tuple[list[str], list[int]]:
        known = self._argvs.get(argv)
        if known is None:
            if len(self._argvs) >= _REMEMBERED:
                self._argvs.clear()
            known = self._argvs[argv] = self._judged(argv)
        return known

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
