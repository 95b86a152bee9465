"""A line that the daemon would block: held back in the editor, by caro-hook's word, which records it and says why."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from caro.repl.marks import Prompt
from caro.repl.terminal_modes import line_ends

REFUSED = 2 | 4
"""Bits of caro-hook's exit status (docs/wire.md): the line is not to run; nor is it where a changed one waits."""
PATIENCE = 30.0


def end_line(
    hook: Path,
    shell: str,
    pid: int,
    number: str,
    prompt: Prompt,
    took_ms: float | None,
    exported: Mapping[str, str],
) -> None:
    """Let caro-hook tell the daemon that line `number` has ended, as the prompt says. What fails here is told with the
    next line."""
    env = {**exported, "CARO_SESSION_ID": prompt.session}
    words = [str(hook), "postexec", "-s", shell, "-p", str(pid), "-n", number, "-e", str(prompt.status)]
    if took_ms is not None:
        words += ["-d", str(round(took_ms * 1000))]
    with suppress(OSError, ValueError, subprocess.SubprocessError):
        subprocess.run(
            words, env=env, cwd=prompt.folder, timeout=1, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )


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
