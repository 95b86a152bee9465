"""The AI agent among the processes above one: asked where an agent may not answer for itself."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from caro.addition import agents_of
from caro.additions import additions, additions_stamp
from caro.knowledge.agents import Agents, agents, agents_with
from caro.paths import Paths

MAX_DEPTH = 64


def agent_above(env: Mapping[str, str]) -> str:
    """Return the agent's name, or "". A PTY of its own or `script` doesn't hide it: the line of parents is read."""
    return _known().of_environment(env) or agent_above_process(os.getppid())


def _known() -> Agents:
    """Those of plugins too: whoever they name may answer for nobody."""
    paths = Paths.of(os.environ)
    return _known_of(paths, additions_stamp(paths))


@lru_cache(1)
def _known_of(paths: Paths, _stamp: object) -> Agents:
    return agents_with(agents_of(additions(paths)[0]))


def agent_above_process(pid: int) -> str:
    """Return the same of another process and those above it, where /proc tells (Linux); elsewhere ""."""
    for process in _line_of_parents(pid):
        name = process.agent()
        if name:
            return name
    return ""


def at_a_terminal(pid: int) -> bool:
    """True if the process runs in the foreground of a terminal, or the system doesn't tell."""
    if not Path("/proc/self/stat").exists():
        return True
    fields = _stat_fields(pid)
    return len(fields) > 5 and fields[4] != "0" and fields[2] == fields[5]


def answers_for(peer: int, shell: int, hooks: Iterable[Path]) -> bool:
    """True if the process may say a person's yes: the session's shell itself or one of the `hooks` programs below it,
    in the foreground of that shell's terminal, with no agent above. False where the system doesn't tell (no /proc).
    `shell` 0: not known, then any terminal is the session's. Source: proc_pid_stat(5), proc_pid_exe(5)."""
    fields = _stat_fields(peer) if peer > 0 else []
    if len(fields) <= 5 or not at_a_terminal(peer) or agent_above_process(peer):
        return False
    if peer == shell:
        return True
    if not _runs_one_of(peer, hooks):
        return False
    return not shell or (shell in ids_above(peer) and _stat_fields(shell)[4:5] == [fields[4]])


def begins_a_run(pid: int, argv: Sequence[str], launchers: Sequence[Path]) -> bool:
    """True if the process is what a `caro run` was asked to run: one of the `launchers` programs started it, and no
    agent stands above that. An agent that starts itself once more with the very same arguments still begins; all else
    that it starts does not. Source: proc_pid_stat(5)."""
    if pid <= 1:
        return False
    if _is_leader(pid, launchers):
        return True
    parent = next(ids_above(pid), 0)
    return parent > 1 and _is_leader(parent, launchers) and _same_arguments(parent, argv)


def _is_leader(pid: int, launchers: Iterable[Path]) -> bool:
    launcher = next(ids_above(pid), 0)
    if launcher <= 1 or not _runs_one_of(launcher, launchers):
        return False
    return not agent_above_process(next(ids_above(launcher), 0))


def _same_arguments(pid: int, argv: Sequence[str]) -> bool:
    """True if `argv` ends with all arguments of the agent that the process is: `node SCRIPT` may stand before them."""
    try:
        words = [os.fsdecode(word) for word in _Process(pid).words[:-1]]
    except OSError:
        return False
    by_itself = bool(words) and bool(agents().of_programs([words[0].rsplit("/", 1)[-1]]))
    given = words[1 if by_itself else 2 :]
    return bool(given) and len(argv) > len(given) and list(argv[-len(given) :]) == given


def is_running(pid: int) -> bool:
    """True if there is such a process, another user's among them. Source: kill(2), the null signal."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass  # another user's
    return True


def _runs_one_of(pid: int, programs: Iterable[Path]) -> bool:
    """True if the process executes one of these very files: a copy of that name is somebody else's program."""
    for program in programs:
        try:
            if os.path.samefile(f"/proc/{pid}/exe", program):
                return True
        except OSError:
            continue
    return False


def ids_above(pid: int) -> Iterator[int]:
    """Yield the ids of the processes above one, its parent first, as far as the system tells."""
    for _ in range(MAX_DEPTH):
        fields = _stat_fields(pid)
        if len(fields) < 2 or pid <= 1:
            return
        pid = int(fields[1])
        yield pid


class _Process:
    def __init__(self, pid: int) -> None:
        folder = Path(f"/proc/{pid}")
        self.words = (folder / "cmdline").read_bytes().split(b"\0")
        self.environ = (folder / "environ").read_bytes().split(b"\0")

    def agent(self) -> str:
        pairs = (entry.decode("utf-8", "replace").partition("=") for entry in self.environ)
        known = _known()
        named = known.of_environment({name: value for name, _, value in pairs})
        # `node /usr/bin/gemini` too.
        names = (word.decode("utf-8", "replace").rsplit("/", 1)[-1] for word in self.words[:2])
        return named or known.of_programs(names)


def _line_of_parents(pid: int) -> Iterator[_Process]:
    for _ in range(MAX_DEPTH):
        fields = _stat_fields(pid)
        if pid <= 1 or len(fields) < 2:
            return
        try:
            yield _Process(pid)
        except OSError:
            pass  # another user's: its variables are not ours to read; those above it may be
        pid = int(fields[1])


_STAT_MAX = 4096
"""Bytes: 52 numbers and a name of at most 64 are far fewer."""


def _stat_fields(pid: int) -> list[str]:
    """Return the fields from `state` on: state, ppid, pgrp, session, tty_nr, tpgid ... Source: proc_pid_stat(5)."""
    try:
        file = os.open(f"/proc/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return []
    try:
        stat = os.read(file, _STAT_MAX)
    except OSError:
        return []
    finally:
        os.close(file)
    return stat.rpartition(b")")[2].decode("ascii", "replace").split()
