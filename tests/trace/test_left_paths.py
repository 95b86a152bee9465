"""What other tools keep of the shims is named at uninstall, and can go on working by links."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Caro = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def project(home: Path, caro: Caro) -> Path:
    """A folder that a command ran in, with caches that hold shims' paths."""
    folder = home / "a [project]"
    (folder / "build").mkdir(parents=True)
    done = caro("run", "--mode", "shims", "--", "sh", "-c", "command -v git; git --version", cwd=folder)
    shim = done.stdout.splitlines()[0]
    assert shim == f"{home}/.local/share/caro/shims/git"
    (folder / "build/CMakeCache.txt").write_text(f"GIT_EXECUTABLE:FILEPATH={shim}\n")
    (folder / "Makefile").write_text("all:\n\ttrue\n")
    (home / ".gitconfig").write_text(f"[core]\n\teditor = {shim}-edit\n")
    return folder


def test_uninstall_names_the_files(caro: Caro, project: Path, home: Path) -> None:
    for words in (["--dry-run"], ["--yes"]):
        told = caro("uninstall", *words).stdout
        assert f"  {project}/build/CMakeCache.txt\n" in told and f"  {home}/.gitconfig\n" in told
        assert "Makefile" not in told and "--keep-stubs" in told
        assert ("`hash -r`" in told and "`rehash`" in told) is (words == ["--yes"])
    assert not (home / ".local/share/caro/shims").exists()


def test_links_stay_where_they_are_wanted(caro: Caro, project: Path, home: Path) -> None:
    shim = home / ".local/share/caro/shims/git"
    done = caro("uninstall", "--yes", "--keep-stubs")
    assert done.returncode == 0 and "links to" in done.stdout, done.stderr
    tool = os.readlink(shim)
    assert tool.endswith("/git") and not tool.startswith(str(home))
    assert subprocess.run([shim, "--version"], capture_output=True, text=True).stdout.startswith(
        "git version"
    )
    before = Path(tool).read_bytes()
    caro("run", "--mode", "shims", "--", "git", "--version")
    assert not shim.is_symlink() and Path(tool).read_bytes() == before, "the shim comes back, the tool stays"
    assert caro("uninstall", "--purge", "--keep-stubs").returncode == 2
