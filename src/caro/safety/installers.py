"""Addresses of well-known projects' own installers: `installers.toml` lists them."""

from __future__ import annotations

import re

from caro.knowledge import Knowledge
from caro.parse.pattern import pattern


def _read(knowledge: Knowledge) -> re.Pattern[str]:
    sources = knowledge.table("safety/installers")["sources"]
    return pattern(f"https://(?:{'|'.join(sources)})" + r"(?:(?<=/)|[/?#]|$)[^\s@\\]*$")


def is_known_installer(url: str, knowledge: Knowledge) -> bool:
    """True if `url` is an address below which a well-known project publishes what everybody runs: https alone (RFC
    9110, 4.2.2), without a user, a port or a step upwards in it."""
    return ".." not in url and bool(knowledge.view(_read).match(url))
