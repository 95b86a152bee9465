"""What the arrow up gives where the shell keeps other lines than were handed over."""

from __future__ import annotations

import pytest

from caro.repl.history import ShellHistory, is_kept_otherwise


@pytest.mark.parametrize(
    ("lines", "newest", "expanded", "then"),
    [
        (["a", "sleep 1"], ["a", "sleep 1", "ahead", "more"], False, ["a", "sleep 1", "ahead", "more"]),
        (["a", "b", "refused"], ["a", "b", "ahead"], False, ["a", "b", "refused", "ahead"]),
        (["echo one", "echo !$"], ["echo one", "echo one"], True, ["echo one"]),
        (["echo one", "ls !$"], ["echo one", "ls one"], True, ["echo one", "ls one"]),
        (["a", "echo !x"], ["a", "echo !x"], True, ["a", "echo !x"]),
        ([], ["a"], False, ["a"]),
    ],
)
def test_lines_are_as_the_shell_has_them(
    lines: list[str], newest: list[str], expanded: bool, then: list[str]
) -> None:
    history = ShellHistory()
    history.begin_with(lines)
    history.catch_up(newest, expanded)
    assert history.lines == then


def test_what_a_shell_may_write_anew() -> None:
    assert is_kept_otherwise("bash", "echo !$") and is_kept_otherwise("zsh", "^a^b")
    assert not is_kept_otherwise("fish", "echo !$") and not is_kept_otherwise("bash", "[ ! -e x ]")
