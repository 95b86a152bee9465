"""A model that the daemon runs in a process of its own (`serving.py`), asked over its Unix socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from caro.errors import CaroError
from caro.llm.abilities import LLAMA_CPP
from caro.llm.backend import NoAnswer, Turn
from caro.llm.http import Place, request
from caro.llm.openai import OpenAI

POLL_SECONDS = 0.05


class Embedded:
    """`start` has the daemon run the model, where it doesn't yet, and returns the socket on which it answers. Raises
    CaroError where it can't run."""

    def __init__(self, model: str, start: Callable[[], Path]) -> None:
        self._model, self._start = model, start

    @property
    def address(self) -> str:
        return f"the model {self._model} in a process of the daemon"

    async def pieces(self, turns: Sequence[Turn], prose: bool = False) -> AsyncIterator[str]:
        socket = await self._ready()
        server = OpenAI(Place.of(f"unix:{socket}"), "", abilities=LLAMA_CPP)
        async for piece in server.pieces(turns, prose):
            yield piece

    async def _ready(self) -> Path:
        """Return the socket once the model is loaded. Raises NoAnswer where it never will be."""
        while True:
            try:
                socket = await asyncio.to_thread(self._start)
            except CaroError as problem:
                raise NoAnswer(str(problem)) from None
            if await _is_loaded(Place.of(f"unix:{socket}")):
                return socket
            await asyncio.sleep(POLL_SECONDS)


async def _is_loaded(place: Place) -> bool:
    """True if the server at the place has its model in memory: until then it answers 503."""
    try:
        async with request(place, "/health") as reply:
            return reply.status == 200
    except (OSError, NoAnswer):
        return False


def started_by_daemon(socket: Path, model: str) -> Path:
    """Have the daemon at `socket` run the model; return the socket that it answers on. Raises CaroError."""
    from caro.client import Client

    reply = Client(socket, timeout=5.0).request("ask", what="model", command=model)
    if reply.get("problem") or not reply.get("socket"):
        raise CaroError(
            str(reply.get("problem") or "the daemon runs no model; `caro daemon stop` it, and ask again")
        )
    return Path(str(reply["socket"]))
