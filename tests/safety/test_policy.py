"""From verdict to action: modes, folders, allow entries, what can't be allowed."""

from __future__ import annotations

import pytest

from caro.levels import Action, Level
from caro.safety.assessment import assess_argv, assess_line
from caro.safety.policy import AllowEntry, Policy, argv_of, decide, policy_from
from caro.safety.world import World

LINES = {
    Level.CRITICAL: "rm -rf /",
    Level.HIGH: "git reset --hard",
    Level.MODERATE: "rm -rf notes",
    Level.LOW: "ls",
}


@pytest.mark.parametrize(
    ("mode", "actions"),
    [
        ("off", "allow allow allow allow"),
        ("passive", "warn warn allow allow"),
        ("active", "block confirm warn allow"),
    ],
)
def test_matrix(mode: str, actions: str) -> None:
    found = [decide(assess_line(line), Policy(mode)).action.word for line in LINES.values()]
    assert found == actions.split()
    assert [assess_line(line).level for line in LINES.values()] == list(LINES)


def test_folder_tightens_and_never_loosens() -> None:
    policy = Policy("active", folders={"/play": "off", "/prod": "active"})
    assert decide(assess_line("git reset --hard"), policy, "/play/x").action == Action.CONFIRM
    assert (
        decide(
            assess_line("git reset --hard"), Policy("passive", folders={"/prod": "active"}), "/prod/x"
        ).action
        == Action.CONFIRM
    )
    assert (
        decide(
            assess_line("git reset --hard"), Policy("passive", folders={"/prod": "active"}), "/produce"
        ).action
        == Action.WARN
    )


def test_a_users_rule_only_tightens() -> None:
    assert decide(assess_line("ls"), Policy("active"), floor=Action.BLOCK).action == Action.BLOCK
    assert decide(assess_line("rm -rf /"), Policy("active"), floor=Action.WARN).action == Action.BLOCK
    assert decide(assess_line("ls"), Policy("off"), floor=Action.BLOCK).action == Action.BLOCK


ENTRY = AllowEntry(("git", "reset", "--hard"), "/repo", 100.0, "nightly job")


@pytest.mark.parametrize(
    ("line", "folder", "now", "allowed"),
    [
        ("git reset --hard", "/repo", 50.0, True),
        ("git  reset   --hard", "/repo", 50.0, True),
        ("git reset --hard HEAD~3", "/repo", 50.0, False),
        ("git reset --hard && git clean -fd", "/repo", 50.0, False),
        ("git reset --hard $X", "/repo", 50.0, False),
        ("GIT_DIR=x git reset --hard", "/repo", 50.0, False),
        ("git reset --hard > /etc/passwd", "/repo", 50.0, False),
        ("git reset --hard", "/repo/sub", 50.0, False),
        ("git reset --hard", None, 50.0, False),
        ("git reset --hard", "/repo", 101.0, False),
    ],
)
def test_allow_entries_are_bound(line: str, folder: str | None, now: float, allowed: bool) -> None:
    assessment = decide(assess_line(line), Policy("active", (ENTRY,)), folder, now)
    assert (assessment.action == Action.ALLOW) is allowed


@pytest.mark.parametrize(
    "line", ["rm -rf /", "dd if=/dev/zero of=/dev/sda", "rm -rf .config/caro", "kill -9 -1"]
)
def test_some_things_no_entry_allows(line: str) -> None:
    entry = AllowEntry(tuple(line.split()), "/", 100.0, "because")
    assert decide(assess_line(line), Policy("active", (entry,)), "/", 1.0).action >= Action.CONFIRM


def test_entries_that_cannot_be_read_allow_nothing() -> None:
    values = {"safety.mode": "active", "safety.allow": ["git", {"argv": "git reset --hard"}, {"argv": []}, 3]}
    assert policy_from(values, {}).allow == ()


@pytest.mark.parametrize(
    "line",
    ["rm *", "rm $X", "rm $(ls)", "a; b", "a | b", "a > b", "A=1 b", "rm ~/x", "{rm,x}", "", "(a)", "a 'b"],
)
def test_lines_that_cannot_be_bound(line: str) -> None:
    assert argv_of(line) is None


def test_argv_gate_has_no_shell_in_it() -> None:
    assert assess_argv(["echo", "$(rm -rf /)", ";", "rm", "-rf", "/"]).level == Level.LOW
    assert assess_argv(["rm", "-rf", "/home/me"], World(home="/home/me")).level == Level.CRITICAL
    assert assess_argv(["/bin/rm", "-rf", "/"]).rules == assess_line("rm -rf /").rules


CONTEXT = [
    ("git reset --hard", World(tree_clean=True), -40),
    ("git reset --hard", World(agent="claude-code"), 5),
    ("kubectl delete ns app", World(kube_context="prod-eu"), 15),
    ("kubectl delete ns app", World(kube_context="non-prod"), 0),
    ("iptables -F", World(ssh=True), 10),
    ("rm -rf notes", World(root=True), 5),
    ("ls", World(root=True, agent="x", ssh=True), 0),
]


@pytest.mark.parametrize(("line", "world", "points"), CONTEXT)
def test_context_changes_the_score_and_says_so(line: str, world: World, points: int) -> None:
    plain, told = assess_line(line), assess_line(line, world)
    assert told.score == min(100, plain.score + points)
    if points:
        reasons = {term.reason for term in told.findings[0].terms} - {
            term.reason for term in plain.findings[0].terms
        }
        assert len(reasons) == 1


@pytest.mark.parametrize(
    ("line", "world", "positive"),
    [
        ("rm -rf *", World(cwd="/tmp/build"), False),
        ("rm -rf *", World(cwd="/home/me", home="/home/me"), True),
        ("rm -rf $D", World(variables={"D": "/"}), True),
        ("rm -rf $D", World(variables={"D": "build"}), False),
        ("rm -rf $D/", World(variables={"D": "/tmp/x"}), False),
        ("rm -rf $HOME/x/..", World(home="/home/me"), True),
        ("rm -rf ..", World(cwd="/home/me/x", home="/home/me"), True),
        ("gs", World(aliases={"gs": "git reset --hard"}), True),
        ("git nuke", World(git_aliases={"nuke": "reset --hard"}), True),
        ("git nuke", World(), False),
    ],
)
def test_the_world_is_seen(line: str, world: World, positive: bool) -> None:
    assert (assess_line(line, world).level >= Level.HIGH) is positive
