"""How an event ended, in a few characters and in words: a status, a signal, a stop that is no failure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from record_events import event

from caro.record.query import has_failed
from caro.record.writer import write_event
from caro.show.event_card import card_lines
from caro.show.look import Look
from caro.show.status_cell import status_cell

Caro = Callable[..., CompletedProcess[str]]
LINE = {"kind": "line", "source": "prompt", "text": "make"}


@pytest.mark.parametrize(
    ("fields", "cell", "words", "failed"),
    [
        (LINE | {"exit_code": 0}, "✓", "", False),
        (LINE | {"exit_code": 2}, "✗2", "", True),
        (LINE | {"exit_code": 148}, "‖stop", "stopped by SIGTSTP", False),
        (LINE | {"exit_code": 130}, "✗INT", "interrupted (ctrl-c) by SIGINT", True),
        (LINE | {"exit_code": 137}, "✗KILL", "killed by SIGKILL", True),
        (LINE | {"exit_code": 139}, "✗SEGV", "ended by SIGSEGV", True),
        (LINE | {"exit_code": 129}, "✗129", "", True),  # git's for a wrong option, and SIGHUP's
        ({"argv": ["make"], "exit_code": 148}, "✗148", "", True),  # a program's own number
        ({"argv": ["make"], "signal": 9}, "✗KILL", "killed by SIGKILL", True),
    ],
)
def test_an_end_is_said(fields: dict[str, Any], cell: str, words: str, failed: bool) -> None:
    one = event(**fields)
    assert status_cell(one, Look()).split() == [cell]
    ended = next(line for line in card_lines(one, Look()) if line.startswith("  ended"))
    assert words in ended and (bool(words) or "SIG" not in ended)
    assert has_failed(one) is failed


def test_what_was_stopped_is_not_among_the_failed(caro: Caro, home: Path) -> None:
    log = home / ".trace_shell.jsonl"
    for at, (text, status) in enumerate((("vim notes", 148), ("make", 2), ("sleep 9", 130))):
        write_event(log, event(at, **LINE | {"text": text, "exit_code": status, "cwd": "/"}))
    shown = caro("history", "--failed").stdout
    assert "make" in shown and "sleep 9" in shown and "vim" not in shown
    assert "148" not in caro("log", "--kind", "line").stdout
