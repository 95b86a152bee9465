"""Process ids that another PID namespace counts: a shell in a container of the same home tells the ids it knows."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from caro.machine.agent_ancestry import ids_above


def pid_here(told: int, peer: int) -> int:
    """Return the id here of the process that `peer` (an id here) calls `told` in its own namespace: itself or one above
    it. `told` where the namespace is the same, or nobody can know it. Source: pid_namespaces(7)."""
    theirs = _namespace_of(peer) if peer > 0 and told > 0 else ""
    if theirs in ("", _own_namespace()):
        return told
    for pid in (peer, *ids_above(peer)):
        if _namespace_of(pid) != theirs:
            return told
        if _id_within(pid) == told:
            return pid
    return told


@cache
def _own_namespace() -> str:
    return _namespace_of(os.getpid())


def _namespace_of(pid: int) -> str:
    try:
        return os.readlink(f"/proc/{pid}/ns/pid")
    except OSError:
        return ""


def _id_within(pid: int) -> int:
    """Return the id that the process has in the innermost namespace it is in; 0 where the system doesn't tell."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(errors="replace")
    except OSError:
        return 0
    ids = next((row.split()[1:] for row in status.split("\n") if row.startswith("NSpid:")), [])
    return int(ids[-1]) if ids else 0
