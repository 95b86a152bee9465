"""Servers of models that run on this machine, found by asking the ports that they usually have."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from caro.llm.backend import NoAnswer
from caro.llm.http import Place, request

PORTS = (
    (11434, "ollama"),
    (8080, "openai"),
    (8000, "openai"),
    (1234, "openai"),
    (5001, "openai"),
    (8081, "openai"),
    (1337, "openai"),
    (5000, "openai"),
)
"""Ollama; llama.cpp and mlx_lm.server; vLLM; LM Studio; koboldcpp; another llama.cpp; Jan; text-generation-webui."""
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
    row = await _object(place, "/api/tags" if kind == "ollama" else "/v1/models")
    listed = row.get("models" if kind == "ollama" else "data")
    if not isinstance(listed, list):
        # mlx_lm.server lists what was downloaded, and fails where nothing was.
        well = kind == "openai" and str((await _object(place, "/health")).get("status")) == "ok"
        return Server(kind, place.url, ()) if well else None
    names = (one.get("name") or one.get("id") for one in listed if isinstance(one, dict))
    return Server(kind, place.url, tuple(str(name)[:100] for name in names if name))


async def models_at(place: Place, path: str, key: str = "") -> tuple[str, ...]:
    """Return the names that an OpenAI server lists, in its order; none where it lists none."""
    listed = (await _object(place, path, key)).get("data")
    rows = listed if isinstance(listed, list) else []
    return tuple(str(row["id"])[:100] for row in rows if isinstance(row, dict) and row.get("id"))


async def _object(place: Place, path: str, key: str = "") -> dict[str, Any]:
    """Return the JSON object at the path; {} where there is none."""
    try:
        async with asyncio.timeout(SECONDS), request(place, path, key=key) as reply:
            row = (
                json.loads(b"\n".join([line async for line in reply.lines()])) if reply.status == 200 else {}
            )
    except (OSError, EOFError, NoAnswer, TimeoutError, ValueError, RecursionError):
        return {}
    return row if isinstance(row, dict) else {}
