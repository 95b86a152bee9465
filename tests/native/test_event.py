"""The line that C writes: golden vectors that Python reads too, and any argv there can be."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caro.model import Event

VECTORS = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "vectors/event.jsonl").read_text("utf-8").splitlines()
]
ARGV_MAX = 32 * 1024


def print_event(helpers: Path, fields: dict[str, str], argv: list[bytes] | None) -> bytes:
    words: list[str | bytes | Path] = [helpers / "make_event", *(f"{k}={v}" for k, v in fields.items())]
    words += [] if argv is None else ["--", *argv]
    return subprocess.run(words, env={}, check=True, capture_output=True).stdout


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_golden_vector(helpers: Path, vector: dict[str, Any]) -> None:
    argv = None if vector["argv_b64"] is None else [base64.b64decode(arg) for arg in vector["argv_b64"]]
    assert print_event(helpers, vector["fields"], argv).decode() == vector["line"] + "\n"


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_python_reads_the_vector_and_writes_the_same(vector: dict[str, Any]) -> None:
    event = msgspec.json.decode(vector["line"], type=Event)
    assert json.loads(msgspec.json.encode(event)) == json.loads(vector["line"])


def test_the_vectors_hold_every_field() -> None:
    seen = {field for vector in VECTORS for field in json.loads(vector["line"])}
    assert seen == set(Event.__struct_fields__) - {
        "redacted",
        "fds",
    }  # those are tested where they are written


def expected(argv: list[bytes]) -> dict[str, Any]:
    """What the event has to say about argv, written from the description of the fields."""
    joined = b"\0".join(argv)
    fields: dict[str, Any] = {}
    if len(joined) > ARGV_MAX:
        digest = hashlib.sha256(joined).hexdigest()
        fields["truncated"] = {"bytes": len(joined), "sha256": digest, "argc": len(argv)}
    return fields


args = st.one_of(
    st.binary(max_size=40).map(lambda data: data.replace(b"\0", b"")),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40).map(str.encode),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(args, max_size=12))
def test_any_argv(helpers: Path, argv: list[bytes]) -> None:
    event = msgspec.json.decode(print_event(helpers, {}, argv), type=Event)
    assert event.argv == [arg.decode("utf-8", "replace") for arg in argv]
    try:
        b"\0".join(argv).decode()
        assert event.argv_b64 is None
    except UnicodeDecodeError:
        assert [base64.b64decode(arg) for arg in event.argv_b64 or []] == argv
    assert event.truncated is None


@pytest.mark.parametrize(
    "argv",
    [
        [b"x" * 40_000],
        [b"a", b"\xc3\xa4" * 20_000],
        [b"tool", *[b"word"] * 30_000],
        [b"t", b"\xff" * 40_000],
        [b"\x01" * 100_000, b"end"],
        [b""] * 50_000,
    ],
    ids=["one", "not inside a character", "many", "not UTF-8", "controls", "empty ones"],
)
def test_long_argv_is_cut(helpers: Path, argv: list[bytes]) -> None:
    line = json.loads(print_event(helpers, {}, argv))
    assert line["truncated"] == expected(argv)["truncated"]
    shown = [base64.b64decode(arg) for arg in line["argv_b64"]] if "argv_b64" in line else line["argv"]
    shown = [arg if isinstance(arg, bytes) else arg.encode() for arg in shown]
    assert ARGV_MAX - 4 <= sum(len(arg) + 1 for arg in shown) - 1 <= ARGV_MAX
    assert all(whole.startswith(part) for whole, part in zip(argv, shown, strict=False))
    assert shown[:-1] == argv[: len(shown) - 1]


def test_exactly_at_the_limit_nothing_is_cut(helpers: Path) -> None:
    line = json.loads(print_event(helpers, {}, [b"x" * (ARGV_MAX - 2), b"y"]))
    assert "truncated" not in line and line["argv"][1] == "y"
    line = json.loads(print_event(helpers, {}, [b"x" * (ARGV_MAX - 1), b"y"]))
    assert line["truncated"]["bytes"] == ARGV_MAX + 1


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 4_102_444_800), st.integers(0, 999_999_999))
def test_any_time(helpers: Path, seconds: int, nanoseconds: int) -> None:
    from datetime import UTC, datetime, timedelta

    line = json.loads(print_event(helpers, {"ts": f"{seconds}.{nanoseconds}"}, None))
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds, microseconds=nanoseconds // 1000)
    assert line["ts"] == moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def test_ids_are_new_and_in_order_of_time(helpers: Path) -> None:
    import uuid

    ids = [json.loads(print_event(helpers, {}, None))["id"] for _ in range(20)]
    assert len(set(ids)) == 20
    assert all(uuid.UUID(text).version == 7 and uuid.UUID(text).variant == uuid.RFC_4122 for text in ids)
    milliseconds = [uuid.UUID(text).int >> 80 for text in ids]
    assert milliseconds == sorted(milliseconds)
