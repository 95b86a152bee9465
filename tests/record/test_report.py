"""Reports: what they count, and that what was recorded is text in them, whatever it says."""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from record_events import event, events, session_id

from caro.model import Event
from caro.record.reader import read_events
from caro.report.facts import facts_of
from caro.report.page import page
from caro.report.summary import summary_lines

ROOT = Path(__file__).resolve().parents[2]
SESSION = session_id()
HOSTILE = "</script><img src=x onerror=alert(1)>|`\x1b[2J"


def ran(at: float, *argv: str, code: int = 0, took: float = 100.0, **fields: Any) -> Event:
    return event(
        at, argv=list(argv), exit_code=code, duration_ms=took, session_id=SESSION, cwd="/w", **fields
    )


FAILED = ran(1, "cc", "a.c", code=1)
RECORD = [
    ran(0, "make", code=2, took=5000.0),
    FAILED,
    ran(2, "cc", "a.c"),
    ran(3, "echo", HOSTILE),
    event(4, kind="verdict", text=f"rm {HOSTILE}", action="block", level="critical", rules=["a-rule"]),
    event(5, kind="verdict", text="ls", action="allow", level="low"),
]


def data_of(html: str) -> dict[str, Any]:
    found = re.search(r'id="data">([A-Za-z0-9+/=]*)</script>', html)
    assert found
    data: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(found[1])))
    return data


def test_facts_are_counted() -> None:
    facts = facts_of(RECORD)
    assert (facts.commands, len(facts.failed), len(facts.verdicts)) == (4, 2, 1)
    assert facts.slowest[0].name == "make"
    assert facts.retried == [("cc a.c", 1)]
    assert {name: (runs, failed) for name, runs, failed, _ in facts.most_run}["cc"] == (2, 1)


def test_the_summary_is_a_table_that_text_does_not_break() -> None:
    lines = list(summary_lines(facts_of(RECORD)))
    assert lines[2].startswith("4 commands in 5.0 s, 2 failed, 1 verdict")
    rows = [line for line in lines if line.startswith("| ")]
    assert all("\x1b" not in line for line in lines)
    hostile = [row for row in rows if "onerror" in row]
    assert hostile
    assert all(re.search(r"(`+) ?[^`].*onerror.*\1", row) for row in hostile)
    assert all(len(re.findall(r"(?<!\\)\|", row)) in (4, 5) for row in hostile)


@settings(max_examples=30)
@given(st.lists(events, max_size=12), st.text(max_size=30))
def test_no_record_and_no_title_is_markup(found: list[Event], title: str) -> None:
    html = b"".join(page(facts_of(found), title)).decode()
    template = b"".join(page(facts_of([]), "")).decode()
    assert html.count("<") == template.count("<")
    data = data_of(html)
    assert all(-1 <= parent < len(data["rows"]) for _, _, parent, *_ in data["rows"])
    assert all(text.isprintable() for text in data["texts"])


def test_the_page_has_every_command(
    caro: Callable[..., subprocess.CompletedProcess[str]], home: Path, env: dict[str, str]
) -> None:
    assert caro("run", "--quiet", "--", "git", "--version").returncode == 0
    done = caro("report", "-o", str(home / "page.html"))
    assert done.returncode == 0, done.stderr
    html = (home / "page.html").read_text()
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", html), "loads something from elsewhere"
    data = data_of(html)
    assert "git --version" in data["texts"]
    assert caro("report", "-o", str(home / "page.html")).returncode == 1
    summary = home / "summary.md"
    summary.write_text("before\n")
    assert caro("report", "--ci", env=env | {"GITHUB_STEP_SUMMARY": str(summary)}).returncode == 0
    assert summary.read_text().startswith("before\n## What ran\n")


def test_the_workflow_of_the_documentation_runs_as_a_script(home: Path, env: dict[str, str]) -> None:
    """Its `run:` steps, one shell each, as GitHub's runner starts them."""
    workflow = (ROOT / "docs" / "ci.md").read_text("utf-8").partition("```yaml\n")[2].partition("```")[0]
    found = re.findall(r"run: (?:\|\n((?: {10}.*\n)+)|(.*)\n)", workflow)
    steps = [textwrap.dedent(many) or one for many, one in found]
    assert len(steps) == 3 and steps.pop(0) == "pipx install caro"
    (home / "Makefile").write_text("test:\n\tgit --version\n\tgit nonsense\n")
    summary = home / "summary.md"
    ends = [
        subprocess.run(
            ["bash", "-e", "-c", step], env=env | {"GITHUB_STEP_SUMMARY": str(summary), "CI": "true"}, cwd=home,
            capture_output=True,
        ).returncode
        for step in steps
    ]  # fmt: skip
    assert ends == [2, 0]  # make's own status
    assert "git nonsense" in summary.read_text() and (home / "caro-report.html").stat().st_size > 1000


@pytest.mark.long
def test_a_large_page_opens_within_a_second(tmp_path: Path) -> None:
    """50,000 commands: what the browser takes besides its own start is its processor time, beside that of a small
    page."""
    sys.path.insert(0, str(ROOT / "bench"))
    from record_bench import write_log

    cpu = []
    for count in (100, 50_000):
        log, file = tmp_path / f"{count}.jsonl", tmp_path / f"{count}.html"
        write_log(log, count, 500)
        file.write_bytes(b"".join(page(facts_of(read_events(log)), "x")))
        assert file.stat().st_size < 5_000_000
        before = os.times()
        words = ["chromium-headless-shell", "--no-sandbox", "--disable-gpu", "--dump-dom", file.as_uri()]
        done = subprocess.run([*words], capture_output=True, text=True, check=True, timeout=120)
        after = os.times()
        cpu.append(
            after.children_user + after.children_system - before.children_user - before.children_system
        )
        assert "could not be unpacked" not in done.stdout.split("<script")[0]
    assert cpu[1] - cpu[0] < 3, cpu


@pytest.mark.long
def test_a_browser_draws_it(tmp_path: Path) -> None:
    """The script ran in headless Chromium, and no text became markup; the page's own policy cuts the network off."""
    file = tmp_path / "page.html"
    file.write_bytes(b"".join(page(facts_of(RECORD), HOSTILE)))
    words = [
        "chromium-headless-shell",
        "--no-sandbox",
        "--disable-gpu",
        "--virtual-time-budget=5000",
        "--dump-dom",
    ]
    done = subprocess.run([*words, file.as_uri()], capture_output=True, text=True, check=True, timeout=60)
    assert 'data-ready="yes"' in done.stdout
    assert "<img" not in done.stdout
    assert "could not be unpacked" not in done.stdout.split("<script")[0]
    shot = tmp_path / "page.png"
    subprocess.run(
        [*words[:-1], f"--screenshot={shot}", file.as_uri()], capture_output=True, check=True, timeout=60
    )
    assert shot.stat().st_size > 5000
