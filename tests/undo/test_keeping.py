"""What a line takes away is kept, and comes back as it was: files, contents, repositories; and when nothing is kept."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from caro.engine.guard import Guard
from caro.engine.question import Question
from caro.settings import load_settings
from caro.undo.back import diff, undo
from caro.undo.entry import CantKeep, Entries, KeepFailed
from caro.undo.keep import keep, matching, prune

PLAN = {
    "paths": [],
    "whole": False,
    "folder": "",
    "words": [],
    "line": "x",
    "days": 7,
    "gigabytes": 1,
    "seconds": 60,
}


@pytest.fixture
def entries(tmp_path: Path) -> Entries:
    return Entries(tmp_path / "undo")


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, of which a git of its own knows nothing yet."""
    folder = tmp_path / "work"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "ann")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "ann@host")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(folder)
    return folder


def sh(line: str) -> str:
    return subprocess.run(["sh", "-ec", line], check=True, capture_output=True, text=True).stdout


def files(folder: Path) -> dict[str, Any]:
    """Every file and folder with kind, mode, time and contents."""
    found: dict[str, Any] = {}
    for path in sorted(folder.rglob("*")):
        if ".git" in path.parts:
            continue
        status = path.lstat()
        what = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else None
        found[str(path.relative_to(folder))] = (status.st_mode, path.is_dir() or status.st_mtime_ns, what)
    return found


MAKE = """mkdir -p d/deep/empty; echo 1 >d/one; echo 2 >'d/t w
o'; ln -s one d/link; ln -s nowhere d/broken; mkfifo d/pipe
chmod 640 d/one; touch -d 2001-01-01 d/one d/deep; echo s >s"""


@pytest.mark.parametrize(
    ("line", "paths", "whole"),
    [
        ("rm -rf d", [("d", False)], True),
        ("rm -rf d", [("d", False)], False),
        ("rm -rf d/ s", [("d/", False), ("s", False)], True),
        ("rm -r d s nothing 2>/dev/null || true", [("d", False), ("s", False), ("nothing", False)], False),
        ("rm d/one d/link", [("d/one", False), ("d/link", False)], False),
        ("yes n | rm -ri d 2>/dev/null || true", [("d", False)], False),
        ("rm -rf d/* s", [("d/*", True), ("s", False)], False),
    ],
)
def test_what_rm_took_comes_back_as_it_was(
    work: Path, entries: Entries, line: str, paths: list[tuple[str, bool]], whole: bool
) -> None:
    sh(MAKE)
    before = files(work)
    entry = keep(PLAN | {"kind": "remove", "paths": paths, "whole": whole}, entries)
    assert whole is not (work / "s").exists() or "s" not in [path for path, _ in paths]
    sh(line)
    assert undo(entry, entries).in_the_way == []
    assert files(work) == before


def test_what_exists_anew_stays_and_the_kept_file_too(work: Path, entries: Entries) -> None:
    sh(MAKE)
    entry = keep(PLAN | {"kind": "remove", "paths": [("d", False)], "whole": True}, entries)
    sh("mkdir d; echo mine >d/one")
    assert f"! {work}/d/one exists anew, and stays" in list(diff(entry))
    assert undo(entry, entries).in_the_way == [f"{work}/d/one"]
    assert (work / "d/one").read_text() == "mine\n" and (work / "d/link").is_symlink()
    (work / "d/one").unlink()
    assert undo(entry, entries).count == 1 and (work / "d/one").read_text() == "1\n"


def test_contents_come_back_into_the_same_file(work: Path, entries: Entries) -> None:
    sh("echo before >f; chmod 604 f; ln f other; touch -d 2001-01-01 f")
    before, inode = files(work), (work / "f").stat().st_ino
    entry = keep(PLAN | {"kind": "overwrite", "paths": [("f", False), ("new", False)]}, entries)
    sh("echo after >f")
    assert "+before" in list(diff(entry))
    redo = entries.get(undo(entry, entries).kept_as)
    assert files(work) == before and (work / "f").stat().st_ino == inode
    assert redo is not None and undo(redo, entries).count == 1
    assert (work / "other").read_text() == "after\n"


