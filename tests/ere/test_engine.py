"""The engine of the user's patterns: the same in both languages, and as grep -E where POSIX says what holds."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caro.ere import Pattern
from environment import ROOT

VECTORS = ROOT / "tests" / "vectors" / "ere.jsonl"
Spans = list[tuple[int, int]]
InC = Callable[[list[tuple[str, str]]], list[Spans | None]]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


@pytest.fixture(scope="session")
def in_c(ere_spans: Path) -> InC:
    """Spans, in bytes, of (pattern, text) pairs by native/test/ere_spans.c; None: the pattern can't be read."""

    def ask(pairs: list[tuple[str, str]]) -> list[Spans | None]:
        lines = [f"{_bytes(pattern).hex() or '-'} {_bytes(text).hex() or '-'}\n" for pattern, text in pairs]
        done = subprocess.run([ere_spans], input="".join(lines), capture_output=True, text=True, check=True)
        return [None if line == "?" else list(_spans(line)) for line in done.stdout.splitlines()]

    return ask


def _spans(line: str) -> Iterator[tuple[int, int]]:
    for word in line.split():
        start, _, end = word.partition("-")
        yield int(start), int(end)


def _in_python(pattern: str, text: str) -> Spans | None:
    compiled = Pattern(pattern)
    if compiled.problem:
        return None
    spans = list(compiled.spans(text))
    return [(len(_bytes(text[:start])), len(_bytes(text[:end]))) for start, end in spans]


def test_vectors(in_c: InC) -> None:
    vectors = [json.loads(line) for line in VECTORS.read_text("utf-8").splitlines()]
    pairs = [(vector["pattern"], vector["text"]) for vector in vectors]
    wrong = []
    for vector, by_c in zip(vectors, in_c(pairs), strict=True):
        pattern, text, wanted = vector["pattern"], vector["text"], vector["spans"]
        compiled = Pattern(pattern)
        spans = None if compiled.problem else [list(span) for span in compiled.spans(text)]
        if spans != wanted or _in_python(pattern, text) != by_c:
            wrong.append((pattern, text, wanted, spans, by_c))
    assert wrong == []


# ---- grep ----

LETTERS = "abcxyz019 -_.éß中→"
ATOMS = [
    *"abcxé中", ".", ".", "[abc]", "[^ab]", "[a-c0-9]", "[éß中]", "[^é中]", "[[:alpha:]]", "[[:digit:]_]",
    "[^[:space:]]", "[[:alnum:]→]", "[[:punct:]]", "[[:xdigit:]-]", "[^[:alnum:]]", "[[:blank:]]", "[[:graph:]]",
    "[[=a=]b]", "[[.-.]x]", "[]x-]", "[^]x]", r"\.", r"\\", r"\|", " ", "→", "[[:print:]]",
]  # fmt: skip
REPEATS = ["*", "+", "?", "{2}", "{1,3}", "{0,1}", "{2,}", "{0}", "{,2}"]


def random_pattern(chance: random.Random, depth: int = 3, anchors: bool = True) -> str:
    """A pattern that POSIX defines; no anchor in what repeats: glibc gets that wrong, or takes for ever."""
    kind = chance.random()
    if depth == 0 or kind < 0.35:
        return chance.choice(ATOMS)
    if kind < 0.65:
        return "".join(random_pattern(chance, depth - 1, anchors) for _ in range(chance.randint(2, 3)))
    if kind < 0.8:
        return f"({random_pattern(chance, depth - 1, anchors=False)})" + chance.choice(REPEATS)
    inner = random_pattern(chance, depth - 1, anchors)
    if kind < 0.95 or not anchors:
        return f"({inner}|{random_pattern(chance, depth - 1, anchors)})"
    return chance.choice([f"(^{inner})", f"({inner}$)"])


def by_grep(pattern: str, file: Path, starts: list[int]) -> list[Spans]:
    """Spans, in bytes, of every match that is not empty, by line of the file."""
    command = ["grep", "-E", "-a", "-n", "-b", "-o", "-e", pattern, file]
    done = subprocess.run(command, env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}, capture_output=True)
    assert done.returncode in (0, 1), (pattern, done.stderr)
    found: list[Spans] = [[] for _ in starts]
    for row in done.stdout.splitlines():
        number, offset, text = row.split(b":", 2)
        start = int(offset) - starts[int(number) - 1]
        found[int(number) - 1].append((start, start + len(text)))
    return found


def test_agrees_with_grep(in_c: InC, tmp_path: Path) -> None:
    chance = random.Random(2017)
    pairs, wanted = [], []
    for number in range(400):
        pattern = random_pattern(chance)
        texts = ["".join(chance.choices(LETTERS, k=chance.randint(1, 14))) for _ in range(30)]
        file = tmp_path / str(number)
        file.write_text("".join(f"{text}\n" for text in texts), "utf-8")
        starts = [sum(len(_bytes(text)) + 1 for text in texts[:i]) for i in range(len(texts))]
        wanted += by_grep(pattern, file, starts)
        pairs += [(pattern, text) for text in texts]
    assert len(pairs) >= 10_000
    assert sum(map(bool, wanted)) > len(pairs) // 4, "the patterns say too little of the texts"
    mine = in_c(pairs)
    assert [(*pair, a, b) for pair, a, b in zip(pairs, wanted, mine, strict=True) if a != b][:20] == []
    python = [_in_python(*pair) for pair in pairs[::7]]
    assert python == mine[::7]


@given(st.text("ab|()[]{}*+?.^$\\-:=12,é\udcff", max_size=30), st.text("ab12é\n\udcff-", max_size=30))
def test_any_text_has_one_answer(in_c: InC, pattern: str, text: str) -> None:
    pattern = pattern.replace("\0", "")
    assert in_c([(pattern, text)]) == [_in_python(pattern, text)]


def test_time_is_linear() -> None:
    import time

    hostile = [r"(a+)+$", "(a*)*b", "(a|a)*b", "(a|ab|aba)*c", ".*.*.*.*x", "(.{1,30}){1,20}x"]
    for pattern in map(Pattern, hostile):
        took = []
        for size in (4_000, 16_000):
            start = time.process_time()
            pattern.search("a" * size)
            took.append(time.process_time() - start)
        assert took[1] < 12 * max(took[0], 0.002), (pattern.text, took)
