"""`caro shims`: which tools get one, what is refused, how sync follows the machine."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Caro = Callable[..., subprocess.CompletedProcess[str]]


def put_tool(folder: Path, name: str, text: str = "echo real\n") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    tool = folder / name
    tool.write_text(f"#!/bin/sh\n{text}", "utf-8")
    tool.chmod(0o755)
    return tool


@pytest.fixture
def shims(home: Path) -> Path:
    return home / ".local/share/caro/shims"


def made(shims: Path) -> list[Path]:
    """Return the shims, without the link to their configuration."""
    return [entry for entry in shims.iterdir() if entry.name != ".config"]


def test_sync_makes_real_files_for_what_is_installed(caro: Caro, shims: Path) -> None:
    done = caro("shims", "sync")
    assert done.returncode == 0, done.stderr
    names = {entry.name for entry in made(shims)}
    assert {"git", "python3", "make"} <= names and "pnpm-not-there" not in names
    for entry in made(shims):
        assert entry.is_file() and not entry.is_symlink() and entry.stat().st_nlink == 1
        assert os.access(entry, os.X_OK)
    assert os.readlink(shims / ".config") == str(shims.parents[3] / ".config/caro")
    assert stat.S_IMODE(shims.stat().st_mode) == 0o711, (
        "passable, so that another user's PATH search is not refused"
    )


def test_sync_follows_what_was_installed_and_removed(
    caro: Caro, shims: Path, env: dict[str, str], home: Path
) -> None:
    env["PATH"] = f"{env['PATH']}:{home / 'bin'}"
    tool = put_tool(home / "bin", "pnpm")
    env["CARO_TRACE_TOOLS"] = "pnpm deno-that-is-not-there"
    assert "made: pnpm" in caro("shims", "sync").stdout
    assert (shims / "pnpm").exists() and not (shims / "deno-that-is-not-there").exists()
    tool.unlink()
    assert "removed: pnpm" in caro("shims", "sync").stdout
    assert not (shims / "pnpm").exists()


def test_version_managers_folders_are_searched(
    caro: Caro, shims: Path, env: dict[str, str], home: Path
) -> None:
    env["CARO_TRACE_TOOLS"] = "caro-test-node caro-test-bun"
    put_tool(home / ".nvm/versions/node/v22.1.0/bin", "caro-test-node")
    put_tool(home / ".bun/bin", "caro-test-bun")
    caro("shims", "sync")
    assert {entry.name for entry in made(shims)} == {"caro-test-node", "caro-test-bun"}


@pytest.mark.parametrize(
    "name", "bash sh zsh fish dash ksh mksh tcsh csh nu pwsh -bash sudo caro-shim a/b".split()
)
def test_shells_and_the_like_are_refused_with_the_reason(caro: Caro, shims: Path, name: str) -> None:
    done = caro("shims", "add", "--", name)
    assert done.returncode == 2 and name in done.stderr and done.stderr.startswith("caro: ")
    assert not (shims / name.strip("/")).exists()


def test_a_refused_tool_in_the_configuration_gets_no_shim(
    caro: Caro, shims: Path, env: dict[str, str]
) -> None:
    env["CARO_TRACE_TOOLS"] = "bash git"
    caro("shims", "sync")
    assert [entry.name for entry in made(shims)] == ["git"]


def test_add_and_remove_are_kept_over_a_sync(caro: Caro, shims: Path) -> None:
    assert caro("shims", "add", "sort", "tr").returncode == 0
    caro("shims", "sync")
    assert (shims / "sort").exists() and (shims / "git").exists()
    assert caro("shims", "remove", "sort", "git").returncode == 0
    caro("shims", "sync")
    assert not (shims / "sort").exists() and not (shims / "git").exists() and (shims / "tr").exists()


def test_core_is_a_set_to_opt_into(caro: Caro, shims: Path) -> None:
    caro("shims", "sync")
    assert not (shims / "grep").exists()
    assert caro("shims", "add", "@core").returncode == 0
    for name in "awk sed grep cat ls cp mv rm find sort xargs".split():
        assert (shims / name).exists(), name


def test_an_unknown_set_is_named(caro: Caro) -> None:
    done = caro("shims", "add", "@cores")
    assert done.returncode == 2 and "@core" in done.stderr


def test_list_names_the_target(caro: Caro, env: dict[str, str], home: Path) -> None:
    put_tool(home / "bin", "caro-test-tool")
    env["PATH"] += f":{home / 'bin'}"
    env["CARO_TRACE_TOOLS"] = "caro-test-tool"
    caro("shims", "sync")
    assert str(home / "bin/caro-test-tool") in caro("shims", "list").stdout
    assert '"caro-test-tool"' in caro("shims", "list", "--json").stdout


def test_remove_all_leaves_nothing(caro: Caro, shims: Path) -> None:
    caro("shims", "sync")
    assert caro("shims", "remove", "--all").returncode == 0
    assert not shims.exists()


def test_twenty_first_uses_at_once_make_whole_shims(env: dict[str, str], shims: Path) -> None:
    runs = [
        subprocess.Popen(["caro", "run", "--", "true"], env=env, stderr=subprocess.PIPE) for _ in range(20)
    ]
    assert [(run.wait(timeout=120), run.communicate()[1]) for run in runs] == [(0, b"")] * 20
    sizes = {entry.stat().st_size for entry in made(shims)}
    assert len(sizes) == 1 and not [entry for entry in made(shims) if entry.name.startswith(".")]


def test_nothing_written_points_into_the_package(caro: Caro, home: Path) -> None:
    """Checkouts move and virtual environments are deleted: the daemon's Python alone is noted, and looked for anew."""
    import caro as package

    caro("run", "--", "git", "--version")
    inside = str(Path(package.__file__).resolve().parent.parent.parent).encode()
    for file in home.rglob("*"):
        if file.is_file() and file.name not in (".trace_shell.jsonl", "interpreter"):
            assert inside not in file.read_bytes(), file
        assert not file.is_symlink() or (file.name, file.resolve()) == (".config", home / ".config/caro")


def test_natives_of_another_version_are_replaced_though_they_are_as_large(caro: Caro, home: Path) -> None:
    assert caro("run", "--", "true").returncode == 0
    data = home / ".local/share/caro"
    program, shim = data / "bin/caro-launch", data / "shims/git"
    good = program.read_bytes(), shim.read_bytes()
    shims = sorted(made(data / "shims"))
    for file in (program, *shims):
        content = file.read_bytes()
        file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert caro("run", "--mode", "shims", "--", "true").returncode == 0
    assert (program.read_bytes(), shim.read_bytes()) == good
