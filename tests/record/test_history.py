"""`caro history` and the rows of `caro log`: what was typed, in the order typed."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest
from record_events import event, session_id

from caro.record.folded import fold_rows
from caro.record.history import by_start, in_typed_order
from caro.record.retention import apply_retention, forget_imported
from caro.record.writer import write_event
from caro.show.ago import ago
from caro.show.bars import bar, columns_row
from caro.show.look import Look
from caro.show.status_cell import short_duration

Caro = Callable[..., subprocess.CompletedProcess[str]]
ONE, TWO = session_id(0), session_id(1)


@pytest.fixture
def log(home: Path) -> Path:
    log = home / ".trace_shell.jsonl"
    work = home / "work"
    work.mkdir()
    common = {
        "kind": "line",
        "source": "prompt",
        "duration_ms": 40.0,
        "exit_code": 0,
        "cwd": str(work),
        "host": "box",
    }
    for made in (
        event(0, kind="session", source="prompt", command="fish", session_id=ONE),
        event(11, **(common | {"text": "second", "session_id": TWO, "exit_code": 1, "cwd": "/"})),
        event(10, **(common | {"text": "git status", "session_id": ONE})),
        event(10.01, argv=["git", "status"], session_id=ONE, duration_ms=20.0, exit_code=0),
        event(10.5, argv=["git", "rev-parse"], session_id=ONE, duration_ms=2.0, exit_code=0),
        event(12, **(common | {"text": "from an agent", "agent": "codex", "session_id": ONE})),
        event(13, **(common | {"text": "far away", "host": "other", "session_id": ONE})),
    ):
        write_event(log, made)
    return log


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        ([], ["git status", "second", "far away"]),
        (["-n", "1"], ["far away"]),
        (["-n", "0"], ["git status", "second", "far away"]),
        (["--failed"], ["second"]),
        (["--host", "other"], ["far away"]),
        (["--session", TWO], ["second"]),
        (["--here"], ["git status", "far away"]),
        (["--agents"], ["git status", "second", "from an agent", "far away"]),
        (["--since", "2026-09-21T14:13:31Z", "--until", "2026-09-21T14:13:32Z"], ["second"]),
        (["--grep", "GIT"], ["git status"]),
    ],
)
def test_filters(log: Path, caro: Caro, options: list[str], lines: list[str]) -> None:
    done = caro("history", "--format", "{line}", *options, cwd=log.parent / "work")
    assert (done.returncode, done.stderr, done.stdout.splitlines()) == (0, "", lines)


def test_a_line_behind_a_blank_does_not_come_back(log: Path, caro: Caro) -> None:
    """As in fish, and in bash and zsh where they are told so; what was imported stood in the shell's own history."""
    for source, text in (("prompt", " from nobody"), ("import", " remembered")):
        write_event(log, event(40, kind="line", source=source, text=text))
    shown = caro("history", "--format", "{line}").stdout
    assert "from nobody" not in shown and " remembered" in shown
    assert "from nobody" not in caro("stats", "--json").stdout and "from nobody" in caro("log").stdout
    assert caro("config", "set", "privacy.ignore_space", "false").returncode == 0
    assert " from nobody" in caro("history", "--format", "{line}").stdout.splitlines()
    assert "from nobody" in caro("stats", "--json").stdout


def test_this_shells_session_and_its_shell(log: Path, caro: Caro, env: dict[str, str]) -> None:
    env["CARO_SESSION_ID"] = ONE
    rows = [json.loads(line) for line in caro("history", "--session", "--json").stdout.splitlines()]
    assert [(row["line"], row["shell"]) for row in rows] == [("git status", "fish"), ("far away", "fish")]
    assert "git status" in caro("tree").stdout and "second" not in caro("tree").stdout
    env["CARO_SESSION_ID"] = session_id(900)
    assert caro("tree").returncode == 0


@pytest.mark.parametrize(
    "words",
    [["--format", "{nothing}"], ["--format", "{"], ["--format", "{line!r}"], ["-n", "-1"], ["--session"]],
)
def test_what_is_not_understood_is_a_sentence(log: Path, caro: Caro, words: list[str]) -> None:
    done = caro("history", *words)
    assert done.returncode == 2 and done.stderr.startswith("caro: ") and "Traceback" not in done.stderr


def test_a_line_and_its_exec_are_one_row_and_the_prompts_are_a_note(log: Path, caro: Caro) -> None:
    rows = [row for row in caro("log").stdout.splitlines() if "git" in row]
    assert len(rows) == 1 and rows[0].endswith("$ git status  · the prompt ran git")
    assert len([row for row in caro("log", "--full").stdout.splitlines() if "git" in row]) == 3


