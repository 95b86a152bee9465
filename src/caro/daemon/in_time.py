"""A reply that is not there yet: sent when it is, or a word that it is not, before its sender gives up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from caro.wire import Request

PATIENCE = 0.6
"""Part of the sender's time after which it is told that there is no answer yet."""


def answer_in_time(
    request: Request, fields: Future[dict[str, Any]], send: Callable[[dict[str, Any]], None]
) -> None:
    """Send the fields, or `partial` shortly before the sender gives up: silence would open its breaker."""
    loop = asyncio.get_running_loop()

    def done(found: Future[dict[str, Any]]) -> None:
        told = {"partial": True} if found.cancelled() else found.result()
        loop.call_soon_threadsafe(send, told)

    fields.add_done_callback(done)
    if request.timeout_ms is not None:
        loop.call_later(request.timeout_ms * PATIENCE / 1000, fields.cancel)
