"""The screen in a popup of tmux(1), over the pane of whoever called."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from caro.paths import OWN_WORDS

HANDED_ON = ("CARO_", "XDG_", "NO_COLOR", "LC_", "LANG", "TRACE_")
"""Beginnings of variables that tmux's server may have otherwise than the shell."""
POPUP = ("display-popup", "-E", "-w", "95%", "-h", "90%")
"""Since tmux 3.2; an older one knows no such command."""


def in_popup(env: Mapping[str, str], shell: str = "") -> str | None:
    """Return what was taken in a popup, "" for nothing; None where there is no tmux that can show one.

    `shell`: whose prompt it is for."""
    tmux = shutil.which("tmux")
    if not env.get("TMUX") or tmux is None:
        return None
    with tempfile.TemporaryDirectory(prefix="caro-") as folder:
        file = Path(folder, "taken")
        variables = [
            word
            for name, value in env.items()
            if name.startswith(HANDED_ON) or name in ("HOME", "PATH")
            for word in ("-e", f"{name}={value}")
        ]
        command = [*OWN_WORDS, "tui", "--into", str(file), "--shell", shell]
        done = subprocess.run(
            [tmux, *POPUP, "-d", os.getcwd(), *variables, "--", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if done.returncode and not file.exists():
            return None
        return file.read_text("utf-8") if file.exists() else ""
