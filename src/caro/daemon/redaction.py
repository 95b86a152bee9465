"""Secrets leave a text before the daemon keeps it anywhere, its own memory included."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import cache


@cache
def _redactor() -> Callable[[str], str] | None:
    try:
        module = importlib.import_module("caro.record.redact")
    except ModuleNotFoundError:
        return None
    redact: Callable[[str], str] = module.redact_text
    return redact


def redact_text(text: str) -> str:
    redactor = _redactor()
    return redactor(text) if redactor is not None else text
