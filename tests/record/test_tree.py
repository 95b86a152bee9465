"""Shapes of trees: who started whom, told and guessed, and how it is drawn."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from itertools import groupby, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from record_events import event, events

from caro.model import Event
from caro.record.process_tree import SessionTree, build_trees, walk
from caro.show.look import Look
from caro.show.tree_lines import tree_json, tree_lines


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("HOME", "/home/u")
    time.tzset()


def ran(id: str, at: float, argv: str, **fields: Any) -> Event:
    """An exec that took 10 ms and succeeded, unless told otherwise."""
    values: dict[str, Any] = {"duration_ms": 10.0, "exit_code": 0, "session_id": "s", "cwd": "/home/u/p"}
    return event(at, id=id, argv=argv.split(), **(values | fields))


def drawn(
    events: list[Event], look: Look | None = None, alive: bool = True, steps: bool = False
) -> list[str]:
    (tree,) = build_trees(events)
    lines = tree_lines(tree, look or Look(), lambda _: alive, steps)
    return [line for number, line in enumerate(lines) if number]


def parents(events: list[Event]) -> dict[str, tuple[str | None, str]]:
    (tree,) = build_trees(events)
    return {n.event.id: (n.parent.event.id if n.parent else None, n.via) for n, _ in walk(tree.roots)}


SAMPLE = [
    event(
        0, id="opening", kind="session", source="launch", session_id="s", cwd="/home/u/p", agent="claude-code"
    ),
    ran("make", 0, "make -j2", duration_ms=2000.0, exit_code=2),
    ran("cc1", 0.1, "cc -c a.c", parent_id="make", duration_ms=120.0),
    ran("cc2", 0.2, "cc -c b.c", parent_id="make", duration_ms=90.0, exit_code=1),
    ran("as", 0.25, "as b.s", parent_id="cc2", cwd="/tmp"),
    ran("sh", 1, "bash script", exit_code=None, duration_ms=3.0, replaced_by="git", cwd="/home/u/p/sub"),
    ran("git", 1.1, "git push", parent_id="sh", exit_code=None, signal=15, cwd="/home/u/p/sub"),
    ran("serve", 1.5, "node server.js", kind="exec_start", duration_ms=None, exit_code=None),
]


def test_a_session_is_drawn() -> None:
    (tree,) = build_trees(reversed(SAMPLE))
    lines = list(tree_lines(tree, Look(), lambda _: False))
    assert lines == [
        "session s · 2026-09-21 14:13:20 · 7 commands in 6 processes · 3 failed · 2.0 s · claude-code · ~/p",
        "├─ ✗ 2 make -j2  2.0 s",
        "│  ├─ ✓ cc -c a.c  120 ms",
        "│  └─ ✗ 1 cc -c b.c  90 ms",
        "│     └─ ✓ as b.s  10 ms  in /tmp",
        "├─ ✗ TERM bash script  ⇒ git  110 ms  in ./sub",
        "└─ ? node server.js  no end recorded  in ~/p",
    ]


def test_without_unicode_and_with_colour() -> None:
    events = [ran("a", 0, "false", exit_code=1), ran("b", 1, "true")]
    assert drawn(events, Look(unicode=False)) == ["|- x 1 false  10 ms", "`- ok true  10 ms"]
    (failed, fine) = drawn(events, Look(colour=True))
    assert "\x1b[31m✗ 1\x1b[0m \x1b[31mfalse\x1b[0m" in failed
    assert "\x1b[31m" not in fine


def test_what_still_runs_is_told_and_its_end_replaces_it() -> None:
    start = ran("a", 0, "sleep 9", kind="exec_start", duration_ms=None, exit_code=None)
    (line,) = drawn([start])
    assert line.startswith("└─ ▶ sleep 9  running ")
    end = ran("a", 0, "sleep 9", duration_ms=9000.0)
    assert drawn([start, end]) == drawn([end, start]) == ["└─ ✓ sleep 9  9.0 s"]


def test_a_process_that_is_gone_does_not_run() -> None:
    this = ran("a", 0, "python", kind="exec_start", pid=os.getpid(), host=socket.gethostname())
    (tree,) = build_trees([this])
    assert json.loads(tree_json(tree))["nodes"][0]["running"] is True
    this.host = "elsewhere.invalid"
    assert json.loads(tree_json(tree))["nodes"][0]["running"] is False


def test_a_missing_parent_is_found_by_process_and_time() -> None:
    found = parents(
        [
            ran("early", 0, "sh", pid=10, duration_ms=100.0),
            ran("late", 5, "sh", pid=10, duration_ms=2000.0),
            ran("other host", 5, "sh", pid=10, host="other", duration_ms=2000.0),
            ran("child", 6, "ls", ppid=10, parent_id="not recorded"),
            ran("orphan", 20, "ls", ppid=10, parent_id="not recorded"),
            ran("first", 0.05, "ls", ppid=10),
        ]
    )
    assert found["child"] == ("late", "pid")
    assert found["first"] == ("early", "pid")
    assert found["orphan"] == (None, "session")


def test_commands_hang_below_the_line_that_was_typed() -> None:
    typed = event(
        0, id="line", kind="line", text="make | tee log", session_id="s", duration_ms=500.0, exit_code=0
    )
    found = parents(
        [
            typed,
            ran("told", 3, "make", line_id="line"),
            ran("within", 0.2, "tee log"),
            ran("prompt", 0.9, "git status"),
            ran("below", 0.3, "cc", parent_id="within"),
        ]
    )
    assert found["told"] == ("line", "line")
    assert found["within"] == ("line", "line")
    assert found["prompt"] == (None, "session")
    assert found["below"] == ("within", "parent_id")


def test_deep_mode_hangs_commands_below_their_line_not_below_the_shell() -> None:
    shell = ran("shell", -5, "zsh -i", pid=7, duration_ms=9000.0)
    found = parents(
        [
            shell,
            event(0, id="line", kind="line", text="make", session_id="s", pid=7, duration_ms=500.0),
            ran("within", 0.2, "make", parent_id="shell", ppid=7),
            ran("below", 0.3, "cc", parent_id="within"),
            ran("prompt", 0.9, "git status", parent_id="shell", ppid=7),
            event(1, id="job", kind="line", text="sleep 1 &", session_id="s", pid=7, duration_ms=1.0),
            ran("slow", 1.1, "sleep 1", parent_id="shell", ppid=7),
        ]
    )
    assert found["within"] == ("line", "line")
    assert found["below"] == ("within", "parent_id")
    assert found["prompt"] == ("shell", "parent_id")
    assert found["slow"] == ("job", "line")


def test_what_prompts_ran_is_counted_between_the_lines() -> None:
    session = [
        ran("start", -1, "nvm use", exit_code=3),
        event(0, id="one", kind="line", text="make", session_id="s", duration_ms=500.0, exit_code=2),
        ran("make", 0.1, "make", exit_code=2),
        ran("git", 0.8, "git status"),
        ran("fsmonitor", 0.9, "git fsmonitor", parent_id="git", exit_code=1),
        event(1, id="two", kind="line", text="ls", session_id="s", duration_ms=5.0, exit_code=0),
        ran("prompt", 1.1, "git status", exit_code=128),
    ]
    (tree,) = build_trees(session)
    assert "1 command " in next(tree_lines(tree, Look(), lambda _: True)) + " "
    assert "1 failed" in next(tree_lines(tree, Look(), lambda _: True))
    assert drawn(session) == [
        "├─ · 1 command between the lines, 1 failed",
        "├─ ✗ 2 $ make  500 ms",
        "│  └─ ✗ 2 make  10 ms",
        "├─ · 2 commands between the lines, 1 failed",
        "├─ ✓ $ ls  5.0 ms",
        "└─ · 1 command between the lines, 1 failed",
    ]
    assert sum("git" in line for line in drawn(session, steps=True)) == 3


def test_builtins_hang_below_their_shell() -> None:
    builtin = event(
        1, id="cd", kind="builtin", argv=["cd", "/tmp"], pid=7, session_id="s", file="x.sh", lineno=3
    )
    assert parents([ran("bash", 0, "bash x.sh", pid=7, duration_ms=5000.0), builtin])["cd"] == ("bash", "pid")


def test_a_long_chain_of_execs() -> None:
    chain = [ran(f"e{n}", n / 100, f"step{n}", replaced_by=f"e{n + 1}", exit_code=None) for n in range(3)]
    chain.append(ran("e3", 0.03, "step3", parent_id="e0"))
    assert drawn(chain, steps=True) == [
        "└─ ⇒ step0  10 ms",
        "   └⇒ ⇒ step1  10 ms",
        "      └⇒ ⇒ step2  10 ms",
        "         └⇒ ✓ step3  10 ms",
    ]


def test_a_process_is_one_line_with_the_children_of_all_that_it_was() -> None:
    env = "/usr/bin/env"
    chain = [
        ran("script", 0, "tool --all", exit_code=None, replaced_by="shell", interpreter=env),
        ran(
            "shell", 0.01, "bash tool --all", exit_code=None, replaced_by="real", level="high", action="warn"
        ),
        ran("real", 0.5, "/opt/bin/tool", parent_id="shell", duration_ms=500.0, path="/opt/bin/tool3"),
        ran("of the last", 0.6, "cc x.c", parent_id="real"),
        ran("of the second", 0.1, "cat", parent_id="shell"),
    ]
    assert drawn(chain) == [
        "└─ ✓ tool --all  ⇒ bash ⇒ tool3  1.0 s  ⚠ high, warn",
        "   ├─ ✓ cat  10 ms",
        "   └─ ✓ cc x.c  10 ms",
    ]
    assert drawn(chain, steps=True) == [
        "└─ ⇒ tool --all  10 ms  by /usr/bin/env",
        "   └⇒ ⇒ bash tool --all  10 ms  ⚠ high, warn",
        "      ├─ ✓ cat  10 ms",
        "      └⇒ ✓ /opt/bin/tool  500 ms",
        "         └─ ✓ cc x.c  10 ms",
    ]
    chain[2] = ran("real", 0.5, "tool", kind="exec_start", duration_ms=None, exit_code=None)
    assert drawn(chain, alive=False)[0] == "└─ ? tool --all  ⇒ bash ⇒ tool  no end recorded  ⚠ high, warn"


def test_a_long_chain_names_its_end() -> None:
    chain = [ran(f"e{n}", n / 100, f"step{n}", replaced_by=f"e{n + 1}", exit_code=None) for n in range(3)]
    chain.append(ran("e3", 0.03, "step3"))
    assert drawn(chain) == ["└─ ✓ step0  ⇒ … ⇒ step3  40 ms"]


def test_a_change_of_folder_is_told_once() -> None:
    here, there = "/home/u/p", "/home/u/p/sub"
    shell = ran("sh", 0, "bash x.sh", duration_ms=9000.0, cwd=here)
    children = [
        ran(f"c{n}", n + 1, f"step{n}", parent_id="sh", cwd=cwd)
        for n, cwd in enumerate([here, there, there, "/tmp", here])
    ]
    below = ran("below", 2.5, "ls", parent_id="c1", cwd=there)
    assert drawn([shell, *children, below]) == [
        "└─ ✓ bash x.sh  9.0 s",
        "   ├─ ✓ step0  10 ms",
        "   ├─ ✓ step1  10 ms  in ./sub",
        "   │  └─ ✓ ls  10 ms",
        "   ├─ ✓ step2  10 ms",
        "   ├─ ✓ step3  10 ms  in /tmp",
        "   └─ ✓ step4  10 ms  in ~/p",
    ]


def test_the_heading_fits_the_terminal() -> None:
    opening = event(0, id="o", kind="session", session_id="s", cwd="/home/u/" + "long/" * 20 + "project")
    (tree,) = build_trees([opening, ran("a", 0, "true")])
    heading = next(tree_lines(tree, Look(columns=80), lambda _: True))
    assert len(heading) == 80 and heading.endswith("long/project") and "…" in heading


def test_circles_of_a_damaged_log_are_cut() -> None:
    events = [
        ran("a", 0, "a", parent_id="c"),
        ran("b", 1, "b", parent_id="a", replaced_by="a"),
        ran("c", 2, "c", parent_id="b"),
        ran("self", 3, "self", parent_id="self", replaced_by="self"),
    ]
    assert sorted(parents(events)) == ["a", "b", "c", "self"]


def test_a_very_deep_tree_is_no_error() -> None:
    deep = [ran(f"n{n}", n / 1000, "sh", parent_id=f"n{n - 1}") for n in range(3000)]
    assert len(drawn(deep, Look(columns=80))) == 3000


def test_lines_fit_the_terminal() -> None:
    wide = ran("a", 0, "echo " + "long " * 60)
    (line,) = drawn([wide], Look(columns=60))
    assert len(line) == 60 and line.endswith("…  10 ms")
    (full,) = drawn([wide], Look(columns=0))
    assert len(full) > 300


def test_risk_and_interpreter_are_shown() -> None:
    risky = ran("a", 0, "rm -r x", level="high", action="confirm", interpreter="/usr/bin/python3")
    assert drawn([risky]) == ["└─ ✓ rm -r x  10 ms  ⚠ high, confirm  by /usr/bin/python3"]


ids = st.sampled_from([f"e{n}" for n in range(8)])


def as_call(found: Event) -> Event:
    """Return an event as the line of an agent's tool call."""
    found.kind, found.source, found.text = "line", "agent", "sh x"
    return found


