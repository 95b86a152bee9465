"""The environment of a new user, for every test that runs a program."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NATIVES = ROOT / "src" / "caro" / "_bin"

CLEARED = (
    "XDG_",
    "CARO_",
    "TRACE_",
    "SHIM_ACTIVE",
    "ORIGINAL_PATH",
    "BASH_ENV",
    "ENV",
    "ZDOTDIR",
    "PROMPT_COMMAND",
    "PYTHON",
    "npm_config_",
)


def plain_environment(home: Path) -> dict[str, str]:
    """The environment of a new user: this one's without what steers Caro or a shell, HOME moved."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(CLEARED)}
    env |= {"HOME": str(home), "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
    env["npm_config_update_notifier"] = "false"  # npm tells once a day of a new version
    # The tests' own `caro` first; the shell tests start it by name.
    env["PATH"] = f"{Path(sys.executable).parent}:{env['PATH']}"
    return env


def processes_of(home: Path) -> dict[int, str]:
    """Processes whose HOME is that folder, as pid and command line (Linux: from /proc)."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"HOME={home}\0".encode() in (folder / "environ").read_bytes() + b"\0":
                found[int(folder.name)] = (
                    (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                )
        except OSError:
            continue  # gone, or not ours
    return found


def ends(pid: int, seconds: float = 3.0) -> bool:
    """Whether a process ends by itself, as collectors do when their shells are gone."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], seconds)[0])
    finally:
        os.close(descriptor)


def end_what_is_left(home: Path) -> set[str]:
    """End the processes whose HOME is that folder and that don't end by themselves; return their command lines."""
    left = {pid: text for pid, text in processes_of(home).items() if pid != os.getpid() and not ends(pid)}
    for pid in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return {text for text in left.values() if text}
