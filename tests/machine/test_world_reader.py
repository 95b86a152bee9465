"""The guard's world as it is read from real files: repositories made by git, kube and cloud configurations."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from caro.levels import Level
from caro.machine.git_state import find_git
from caro.machine.world_reader import read_world
from caro.safety.assessment import assess_line
from caro.safety.world import World


def git(folder: Path, *words: str) -> None:
    names = ["-c", "user.name=u", "-c", "user.email=u@example.org", "-c", "init.defaultBranch=main"]
    env = os.environ | {"HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", *names, *words], cwd=folder, check=True, capture_output=True, env=env)


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "x")
    # git trusts no file that changed when the index was written; in real life that moment is over.
    index = folder / ".git/index"
    status = index.stat()
    os.utime(index, ns=(status.st_atime_ns, status.st_mtime_ns + 10**9))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    (folder / "inner").mkdir(parents=True)
    git(folder, "init", "-q")
    for name in ("a.txt", "inner/b.txt", "inner/ä c.txt"):
        (folder / name).write_text("text\n")
    (folder / "link").symlink_to("a.txt")
    commit(folder)
    return folder


def clean(folder: Path, line: str = "git reset --hard") -> bool | None:
    return read_world(line, str(folder), str(folder.parent), {}).get("tree_clean")


def test_clean_tree_is_known_to_be_clean(repository: Path) -> None:
    assert clean(repository) is True
    assert clean(repository / "inner") is True
    assert clean(repository, "git clean -fdx") is True


def test_changes_are_never_called_clean(repository: Path) -> None:
    (repository / "a.txt").write_text("other\n")
    assert clean(repository) is not True


def test_same_size_and_another_time_is_not_called_clean(repository: Path) -> None:
    (repository / "a.txt").write_text("tEXT\n")
    assert clean(repository) is not True


def test_missing_file_is_a_change(repository: Path) -> None:
    (repository / "inner/b.txt").unlink()
    assert clean(repository) is False


def test_staged_change_is_not_called_clean(repository: Path) -> None:
    (repository / "a.txt").write_text("other\n")
    git(repository, "add", "a.txt")
    assert clean(repository) is not True


def test_untracked_file_counts_for_git_clean_alone(repository: Path) -> None:
    (repository / "inner/new").write_text("x")
    assert clean(repository) is True
    assert clean(repository, "git clean -fd") is not True


@pytest.mark.parametrize(
    "line", ["cd ../x && git reset --hard", "git -C ../x reset --hard", "GIT_DIR=x git reset --hard"]
)
def test_state_of_another_folder_is_not_known(repository: Path, line: str) -> None:
    assert "tree_clean" not in read_world(line, str(repository), None, {})


def test_broken_index_is_not_known(repository: Path) -> None:
    index = (repository / ".git/index").read_bytes()
    for text in (b"", b"DIRC", index[:80], b"DIRC" + b"\xff" * 100, index[:12] + b"\0" * 100):
        (repository / ".git/index").write_bytes(text)
        assert clean(repository) is None


def test_many_files_are_not_looked_at(repository: Path) -> None:
    for number in range(300):
        (repository / f"f{number}").touch()
    commit(repository)
    assert clean(repository) is None


def test_branch_project_and_aliases(repository: Path) -> None:
    git(repository, "config", "alias.wipe", "reset --hard")
    known = read_world("git wipe", str(repository / "inner"), str(repository.parent), {})
    assert (known["branch"], known["project"]) == ("main", str(repository))
    assert known["git_aliases"] == {"wipe": "reset --hard"}


def test_worktree_has_its_own_branch(repository: Path, tmp_path: Path) -> None:
    git(repository, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    place = find_git(str(tmp_path / "side"))
    assert place is not None
    assert place.branch() == "side"
    assert read_world("git log", str(tmp_path / "side"), None, {})["project"] == str(tmp_path / "side")


def test_forced_push_of_the_checked_out_branch_is_protected_where_it_is(repository: Path) -> None:
    worlds = [World(cwd=str(repository), **read_world("git push -f", str(repository), None, {}))]
    git(repository, "checkout", "-qb", "topic")
    worlds.append(World(cwd=str(repository), **read_world("git push -f", str(repository), None, {})))
    on_main, on_topic = [assess_line("git push -f", world) for world in worlds]
    assert on_main.level == Level.CRITICAL
    assert on_topic.score < on_main.score


def test_clean_tree_lowers_the_score(repository: Path) -> None:
    line = "git reset --hard"
    known = World(cwd=str(repository), **read_world(line, str(repository), None, {}))
    assert assess_line(line).level == Level.HIGH
    assert assess_line(line, known).level < Level.HIGH


def test_kube_context_comes_from_the_file_that_counts(tmp_path: Path) -> None:
    (tmp_path / ".kube").mkdir()
    (tmp_path / ".kube/config").write_text('apiVersion: v1\ncurrent-context: "dev"\n')
    other = tmp_path / "other"
    other.write_text("current-context: prod-eu\n")
    line = "kubectl delete ns x"
    assert read_world(line, None, str(tmp_path), {})["kube_context"] == "dev"
    prod = read_world(line, None, str(tmp_path), {"KUBECONFIG": f"{tmp_path}/missing:{other}"})
    assert prod["kube_context"] == "prod-eu"
    assert assess_line(line, World(**prod)).score > assess_line(line).score
    assert "kube_context" not in read_world("ls", None, str(tmp_path), {})


def test_cloud_profiles_ssh_and_environment(tmp_path: Path) -> None:
    folder = tmp_path / ".config/gcloud/configurations"
    folder.mkdir(parents=True)
    (folder / "config_default").write_text("[core]\nproject = shop-prod\n")
    env = {"AWS_PROFILE": "production", "SSH_CONNECTION": "1 2 3 4", "CARO_ENV": "prod"}
    known = read_world("gcloud projects list", None, str(tmp_path), env)
    assert known["gcloud_project"] == "shop-prod"
    assert (known["aws_profile"], known["ssh"], known["environment"]) == ("production", True, "prod")


def test_nothing_known_is_no_error() -> None:
    for cwd in (None, "", "relative", "/nowhere/at/all", "/\0"):
        known = read_world("git reset --hard; kubectl x; gcloud y", cwd, None, {})
        assert World(**known) == World(kube_context=None)
