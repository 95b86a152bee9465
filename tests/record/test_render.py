"""What others wrote is never shown raw, and what is shown can be typed again."""

from __future__ import annotations

import base64
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from record_events import argvs, event

from caro.printable import printable
from caro.show.event_line import EventLines
from caro.show.event_text import command_line, duration, quote, quote_bytes
from caro.show.look import Look, shorten, width_of

HOSTILE = "\x1b]0;title\x07\x1b[2J\r\b\x9b31m\u202etxt\u2066\u200b\x00\n"


def test_no_escape_sequence_reaches_the_terminal() -> None:
    lines = EventLines(Look())
    for kind in ("exec", "line", "builtin", "verdict", "session", "exec_start"):
        shown = lines.line(
            event(
                kind=kind,
                argv=["echo", HOSTILE],
                text=HOSTILE if kind == "line" else None,
                agent=HOSTILE,
                action=HOSTILE,
                rules=[HOSTILE],
                file=HOSTILE,
                session_id=HOSTILE,
                command=HOSTILE,
            )
        )
        assert shown.isprintable()


@given(st.text())
def test_escaped_text_is_printable(text: str) -> None:
    assert printable(text).isprintable()
    assert printable(text) == text or not text.isprintable()


@settings(max_examples=60, deadline=None)
@given(argvs)
def test_a_shell_takes_the_quoted_words_back(argv: list[str]) -> None:
    argv = [word.replace("\0", "") for word in argv]
    line = command_line(event(argv=argv))
    assert line.isprintable()
    script = f"printf '%s\\0' {line}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, env={"LC_ALL": "C.UTF-8"})
    assert done.stdout.split(b"\0")[:-1] == [word.encode() for word in argv]


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=12).map(lambda word: word.replace(b"\0", b"")))
def test_bytes_that_are_no_text_come_back_too(word: bytes) -> None:
    done = subprocess.run(["bash", "-c", f"printf %s {quote_bytes(word)}"], capture_output=True)
    assert done.stdout == word


def test_exact_bytes_are_shown_where_the_log_has_them() -> None:
    packed = [base64.b64encode(word).decode() for word in (b"ls", b"\xff\xfe")]
    assert command_line(event(argv=["ls", "\ufffd\ufffd"], argv_b64=packed)) == "ls $'\\xff\\xfe'"
    assert command_line(event(argv=["ls", "x"], argv_b64=["not base64"])) == "ls x"


@pytest.mark.parametrize(
    ("ms", "shown"),
    [
        (None, ""),
        (0.04, "0.0 ms"),
        (9.96, "10 ms"),
        (999.4, "999 ms"),
        (999.6, "1.0 s"),
        (59_949, "59.9 s"),
        (59_990, "1m00s"),
        (3_599_600, "1h00m"),
        (7_260_000, "2h01m"),
    ],
)
def test_durations(ms: float | None, shown: str) -> None:
    assert duration(ms) == shown


@given(st.text(st.characters(exclude_categories=("C", "Z"))), st.integers(4, 30))
def test_shortened_text_fits(text: str, columns: int) -> None:
    short = shorten(text, columns, Look())
    assert width_of(short) <= max(columns, 1)
    assert short == text or short.endswith("…")


def test_wide_and_combining_characters_are_measured() -> None:
    assert width_of("日本") == 4
    assert width_of("e\u0301") == 1
    assert shorten("日本語テキスト", 8, Look()) == "日本語…"
    assert quote("日本") == "'日本'"
