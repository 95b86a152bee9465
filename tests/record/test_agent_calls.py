"""An agent's session reads as a story: its calls, what each ran, and its own housekeeping in one row."""

from __future__ import annotations

from typing import Any

import pytest
from record_events import event, session_id

from caro.model import Event
from caro.record.process_tree import SessionTree, build_trees
from caro.show.look import Look
from caro.show.tree_lines import tree_lines

SESSION = session_id(0)
AGENT = event(
    0, argv=["claude"], source="launch", duration_ms=60_000.0, session_id=SESSION, pid=10, agent="claude-code"
)


def call(at: float, text: str, took: float | None = 1000.0) -> Event:
    """A tool call that began `at`; without a duration its event has the time of its end, one second later."""
    fields: dict[str, Any] = {"duration_ms": took} if took is not None else {}
    start = at if took is not None else at + 1
    return event(
        start,
        kind="line",
        source="agent",
        text=text,
        exit_code=0,
        agent="claude-code",
        session_id=SESSION,
        **fields,
    )


def run(at: float, *argv: str, parent: Event = AGENT, **fields: Any) -> Event:
    fields = {"duration_ms": 10.0, "exit_code": 0} | fields
    return event(at, argv=list(argv), parent_id=parent.id, session_id=SESSION, agent="claude-code", **fields)


def wrapped(text: str) -> str:
    quoted = text.replace("'", "'\\''")
    return f"source /tmp/snapshot.sh && eval '{quoted}' < /dev/null && pwd -P >| /tmp/cwd"


def tree_of(*events: Event) -> SessionTree:
    (tree,) = build_trees([AGENT, *events])
    return tree


def shown(tree: SessionTree) -> list[str]:
    _, *rows = tree_lines(tree, Look(), alive=lambda _: False)
    return rows


TEXTS = ["git status", "echo 'a  b' | wc -c", 'git commit -m "it\'s"', "ls", "for i in 1 2; do\n  date\ndone"]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("took", [1000.0, None])
def test_a_call_has_the_shell_that_was_given_its_text(text: str, took: float | None) -> None:
    shell = run(5.1, "/bin/bash", "-c", wrapped(text), duration_ms=800.0)
    child = run(5.2, "git", "status", parent=shell)
    tree = tree_of(
        run(1, "git", "false-friend"), run(2, "sh", "-c", "which false"), call(5, text, took), shell, child
    )
    rows = shown(tree)
    assert rows[0].startswith("└─ ✓ claude") or "claude" in rows[0]
    assert [row.count("of claude-code's own") for row in rows].count(1) == 1
    assert "2 commands of claude-code's own" in rows[1]
    assert rows[2].startswith("   └─ ✓ $ ")
    assert rows[3].startswith("      └─ ✓ /bin/bash -c")
    assert rows[4].startswith("         └─ ✓ git status")


def test_calls_with_the_same_text_have_each_their_own_shell() -> None:
    shells = [run(at + 0.1, "bash", "-c", wrapped("make"), duration_ms=500.0) for at in (5, 10, 15)]
    calls = [call(at, "make") for at in (5, 10, 15)]
    tree = tree_of(*calls, *shells)
    below = {node.event.id: [child.event.id for child in node.children] for node in tree.nodes}
    assert [below[line.id] for line in calls] == [[shell.id] for shell in shells]


def test_the_outermost_shell_is_taken_and_what_replaced_it_stays_with_it() -> None:
    inner = run(5.2, "bash", "-c", "make", duration_ms=500.0)
    outer = run(5.1, "sh", "-c", wrapped("make"), replaced_by=inner.id)
    line = call(5, "make")
    tree = tree_of(line, outer, inner)
    (node,) = [node for node in tree.nodes if node.event.id == line.id]
    assert [child.event.id for child in node.children] == [outer.id]


def test_without_a_shell_that_was_seen_the_time_tells() -> None:
    inside, outside = run(5.3, "git", "push"), run(7, "git", "fetch")
    tree = tree_of(call(5, "./release.sh"), inside, outside)
    assert [row.strip("│├└─ ✓") for row in shown(tree)][1:] == [
        "$ ./release.sh  1.0 s", "git push  10 ms", "· 1 command of claude-code's own",
    ]  # fmt: skip


def test_a_call_of_unknown_start_takes_what_it_names_alone() -> None:
    named, other = run(5.3, "git", "push"), run(5.4, "node", "telemetry.js")
    tree = tree_of(call(5, "git push", None), named, other)
    (node,) = [node for node in tree.nodes if node.event.kind == "line"]
    assert [child.event.id for child in node.children] == [named.id]
    assert any("1 command of claude-code's own" in row for row in shown(tree))


def test_the_heading_counts_what_is_shown() -> None:
    shell = run(5.1, "bash", "-c", wrapped("make"))
    tree = tree_of(*[run(1 + at / 10, "git", "status") for at in range(20)], call(5, "make"), shell)
    heading, *_ = tree_lines(tree, Look(), alive=lambda _: False)
    assert "2 commands" in heading
    assert len(shown(tree)) == 4


def test_full_shows_the_housekeeping() -> None:
    tree = tree_of(run(1, "git", "status"), call(5, "make"))
    assert any("git status" in row for row in tree_lines(tree, Look(), alive=lambda _: False, steps=True))


def test_a_session_without_the_agents_process_has_its_calls_at_the_top() -> None:
    shell = event(5.1, argv=["bash", "-c", wrapped("make")], duration_ms=10.0, session_id=SESSION)
    (tree,) = build_trees([call(5, "make"), shell])
    assert [node.event.kind for node in tree.roots] == ["line"]
    assert [child.event.id for child in tree.roots[0].children] == [shell.id]


def test_many_calls_take_a_time_that_grows_with_them_alone() -> None:
    events = []
    for at in range(3000):
        shell = run(5 + at, "bash", "-c", wrapped(f"make {at}"))
        events += [call(5 + at, f"make {at}"), shell, run(5.01 + at, "make", str(at), parent=shell)]
    tree = tree_of(*events)
    assert all(len(node.children) == 1 for node in tree.nodes if node.event.kind == "line")


def test_a_refused_call_stands_below_the_agent() -> None:
    refused = event(
        5, kind="verdict", source="agent", text="rm -r x", agent="claude-code",
        session_id=SESSION,
    )  # fmt: skip
    rows = shown(tree_of(run(1, "git", "config"), refused, call(8, "ls"), run(8.1, "ls")))
    assert [row.lstrip("│├└─ ").split(" ", 1)[0] for row in rows][1:] == ["·", "⚠", "✓", "✓"]
    assert "rm -r x" in rows[2] and rows[2].startswith("   ├")


def test_where_a_script_starts_the_agent_what_it_ran_is_one_row_beside_a_refused_call() -> None:
    begun = run(0.1, "/lib/vendor/claude", "-p", "go", duration_ms=50_000.0)
    refused = event(
        5, kind="verdict", source="agent", text="rm -r x", agent="claude-code", session_id=SESSION
    )
    own = [run(at, "git", "config", parent=begun) for at in (1, 2, 3)]
    rows = shown(tree_of(begun, *own, refused))
    assert len(rows) == 4 and "vendor/claude" in rows[1]
    assert "3 commands of claude-code's own" in rows[2] and "rm -r x" in rows[3]