def as_shell(found: Event) -> Event:
    """Return an event as a shell that was given that call's text."""
    found.kind, found.argv = "exec", ["sh", "-c", "eval 'sh x'"]
    return found


@given(
    st.lists(
        st.tuples(
            st.one_of(events, events.map(as_call), events.map(as_shell)),
            ids,
            st.one_of(st.none(), ids),
            st.one_of(st.none(), ids),
            st.integers(1, 5),
        ),
        max_size=12,
    )
)
def test_every_command_stands_in_the_tree_once(
    made: list[tuple[Event, str, str | None, str | None, int]],
) -> None:
    for found, id, parent, successor, pid in made:
        found.id, found.parent_id, found.replaced_by, found.pid, found.ppid = (
            id,
            parent,
            successor,
            pid,
            pid + 1,
        )
        found.session_id = "s"
    trees = build_trees(event for event, *_ in made)
    wanted = {found.id for found, *_ in made if found.kind != "session"}
    shown = [node.event.id for tree in trees for node, _ in walk(tree.roots)]
    assert sorted(shown) == sorted(wanted)
    for tree in trees:
        check_drawing(tree)


def check_drawing(tree: SessionTree) -> None:
    lines = list(tree_lines(tree, Look(), lambda _: True, steps=True))
    assert len(lines) == len(tree.nodes) + 1
    short = list(tree_lines(tree, Look(), lambda _: True))
    if not tree.housekeeping:  # else a part of the rows stands folded in one
        aside = {node for node, _ in walk(tree.between_lines)}
        groups = sum(counted for counted, _ in groupby(tree.roots, key=aside.__contains__))
        assert len(short) == sum(not node.replaces for node in tree.nodes if node not in aside) + groups + 1
    assert all(line.isprintable() for line in lines + short)
    depths = [node["depth"] for node in json.loads(tree_json(tree))["nodes"]]
    assert all(after <= before + 1 for before, after in pairwise(depths))


