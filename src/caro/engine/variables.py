"""Which variables of a shell the guard is told: the same few, whoever asks. caro-hook chooses alike
(native/hook/environment.c), and so does init.zsh."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:  # a third of the time that a quick answer takes would go into importing `typing`
    from collections.abc import Mapping

MAX_NAMES = 32
MAX_NAME = 63
MAX_VALUE = 4096
"""Bytes."""
CONTEXT = (
    "SSH_CONNECTION",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "KUBECONFIG",
    "CLOUDSDK_CORE_PROJECT",
    "CLOUDSDK_ACTIVE_CONFIG_NAME",
    "CARO_ENV",
    "CARO_POLICY",
)
"""What tells how dangerous a place is."""
_NAMED = re.compile(r"\$[{#!]*([A-Za-z_][A-Za-z0-9_]*)")


def named_variables(line: str) -> list[str]:
    """Return the variables that the line names."""
    return [match[1] for match in _NAMED.finditer(line)]


def told_variables(line: str, env: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that the line names, and those of `CONTEXT`, as far as `env` has them."""
    told: dict[str, str] = {}
    for match in _NAMED.finditer(line):
        if len(told) < MAX_NAMES:
            _tell(match[1], env, told)
    for name in CONTEXT:
        _tell(name, env, told)
    return told


def _tell(name: str, env: Mapping[str, str], told: dict[str, str]) -> None:
    value = env.get(name)
    if value is not None and len(name) <= MAX_NAME and len(value.encode(errors="replace")) <= MAX_VALUE:
        told[name] = value
