"""A record as Perfetto's own trace (protobuf): a track for each process below that which started it.

Fields and numbers are those of perfetto/protos/perfetto/trace/trace_packet.proto, track_event.proto,
track_descriptor.proto and debug_annotation.proto.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from caro.export.spans import Span, command_of, spans_of
from caro.model import Event

# TracePacket
_PACKET, _TIMESTAMP, _SEQUENCE, _TRACK_EVENT, _CLOCK, _DESCRIPTOR = 1, 8, 10, 11, 58, 60
# TrackDescriptor
_UUID, _NAME, _PARENT = 1, 2, 5
# TrackEvent
_ANNOTATION, _TYPE, _TRACK, _CATEGORY, _EVENT_NAME = 4, 9, 11, 22, 23
# DebugAnnotation
_INT_VALUE, _STRING_VALUE, _ANNOTATION_NAME = 4, 6, 10
_BEGIN, _END = 1, 2
_REALTIME = 1
_SEQUENCE_ID = 1


def perfetto_trace(events: Iterable[Event]) -> Iterator[bytes]:
    """Yield the trace packet by packet."""
    for tree, spans in spans_of(events):
        root = _uuid(f"session {tree.session_id}")
        yield _packet(
            _message(_DESCRIPTOR, _number(_UUID, root) + _text(_NAME, f"session {tree.session_id or '?'}"))
        )
        tracks: set[str] = set()
        for span in spans:
            if span.event.kind != "line" and span.process not in tracks:
                tracks.add(span.process)
                yield _packet(_message(_DESCRIPTOR, _track(span, tracks, root)))
        yield from _slices(spans, root)


def _track(span: Span, tracks: set[str], root: int) -> bytes:
    parent = _uuid(span.parent) if span.parent in tracks and span.parent is not None else root
    name = f"{span.name} [{span.event.pid}]" if span.event.pid is not None else span.name
    return _number(_UUID, _uuid(span.process)) + _text(_NAME, name) + _number(_PARENT, parent)


def _slices(spans: list[Span], root: int) -> Iterator[bytes]:
    """Yield begins and ends; on one track the order of a stack, whatever clocks said."""
    by_track: dict[int, list[Span]] = {}
    for span in spans:
        by_track.setdefault(root if span.event.kind == "line" else _uuid(span.process), []).append(span)
    for track, members in by_track.items():
        open_until: list[int] = []
        for span in sorted(members, key=lambda one: (one.start_us, -one.duration_us)):
            while open_until and open_until[-1] <= span.start_us:
                yield _event(open_until.pop(), track, _number(_TYPE, _END))
            end = span.start_us + span.duration_us
            # A slice ends no later than the one it stands in: that is how a track is read.
            open_until.append(min(end, open_until[-1]) if open_until else end)
            yield _event(span.start_us, track, _begin(span))
        while open_until:
            yield _event(open_until.pop(), track, _number(_TYPE, _END))


def _begin(span: Span) -> bytes:
    event = span.event
    body = _number(_TYPE, _BEGIN) + _text(_CATEGORY, event.kind) + _text(_EVENT_NAME, span.name)
    body += _annotation("command", command_of(span)) + _annotation("id", event.id)
    for name, value in (("cwd", event.cwd), ("agent", event.agent)):
        body += _annotation(name, value) if value else b""
    for name, number in (("exit_code", event.exit_code), ("signal", event.signal)):
        if number is not None:
            body += _message(_ANNOTATION, _text(_ANNOTATION_NAME, name) + _number(_INT_VALUE, number))
    return body


def _annotation(name: str, value: str) -> bytes:
    return _message(_ANNOTATION, _text(_ANNOTATION_NAME, name) + _text(_STRING_VALUE, value))


def _event(at_us: int, track: int, body: bytes) -> bytes:
    head = _number(_TIMESTAMP, at_us * 1000) + _number(_CLOCK, _REALTIME)
    return _packet(head + _message(_TRACK_EVENT, _number(_TRACK, track) + body))


def _packet(body: bytes) -> bytes:
    return _message(_PACKET, body + _number(_SEQUENCE, _SEQUENCE_ID))


def _uuid(name: str) -> int:
    """Return a track's number of 64 bits, the same for the same name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little") | 1


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _message(field: int, body: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(body)) + body


def _text(field: int, text: str) -> bytes:
    return _message(field, text.encode("utf-8", "replace"))
