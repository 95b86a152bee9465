"""Secrets leave a text before the daemon keeps it anywhere, its own memory included."""

from __future__ import annotations

from caro.redact.in_c import line_redactor
from caro.redact.redact import redact_text
from caro.runtime_conf import redact_patterns
from caro.settings import Settings


class Redactor:
    """`redactor(text)` is the text without its secrets, as the configuration wants it."""

    def __init__(self, settings: Settings) -> None:
        self.use(settings)

    def use(self, settings: Settings) -> None:
        self.wanted = bool(settings["privacy.redact"])
        self.patterns = redact_patterns(settings)
        # A tenth of the time; with patterns of the person's own Python reads, which knows them.
        self._quickly = None if self.patterns else line_redactor()

    def __call__(self, text: str) -> str:
        if not self.wanted:
            return text
        return self._quickly(text) if self._quickly is not None else redact_text(text, self.patterns)
