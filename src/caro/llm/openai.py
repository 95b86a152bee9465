"""Servers that speak OpenAI's chat protocol: vLLM, llama.cpp, mlx_lm.server, LM Studio and others."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

from caro.llm.abilities import BEGIN, END, PLAIN, Abilities, probed
from caro.llm.backend import NoAnswer, Turn
from caro.llm.detect import models_at
from caro.llm.http import Place, Reply, message_in, refusal, request

MOST_TOKENS, MOST_TOKENS_OF_PROSE = 200, 400


def most_tokens(prose: bool) -> int:
    """Return how long an answer may be."""
    return MOST_TOKENS_OF_PROSE if prose else MOST_TOKENS


class OpenAI:
    """`place` with or without `/v1`; `model` may be "" for servers that run one; `abilities` None: it is asked what it
    can do."""

    def __init__(self, place: Place, model: str, key: str = "", abilities: Abilities | None = PLAIN) -> None:
        self._place, self._model, self._key, self._abilities = place, model, key, abilities

    @property
    def address(self) -> str:
        return f"{self._place.url.rstrip('/')}{self._path}"

    @property
    def _path(self) -> str:
        return "/chat/completions" if self._place.base.endswith("/v1") else "/v1/chat/completions"

    async def pieces(self, turns: Sequence[Turn], prose: bool = False) -> AsyncIterator[str]:
        if self._abilities is None:
            self._abilities = await probed(self._place, self._key)
        wanted = self._abilities.for_prose() if prose else self._abilities
        ways = list(dict.fromkeys((wanted, PLAIN)))
        while ways:
            able = ways.pop(0)
            body = self._body(turns, able, most_tokens(prose))
            async with request(self._place, self._path, body, self._key) as reply:
                if reply.status != 200:
                    refused = await refusal(reply)
                    if not self._model and "model" in str(refused) and await self._take_first_model():
                        ways.insert(0, able)
                        continue
                    if reply.status == 400 and able is not PLAIN:
                        # It can do less than it seemed to.
                        continue
                    raise refused
                async for piece in _fenced(reply, able) if able.prefill else _events(reply):
                    yield piece
                return

    async def _take_first_model(self) -> bool:
        """True if the server, which wants a name, lists models: the first is taken then."""
        models = await models_at(self._place, self._path.replace("chat/completions", "models"), self._key)
        self._model = next(iter(models), "")
        return bool(self._model)

    def _body(self, turns: Sequence[Turn], able: Abilities, most: int) -> dict[str, Any]:
        messages = [turn.row() for turn in (*turns, *able.turns())]
        # mlx_lm.server takes an empty name for that of a model.
        named = {"model": self._model} if self._model else {}
        return {**named, "messages": messages, "stream": True, "temperature": 0, "max_tokens": most,
                **able.fields()}  # fmt: skip


async def _fenced(reply: Reply, able: Abilities) -> AsyncIterator[str]:
    """Yield an answer that the server went on with behind `BEGIN`, as the whole block that it is."""
    begun, said = False, ""
    async for piece in _events(reply):
        if not begun and piece.strip():
            begun = True
            # Some repeat what they were given.
            if not piece.lstrip().startswith("```"):
                yield BEGIN
        said += piece
        yield piece
    if begun and able.stop and not said.rstrip().endswith("```"):
        yield END


async def _events(reply: Reply) -> AsyncIterator[str]:
    """Yield the pieces of a stream of events, or the one of a server that doesn't stream."""
    ended = False
    other: list[bytes] = []
    async for line in reply.lines():
        name, colon, data = line.partition(b":")
        if line.startswith(b":"):
            # A comment, while the server reads the request: it is there, and its first byte too.
            yield ""
            continue
        if name.strip() not in (b"data", b"event", b"id", b"retry", b"") or not colon:
            other += [line] if line.strip() else []
            continue
        if name.strip() != b"data":
            continue
        if data.strip() == b"[DONE]":
            ended = True
            break
        piece, last = _piece(_row(data))
        if piece:
            yield piece
        ended = ended or last
    if other and not ended:
        piece, ended = _piece(_row(b"\n".join(other)))
        yield piece
    if not ended:
        raise NoAnswer("the answer breaks off")


def _row(data: bytes) -> dict[str, Any]:
    try:
        row = json.loads(data.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise NoAnswer("the server sends what is no JSON") from None
    if not isinstance(row, dict):
        raise NoAnswer("the server sends what is no answer")
    if row.get("error"):
        raise NoAnswer(f"the server says: {message_in(data) or 'an error'}")
    return row


def _piece(row: dict[str, Any]) -> tuple[str, bool]:
    """Return the text of one event and whether it is the last. Raises NoAnswer for an answer that was cut."""
    choices = row.get("choices")
    if not isinstance(choices, list):
        raise NoAnswer("the server sends what is no answer")
    if not choices or not isinstance(choices[0], dict):
        return "", False
    choice = choices[0]
    said = choice.get("delta") or choice.get("message") or {}
    text = said.get("content") if isinstance(said, dict) else None
    reason = choice.get("finish_reason")
    if reason == "length":
        raise NoAnswer("the answer is longer than it may be")
    return text if isinstance(text, str) else "", bool(reason)
