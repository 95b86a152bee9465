"""The real machine behind the fixer: spec file, PATH, folders, git, package.json, corrections."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from caro.errors import CaroError
from caro.fix.learning import Correction, is_correction, learned_from
from caro.machine.corrections import Corrections, project_of
from caro.machine.inventory import DATA, Machine, MachineInventory, platform_name
from caro.machine.specs import SpecFile


def test_the_spec_file_has_what_people_type() -> None:
    specs = SpecFile(DATA / "specs.bin")
    git = specs.node("git")
    assert git is not None and {"status", "push", "rebase"} <= set(git["s"])
    for tool in (
        "docker",
        "kubectl",
        "npm",
        "cargo",
        "apt-get",
        "journalctl",
        "az",
        "openssl",
        "ip",
        "terraform",
    ):
        node = specs.node(tool)
        assert node is not None and (node.get("s") or node.get("o")), tool
    assert specs.node("no-such-tool-here") is None
    assert len(specs.names()) > 800


def test_every_entry_can_be_found_and_read() -> None:
    specs = SpecFile(DATA / "specs.bin")
    assert [name for name in specs.names() if specs.node(name) is None] == []


@pytest.mark.parametrize("content", [b"", b"x", b"CAROSPEC1 ", b"CAROSPEC1 a b\n", b"\x00" * 100])
def test_a_broken_spec_file_is_told_once_and_the_rest_works(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "specs.bin"
    path.write_bytes(content)
    with pytest.raises(CaroError, match=r"specs\.bin"):
        SpecFile(path)
    machine = Machine("/usr/bin", path)
    world = MachineInventory(machine)
    assert world.spec("git") is None and world.has("env")
    assert len(machine.warnings) == 1


def test_a_damaged_entry_counts_as_missing(tmp_path: Path) -> None:
    data = bytearray((DATA / "specs.bin").read_bytes())
    data[-200_000:] = b"\xff" * 200_000
    path = tmp_path / "specs.bin"
    path.write_bytes(data)
    specs = SpecFile(path)
    assert specs.node("zypper") is None
    assert specs.node("apt") is not None


def test_a_path_with_many_names_and_folders_that_are_none(tmp_path: Path) -> None:
    for number in range(10_000):
        (tmp_path / f"tool-{number}").touch()
    machine = Machine(f"{tmp_path}:/no/such/folder::relative:/etc/passwd")
    world = MachineInventory(machine)
    assert world.has("tool-9999") and not world.has("passwd")
    (tmp_path / "new-tool").touch()
    os.utime(tmp_path, (1, 1))
    assert MachineInventory(machine).has("new-tool")


def test_names_of_a_repository_and_a_project(tmp_path: Path) -> None:
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", "-C", str(tmp_path)]
    for words in (["init", "-q", "-b", "main"], ["commit", "-q", "--allow-empty", "-m", "x"], ["branch", "team/topic"],
                  ["tag", "v1"], ["remote", "add", "origin", "u"], ["config", "alias.st", "status"]):  # fmt: skip
        subprocess.run([*git, *words], check=True)
    subprocess.run([*git, "pack-refs", "--all"], check=True)
    (tmp_path / "package.json").write_text('{"scripts": {"build": "x"}}')
    (tmp_path / "Makefile").write_text("all: x\n\techo\nVAR := 1\ntest:\n")
    world = MachineInventory(Machine(""), str(tmp_path / "."))
    assert set(world.names("git-branch")) == {"main", "team/topic"}
    assert list(world.names("git-tag")) == ["v1"] and list(world.names("git-remote")) == ["origin"]
    assert list(world.names("git-head")) == ["main"] and "st" in world.names("git-alias")
    subprocess.run([*git, "worktree", "add", "-q", str(tmp_path / "linked"), "team/topic"], check=True)
    linked = MachineInventory(Machine(""), str(tmp_path / "linked"))
    assert list(linked.names("git-head")) == ["team/topic"] and "main" in linked.names("git-branch")
    assert list(world.names("npm-script")) == ["build"] and list(world.names("make-target")) == [
        "all",
        "test",
    ]
    (tmp_path / "package.json").write_text("[1, 2")
    assert list(world.names("npm-script")) == []
    assert list(world.names("no-such-kind")) == []


def test_platform_by_os_release() -> None:
    assert platform_name("ID=ubuntu\nID_LIKE=debian\n") == "debian"
    assert platform_name('ID="rocky"\nID_LIKE="rhel centos fedora"\n') == "fedora"


def test_corrections_are_kept_by_their_owner_alone_and_forgotten(tmp_path: Path) -> None:
    book = Corrections(tmp_path / "data" / "corrections.db")
    assert book.about("git psuh") == [] and book.forget() == 0
    assert book.learn("git psuh", "git push", "/p")
    assert stat.S_IMODE(book.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(book.path.parent.stat().st_mode) == 0o700
    learned, refused = learned_from(book.about("git psuh -u"), "git psuh -u", "/p")
    assert [one.fixed for one in learned] == ["git push -u"] and refused == []
    book.learn("git psuh", "git push", "/p", refused=True)
    learned, refused = learned_from(book.about("git psuh"), "git psuh", "/p")
    assert learned == [] and refused == ["git push"]
    assert book.forget("git psuh") == 1 and book.about("git psuh") == []


def test_a_broken_database_teaches_nothing(tmp_path: Path) -> None:
    path = tmp_path / "corrections.db"
    path.write_bytes(b"not a database at all" * 100)
    book = Corrections(path)
    assert book.about("x") == [] and not book.learn("x", "y") and book.forget() == 0


def test_corrections_of_this_project_count_more() -> None:
    corrections = [Correction("gs", "git stash", "/other"), Correction("gs", "git status", "/p")]
    learned, _ = learned_from(corrections, "gs", "/p")
    assert [one.fixed for one in learned] == ["git status", "git stash"]


@pytest.mark.parametrize(
    ("failed", "fixed", "expected"),
    [
        ("git psuh", "git push", True),
        ("apt update", "sudo apt update", True),
        ("run.sh", "./run.sh", True),
        ("git push", "git push --set-upstream origin x", True),
        ("make test", "vim Makefile", False),
        ("git push", "git pull", False),
        ("ls /tmp", "ls /home", False),
        ("curl -H 'Authorization: x' u", "curl -H 'Authorization: x' url", False),
        ("mysql -pletmein", "mysql -pletmein2", False),
        ("deploy --token abc", "deploy --token abd", False),
    ],
)
def test_what_counts_as_a_correction(failed: str, fixed: str, expected: bool) -> None:
    assert is_correction(failed, fixed) is expected


def test_project_is_the_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "a").mkdir()
    assert project_of(str(tmp_path / "a")) == str(tmp_path)
    assert project_of(None) == ""
