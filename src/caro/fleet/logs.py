"""Events as OTLP/HTTP requests in JSON: each one a log record, what took time a span too.

opentelemetry-proto, logs/v1/logs.proto and trace/v1/trace.proto, with their JSON mapping. Ids and attributes are those
of `caro export otlp`: a session is a trace, a span id is the random half of an event's id.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from caro.export.otlp import INTERNAL, SPAN_ERROR, attributes, rare_attribute, span_id, trace_id
from caro.export.spans import LONGEST_COMMAND, TIMED
from caro.model import Event
from caro.printable import printable
from caro.record.query import has_failed
from caro.record.times import ts_seconds

_encode = msgspec.json.Encoder().encode
_INFO, _WARN, _ERROR = (9, "INFO"), (13, "WARN"), (17, "ERROR")
_STRICT = ("confirm", "block")


@dataclass(slots=True)
class Told:
    """What the log record and the span of one event have in common, made once for both."""

    event: Event
    microseconds: int
    words: str
    attributes: list[msgspec.Raw]


def told_of(events: Iterable[Event], host: str) -> list[Told]:
    """Return the events of a batch as both requests take them."""
    return [Told(event, _microseconds(event.ts), _words(event), _attributes(event, host)) for event in events]


def logs_request(told: Iterable[Told], host: str) -> bytes:
    """Return the body for /v1/logs."""
    records = b",\n".join([_encode(_record(each)) for each in told])
    return _wrapped(b"resourceLogs", b"scopeLogs", b"logRecords", records, host)


def traces_request(told: Iterable[Told], host: str) -> bytes:
    """Return the body for /v1/traces; empty where nothing took time."""
    timed = [each for each in told if each.event.kind in TIMED and each.event.duration_ms is not None]
    spans = b",\n".join([_encode(_span(each)) for each in timed])
    return _wrapped(b"resourceSpans", b"scopeSpans", b"spans", spans, host) if spans else b""


def lost_record(count: int, id: str, since: str, now: str, host: str) -> bytes:
    """Return the body for /v1/logs that says that events were dropped."""
    record = {
        "timeUnixNano": str(_microseconds(since or now) * 1000),
        "severityNumber": _WARN[0],
        "severityText": _WARN[1],
        "body": {"stringValue": f"{count} events were dropped: the backlog grew above fleet.disk_mb"},
        "attributes": attributes({"caro.kind": "lost", "caro.lost": count, "caro.id": id}),
    }
    return _wrapped(b"resourceLogs", b"scopeLogs", b"logRecords", _encode(record), host)


def _wrapped(resources: bytes, scopes: bytes, items: bytes, body: bytes, host: str) -> bytes:
    resource = _encode({"attributes": attributes({"service.name": "caro", "host.name": host})})
    parts = (
        b'{"', resources, b'":[{"resource":', resource, b',"', scopes, b'":[{"scope":{"name":"caro"},"', items,
        b'":[\n', body, b"]}]}]}\n",
    )  # fmt: skip
    return b"".join(parts)


def _record(told: Told) -> dict[str, Any]:
    event = told.event
    number, word = _severity(event)
    own = {
        "caro.source": event.source,
        "caro.level": event.level,
        "caro.action": event.action,
        "caro.rules": ",".join(event.rules) if event.rules else None,
        "process.exit.signal": event.signal,
        "user.name": event.user,
    }
    record: dict[str, Any] = {
        "timeUnixNano": str(told.microseconds * 1000),
        "severityNumber": number,
        "severityText": word,
        "body": {"stringValue": told.words},
        "attributes": [*told.attributes, rare_attribute("caro.id", event.id), *attributes(own)],
    }
    if event.session_id:
        record["traceId"] = trace_id(event.session_id)
        record["spanId"] = span_id(event.id)
    return record


def _span(told: Told) -> dict[str, Any]:
    event, words = told.event, told.words
    end = told.microseconds + round((event.duration_ms or 0) * 1000)
    span: dict[str, Any] = {
        "traceId": trace_id(event.session_id or event.id),
        "spanId": span_id(event.id),
        "name": (event.command or words[:80] or "?") if event.kind != "line" else words[:80] or "line",
        "kind": INTERNAL,
        "startTimeUnixNano": str(told.microseconds * 1000),
        "endTimeUnixNano": str(end * 1000),
        "attributes": [*told.attributes, rare_attribute("process.command_line", words)],
    }
    parent = event.parent_id or event.line_id
    if parent and parent not in (event.session_id, event.id):
        span["parentSpanId"] = span_id(parent)
    if has_failed(event):
        span["status"] = {"code": SPAN_ERROR}
    return span


def _attributes(event: Event, host: str) -> list[msgspec.Raw]:
    return attributes(
        {
            "caro.kind": event.kind,
            "caro.agent": event.agent,
            "host.name": event.host if event.host != host else None,
            "process.executable.path": event.path,
            "process.working_directory": event.cwd,
            "process.pid": event.pid,
            "process.exit.code": event.exit_code,
        }
    )


def _severity(event: Event) -> tuple[int, str]:
    if event.action in _STRICT:
        return _WARN
    return _ERROR if has_failed(event) else _INFO


def _words(event: Event) -> str:
    words = event.text or (" ".join(event.argv) if event.argv else event.command) or ""
    return printable(words if len(words) <= LONGEST_COMMAND else words[:LONGEST_COMMAND] + "…")


def _microseconds(ts: str) -> int:
    return round(ts_seconds(ts) * 1_000_000)
