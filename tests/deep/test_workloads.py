"""The multiset of (path, argv, exit status) that deep mode writes is the one that strace sees."""

from __future__ import annotations

import shutil

import pytest

from deep.execs import differences, strace_execs
from deep.tracing import WORKLOADS, Deep, as_user

WAYS = ["notify", "notify-exit", "ptrace"]
SIZES = {"configure": "6", "git": "12", "make": "6", "agent": "1"}
WHOLE = {"configure": "40", "git": "60", "make": "30", "agent": "4"}


def script_of(workload: str, deep: Deep) -> str:
    """A copy that its user may read: the checkout's own parents are often closed to others."""
    return str(shutil.copy2(WORKLOADS / f"{workload}.sh", deep.folder.parent))


def compare(deep: Deep, workload: str, size: str, ways: list[str]) -> None:
    words = [script_of(workload, deep), size]
    expected = strace_execs(words, deep.folder, **as_user(deep))
    assert len(expected) > 20
    for way in ways:
        assert deep.run(*words, way=way).returncode == 0
        assert differences(expected, deep.execs()) == ([], []), way


@pytest.mark.parametrize("workload", SIZES)
def test_same_as_strace(anyone: Deep, workload: str) -> None:
    compare(anyone, workload, SIZES[workload], WAYS)


@pytest.mark.long
@pytest.mark.parametrize("workload", WHOLE)
def test_whole_workloads_are_the_same_as_strace(anyone: Deep, workload: str) -> None:
    compare(anyone, workload, WHOLE[workload], WAYS)


@pytest.mark.parametrize("workload", ["configure", "git"])
def test_everything_has_a_parent(anyone: Deep, workload: str) -> None:
    anyone.run(script_of(workload, anyone), SIZES[workload], way="notify")
    events = anyone.events()
    ids = {event["id"] for event in events}
    roots = [event for event in events if event.get("parent_id") not in ids]
    assert [event["command"] for event in roots] == [f"{workload}.sh"]
    assert all(set(event) >= {"cwd", "pid", "ppid", "user", "duration_ms", "tty", "mode"} for event in events)
