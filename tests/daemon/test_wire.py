"""The messages in Python: golden vectors, and that no bytes of a peer raise anything but WireError."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caro.wire import (
    MAX_BYTES,
    TYPES,
    Request,
    WireError,
    encode,
    error_reply,
    exact_line,
    parse_request,
    reply_to,
)

VECTORS = Path(__file__).parent.parent / "vectors" / "wire.jsonl"
CASES: list[dict[str, Any]] = [json.loads(line) for line in VECTORS.read_text().splitlines()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_golden_requests_are_understood(case: dict[str, Any]) -> None:
    request = parse_request(case["request"].encode())
    sent = json.loads(case["request"])
    last = sent.pop("last", None)
    for name, value in sent.items():
        assert getattr(request, name) == value
    if last is not None:
        assert request.last is not None
        assert request.last.exit_code == last["exit_code"]
        assert request.last.duration_ms == last["duration_ms"]
    if case["line"] is not None:
        assert exact_line(request) == case["line"].encode()


def test_bytes_that_are_not_utf8_travel_whole() -> None:
    line = b'{"v":1,"type":"preexec","line":"a\\ufffd","line_b64":"Yf8="}'
    assert exact_line(parse_request(line)) == b"a\xff"


def test_bytes_of_zsh_are_repaired() -> None:
    assert parse_request(b'{"v":1,"type":"preexec","line":"a\xff\xc3b"}').line == "a\ufffd\ufffdb"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"", "not a message"),
        (b"[]", "not a message"),
        (b"{}", "not a message"),
        (b'{"v":"1","type":"status"}', "not a message"),
        (b'{"v":2,"type":"status","id":"a"}', "version 2"),
        (b'{"v":1,"type":"dance","id":"a"}', "no message 'dance'"),
        (b'{"v":1,"type":"preexec","seq":"x"}', "not a message"),
        (b'{"v":1,"type":"preexec","last":{"exit_code":"x"}}', "not a message"),
        (b'{"v":1,"type":"status","x":' + b"[" * 100_000, "not a message"),
        (b'{"v":1,"type":"status","x":' + b'{"a":' * 30_000 + b"1" + b"}" * 30_001, "not a message"),
        (b'{"v":1,"type":"status","x":"' + b"x" * MAX_BYTES + b'"}', "longer than"),
    ],
)
def test_what_is_no_message_is_told_in_a_sentence(line: bytes, words: str) -> None:
    with pytest.raises(WireError, match=words):
        parse_request(line)


def test_refusals_carry_the_id() -> None:
    with pytest.raises(WireError) as caught:
        parse_request(b'{"v":9,"id":"abc"}')
    assert json.loads(error_reply(caught.value))["id"] == "abc"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
field_names = st.sampled_from([field for field in Request.__struct_fields__ if field not in ("v", "type")])


@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    try:
        request = parse_request(data)
    except WireError as error:
        assert str(error)
        return
    assert request.type in TYPES


@given(st.sampled_from(sorted(TYPES)), st.dictionaries(field_names | st.text(), json_values, max_size=6))
def test_any_fields(type_: str, fields: dict[str, Any]) -> None:
    line = json.dumps(fields | {"v": 1, "type": type_}).encode()
    try:
        request = parse_request(line)
    except WireError as error:
        assert "not a message" in str(error)
        return
    exact_line(request)
    assert json.loads(reply_to(request, {}))["id"] == request.id


@given(
    st.builds(
        Request,
        v=st.just(1),
        type=st.sampled_from(sorted(TYPES)),
        line=st.text(),
        id=st.text(),
        seq=st.integers(0, 2**53),
    )
)
def test_what_is_sent_is_what_is_read(request: Request) -> None:
    try:
        line = encode(request)
    except (WireError, UnicodeEncodeError, msgspec.EncodeError):
        return
    assert parse_request(line) == request
