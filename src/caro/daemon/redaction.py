"""Secrets leave a text before the daemon keeps it anywhere, its own memory included."""

from __future__ import annotations

from caro.record.redact import redact_text
from caro.runtime_conf import redact_patterns
from caro.settings import Settings


class Redactor:
    """`redactor(text)` is the text without its secrets, as the configuration wants it."""

    def __init__(self, settings: Settings) -> None:
        self.use(settings)

    def use(self, settings: Settings) -> None:
        self.wanted = bool(settings["privacy.redact"])
        self.patterns = redact_patterns(settings)

    def __call__(self, text: str) -> str:
        return redact_text(text, self.patterns) if self.wanted else text
