"""The environment of a new user, for every test that runs a program."""

from __future__ import annotations

import os
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
)


def plain_environment(home: Path) -> dict[str, str]:
    """The environment of a new user: this one's without what steers Caro or a shell, HOME moved."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(CLEARED)}
    env |= {"HOME": str(home), "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
    # The tests' own `caro` first; the shell tests start it by name.
    env["PATH"] = f"{Path(sys.executable).parent}:{env['PATH']}"
    return env
