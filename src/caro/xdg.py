"""Where the XDG variables put a program's folders, as text: what a client needs before anything else is imported.

Source: XDG Base Directory Specification 0.8 (relative values are ignored, as it asks).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:  # a third of the time that a quick answer takes would go into importing `typing`
    from collections.abc import Mapping

NO_HOME = "/dev/null/HOME-is-not-set"
"""Stands for a HOME that is not set, or not absolute. Below a file nothing can be made, whoever asks: root would
make any other."""


def home_of(env: Mapping[str, str]) -> str:
    """Return HOME, or what stands for it."""
    home = env.get("HOME", "")
    return home if home.startswith("/") else NO_HOME


def xdg_folder(env: Mapping[str, str], variable: str, default: str) -> str:
    """Return Caro's folder below the one that `variable` names, or below `default` (relative to HOME)."""
    value = env.get(variable, "")
    return f"{value if value.startswith('/') else f'{home_of(env)}/{default}'}/caro"


def config_folder(env: Mapping[str, str]) -> str:
    """Return the folder of the configuration and of the daemon's socket."""
    return xdg_folder(env, "XDG_CONFIG_HOME", ".config")