def test_eighty_columns_leave_sixty_for_the_command(log: Path, env: dict[str, str]) -> None:
    for text in ("x" * 60, "y" * 61):
        write_event(
            log,
            event(
                20,
                kind="line",
                source="prompt",
                text=text[:58] if text[0] == "x" else text,
                signal=15,
                duration_ms=59_000.0,
            ),
        )
    for command in ("log", "history"):
        child = pexpect.spawn(
            "caro",
            [command],
            env=env | {"NO_COLOR": "1", "TERM": "xterm"},
            dimensions=(40, 80),
            encoding="utf-8",
            timeout=60,
        )  # type: ignore[arg-type]
        child.expect(pexpect.EOF)
        assert child.before is not None
        shown = child.before.splitlines()
        assert all(len(line) <= 80 for line in shown)
        assert any(line.endswith("x" * 58) for line in shown)


def test_what_fits_one_screen_needs_no_pager_and_the_rest_gets_one(log: Path, env: dict[str, str]) -> None:
    env |= {"PAGER": "sed s/^/paged:/", "TERM": "xterm", "NO_COLOR": "1"}
    for lines, paged in ((40, False), (3, True)):
        child = pexpect.spawn(
            "caro", ["history"], env=env, dimensions=(lines, 80), encoding="utf-8", timeout=60
        )  # type: ignore[arg-type]
        child.expect(pexpect.EOF)
        assert child.before is not None
        assert ("paged:" in child.before) == paged


def test_one_sessions_order_is_the_order_typed_whatever_the_clock_did() -> None:
    def typed(at: float, text: str, session: str):  # type: ignore[no-untyped-def]
        return event(at, kind="line", text=text, session_id=session)

    lines = [typed(50, "a", ONE), typed(20, "b", ONE), typed(30, "other", TWO), typed(60, "c", ONE)]
    assert [line.text for line in in_typed_order(lines)] == ["other", "a", "b", "c"]


def test_events_come_by_start() -> None:
    events = [event(at) for at in (3, 1, 2, 5, 4)]
    assert [one.ts for one in by_start(events, window=3)] == sorted(one.ts for one in events)


def test_a_pipeline_keeps_its_execs() -> None:
    line = event(1, kind="line", source="prompt", text="ls | wc", duration_ms=50.0, session_id=ONE)
    execs = [event(1.01, argv=[name], session_id=ONE) for name in ("ls", "wc")]
    assert len(list(fold_rows([line, *execs]))) == 3


def test_typed_lines_stay_when_the_rest_goes(home: Path, caro: Caro) -> None:
    log = home / "log"
    for at in (0, 10 * 86_400):
        write_event(log, event(at, kind="line", source="prompt", text="typed"))
        write_event(log, event(at, argv=["ran"]))
    now = 1_790_000_000.0 + 11 * 86_400
    assert apply_retention(log, 5, now=now, history_days=0) == 1
    assert apply_retention(log, 5, now=now, history_days=0) == 0
    assert apply_retention(log, 0, now=now, history_days=5) == 1
    (home / ".bash_history").write_text("#1000000000\nls\n")
    caro("import", "bash")
    imported = home / ".local/share/caro/imported.jsonl"
    assert forget_imported(imported, 1) == 0
    assert forget_imported(imported, 1, now=4_000_000_000.0) == 1


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(-5, "now"), (0, "now"), (42, "42s"), (300, "5m"), (7200, "2h"), (13 * 86_400, "13d"), (40 * 86_400, "5w"),
     (300 * 86_400, "10mo"), (1200 * 86_400, "3y")],
)  # fmt: skip
def test_ago(seconds: float, shown: str) -> None:
    assert ago(seconds) == shown and len(shown) <= 4


@pytest.mark.parametrize(
    "ms", [0.0, 0.4, 9.96, 999.4, 999.6, 59_949.0, 59_951.0, 599_000.0, 600_000.0, 3.6e6, 3.59e7, 3.6e8]
)
def test_short_durations_have_five_columns(ms: float) -> None:
    assert 0 < len(short_duration(ms)) <= 5


def test_pictures() -> None:
    assert [len(bar(value, 10, 8, Look())) for value in (0, 0.01, 5, 10)] == [0, 1, 4, 8]
    assert columns_row([0, 1, 8], Look()) == " ▁█"
    assert columns_row([0, 1, 8], Look(unicode=False)) == " .@"


def test_stats_count_what_was_typed(log: Path, caro: Caro) -> None:
    numbers = json.loads(caro("stats", "--json").stdout)
    assert (numbers["typed"], numbers["typed_failed"], sum(numbers["hours"])) == (3, 1, 3)
    assert re.search(r"3 lines typed, 1 failed", caro("stats").stdout)
