"""What a server can do, found by asking it: unknown ones get the plainest request, and their answer is read with care.

A schema for JSON is never asked for: a line costs three times the tokens so, and half of the servers ignore it.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from caro.llm.backend import NoAnswer, Turn
from caro.llm.http import Place, request

SECONDS = 0.5
BEGIN, END = "```bash\n", "\n```"
"""What the answer is made to begin with, and what ends it."""


@dataclass(frozen=True)
class Abilities:
    """`prefill`: an assistant's turn at the end is gone on with. `stop`: texts end the answer. `no_thoughts`: the
    template can be told not to think. `continues`: what vLLM wants to be told for a prefill."""

    prefill: bool = False
    stop: bool = False
    no_thoughts: bool = False
    continues: bool = False

    def fields(self) -> dict[str, Any]:
        """Return what the request has beside the usual."""
        told: dict[str, Any] = {}
        if self.stop and self.prefill:
            told["stop"] = [END]
        if self.no_thoughts:
            told["chat_template_kwargs"] = {"enable_thinking": False}
        if self.continues:
            told |= {"continue_final_message": True, "add_generation_prompt": False}
        return told

    def for_prose(self) -> Abilities:
        """Return what is of use where the answer is no block of code."""
        return Abilities(no_thoughts=self.no_thoughts)

    def turns(self) -> list[Turn]:
        """Return what comes behind the conversation."""
        return [Turn("assistant", BEGIN)] if self.prefill else []


PLAIN = Abilities()
LLAMA_CPP = Abilities(prefill=True, stop=True, no_thoughts=True)
VLLM = Abilities(prefill=True, stop=True, no_thoughts=True, continues=True)


async def probed(place: Place, key: str = "") -> Abilities:
    """Return what the server at the place can do; PLAIN where it doesn't say. Never raises."""
    if "default_generation_settings" in await _told(place, "/props", key):
        return LLAMA_CPP
    return VLLM if isinstance((await _told(place, "/version", key)).get("version"), str) else PLAIN


async def _told(place: Place, path: str, key: str) -> dict[str, Any]:
    """Return the JSON object at a path of the server's root; {} where there is none."""
    root = Place(
        place.url, place.host, place.port, place.socket, place.base.removesuffix("/v1"), place.secure
    )
    try:
        async with asyncio.timeout(SECONDS), request(root, path, key=key) as reply:
            if reply.status != 200:
                return {}
            row = json.loads(b"\n".join([line async for line in reply.lines()]))
    except (OSError, EOFError, NoAnswer, TimeoutError, ValueError, RecursionError):
        return {}
    return row if isinstance(row, dict) else {}
