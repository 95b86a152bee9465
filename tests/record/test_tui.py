"""The screen: driven by Textual's own pilot, and for real in tmux."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import pexpect
import pyte
import pytest
from record_events import event, session_id
from textual.pilot import Pilot
from textual.widgets import Static

from caro.cli.tui import _filter_from, _judged
from caro.errors import UsageError
from caro.model import Event
from caro.record.query import Filter
from caro.record.writer import write_event
from caro.show.look import Look
from caro.tui.app import Screen
from caro.tui.first_frame import first_frame
from caro.tui.popup import in_popup
from caro.tui.rows import Rows
from caro.tui.source import BLOCK, Source, last_failure, sessions_of
from waiting import wait_until

SESSION, OTHER = session_id(0), session_id(10)
HOSTILE = "x\x1b[2Jy\u202ez"


def ran(at: float, *argv: str, session: str = SESSION, code: int = 0, **fields: object) -> Event:
    return event(at, argv=list(argv), session_id=session, exit_code=code, duration_ms=5.0, cwd="/w", **fields)


RECORD = [
    ran(0, "make"),
    ran(1, "git", "status"),
    ran(2, "cc", "a.c", code=1),
    event(3, kind="verdict", text="rm -r x", action="block", level="high", session_id=SESSION),
    ran(11, "echo", HOSTILE, session=OTHER, agent="claude-code"),
]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    file = tmp_path / "log.jsonl"
    for one in RECORD:
        write_event(file, one)
    return file


Steps = Callable[[Pilot[str], Screen], Awaitable[None]]


def on_screen(log: Path, steps: Steps, size: tuple[int, int] = (120, 30), here: str = "") -> str | None:
    """Run the screen on a log, let `steps` use it, and return what it ended with."""

    async def drive() -> str | None:
        with Source(log, None) as source:
            app = Screen(source, Filter(), _filter_from, colour=True, here=here)
            async with app.run_test(size=size) as pilot:
                await pilot.pause()
                await steps(pilot, app)
            return app.return_value

    return asyncio.run(drive())


def rows(app: Screen, name: str = "timeline") -> Rows:
    return app.query_one(f"#{name}", Rows)


def test_what_ran_is_shown_and_filtered(log: Path) -> None:
    async def steps(pilot: Pilot[str], app: Screen) -> None:
        assert [one.id for one in rows(app).items] == [one.id for one in RECORD]
        assert rows(app).item.id == RECORD[-1].id
        assert "\x1b[2J" not in app.export_screenshot()
        await pilot.press("f")
        assert [one.argv for one in rows(app).items] == [["cc", "a.c"]]
        await pilot.press("escape", "slash", *"git", "enter")
        await pilot.pause()
        assert [one.argv for one in rows(app).items] == [["git", "status"]]
        await pilot.press("escape", "v")
        assert [one.text for one in rows(app, "verdicts").items] == ["rm -r x"]

    on_screen(log, steps)


def test_a_session_its_tree_and_the_line_for_the_prompt(log: Path) -> None:
    async def steps(pilot: Pilot[str], app: Screen) -> None:
        assert [row.session_id for row in rows(app, "sessions").items] == [OTHER, SESSION]
        await pilot.press("s", "down", "enter")
        await pilot.pause()
        assert {one.session_id for one in rows(app).items} == {SESSION}
        await pilot.press("home", "down", "t")
        await pilot.pause()
        assert any("git status" in line for line in rows(app, "tree").items)
        await pilot.press("r")

    assert on_screen(log, steps) == "cd /w && git status"
    assert on_screen(log, steps, here="/w") == "git status"


def test_a_line_of_several_lines_goes_into_the_prompt_as_it_was_typed(tmp_path: Path) -> None:
    log, text = tmp_path / "log.jsonl", "cat <<'EOF'\na $(b)\nEOF"
    write_event(log, event(0, kind="line", source="prompt", text="echo '\x07'", cwd="/w"))
    write_event(log, event(1, kind="line", source="prompt", text=text, cwd="/w"))

    async def steps(pilot: Pilot[str], app: Screen) -> None:
        await pilot.press("c")
        assert app.clipboard == f"cd /w && {{\n{text}\n}}"
        await pilot.press("up", "c", "r")
        assert app.clipboard.endswith("EOF\n}")
        assert "can't be given" in str(app.query_one("#state", Static).render())
        await pilot.press("down", "r")

    assert on_screen(log, steps, here="/w") == text


def test_a_verdicts_card_has_each_term_of_its_score(log: Path) -> None:
    async def drive() -> str:
        with Source(log, None) as source:
            app = Screen(source, Filter(), _filter_from, colour=False, judged=_judged())
            async with app.run_test(size=(120, 40)) as pilot:
                await pilot.press("v")
                for _ in range(400):
                    await pilot.pause(0.05)
                    card = str(app.query_one("#card", Static).render())
                    if "how the points come together" in card:
                        return card
        return ""

    assert re.search(r"\n +\+\d+  deletes files", asyncio.run(drive()))


def test_what_is_appended_comes_in_and_pauses(log: Path) -> None:
    async def steps(pilot: Pilot[str], app: Screen) -> None:
        write_event(log, ran(20, "tail"))
        app._follow()
        assert rows(app).item.argv == ["tail"]
        await pilot.press("p")
        write_event(log, ran(21, "later"))
        app._follow()
        assert rows(app).item.argv == ["tail"]

    on_screen(log, steps)


def test_what_the_prompt_starts_is_no_failure_of_anybody(tmp_path: Path) -> None:
    log, helper = tmp_path / "log.jsonl", ("git", "symbolic-ref", "HEAD")
    for one in (
        event(0, kind="session", source="prompt", session_id=SESSION, command="fish"),
        ran(1, *helper, code=128),
        event(
            2, kind="line", source="prompt", text="make x", exit_code=2, duration_ms=100.0, session_id=SESSION
        ),
        ran(2.01, "make", "x", code=2),
        ran(3, *helper, code=128),
        event(
            4, kind="line", source="prompt", text="true", exit_code=0, duration_ms=100.0, session_id=SESSION
        ),
    ):
        write_event(log, one)

    async def steps(pilot: Pilot[str], app: Screen) -> None:
        assert app._events[last_failure(app._events, SESSION) or 0].argv == ["make", "x"]
        write_event(log, ran(5, *helper, code=128))
        write_event(log, ran(6, *helper, session=OTHER, code=128))
        app._follow()
        assert [one.argv for one in app._events if one.argv] == [["make", "x"], list(helper)]

    on_screen(log, steps)


@pytest.mark.parametrize("size", [(40, 10), (300, 100)])
def test_small_and_large_terminals(log: Path, size: tuple[int, int]) -> None:
    async def steps(pilot: Pilot[str], app: Screen) -> None:
        await pilot.press("up", "pageup", "t")
        await pilot.resize_terminal(80, 24)
        await pilot.pause()

    assert on_screen(log, steps, size) is None


def test_older_blocks_are_read_when_asked(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    first = ran(0, "first")
    write_event(log, first)
    line = log.read_bytes()
    with log.open("ab") as out:
        out.writelines(
            line.replace(first.id.encode(), f"{number:036}".encode()) for number in range(BLOCK + 5)
        )
    with Source(log, None) as source:
        assert len(source.newest(Filter())) == BLOCK
        assert len(source.newest(Filter(), older=True)) == BLOCK + 6


def test_filters_are_those_of_the_log() -> None:
    assert _filter_from("--failed --command git").failed
    assert _filter_from("two words").grep == "two words"
    for wrong in ("--nothing", "--since never", "'"):
        with pytest.raises(UsageError):
            _filter_from(wrong)


def test_sessions_are_counted() -> None:
    newest, oldest = sessions_of(RECORD)
    assert (newest.agent, newest.commands, newest.failures) == ("claude-code", 1, 0)
    assert (oldest.commands, oldest.failures) == (3, 1)


def test_as_text_and_without_a_terminal(
    caro: Callable[..., subprocess.CompletedProcess[str]], env: dict[str, str]
) -> None:
    assert caro("run", "--quiet", "--", "git", "--version").returncode == 0
    assert "git --version" in caro("tui", "--plain").stdout
    refused = caro("tui")
    assert refused.returncode == 2
    assert "--plain" in refused.stderr


def test_in_tmux_it_draws_and_leaves_the_terminal_as_it_was(
    caro: Callable[..., subprocess.CompletedProcess[str]], env: dict[str, str], home: Path
) -> None:
    assert caro("run", "--quiet", "--", "git", "--version").returncode == 0
    program = shutil.which("caro", path=env["PATH"])
    tmux = ["tmux", "-S", str(home / "tmux"), "-f", "/dev/null"]

    def screen() -> str:
        done = subprocess.run(
            [*tmux, "capture-pane", "-p"], capture_output=True, text=True, env=env, check=False
        )
        return done.stdout

    subprocess.run([*tmux, "new-session", "-d", "-x", "100", "-y", "30", "sh"], env=env, check=True)
    try:
        subprocess.run(
            [*tmux, "send-keys", f"echo before; {program} tui; echo after=$?", "Enter"], env=env, check=True
        )
        wait_until(lambda: "Timeline" in screen() and "git --version" in screen(), screen)
        assert "before" not in screen()
        subprocess.run([*tmux, "send-keys", "r"], env=env, check=True)
        wait_until(lambda: "after=0" in screen(), screen)
        assert "before" in screen()
        assert "git --version" in screen()
    finally:
        subprocess.run([*tmux, "kill-server"], env=env, check=False)


TMUX = """#!/bin/sh
echo "$*" >{folder}/asked
while [ "$1" != -- ]; do shift; done
shift
printf 'echo taken' >"$6"
"""


@pytest.mark.parametrize(("stub", "taken"), [(TMUX, "echo taken"), ("#!/bin/sh\nexit 1\n", None)])
def test_in_tmux_it_opens_in_a_popup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stub: str, taken: str | None
) -> None:
    tmux = tmp_path / "tmux"
    tmux.write_text(stub.format(folder=tmp_path))
    tmux.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert in_popup({"TMUX": "/tmp/x,1,0", "CARO_SESSION_ID": SESSION, "SECRET": "x"}) == taken
    assert in_popup({}) is None
    if taken is not None:
        asked = (tmp_path / "asked").read_text()
        assert f"CARO_SESSION_ID={SESSION}" in asked and "SECRET" not in asked


def test_it_begins_on_the_last_failure_of_the_session(log: Path) -> None:
    async def drive() -> list[str | None]:
        found = []
        for session in (SESSION, OTHER, ""):
            with Source(log, None) as source:
                app = Screen(source, Filter(), _filter_from, colour=False, failed_in=session)
                async with app.run_test() as pilot:
                    await pilot.pause()
                    item = app.query_one("#timeline", Rows).item
                    found.append(item.argv[0] if item is not None and item.argv else None)
        return found

    assert asyncio.run(drive()) == ["cc", "cc", "cc"]


@pytest.mark.parametrize("size", [(40, 10), (89, 20), (120, 30)])
def test_the_first_frame_is_what_textual_draws(log: Path, size: tuple[int, int]) -> None:
    """What is drawn before Textual is loaded stands where it draws the same: rows, sessions, the count."""
    drawn = pyte.Screen(*size)

    async def steps(pilot: Pilot[str], app: Screen) -> None:
        look = Look(colour=True, unicode=True, columns=0)
        stream = pyte.Stream(drawn)
        stream.feed("\x1b[?7l" + first_frame(RECORD, sessions_of(RECORD), 4, os.terminal_size(size), look))
        for name in ("timeline", "sessions"):
            shown = rows(app, name)
            left, top, width, height = shown.region if shown.display else (0, 0, 0, 0)
            for y in range(min(height, len(shown.items))):
                text = shown.render_line(y).text[: width - 2].rstrip()
                assert drawn.display[top + y][left:].startswith(text), (name, y, drawn.display)
        state = app.query_one("#state").region
        assert "5 events" in drawn.display[state.y][state.x :]

    on_screen(log, steps, size)


def test_keys_that_come_before_textual_are_taken(
    caro: Callable[..., subprocess.CompletedProcess[str]], env: dict[str, str]
) -> None:
    assert caro("run", "--quiet", "--", "git", "--version").returncode == 0
    child = pexpect.spawn(
        "caro", ["tui"], env=env | {"TERM": "xterm-256color"}, timeout=60, dimensions=(30, 100)
    )
    child.expect(r"\d events?")
    child.send("r")
    child.expect("git --version\r\n")
    child.expect(pexpect.EOF)
    assert b"\x1b[?1049l" in child.before or child.wait() == 0
