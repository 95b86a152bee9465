"""Programs that only leave a marker stand in for the real ones: nothing here can delete anything."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from daemons import NATIVES, World

# Terminals of the shells' own tests.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "shells"))

TOOLS = ("rm", "git", "terraform", "ls", "true")
REAL = ("sh", "bash", "env", "cat", "grep", "python3")
"""What scripts need besides; nothing else is on PATH, so that no way leads to a real `rm`."""


class Guarded(World):
    """A HOME with two folders in it, shims of harmless tools, and what those tools were called with."""

    def prepare(self, folder: Path) -> None:
        self.folder = folder
        self.marker = folder / "ran"
        self.tools = folder / "tools"
        shims, programs = self.home / ".local/share/caro/shims", self.home / ".local/share/caro/bin"
        for made in (self.tools, shims, programs, self.home / "docs", self.home / "pics"):
            made.mkdir(parents=True)
        shutil.copy(NATIVES / "caro-hook", programs)
        for name in TOOLS:
            tool = self.tools / name
            tool.write_text(f'#!/bin/sh\nprintf "%s\\n" "{name} $*" >>"{self.marker}"\n')
            tool.chmod(0o755)
            shutil.copy(NATIVES / "caro-shim", shims / name)
        for name in REAL:
            (self.tools / name).symlink_to(shutil.which(name, path="/usr/bin:/bin") or "/nowhere")
        self.env["PATH"] = f"{shims}:{self.tools}"
        for name in ("CLAUDECODE", "CURSOR_AGENT", "GEMINI_CLI", "CODEX_THREAD_ID", "AGENT", "OPENCODE"):
            self.env.pop(name, None)
        self.mode("active")

    def mode(self, mode: str, more: str = "") -> None:
        self.configure(f'[safety]\nmode = "{mode}"\n{more}')
        self.compile()

    def sh(self, script: str, *around: str, **env: str) -> subprocess.CompletedProcess[str]:
        file = self.folder / "script.sh"
        file.write_text(script)
        return self.run(*around, "/bin/sh", str(file), **env)

    def run(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        options: dict[str, Any] = {"env": self.env | env, "cwd": self.folder, "timeout": 60}
        return subprocess.run(words, capture_output=True, text=True, start_new_session=True, **options)

    def deep(self, *words: str) -> subprocess.CompletedProcess[str]:
        path = self.env["PATH"].partition(":")[2]  # deep mode has no shims on PATH
        return self.run(str(NATIVES / "caro-trace"), "--way", "auto", "--", words[0], *words, PATH=path)

    def ran(self) -> list[str]:
        return self.marker.read_text().splitlines() if self.marker.exists() else []


@pytest.fixture
def world(home: Path, env: dict[str, str], natives: Path, tmp_path: Path) -> Iterator[Guarded]:
    world = Guarded(home, env)
    world.prepare(tmp_path)
    yield world
    world.close()


@pytest.fixture
def guarded(world: Guarded) -> Guarded:
    """With a daemon whose guard is loaded."""
    path, world.env["PATH"] = world.env["PATH"], os.environ["PATH"]
    world.start()
    world.wait_ready()
    world.env["PATH"] = path
    return world
