"""Secrets leave a text before the daemon keeps it anywhere, its own memory included."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from caro.settings import Settings


class Redactor:
    """`redactor(text)` is the text without its secrets, as the configuration wants it."""

    def __init__(self, settings: Settings) -> None:
        self._redact = _redact_text()
        self.use(settings)

    def use(self, settings: Settings) -> None:
        self.wanted = bool(settings["privacy.redact"])
        self.patterns = [str(pattern) for pattern in settings["privacy.redact_patterns"]]

    def __call__(self, text: str) -> str:
        return self._redact(text, self.patterns) if self.wanted and self._redact else text


def _redact_text() -> Callable[..., str] | None:
    try:
        module: Any = importlib.import_module("caro.record.redact")
    except ModuleNotFoundError:
        return None
    redact: Callable[..., str] = module.redact_text
    return redact
