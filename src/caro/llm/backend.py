"""The protocol of a backend, and how one answer is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

LONGEST_ANSWER = 8 * 1024
"""Bytes of an answer: a command line is never that long."""


class NoAnswer(Exception):
    """There is no answer, or not a whole one; the message says why, for a person."""


@dataclass(frozen=True)
class Turn:
    """One part of the conversation; `role` is `system`, `user` or `assistant`."""

    role: str
    text: str

    def row(self) -> dict[str, str]:
        """Return it as chat servers want it."""
        return {"role": self.role, "content": self.text}


@dataclass(frozen=True)
class Waits:
    """Longest waits in seconds: for the first byte, and for the whole answer."""

    first: float = 3.0
    whole: float = 20.0


class Backend(Protocol):
    """One kind of server."""

    @property
    def address(self) -> str:
        """Where what is sent goes, for `--show-prompt`."""

    def pieces(self, turns: Sequence[Turn], prose: bool = False) -> AsyncIterator[str]:
        """Yield the answer as it comes: a command line, or with `prose` a few lines of text. Raises NoAnswer where the
        server refuses, breaks off or says no whole one."""


async def answer_of(
    backend: Backend,
    turns: Sequence[Turn],
    waits: Waits,
    heard: Callable[[str], None] = lambda text: None,
    prose: bool = False,
) -> str:
    """Return the whole answer; `heard` gets each piece as it comes. Raises NoAnswer. Cancelling closes the
    connection, which frees the server."""
    pieces = backend.pieces(turns, prose)
    said: list[str] = []
    try:
        async with asyncio.timeout(waits.whole):
            async with asyncio.timeout(waits.first):
                said.append(await anext(pieces, ""))
            heard(said[0])
            async for piece in pieces:
                said.append(piece)
                heard(piece)
                if sum(map(len, said)) > LONGEST_ANSWER:
                    raise NoAnswer("it says more than was asked for")
    except TimeoutError:
        waited = waits.whole if said else waits.first
        raise NoAnswer(
            f"no {'whole ' if said else ''}answer within {waited:g} s (llm.timeout_ms, llm.whole_ms)"
        ) from None
    except (OSError, EOFError) as error:
        raise NoAnswer(
            f"{backend.address}: {getattr(error, 'strerror', '') or error or 'the connection broke'}"
        ) from error
    finally:
        await pieces.aclose()  # type: ignore[attr-defined]
    return "".join(said)
