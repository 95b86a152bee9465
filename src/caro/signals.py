"""Signals: which of them a shell's status stands for, and as they were before Python began."""

from __future__ import annotations

import signal
from signal import Signals

STOPS = frozenset((Signals.SIGSTOP, Signals.SIGTSTP, Signals.SIGTTIN, Signals.SIGTTOU))
"""Signals that stop a process, which may go on later."""
_BY_STATUS = {
    128 + number: number
    for number in (
        *(Signals.SIGINT, Signals.SIGQUIT, Signals.SIGILL, Signals.SIGTRAP, Signals.SIGABRT, Signals.SIGBUS),
        *(
            Signals.SIGFPE,
            Signals.SIGKILL,
            Signals.SIGSEGV,
            Signals.SIGPIPE,
            Signals.SIGALRM,
            Signals.SIGTERM,
        ),
        *(Signals.SIGXCPU, Signals.SIGXFSZ, Signals.SIGSYS, *STOPS),
    )
}
# SIGHUP's is missing: 129 is git's status for a wrong option.
STOPPED = frozenset(status for status, number in _BY_STATUS.items() if number in STOPS)
"""What `$?` is where a line's command was stopped."""
ENDED_BY_KEY = frozenset(128 + number for number in (Signals.SIGINT, Signals.SIGQUIT, Signals.SIGTSTP))
"""What `$?` is after ctrl-c, ctrl-\\ and ctrl-z: whoever pressed it knows why the line ended."""


def signal_of_status(status: int | None) -> int | None:
    """Return the signal that a shell's status tells of (128 and its number; POSIX, 2.8.2); None for any other one."""
    return None if status is None else _BY_STATUS.get(status)


def give_signals_back() -> None:
    """Stop ignoring what Python ignores from its start on, for a program that takes its place: what is ignored stays so
    across exec, and `yes | head -1` below would end in "Broken pipe" and 1 instead of quietly.

    What they were before, Python does not know.
    """
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
