"""A line that names no command is no refusal, and what agents ran is found and marked."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from record_events import event

from caro.record.query import ANY_AGENT, Filter
from caro.record.writer import write_event
from caro.report.facts import facts_of
from caro.show.event_text import status_of
from caro.show.look import Look

Caro = Callable[..., subprocess.CompletedProcess[str]]


SLIP = event(0, kind="verdict", text="gti status", action="block", level="low", rules=["no-such-command"])
ASKED = event(1, kind="line", source="agent", text="make test", exit_code=0, agent="claude-code")


def test_a_slip_is_no_refusal() -> None:
    assert status_of(SLIP, Look(False, False, 0))[0] == "x not run"
    assert (
        "block"
        in status_of(event(0, kind="verdict", action="block", rules=["delete-tree"]), Look(False, False, 0))[
            0
        ]
    )
    assert facts_of([SLIP]).verdicts == []


def test_a_filter_finds_an_agents_lines() -> None:
    typed = event(2, kind="line", text="ls")
    for name, found in (("claude-code", [ASKED]), (ANY_AGENT, [ASKED]), ("codex", [])):
        assert [each for each in (SLIP, ASKED, typed) if Filter(agent=name).matches(each)] == found


def test_log_names_the_agent(caro: Caro, home: Path) -> None:
    for each in (ASKED, event(2, kind="line", text="ls -l")):
        write_event(home / ".trace_shell.jsonl", each)
    shown = caro("log").stdout
    assert "claude-code $ make test" in shown and "  $ ls -l" in shown
    assert "ls -l" not in caro("log", "--agent", "any").stdout
    assert caro("log", "--agent", "claude-code").stdout.count("make test") == 1
    assert json.loads(caro("stats", "--json", "--agent", "codex").stdout)


def test_a_line_that_was_not_told_is_no_row_of_the_history(caro: Caro, home: Path) -> None:
    for each in (event(0, kind="line", text="ls -l", exit_code=0), event(1, kind="line", exit_code=1)):
        write_event(home / ".trace_shell.jsonl", each)
    assert [row.split()[-2:] for row in caro("history", "-n", "1").stdout.splitlines()] == [["ls", "-l"]]
    assert "did not tell" in caro("log").stdout
