"""The end of a line's editing at Enter, by hand: a whole last frame of prompt_toolkit's takes longer than the shell.

Of a screen that is up to date only what stands behind the line has to go; the shell has the line at once, and
prompt_toolkit ends behind it without another byte to the terminal, which is the shell's by then.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.filters import emacs_mode, vi_insert_mode
from prompt_toolkit.input.ansi_escape_sequences import ANSI_SEQUENCES
from prompt_toolkit.input.vt100 import Vt100Input
from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.layout import Layout
from prompt_toolkit.renderer import Renderer

_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O[@-~])")
_ANSWERS = re.compile(r"\x1b\[(?:\d+;\d+R|M|<[\d;]+[mM]|[\d;]+M)")
"""The mouse, and the cursor's position."""
_PASTE = "\x1b[200~"
END = "\x1b[0m\x1b[J\r\n"


class LineRenderer(Renderer):
    """Draws until the line is ended; then nothing, until `begin`."""

    ended = False
    rows = 0
    """Above the cursor, of what was drawn last."""

    def begin(self) -> None:
        """Draw again, from where the cursor stands."""
        self.ended = False
        self.rows = 0

    def end(self) -> None:
        """Take away what stands behind the cursor, go to the next row, and leave the terminal."""
        self.output.write_raw(END)
        self.reset()
        self.rows += 1
        self.ended = True

    def render(self, app: Application[Any], layout: Layout, is_done: bool = False) -> None:
        """Draw, as prompt_toolkit does."""
        if not self.ended:
            super().render(app, layout, is_done)

    def erase(self, leave_alternate_screen: bool = True) -> None:
        """Erase, as prompt_toolkit does."""
        if not self.ended:
            super().erase(leave_alternate_screen)
            self.rows = 0

    def reset(self, _scroll: bool = False, leave_alternate_screen: bool = True) -> None:
        """Forget the screen, as prompt_toolkit does."""
        if not self.ended:
            if hasattr(self, "_cursor_pos"):  # the first time comes before it has one
                self.rows = max(self.rows, self._cursor_pos.y)
            super().reset(_scroll, leave_alternate_screen)


class LineInput(Vt100Input):
    """Gives an Enter that comes alone to `at_enter` first, which says whether that was all: to look through all
    keys for it takes longer than to hand the line over."""

    at_enter: Callable[[], bool] = staticmethod(lambda: False)
    is_bound: Callable[[str], bool] = staticmethod(lambda sent: False)
    """True for what a key sends that the person has bound themselves."""
    _escaped = False

    def read_keys(self) -> list[KeyPress]:
        """Read what is there, as prompt_toolkit does."""
        data = self.stdin_reader.read()
        # It may end a key that began before, or stand in a paste.
        alone = not self._escaped and not self.vt100_parser._in_bracketed_paste
        if data == "\r" and alone and self.at_enter():
            return []
        self._escaped = "\x1b" in data
        in_paste = self.vt100_parser._in_bracketed_paste
        self.vt100_parser.feed(data if in_paste else without_unknown(data, self.is_bound))
        return self._taken()

    def flush_keys(self) -> list[KeyPress]:
        """Take a key that could have gone on, as prompt_toolkit does."""
        self._escaped = False
        return super().flush_keys()

    def _taken(self) -> list[KeyPress]:
        taken, self._buffer = self._buffer, []
        return taken


def without_unknown(data: str, is_bound: Callable[[str], bool]) -> str:
    """Return what the terminal sends without control sequences that mean no key: their letters would be typed."""

    def known(match: re.Match[str]) -> str:
        sent = match[0]
        return sent if sent in ANSI_SEQUENCES or _ANSWERS.fullmatch(sent) or is_bound(sent) else ""

    return data if "\x1b" not in data or _PASTE in data else _SEQUENCE.sub(known, data)


def awaits_key(app: Application[Any], buffer: Buffer) -> bool:
    """True if the next key begins anew and is the text's own: no other key, search, macro or selection goes on."""
    keys = app.key_processor
    return (
        app.is_running
        and not app.is_done
        and app.current_buffer is buffer
        and not (keys.key_buffer or keys.input_queue or keys.arg or buffer.selection_state)
        and not (app.emacs_state.is_recording or app.vi_state.recording_register)
        and (emacs_mode() or vi_insert_mode())
    )


def stands_at_its_end(app: Application[Any], buffer: Buffer) -> bool:
    """True if the screen is up to date, the cursor stands behind a text of one line, and no key came behind this one.

    A bracket there may stand out beside its partner, and a menu is drawn over other rows: those take a last frame.
    """
    text = buffer.text
    window = app.layout.current_window.render_info
    return (
        not app.invalidated
        and not app.key_processor.input_queue
        and buffer.complete_state is None
        and buffer.cursor_position == len(text)
        and "\n" not in text
        and text[-1:] not in tuple("()[]{}")
        and window is not None
        and window.cursor_position.x > 0  # a row that is full to its end
    )


def leave_input(app: Application[Any]) -> None:
    """Read no further key: they are the line's now."""
    asyncio.get_running_loop().remove_reader(app.input.fileno())


class AfterDrawing:
    """What waits for the next frame: what a key draws comes before what is asked about it, in threads that would take
    the interpreter from it."""

    def __init__(self, app: Application[Any]) -> None:
        self._app = app
        self._waiting: list[asyncio.Future[None]] = []
        app.after_render.add_handler(self._drawn)

    def _drawn(self, app: Application[Any]) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def wait(self) -> None:
        """Wait for the frame that is due, if one is."""
        if self._app.is_running and not self._app.is_done and self._app.invalidated:
            future = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            await future
