"""The screen's first frame: drawn at once, where Textual draws the same as soon as it is loaded.

Nothing of Textual is imported here; loading it takes longer than all that is shown.
"""

from __future__ import annotations

import contextlib
import os
import sys
import termios
from collections.abc import Iterator, Sequence

from caro.model import Event
from caro.show.event_line import EventLines
from caro.show.event_text import counted
from caro.show.look import Look
from caro.tui.source import SessionRow

SESSIONS_COLUMNS = 34
NARROW, LOW = 90, 20
"""Columns below which there are no sessions, rows below which there is no card."""
CARD_ROWS = 12
_OTHER_SCREEN = "\x1b[?1049h\x1b[?25l\x1b[?7l"
"""xterm's control sequences: the other screen; no cursor; no wrapping, so that a row ends at the edge (DECAWM)."""
_OWN_SCREEN = "\x1b[?7h\x1b[?1049l\x1b[?25h"


def session_line(row: SessionRow, look: Look) -> str:
    """Return a session as the list shows it."""
    failed = look.paint(f" {row.failures} ✗", "red") if row.failures else ""
    return f" {(row.agent or 'shell')[:12]:<12} {row.last_ts[11:16]} {row.commands:>5}{failed}"


def first_frame(
    events: Sequence[Event], sessions: Sequence[SessionRow], cursor: int, size: os.terminal_size, look: Look
) -> str:
    """Return what draws the newest events on the other screen, for a terminal of that size.

    `cursor`: the row that has to be in sight.
    """
    left = 0 if size.columns < NARROW else SESSIONS_COLUMNS
    card = 0 if size.lines < LOW else CARD_ROWS
    height = max(size.lines - card - 4, 1)
    lines = EventLines(look)
    top = max(0, min(cursor, len(events) - height))
    drawn = [_at(0, left, " Timeline  Tree  Verdicts  Statistics"), _at(1, left, "━" * (size.columns - left))]
    drawn += [_at(2 + y, left, lines.line(event)) for y, event in enumerate(events[top : top + height])]
    if card:
        drawn.append(_at(2 + height, left, "─" * (size.columns - left)))
    drawn.append(_at(size.lines - 2, left, " " + counted(len(events), "event")))
    if left:
        drawn += [_at(y, 0, session_line(row, look)) for y, row in enumerate(sessions[: size.lines - 1])]
        drawn += [_at(y, left - 1, "│") for y in range(size.lines - 1)]
    return "".join(drawn)


def _at(y: int, x: int, text: str) -> str:
    return f"\x1b[{y + 1};{x + 1}H{text}\x1b[m"


class OtherScreen:
    """The terminal of `out`, on its other screen; `left` once whoever took over has gone back from it."""

    def __init__(self, out: int) -> None:
        self.out = out
        self.left = False

    def draw(self, text: str) -> None:
        os.write(self.out, text.encode("utf-8", "replace"))


@contextlib.contextmanager
def other_screen(out: int, keyboard: int) -> Iterator[OtherScreen]:
    """Show the terminal's other screen. Keys wait unechoed for whoever reads them; at the end all is as it was."""
    before = termios.tcgetattr(keyboard)
    quiet = termios.tcgetattr(keyboard)
    quiet[0] &= ~termios.ICRNL
    quiet[3] &= ~(termios.ECHO | termios.ICANON)
    screen = OtherScreen(out)
    sys.stdout.flush()
    try:
        termios.tcsetattr(keyboard, termios.TCSANOW, quiet)
        screen.draw(_OTHER_SCREEN)
        yield screen
    finally:
        if not screen.left:
            screen.draw(_OWN_SCREEN)
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