def test_sessions_are_told_apart() -> None:
    trees = build_trees([ran("b", 5, "b", session_id="2"), ran("a", 0, "a", session_id="1")])
    assert [tree.session_id for tree in trees] == ["1", "2"]


def linked(count: int, shape: str) -> list[Event]:
    """So many events, each of which leads to the next in one of the ways that a log can say it."""
    made = []
    for n in range(count):
        fields: dict[str, Any] = {"pid": 1000 + n, "ppid": 1, "duration_ms": 1e7}
        if shape == "parents":
            fields["parent_id"] = f"e{n - 1}"
        elif shape == "circle":
            fields["parent_id"] = f"e{(n - 1) % count}"
        elif shape == "replaced":
            fields["replaced_by"] = f"e{n + 1}"
        elif shape == "circle of replaced":
            fields["replaced_by"] = f"e{(n + 1) % count}"
        elif shape == "process ids":
            fields["ppid"] = 999 + n
        elif shape == "one process id":
            fields |= {"pid": 7, "ppid": 7, "duration_ms": 0.1}
        elif shape == "circle of process ids":
            fields |= {"pid": n % 3, "ppid": (n + 1) % 3}
        made.append(ran(f"e{n}", n / 1000, f"step {n}", **fields))
    return made


SHAPES = ["parents", "circle", "replaced", "circle of replaced", "process ids", "one process id",
          "circle of process ids", "flat"]  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_work_grows_with_the_events_alone(shape: str) -> None:
    """Counted in lines of Python that run, not in time: four times the events, about four times the work."""

    def work(count: int) -> int:
        events, steps = linked(count, shape), 0

        def tracer(frame: Any, what: str, arg: Any) -> Any:
            nonlocal steps
            steps += what == "line"
            return tracer

        sys.settrace(tracer)
        try:
            (tree,) = build_trees(events)
            size = sum(len(line) for line in tree_lines(tree, Look(), lambda _: True))
        finally:
            sys.settrace(None)
        assert size < 400 * count
        return steps

    work(10)
    assert work(1200) < 5 * work(300)


@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_recurses(shape: str) -> None:
    (tree,) = build_trees(linked(5000, shape))
    assert len(list(walk(tree.roots))) == 5000
    assert json.loads(tree_json(tree, lambda _: True))["commands"] == 5000


def test_deep_levels_are_counted_instead_of_drawn() -> None:
    lines = drawn(linked(40, "parents"))
    assert lines[24].startswith("   " * 24 + "└─ ✓ step 24")
    assert lines[25].startswith("+1 " + "   " * 24 + "└─ ✓ step 25")
    assert lines[39].startswith("+15 ")


@pytest.mark.parametrize("shape", ["circle", "circle of replaced"])
def test_a_circle_is_told_as_such(shape: str) -> None:
    lines = drawn(linked(6, shape), steps=True)
    assert "step 0" in lines[0] and lines[0].endswith("its own ancestor in the log: cut here")
    assert len(lines) == 6 and not any("ancestor" in line for line in lines[1:])
    assert parents(linked(6, shape))["e0"] == (None, "cycle")
