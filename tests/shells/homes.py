"""HOMEs with a shell's rc file and Caro installed, and rules whose verdicts the tests know."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from terminals import RC, RC_FILES

CONFIG = """
[daemon]
auto_start = false

[trace]
tools = ["git"]

[safety.commands]
"veto-mark" = "block"
"ask-mark" = "confirm"
"warn-mark" = "warn"
"""

SHELL_WORDS = {
    "bash": ["bash", "--noprofile"],
    "zsh": ["zsh", "-i"],
    "fish": ["fish"],
    "sh": ["dash", "-i"],
}


def shell_environment(home: Path) -> dict[str, str]:
    keep = ("LANG", "TZ", "USER", "LOGNAME", "PYTHONPATH")
    env = {name: value for name, value in os.environ.items() if name in keep}
    path = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
    return env | {
        "HOME": str(home),
        "PATH": path,
        "TERM": "xterm-256color",
        "LC_ALL": "C.UTF-8",
        "EDITOR": "true",
    }


def make_home(
    home: Path, shell: str, caro: bool = True, extra_rc: str = "", before_rc: str = ""
) -> dict[str, str]:
    """A new user's HOME with an rc file, and Caro installed; gives the environment."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    env = shell_environment(home)
    rc = home / RC_FILES[shell]
    rc.parent.mkdir(parents=True, exist_ok=True)
    rc.write_text(before_rc + RC[shell] + extra_rc)
    if shell == "fish":
        # The greeting's and the completions' first-time work would go on behind the test's back.
        (home / ".local/share/fish/generated_completions").mkdir(parents=True, exist_ok=True)
    if caro:
        config = home / ".config/caro/config.toml"
        config.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        config.write_text(CONFIG)
        command = [shutil.which("caro", path=env["PATH"]) or "caro", "install", "--yes", shell]
        subprocess.run(command, env=env | {"ENV": str(home / ".shrc")}, check=True, capture_output=True)
    return env


def lines_of(home: Path) -> list[dict[str, Any]]:
    """The `line` events of the log."""
    log = home / ".trace_shell.jsonl"
    events = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    return [event for event in events if event["kind"] == "line"]
