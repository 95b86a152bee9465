"""A record as OpenTelemetry spans: one OTLP/JSON request, as a collector takes it at /v1/traces.

opentelemetry-proto, trace/v1/trace.proto, and its JSON mapping: ids in hexadecimal, 64-bit numbers as text. Attribute
names are those of the semantic conventions for processes. A session is a trace; where TRACEPARENT (W3C Trace Context)
names one, it goes on in that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import msgspec

from caro.export.spans import Span, command_of, spans_of
from caro.model import Event
from caro.printable import printable
from caro.record.query import has_failed

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
_DIGITS = re.compile(r"[0-9a-f]{32}")
SPAN_ERROR = 2
INTERNAL = 1


def otlp_request(events: Iterable[Event], traceparent: str = "") -> Iterator[bytes]:
    """Yield the request piece by piece; `traceparent` is that header's value, what is no such value is ignored."""
    above = _TRACEPARENT.fullmatch(traceparent.strip())
    if above is not None and (not above[1].strip("0") or not above[2].strip("0")):
        above = None
    yield b'{"resourceSpans":['
    first = True
    for tree, spans in spans_of(events):
        trace = above[1] if above is not None else trace_id(tree.session_id or spans[0].event.id)
        host = next((span.event.host for span in spans if span.event.host), None)
        resource = {"attributes": attributes({"service.name": "caro", "host.name": host})}
        scope = {"name": "caro"}
        yield (b"" if first else b",") + b'{"resource":' + msgspec.json.encode(resource)
        yield b',"scopeSpans":[{"scope":' + msgspec.json.encode(scope) + b',"spans":['
        for number, span in enumerate(spans):
            parent = span.parent if span.process == span.event.id else span.process
            told = _span(span, trace, span_id(parent) if parent else above[2] if above is not None else "")
            yield (b",\n" if number else b"\n") + msgspec.json.encode(told)
        yield b"]}]}"
        first = False
    yield b"]}\n"


def _span(span: Span, trace: str, parent: str) -> dict[str, Any]:
    event = span.event
    told: dict[str, Any] = {
        "traceId": trace,
        "spanId": span_id(event.id),
        "name": span.name,
        "kind": INTERNAL,
        "startTimeUnixNano": str(span.start_us * 1000),
        "endTimeUnixNano": str((span.start_us + span.duration_us) * 1000),
        "attributes": attributes(
            {
                "caro.kind": event.kind,
                "caro.agent": event.agent,
                "process.command_line": command_of(span),
                "process.executable.path": event.path,
                "process.working_directory": event.cwd,
                "process.pid": event.pid,
                "process.exit.code": event.exit_code,
            }
        ),
    }
    if parent:
        told["parentSpanId"] = parent
    if has_failed(event):
        told["status"] = {"code": SPAN_ERROR}
    return told


def attributes(values: dict[str, str | int | None]) -> list[msgspec.Raw]:
    """Return what is known of these as OTLP's list of keys and values, each of them JSON already."""
    return [_attribute(key, value) for key, value in values.items() if value is not None]


def rare_attribute(key: str, value: str | int) -> msgspec.Raw:
    """Return one key with a value that hardly comes again."""
    told = {"intValue": str(value)} if isinstance(value, int) else {"stringValue": printable(value)}
    return msgspec.Raw(msgspec.json.encode({"key": key, "value": told}))


_attribute = lru_cache(1 << 14)(rare_attribute)
"""The same for those that come again and again."""


@lru_cache(1 << 10)
def trace_id(text: str) -> str:
    """Return 32 hexadecimal digits: a UUID's own, else made of the text."""
    digits = text.replace("-", "").lower()
    if _DIGITS.fullmatch(digits):
        return digits
    return text.encode().hex()[-32:].rjust(32, "0")


def span_id(event_id: str) -> str:
    """Return an event's span id, 16 digits: the random half of a UUIDv7."""
    return trace_id(event_id)[16:]