REPOSITORY = """git init -q -b main; git config gc.auto 0; echo 1 >a; mkdir sub; echo 1 >sub/b; echo 1 >gone
git add .; git commit -qm one; echo 2 >a; git commit -qam two; git branch topic; git config branch.topic.remote here
git branch deep/er; echo 3 >a; git stash -q; echo 4 >a; git stash -q; echo 5 >a; git stash -q
echo 6 >a; chmod 600 a; touch -d 2001-01-01 a; echo staged >both; git add both; echo more >both; rm gone
echo u >untracked; mkdir empty 'o dd'; echo q >'o dd/ä "q"'; echo ign >.gitignore; echo i >ign"""


def state(work: Path) -> list[object]:
    asked = [
        "status --porcelain",
        "rev-parse HEAD",
        "diff --cached",
        "branch -a",
        "stash list",
        "config -l --local",
    ]
    return [files(work), *(sh(f"git {line}") for line in asked)]


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("tree", "git reset -q --hard"),
        ("tree", "git reset -q --hard HEAD~1"),
        ("tree", "git checkout -q -- ."),
        ("tree", "git checkout -q -f topic"),
        ("tree", "git reset -q --hard; git clean -qfd sub untracked both"),
        ("untracked", "git clean -qfdx"),
        ("untracked", "git clean -fd"),
        ("untracked", "git clean -fdqe gone"),
        ("untracked", "git clean -fd --qui"),
        ("branches", "git branch -D topic deep/er"),
        ("stashes", "git stash drop stash@{1}"),
        ("stashes", "git stash drop"),
        ("stashes", "git stash clear"),
    ],
)
def test_what_git_threw_away_comes_back(work: Path, entries: Entries, kind: str, line: str) -> None:
    sh(REPOSITORY)
    before = state(work)
    words = line.split(";")[0].split()[2:]
    entry = keep(PLAN | {"kind": kind, "words": words}, entries)
    assert state(work) == before
    sh(line)
    sh("echo mine >since")
    assert list(diff(entry)) != []
    undo(entry, entries)
    (work / "since").unlink()
    assert state(work) == before


def test_ignored_files_that_a_branch_writes_over_come_back(work: Path, entries: Entries) -> None:
    sh("git init -q -b main; echo cfg >.gitignore; echo other >>.gitignore; git add .; git commit -qm one")
    sh(
        "git checkout -qb theirs; mkdir cfg other; echo theirs >cfg/local; echo theirs >other/deep; git add -f ."
    )
    sh("git commit -qm two; git checkout -q main; mkdir -p cfg; echo mine >cfg/local; chmod 600 cfg/local")
    sh("touch -d 2001-01-01 cfg/local; echo mine >cfg/none; echo file >other")
    before = state(work)
    entry = keep(PLAN | {"kind": "tree", "words": ["--hard", "theirs"]}, entries)
    assert state(work) == before
    sh("git reset -q --hard theirs")
    assert (work / "cfg/local").read_text() == "theirs\n"
    undo(entry, entries)
    assert state(work) == before


