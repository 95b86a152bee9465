"""The terminal while another program has it: caro-relay has it raw, and a program's newline is to begin a new line."""

from __future__ import annotations

import contextlib
import os
import signal
import termios
from collections.abc import Iterator


@contextlib.contextmanager
def line_ends() -> Iterator[None]:
    """Have the terminal turn a newline into a new line, as programs expect it; ^Z stops none of them, since nothing
    here would wake it."""
    before = termios.tcgetattr(0)
    now = [*before]
    now[6] = [*before[6]]
    now[6][termios.VSUSP] = b"\0"
    now[1] |= termios.OPOST | termios.ONLCR
    termios.tcsetattr(0, termios.TCSADRAIN, now)
    try:
        yield
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)


def take_foreground() -> None:
    """In a new process, before its program: be a foreground group of its own, so that ^C is for it alone. Standard
    error is the terminal, and SIGTTOU is ignored until then."""
    os.setpgid(0, 0)
    with contextlib.suppress(OSError):
        os.tcsetpgrp(2, os.getpid())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)


def come_back() -> None:
    """Be the terminal's foreground group again, after a program that took it."""
    with contextlib.suppress(OSError):
        os.tcsetpgrp(0, os.getpgrp())
