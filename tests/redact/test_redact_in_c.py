"""libcaro-redact.so gives Python's answers, for any text, and Python answers where it isn't there.

The corpora are asked in test_redact.py, where Python's answers are made anyway.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from caro.redact import in_c as library
from caro.redact.in_c import line_redactor, lines_redactor
from caro.redact.redact import redact_text
from redact.test_redact import PIECES, VECTORS

in_c = line_redactor()


def test_the_library_is_there() -> None:
    assert in_c is not redact_text


def test_golden_vectors() -> None:
    vectors = [json.loads(line) for line in VECTORS.read_text().splitlines()]
    texts = [(vector["text"], vector["shown"]) for vector in vectors if "text" in vector]
    assert len(texts) >= 100
    assert [(text, in_c(text)) for text, _ in texts] == texts


def test_many_lines_at_once() -> None:
    texts = [json.loads(line).get("text", "ls") for line in VECTORS.read_text().splitlines()]
    texts += [
        "",
        "\0",
        "漢 --password=hunter2\udcff 漢",
        "mysql -px1 ; " * 100,
        "echo a;" * 9999 + "mysql -phunter2",
    ]
    begin = lines_redactor()
    first, second = begin(texts), begin(texts[::-1])
    assert first() == second()[::-1] == list(map(in_c, texts))
    assert begin([])() == []


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from([*PIECES, "\0", "\ud800", "漢"]), max_size=30).map("".join))
@example("\0 --password \0hunter2\0 x")
@example("漢 --password=hunter2\udcff 漢")
def test_any_text(text: str) -> None:
    assert in_c(text) == redact_text(text)


@pytest.mark.parametrize("size", [1, 1 << 16, (1 << 16) - 192, 1 << 18])
def test_a_line_may_be_long(size: int) -> None:
    filler = "echo a;" * (size // 7)
    assert in_c(f"{filler} mysql -phunter2 --password=hunter2") == f"{filler} mysql -p*** --password=***"


def test_many_secrets_in_short_values() -> None:
    line = " ".join(["mysql -px1 ;"] * 100)
    assert "x1" not in in_c(line) and in_c(line).startswith("mysql -p***")


@pytest.mark.parametrize("content", [None, b"", b"no library"])
def test_without_the_library_python_redacts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    monkeypatch.setattr(library, "LIBRARY", tmp_path / "libcaro-redact.so")
    if content is not None:
        (tmp_path / "libcaro-redact.so").write_bytes(content)
    assert line_redactor()("mysql -phunter2") == "mysql -p***"
    assert lines_redactor()(["mysql -phunter2", "ls"])() == ["mysql -p***", "ls"]


def test_a_library_of_another_version_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "LIBRARY", library.LIBRARY.with_name("libcaro-ere.so"))
    assert line_redactor()("mysql -phunter2") == "mysql -p***"
