"""Where each program keeps its history."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

SOURCES = ("bash", "zsh", "fish", "atuin", "mcfly", "resh", "histdb")
_PLACES = {
    "bash": ("~/.bash_history",),
    "zsh": ("$ZDOTDIR/.zsh_history", "~/.zsh_history", "~/.zhistory", "~/.histfile"),
    "fish": ("$XDG_DATA_HOME/fish/fish_history",),
    "atuin": ("~/.atuin/data/history.db", "$XDG_DATA_HOME/atuin/history.db"),
    "mcfly": ("$XDG_DATA_HOME/mcfly/history.db", "~/.mcfly/history.db"),
    "resh": ("$XDG_DATA_HOME/resh/history.reshjson", "~/.resh_history.json"),
    "histdb": ("~/.histdb/zsh-history.db",),
}
"""The first that is there is taken."""


def history_file(source: str, env: Mapping[str, str]) -> Path | None:
    """Return the history of a program, or None where there is none in its usual places."""
    home = env.get("HOME", "/")
    known = {
        "ZDOTDIR": env.get("ZDOTDIR") or home,
        "XDG_DATA_HOME": env.get("XDG_DATA_HOME") or f"{home}/.local/share",
    }
    for place in _PLACES[source]:
        path = place.replace("~", home, 1)
        for name, folder in known.items():
            path = path.replace(f"${name}", folder, 1)
        if os.path.isfile(path):
            return Path(path)
    return None
