"""Has the editor know the person's own keys: read from the shell at the start, and after a line that may change one."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from typing import Any

from prompt_toolkit.filters import Filter, emacs_mode, vi_insert_mode, vi_navigation_mode
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.key_binding.bindings.named_commands import get_by_name
from prompt_toolkit.key_binding.key_bindings import Binding
from prompt_toolkit.keys import Keys

from caro.repl.bindings import BARE, CODE, Bound, read_bindings
from caro.repl.key_names import keys_of
from caro.repl.shell_keys import kill_whole_line, to_vi_commands, transpose_words, unknown

KEYMAPS: Mapping[str, Filter] = {
    "emacs": emacs_mode,
    "vi-insert": vi_insert_mode,
    "vi-command": vi_navigation_mode,
}
PATIENCE = 5.0


PRIVATE = "\x18\x1f"
"""What Caro's own keys in the shell begin with (native/relay/front.c, init.bash)."""


def has_own_keys(bound: Bound) -> bool:
    """True if the key is not one that only the editor may have: Enter, ^C, ^D, Tab and Caro's."""
    return bound.key not in ("\r", "\n", "\x03", "\x04", "\t") and PRIVATE not in bound.key


def is_typed(text: str) -> bool:
    """True if a key types this text, and Enter behind it at most. Where it presses other keys as well, what it does is
    the shell's to know: half of it would be another line."""
    return text.removesuffix("\r").removesuffix("\n").isprintable()


class OwnKeys:
    """`bindings` is what the editor asks for each key."""

    def __init__(self, shell: str) -> None:
        self._shell = shell
        self._bare: set[Bound] | None = None
        self.bindings = KeyBindings()
        self.sent: set[str] = set()
        """What the terminal sends for them."""
        self.unknown = KeyBindings()
        """Keys that do in the shell what the editor can't do: they ring the bell, where they are none of its own."""
        self.more: dict[str, Callable[[KeyPressEvent], Any]] = {}
        """What the editor does by further names."""

    async def take(self, printed: str) -> None:
        """Take what the shell says of its keys."""
        if self._bare is None:
            self._bare = await self._of_bare_shell()
        self.bindings.bindings.clear()
        self.unknown.bindings.clear()
        self.sent.clear()
        for bound in read_bindings(self._shell, printed) - self._bare:
            if has_own_keys(bound):
                self._add(bound)

    async def _of_bare_shell(self) -> set[Bound]:
        words = BARE.get(self._shell)
        if words is None:
            return set()
        try:
            running = await asyncio.create_subprocess_exec(
                *words, CODE[self._shell], stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL, env=dict(os.environ),
            )  # fmt: skip
            printed = (await asyncio.wait_for(running.communicate(), PATIENCE))[0]
        except (OSError, TimeoutError):
            return set()
        return read_bindings(self._shell, printed.decode("utf-8", "surrogateescape"))

    def _add(self, bound: Bound) -> None:
        keys, when = keys_of(bound.key), KEYMAPS[bound.keymap]
        if not keys or "__caro_" in bound.does or PRIVATE in bound.does:
            return
        self.sent.add(bound.key)
        if bound.types and not is_typed(bound.does):
            self._add_unknown(keys, when)
        elif bound.types:
            self.bindings.add(*keys, filter=when)(_typing(bound.does))
        elif own := self.more.get(bound.does) or _OWN.get(bound.does):
            self.bindings.add(*keys, filter=when)(own)
        else:
            try:
                command: Binding = get_by_name(bound.does)
            except KeyError:
                self._add_unknown(keys, when)
                return
            self.bindings.add(*keys, filter=when)(command)

    def _add_unknown(self, keys: tuple[Keys | str, ...], when: Filter) -> None:
        if keys[0] not in _MOVING:
            self.unknown.add(*keys, filter=when)(unknown)


_MOVING = frozenset(
    {
        Keys.Up, Keys.Down, Keys.Left, Keys.Right, Keys.Home, Keys.End, Keys.PageUp, Keys.PageDown, Keys.Delete,
        Keys.Backspace,
    }
)  # fmt: skip
"""Keys whose usual meaning is nearer to what a person binds them to than none."""


def _typing(text: str) -> Callable[[KeyPressEvent], None]:
    def types(event: KeyPressEvent) -> None:
        line = text.removesuffix("\r").removesuffix("\n")
        event.current_buffer.insert_text(line)
        if line != text:
            event.current_buffer.validate_and_handle()

    return types


def _history_search(event: KeyPressEvent, step: int) -> None:
    """Go to the next older or newer line that begins as what stands left of the cursor."""
    buffer = event.current_buffer
    begin, at = buffer.document.text_before_cursor, buffer.working_index + step
    while 0 <= at < len(buffer._working_lines):
        if buffer._working_lines[at].startswith(begin):
            buffer.working_index = at
            buffer.cursor_position = len(begin)
            return
        at += step


_OWN: Mapping[str, Callable[[KeyPressEvent], None]] = {
    "history-search-backward": lambda event: _history_search(event, -1),
    "history-search-forward": lambda event: _history_search(event, 1),
    "kill-whole-line": kill_whole_line,
    "vi-movement-mode": to_vi_commands,
    "transpose-words": lambda event: transpose_words(event.current_buffer),
}