def test_a_failure_of_keeping_is_said_and_leaves_nothing(
    work: Path, entries: Entries, env: dict[str, str], caro: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    sh("git init -q; git init -q inner; echo x >inner/x")
    with pytest.raises(KeepFailed):
        keep(PLAN | {"kind": "tree"}, entries)
    assert entries.all() == [] and not sh("git for-each-ref")
    done = caro("undo", "--keep", input=json.dumps(PLAN | {"kind": "tree"}))
    assert done.returncode == 1 and "keeping it failed" in done.stderr


@pytest.mark.parametrize("name", ["@{-1}", "top*", "-- topic none"])
def test_a_branch_that_cannot_be_held_is_not_deleted_unasked(work: Path, entries: Entries, name: str) -> None:
    sh("git init -q -b main; git commit -q --allow-empty -m x; git checkout -qb topic; git checkout -q main")
    with pytest.raises(CantKeep, match="no branch by its name"):
        keep(PLAN | {"kind": "branches", "words": ["-D", *name.split()]}, entries)
    assert entries.all() == []


def test_undo_of_a_tree_can_be_undone(work: Path, entries: Entries) -> None:
    sh(REPOSITORY)
    entry = keep(PLAN | {"kind": "tree"}, entries)
    sh("git reset -q --hard; echo later >sub/b")
    after = state(work)
    back = entries.get(undo(entry, entries).kept_as)
    assert back is not None and back.of_undo and (work / "sub/b").read_text() == "1\n"
    undo(back, entries)
    assert state(work) == after


def test_a_diff_of_a_tree_tells_what_would_change_and_no_more(work: Path, entries: Entries) -> None:
    sh(REPOSITORY)
    sh("seq 99 >never-added; echo changed >>sub/b")
    entry = keep(PLAN | {"kind": "tree"}, entries)
    sh("git reset -q --hard; echo x >since; git add since; echo y >untracked-since")
    before = state(work)
    told = [line for line in diff(entry) if line.startswith("diff ")]
    assert state(work) == before
    assert any("sub/b" in line for line in told) and any("since" in line for line in told)
    assert not any("never-added" in line or "untracked" in line for line in told)
    assert undo(entry, entries).count == len(told)
    assert list(diff(entry)) == []


@pytest.mark.parametrize(
    ("plan", "reason"),
    [
        ({"kind": "tree"}, "is in no repository"),
        ({"kind": "remove", "paths": [("big", False)], "gigabytes": 1e-6}, "it is more than 1e-06 GB"),
        ({"kind": "overwrite", "paths": [("big", False)], "gigabytes": 1e-6}, "it is more than"),
        (
            {"kind": "remove", "paths": [("/proc/self/fd", False)]},
            "another file system|Permission|not permitted",
        ),
        ({"kind": "something"}, "in no repository"),
    ],
)
def test_what_can_t_be_kept_leaves_nothing_behind(
    work: Path, entries: Entries, plan: dict[str, Any], reason: str
) -> None:
    sh("head -c 4000 /dev/zero >big")
    with pytest.raises(CantKeep, match=reason):
        keep(PLAN | plan, entries)
    assert entries.all() == [] and os.listdir(entries.folder) == []
    assert os.listdir(work) == ["big"]


def test_an_interrupted_move_is_taken_back(
    work: Path, entries: Entries, monkeypatch: pytest.MonkeyPatch
) -> None:
    sh("mkdir a b")
    rename, calls = os.rename, []

    def interrupted(source: str, target: str) -> None:
        calls.append(source)
        if len(calls) == 2:
            raise KeyboardInterrupt
        rename(source, target)

    monkeypatch.setattr(os, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        keep(PLAN | {"kind": "remove", "paths": [("a", False), ("b", False)], "whole": True}, entries)
    assert sorted(os.listdir(work)) == ["a", "b"] and os.listdir(entries.folder) == []


def test_old_ones_go_and_the_oldest_of_too_much(work: Path, entries: Entries) -> None:
    sh(REPOSITORY + "; head -c 4000 /dev/zero >big")
    for days in (0, 7, 7, 7):
        keep(PLAN | {"kind": "overwrite", "paths": [("big", False)], "days": days}, entries)
    keep(PLAN | {"kind": "tree", "days": 0}, entries)
    assert sh("git for-each-ref refs/caro") != ""
    prune(entries, 9e-6)
    assert [entry.number for entry in entries.all()] == [4, 3]
    assert sh("git for-each-ref refs/caro") == ""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("*", [".h", "a1", "B2"]),
        ("[ab]?", ["a1", "B2"]),
        ("*/x", ["a1/x"]),
        ("no*", []),
        ("[!a]*", [".h", "B2"]),
    ],
)
def test_patterns_match_at_least_what_any_shell_matches(work: Path, text: str, found: list[str]) -> None:
    sh("mkdir a1; touch .h B2 a1/x")
    assert sorted(matching(text)) == sorted(found)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("rm -rf src", "remove!"),
        ("rm -rfv src", "remove"),
        ("rm -rv src lib", "remove"),
        ("rm -rf src/*", "remove"),
        ("rm -rf ~/x/src", "remove!"),
        ('rm -rf "$HOME/x/src"', "remove!"),
        ("git reset --hard HEAD~2", "tree"),
        ("git -C sub checkout -- .", "tree"),
        ("git clean -fdx", "untracked"),
        ("git branch -D topic", "branches"),
        ("git stash drop", "stashes"),
        ("sort f > f", "overwrite"),
        ("sudo rm -rf src", None),
        ("rm -rf src && make", "remove!"),
        ("rm -rf src; mkdir src || echo no", "remove!"),
        ("git reset --hard && make test", "tree"),
        ("make && rm -rf src", None),
        ("rm -rf src && rm -rf lib", None),
        ("rm -rf src && sh -c 'rm -rf src'", None),
        ("rm -rf src && git clean -fdx", None),
        ("rm -rf src & make", None),
        ("rm -rf $(cat list)", None),
        ("rm -rf $UNKNOWN/src", None),
        ("rm -rf {src,lib}", None),
        ("rm -rf src &", None),
        ("sh -c 'rm -rf src'", None),
        ("shred -u src/main.c src/*", None),
        ("git push --force", None),
        ("rm -rf src > log", None),
        ("rm -r d", "remove"),
        ("rm -rf lib", "remove!"),
        ("rm -r d lib", "remove"),
        ("rm -rf lib && make", "remove!"),
        ("rm -r d; rm -r lib", None),
        ("sudo rm -r d", None),
        ("rm file", None),
        ("rm -rf build", None),
    ],
)
def test_the_engine_plans_only_where_it_knows_all_that_goes(
    tmp_path: Path, line: str, kind: str | None
) -> None:
    env = {"HOME": str(tmp_path), "CARO_SAFETY_MODE": "active", "CARO_SAFETY_UNDO": "true"}
    question = Question(line, "bash", str(tmp_path / "x"), tty=True)
    plan = Guard(load_settings(env), env, print).decide(question).undo
    assert (plan and plan.kind + "!" * plan.whole) == kind


