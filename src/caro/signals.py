"""Signals as they were before Python began."""

from __future__ import annotations

import signal


def give_signals_back() -> None:
    """Stop ignoring what Python ignores from its start on, for a program that takes its place: what is ignored stays so
    across exec, and `yes | head -1` below would end in "Broken pipe" and 1 instead of quietly.

    What they were before, Python does not know.
    """
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
