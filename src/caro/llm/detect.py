"""Servers of models that run on this machine, found by asking the ports that they usually have."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass

from caro.llm.backend import NoAnswer
from caro.llm.http import Place, request

PORTS = (
    (11434, "ollama"),
    (8080, "openai"),
    (8000, "openai"),
    (1234, "openai"),
    (5001, "openai"),
    (8081, "openai"),
)
"""Ollama; llama.cpp and mlx_lm.server; vLLM; LM Studio; koboldcpp; another llama.cpp."""
SECONDS = 1.0


@dataclass(frozen=True)
class Server:
    """A server that answers, and the models that it has."""

    kind: str
    url: str
    models: tuple[str, ...]


def detect(ports: Sequence[tuple[int, str]] = PORTS) -> list[Server]:
    """Return the servers that answer on loopback."""

    async def all_of_them() -> list[Server | None]:
        return list(await asyncio.gather(*(_server(port, kind) for port, kind in ports)))

    return [server for server in asyncio.run(all_of_them()) if server is not None]


async def _server(port: int, kind: str) -> Server | None:
    place = Place.of(f"http://127.0.0.1:{port}")
    path = "/api/tags" if kind == "ollama" else "/v1/models"
    try:
        async with asyncio.timeout(SECONDS), request(place, path) as reply:
            if reply.status != 200:
                return None
            row = json.loads(b"\n".join([line async for line in reply.lines()]))
    except (OSError, EOFError, NoAnswer, TimeoutError, ValueError, RecursionError):
        return None
    listed = row.get("models" if kind == "ollama" else "data") if isinstance(row, dict) else None
    if not isinstance(listed, list):
        return None
    names = (one.get("name") or one.get("id") for one in listed if isinstance(one, dict))
    return Server(kind, place.url, tuple(str(name)[:100] for name in names if name))
