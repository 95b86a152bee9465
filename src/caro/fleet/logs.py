"""Events as OTLP/HTTP requests in JSON: each one a log record, what took time a span too.

opentelemetry-proto, logs/v1/logs.proto and trace/v1/trace.proto, with their JSON mapping. Ids and attributes are those
of `caro export otlp`: a session is a trace, a span id is the random half of an event's id.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from caro.export.otlp import INTERNAL, SPAN_ERROR, attributes, span_id, trace_id
from caro.export.spans import LONGEST_COMMAND, TIMED
from caro.model import Event
from caro.printable import printable
from caro.record.query import has_failed
from caro.record.times import ts_seconds

_encode = msgspec.json.Encoder().encode
_INFO, _WARN, _ERROR = (9, "INFO"), (13, "WARN"), (17, "ERROR")
_STRICT = ("confirm", "block")


def logs_request(events: Iterable[Event], host: str) -> bytes:
    """Return the body for /v1/logs."""
    records = b",\n".join([_encode(_record(event, host)) for event in events])
    return _wrapped(b"resourceLogs", b"scopeLogs", b"logRecords", records, host)


def traces_request(events: Iterable[Event], host: str) -> bytes:
    """Return the body for /v1/traces; empty where nothing took time."""
    timed = [event for event in events if event.kind in TIMED and event.duration_ms is not None]
    spans = b",\n".join([_encode(_span(event, host)) for event in timed])
    return _wrapped(b"resourceSpans", b"scopeSpans", b"spans", spans, host) if spans else b""


def lost_record(count: int, id: str, since: str, now: str, host: str) -> bytes:
    """Return the body for /v1/logs that says that events were dropped."""
    record = {
        "timeUnixNano": _nanoseconds(since or now),
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


def _record(event: Event, host: str) -> dict[str, Any]:
    number, word = _severity(event)
    record: dict[str, Any] = {
        "timeUnixNano": _nanoseconds(event.ts),
        "severityNumber": number,
        "severityText": word,
        "body": {"stringValue": _words(event)},
        "attributes": _attributes(event, host)
        + attributes(
            {
                "caro.id": event.id,
                "caro.source": event.source,
                "caro.level": event.level,
                "caro.action": event.action,
                "caro.rules": ",".join(event.rules) if event.rules else None,
                "process.exit.signal": event.signal,
                "user.name": event.user,
            }
        ),
    }
    if event.session_id:
        record["traceId"] = trace_id(event.session_id)
        record["spanId"] = span_id(event.id)
    return record


def _span(event: Event, host: str) -> dict[str, Any]:
    start = round(ts_seconds(event.ts) * 1_000_000)
    words = _words(event)
    span: dict[str, Any] = {
        "traceId": trace_id(event.session_id or event.id),
        "spanId": span_id(event.id),
        "name": (event.command or words[:80] or "?") if event.kind != "line" else words[:80] or "line",
        "kind": INTERNAL,
        "startTimeUnixNano": str(start * 1000),
        "endTimeUnixNano": str((start + round((event.duration_ms or 0) * 1000)) * 1000),
        "attributes": _attributes(event, host) + attributes({"process.command_line": words}),
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


def _nanoseconds(ts: str) -> str:
    return str(round(ts_seconds(ts) * 1_000_000) * 1000)
