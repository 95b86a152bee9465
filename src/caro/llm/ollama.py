"""Ollama's own protocol: lines of JSON."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence

from caro.llm.backend import NoAnswer, Turn
from caro.llm.http import Place, message_in, refusal, request
from caro.llm.openai import most_tokens


class Ollama:
    """`model` must be named: Ollama has many."""

    def __init__(self, place: Place, model: str, key: str = "") -> None:
        self._place, self._model, self._key = place, model, key

    @property
    def address(self) -> str:
        return f"{self._place.url.rstrip('/')}/api/chat"

    async def pieces(self, turns: Sequence[Turn], prose: bool = False) -> AsyncIterator[str]:
        body = {"model": self._model, "messages": [turn.row() for turn in turns], "stream": True, "think": False,
                "options": {"temperature": 0, "num_predict": most_tokens(prose)}}  # fmt: skip
        for told in (body, {name: value for name, value in body.items() if name != "think"}):
            async with request(self._place, "/api/chat", told, self._key) as reply:
                if reply.status == 400 and told is body:
                    # A model that can't think may refuse to be told not to.
                    continue
                if reply.status != 200:
                    raise await refusal(reply)
                async for line in reply.lines():
                    piece, last = _piece(line) if line.strip() else ("", False)
                    if piece:
                        yield piece
                    if last:
                        return
                raise NoAnswer("the answer breaks off")


def _piece(line: bytes) -> tuple[str, bool]:
    """Return the text of one line and whether it is the last. Raises NoAnswer."""
    try:
        row = json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise NoAnswer("the server sends what is no JSON") from None
    if not isinstance(row, dict):
        raise NoAnswer("the server sends what is no answer")
    if row.get("error"):
        raise NoAnswer(f"the server says: {message_in(line) or 'an error'}")
    message = row.get("message")
    text = message.get("content") if isinstance(message, dict) else None
    if text is None and not row.get("done"):
        raise NoAnswer("the server sends what is no answer")
    if row.get("done_reason") == "length":
        raise NoAnswer("the answer is longer than it may be")
    return text if isinstance(text, str) else "", bool(row.get("done"))
