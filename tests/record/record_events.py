"""Events for the tests: a plain one with what a test cares about, and any event at all."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from caro.model import KINDS, SOURCES, Event
from caro.record import uuid7
from caro.record.times import seconds_ts

NOON = 1_790_000_000.0
"""A moment that the tests count from, in seconds since 1970."""


def event(at: float = 0.0, **fields: Any) -> Event:
    """An exec event that started `at` seconds after NOON."""
    if "argv" in fields:
        fields.setdefault("command", fields["argv"][0])
    values: dict[str, Any] = {
        "v": 1,
        "id": uuid7.new(int((NOON + at) * 1000)),
        "kind": "exec",
        "source": "shim",
        "ts": seconds_ts(NOON + at),
    }
    return Event(**(values | fields))


def session_id(at: float = 0.0) -> str:
    """The id of a session that started `at` seconds after NOON."""
    return uuid7.new(int((NOON + at) * 1000))


# Text as JSON can carry it: no lone surrogates.
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
words = st.sampled_from(
    [
        "git",
        "status",
        "-m",
        "a b",
        "Größe",
        "İstanbul",
        "ſ",
        "\u212aelvin",
        "back\\slash",
        "x\0y",
        '"quoted"',
        "\\u0000",
        "",
    ]
)
argvs = st.lists(st.one_of(words, texts), min_size=1, max_size=5)
folders = st.sampled_from(["/", "/home/u", "/home/u/a", "/home/u/ab", "/home/u/a/b", "/home/u/a/\U0010ffff"])
sessions = [session_id(at) for at in (0, 0, 100)] + ["chosen", "chosen too"]

events = st.builds(
    event,
    at=st.floats(0, 1000),
    kind=st.sampled_from([*KINDS, "of-the-future"]),
    source=st.sampled_from(SOURCES),
    argv=argvs,
    command=st.one_of(st.none(), st.sampled_from(["git", "/usr/bin/git", "ls", "a/b/", ""])),
    path=st.one_of(st.none(), st.just("/usr/bin/git")),
    text=st.one_of(st.none(), texts),
    session_id=st.one_of(st.none(), st.sampled_from(sessions)),
    cwd=st.one_of(st.none(), folders),
    exit_code=st.one_of(st.none(), st.sampled_from([0, 1, 127])),
    signal=st.one_of(st.none(), st.sampled_from([2, 9])),
    duration_ms=st.one_of(st.none(), st.integers(0, 5000), st.floats(0, 5000)),
)