@pytest.mark.parametrize(
    ("line", "says"),
    [("rm -r d; rm -r lib", True), ("sudo rm -r d", True), ("rm -r d", False), ("npm install -g x", False)],
)
def test_a_warning_says_where_nothing_is_kept(tmp_path: Path, line: str, says: bool) -> None:
    env = {"HOME": str(tmp_path), "CARO_SAFETY_MODE": "active", "CARO_SAFETY_UNDO": "true"}
    question = Question(line, "bash", str(tmp_path / "x"), tty=True)
    decision = Guard(load_settings(env), env, print).decide(question)
    assert decision.reason.endswith(" (not kept)") is says


@pytest.mark.parametrize(
    "change",
    [
        {"agent": "claude-code"},
        {"tty": False},
        {"mode": "passive"},
        {"cut": True},
        {"words": ("rm", "-rf", "src")},
    ],
)
def test_nothing_is_planned_where_no_person_is_asked(tmp_path: Path, change: dict[str, Any]) -> None:
    env = {"HOME": str(tmp_path), "CARO_SAFETY_MODE": "active", "CARO_SAFETY_UNDO": "true"}
    question = Question(**({"words": "rm -rf src", "cwd": str(tmp_path / "x"), "tty": True} | change))
    assert Guard(load_settings(env), env, print).decide(question).undo is None


def test_an_alias_keeps_rm_from_being_taken_for_the_program(tmp_path: Path) -> None:
    (tmp_path / ".bashrc").write_text("alias rm='rm -v'\n")
    env = {"HOME": str(tmp_path), "CARO_SAFETY_MODE": "active", "CARO_SAFETY_UNDO": "true"}
    guard = Guard(load_settings(env), env, print)
    plans = [guard.decide(Question(line, "bash", str(tmp_path / "x"), tty=True)).undo for line in
             ("rm -rf src", "\\rm -rf src")]  # fmt: skip
    assert [plan is not None and plan.whole for plan in plans] == [False, True]


def test_the_command_line(
    work: Path, env: dict[str, str], caro: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    assert shutil.which("git")
    assert caro("undo").returncode == 1
    assert caro("undo", "7").returncode == 2
    assert caro("undo", "--list").stdout == ""
    assert '"undo": []' in caro("undo", "--list", "--json").stdout
    assert caro("undo", "--keep", input="nonsense").returncode == 1


def test_what_was_kept_is_counted_in_words(
    work: Path, env: dict[str, str], caro: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    def kept(*names: str) -> str:
        plan = PLAN | {"kind": "remove", "paths": [(str(work / name), False) for name in names]}
        return caro("undo", "--keep", input=json.dumps(plan | {"whole": True})).stderr

    assert "nothing that this line names is there" in kept("not-there")
    assert caro("undo", "--list").stdout == ""
    (work / "hollow").mkdir()
    assert "1 folder is kept: `caro undo` brings it back" in kept("hollow")
    assert caro("undo").returncode == 0
    (work / "one").write_text("1")
    assert "1 file is kept" in kept("one")
    assert "(1 file as before)" in caro("undo").stdout
    assert "all that is kept was undone already" in caro("undo").stderr
    sh(REPOSITORY)
    assert (
        "the state of the repository is kept"
        in caro("undo", "--keep", input=json.dumps(PLAN | {"kind": "tree", "folder": str(work)})).stderr
    )
    sh("git reset -q --hard")
    assert "not as before)" in caro("undo").stdout
    assert "takes the last undo back" in caro("undo").stderr
