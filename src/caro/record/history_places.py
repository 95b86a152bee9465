"""Where each program keeps its history."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from caro.regular_file import MOST_BYTES, read_start

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
_RC_FILES = {
    "bash": ("~/.profile", "~/.bash_profile", "~/.bashrc"),
    "zsh": ("~/.zshenv", "$ZDOTDIR/.zshenv", "$ZDOTDIR/.zprofile", "$ZDOTDIR/.zshrc"),
}
"""Where people name another one, in the order in which they are read."""
_ASSIGNED = r"""^[^#\n]*?(?<![\w$])%s=("[^"\n]*"|'[^'\n]*'|[^\s;#&|)]+)"""
_EXPANDED = re.compile(r"\$(?:(\w+)|\{(\w+)(?::?-([^{}]*))?\})")


def history_files(source: str, env: Mapping[str, str]) -> list[Path]:
    """Return the files that hold a program's history, the ones that its rc files name first; none where there are
    none in its usual places."""
    values = _known_values(env)
    named = [file for rc in _RC_FILES.get(source, ()) if (file := _assigned_in(rc, "HISTFILE", values))]
    named.reverse()
    places = (_expanded(place, values) for place in _PLACES[source])
    usual = next((file for file in places if file and os.path.isfile(file)), None)
    found = {os.path.realpath(file): Path(file) for file in (*named, usual) if file and os.path.isfile(file)}
    if source == "fish" and usual:  # a history for each value of fish_history
        found |= {str(file): file for file in sorted(Path(usual).parent.glob("*_history")) if file.is_file()}
    return list(found.values())


def _known_values(env: Mapping[str, str]) -> dict[str, str]:
    home = env.get("HOME", "/")
    values = {
        "XDG_CONFIG_HOME": f"{home}/.config",
        "XDG_DATA_HOME": f"{home}/.local/share",
        "XDG_STATE_HOME": f"{home}/.local/state",
        "XDG_CACHE_HOME": f"{home}/.cache",
        "ZDOTDIR": home,
    }
    values |= {name: value for name, value in env.items() if value}
    values["HOME"] = home
    if "ZDOTDIR" not in env and (folder := _assigned_in("~/.zshenv", "ZDOTDIR", values)):
        values["ZDOTDIR"] = folder
    return values


def _assigned_in(rc: str, name: str, values: Mapping[str, str]) -> str | None:
    """Return the last path that an rc file gives to a variable, where it can be told without running anything."""
    text = read_start(_expanded(rc, values) or os.devnull, MOST_BYTES).decode("utf-8", "surrogateescape")
    assigned = re.findall(_ASSIGNED % name, text, re.MULTILINE)
    return _expanded(assigned[-1], values) if assigned else None


def _expanded(word: str, values: Mapping[str, str]) -> str | None:
    """Return a word of a shell as the absolute path that it stands for; None where that is not known."""
    if word.startswith("'"):
        return word[1:-1] if word.startswith("'/") else None
    text = word.strip('"')
    if word.startswith("~/"):
        text = values["HOME"] + word[1:]
    for _ in range(4):  # a default may name a variable itself
        text = _EXPANDED.sub(
            lambda match: (
                values.get(match[1] or match[2], match[3] or "")
                if (match[1] or match[2]) in values or match[3] is not None
                else match[0]
            ),
            text,
        )
    return text if text.startswith("/") and "$" not in text and "`" not in text else None
