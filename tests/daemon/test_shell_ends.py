"""The files by which bash hands lines over do not outlive their shells."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from caro.daemon.shell_ends import sweep_line_files


def test_files_of_shells_that_ended_go(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    gone, mine, other = (tmp_path / f"caro-line.{end}" for end in (ended.pid, os.getpid(), "txt"))
    for file in (gone, mine, other):
        file.touch()
    sweep_line_files({"XDG_RUNTIME_DIR": str(tmp_path)})
    assert not gone.exists()
    assert mine.exists() and other.exists()
