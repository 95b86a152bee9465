"""Which shells in the place of the person's own one are told of: those that read lines."""

from __future__ import annotations

import pytest

from caro.repl.became import _reads_lines


@pytest.mark.parametrize("words", ("", "-i", "-l", "--norc -i", "-o vi", "--rcfile x -i", "-s a b", "+o vi"))
def test_a_shell_that_reads_lines(words: str) -> None:
    assert _reads_lines(words.encode().split())


@pytest.mark.parametrize(
    "words", ("-c ls", "-lc ls", "-ec ls", "script.sh", "-x script.sh a", "--norc a.sh", "-o vi a.sh")
)
def test_a_shell_that_runs_something(words: str) -> None:
    assert not _reads_lines(words.encode().split())
