"""A line that the daemon would block: held back in the editor, by caro-hook's word, which records it and says why."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from caro.repl.marks import Prompt
from caro.repl.terminal_modes import line_ends

REFUSED = 2 | 4
"""Bits of caro-hook's exit status (docs/wire.md): the line is not to run; nor is it where a changed one waits."""
PATIENCE = 30.0


def is_refused(
    line: str, shell: str, pid: int, prompt: Prompt, exported: Mapping[str, str | None], hook: Path
) -> bool:
    """True if caro-hook refuses the line, with the shell's folder and variables. It then has said why on the terminal,
    and the record has the line. It has no number: it is none of the lines that the shell counts."""
    env = {name: value for name, value in exported.items() if value is not None}
    env |= {"CARO_LINE": line, "CARO_SESSION_ID": prompt.session}
    words = [str(hook), "preexec", "-s", shell, "-p", str(pid)]
    with line_ends():
        try:
            status = subprocess.run(
                words, env=env, cwd=prompt.folder, timeout=PATIENCE, stdout=subprocess.DEVNULL
            ).returncode
        except (OSError, ValueError, subprocess.SubprocessError):
            return False  # the shell's own hook judges it
    return 0 <= status < 100 and bool(status & REFUSED)
