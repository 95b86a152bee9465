"""Events as rows for ClickHouse: one JSON object a line (JSONEachRow), keys as the columns of sql/schema.sql."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from caro.model import Event

_encode = msgspec.json.Encoder().encode


def row(event: Event, host: str) -> bytes:
    """Return the row. Its `version` lets the end of a command replace its announcement, which has the same id."""
    if event.host is None:
        event.host = host
    if event.kind == "exec_start":
        return _encode(event) + b"\n"
    return _encode(event)[:-1] + b',"version":1}\n'


def rows(events: Iterable[Event], host: str) -> bytes:
    return b"".join([row(event, host) for event in events])


def lost_row(id: str, count: int, since: str, now: str, host: str) -> bytes:
    """Return the row that says that events were dropped; of two with one id the larger count stands."""
    text = f"{count} events were dropped since {since}: the backlog grew above fleet.disk_mb"
    told = {
        "v": 1,
        "id": id,
        "kind": "lost",
        "source": "fleet",
        "ts": since or now,
        "host": host,
        "text": text,
    }
    return _encode(told | {"lost": count, "version": count}) + b"\n"
