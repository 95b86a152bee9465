"""What a server is sent for a batch, and what its answers mean: ClickHouse, or an OTLP collector."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from urllib.parse import quote

from caro.fleet import logs, rows
from caro.fleet.door import Answer, Door
from caro.fleet.target import OTLP, Target
from caro.model import Event
from caro.outbox.state import Lost

_PACKING = 1
"""Level of gzip: a third of the time of the usual one, for a tenth more bytes."""


_UNREADABLE = re.compile(rb"Code: (?:6|26|27|33|38|41|53|72|117)[,.]")
"""ClickHouse's words for a body that it can't read as rows: CANNOT_PARSE_..., TYPE_MISMATCH, INCORRECT_DATA."""


@dataclass(frozen=True)
class Post:
    """One request: its path, its packed body, and the word by which the server knows it again."""

    path: str
    body: bytes
    token: str


class Receiver(Protocol):
    """How one kind of server wants its batches."""

    def posts(self, events: Sequence[Event]) -> list[Post]:
        """Return the requests of a batch, in order."""

    def lost(self, lost: Lost, now: str) -> Post:
        """Return the request that says that events were dropped."""

    def deliver(self, door: Door, post: Post) -> Answer:
        """Send one request. Raises Unreachable."""

    def probe(self, door: Door) -> Answer:
        """Ask whether all is ready for batches, without sending any event."""


def receiver_of(target: Target, host: str) -> Receiver:
    return Collector(target, host) if target.kind == OTLP else ClickHouse(target, host)


class ClickHouse:
    """Inserts as JSONEachRow. A server of today drops a batch whose token it has seen; older ones know no token, and
    there the views' FINAL drops what came twice."""

    def __init__(self, target: Target, host: str) -> None:
        self._target, self._host = target, host
        self._tokens: bool | None = None
        """Whether the server takes a token; asked once."""
        statement = quote(f"INSERT INTO {target.database}.events FORMAT JSONEachRow")
        options = "input_format_skip_unknown_fields=1&date_time_input_format=best_effort"
        self._insert = f"/?query={statement}&{options}"

    def posts(self, events: Sequence[Event]) -> list[Post]:
        return [_packed(self._insert, rows.rows(events, self._host), events)] if events else []

    def lost(self, lost: Lost, now: str) -> Post:
        body = rows.lost_row(lost.id, lost.count, lost.since, now, self._host)
        return Post(self._insert, gzip.compress(body, _PACKING, mtime=0), f"{lost.id}:{lost.count}")

    def deliver(self, door: Door, post: Post) -> Answer:
        if self._tokens is None:
            answer = self.ask(door, "SELECT version()")
            if answer.status != 200:
                return answer
            self._tokens = _knows_tokens(answer.body)
        path = post.path + (f"&insert_deduplication_token={post.token}" if self._tokens else "")
        answer = door.send("POST", path, post.body, self._headers() | {"Content-Encoding": "gzip"})
        # Old servers answer 500 to some bodies that they can't read: those would be sent again for ever.
        bad = answer.status == 500 and _UNREADABLE.match(answer.body)
        return replace(answer, status=400) if bad else answer

    def probe(self, door: Door) -> Answer:
        return self.ask(door, f"SELECT id, version FROM {self._target.database}.events LIMIT 0")

    def ask(self, door: Door, sql: str) -> Answer:
        """Send one statement as a request's body."""
        return door.send("POST", "/", sql.encode(), self._headers())

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "text/plain"}
        if self._target.user:
            headers["X-ClickHouse-User"] = self._target.user
        if self._target.token:
            headers["X-ClickHouse-Key"] = self._target.token
        return headers


class Collector:
    """OTLP/HTTP with JSON: /v1/logs and /v1/traces below the address."""

    def __init__(self, target: Target, host: str) -> None:
        self._target, self._host = target, host

    def posts(self, events: Sequence[Event]) -> list[Post]:
        made = []
        told = logs.told_of(events, self._host)
        if events and "logs" in self._target.signals:
            made.append(_packed("/v1/logs", logs.logs_request(told, self._host), events))
        if "traces" in self._target.signals and (body := logs.traces_request(told, self._host)):
            made.append(_packed("/v1/traces", body, events))
        return made

    def lost(self, lost: Lost, now: str) -> Post:
        body = logs.lost_record(lost.count, lost.id, lost.since, now, self._host)
        return Post("/v1/logs", gzip.compress(body, _PACKING, mtime=0), lost.id)

    def deliver(self, door: Door, post: Post) -> Answer:
        headers = self._headers() | {"Content-Encoding": "gzip"}
        return door.send("POST", post.path, post.body, headers)

    def probe(self, door: Door) -> Answer:
        return door.send("POST", "/v1/logs", b'{"resourceLogs":[]}', self._headers())

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        if self._target.token:
            headers["Authorization"] = f"Bearer {self._target.token}"
        return headers


def _packed(path: str, body: bytes, events: Sequence[Event]) -> Post:
    """Make a request; its token is the same for the same events in the same order, whatever file they stand in."""
    ids = "\n".join([f"{event.id}{event.kind}" for event in events])
    token = hashlib.sha256(ids.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return Post(path, gzip.compress(body, _PACKING, mtime=0), token)


def _knows_tokens(version: bytes) -> bool:
    """True from ClickHouse 22.2 on."""
    numbers = version.split(b".")
    return (
        len(numbers) > 1 and all(n.isdigit() for n in numbers[:2]) and tuple(map(int, numbers[:2])) >= (22, 2)
    )
