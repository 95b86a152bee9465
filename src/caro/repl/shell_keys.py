"""Keys that mean another thing in one shell's line editor than in prompt_toolkit.

Sources: readline(3); zshzle(1), "WORDCHARS"; bind(1) of fish, "backward-kill-path-component".
"""

from __future__ import annotations

import re
from collections.abc import Callable

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.filters import Filter, emacs_mode, vi_insert_mode
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.key_binding.vi_state import InputMode
from prompt_toolkit.keys import Keys

ZSH_WORDCHARS = "*?_-.[]~=/&;!#$%^(){}<>"
_WORD = re.compile(r"\w+")
_PATH_PART = re.compile(r"""[^\s/={,}'":@|;<>&()]*[\s/={,}'":@|;<>&()]*\Z""")


class ShellKeys:
    """`bindings` are those of one shell; `word_characters` what zsh takes for a word beside letters."""

    def __init__(self, shell: str) -> None:
        self.bindings = KeyBindings()
        self.word_characters = ZSH_WORDCHARS
        self._sought = self._found = ""
        add = self.bindings.add
        add("escape", "t", filter=emacs_mode)(lambda event: transpose_words(event.current_buffer))
        # A key that nobody knows types nothing.
        add("escape", Keys.Any, filter=emacs_mode)(unknown)
        add("c-x", Keys.Any, filter=emacs_mode)(unknown)
        if shell == "zsh":
            add("c-u", filter=emacs_mode)(kill_whole_line)
            for keys, to in (
                (("c-w",), self._begin_of_word),
                (("escape", "backspace"), self._begin_of_word),
                (("escape", "d"), self._end_of_word),
            ):
                add(*keys, filter=emacs_mode)(_kills(to))
            add("escape", "b", filter=emacs_mode)(_goes(self._begin_of_word))
            add("escape", "f", filter=emacs_mode)(_goes(self._begin_of_next))
        elif shell == "fish":
            add("c-w", filter=emacs_mode | vi_insert_mode)(_kills(_begin_of_path_part))
            edits: Filter = emacs_mode | vi_insert_mode
            for key in ("up", "c-p"):
                add(key, filter=edits)(lambda event: self._search(event, -1))
            for key in ("down", "c-n"):
                add(key, filter=edits)(lambda event: self._search(event, 1))

    def _begin_of_word(self, buffer: Buffer) -> int:
        before = buffer.document.text_before_cursor
        match = re.search(rf"{self._word}+[^\w{re.escape(self.word_characters)}]*\Z", before)
        return match.start() if match else 0

    def _end_of_word(self, buffer: Buffer) -> int:
        at, text = buffer.cursor_position, buffer.text
        match = re.compile(rf"[^\w{re.escape(self.word_characters)}]*{self._word}+").match(text, at)
        return match.end() if match else len(text)

    def _begin_of_next(self, buffer: Buffer) -> int:
        at, text = buffer.cursor_position, buffer.text
        match = re.compile(rf"{self._word}*[^\w{re.escape(self.word_characters)}]*").match(text, at)
        return match.end() if match else len(text)

    @property
    def _word(self) -> str:
        return rf"[\w{re.escape(self.word_characters)}]"

    def _search(self, event: KeyPressEvent, step: int) -> None:
        """Go to the next line of the history that has in it what was typed, as fish does; in a text of several rows, to
        the row above or below."""
        buffer = event.current_buffer
        newest = len(buffer._working_lines) - 1
        if buffer.complete_state is not None or (buffer.text != self._found and "\n" in buffer.text):
            (buffer.auto_up if step < 0 else buffer.auto_down)(count=event.arg)
            return
        if buffer.text != self._found or buffer.working_index == newest:
            self._sought = buffer.text
        at = buffer.working_index + step
        while 0 <= at < newest and (
            self._sought not in buffer._working_lines[at] or buffer._working_lines[at] == buffer.text
        ):
            at += step
        if not 0 <= at <= newest:
            return
        buffer.working_index = at
        buffer.cursor_position = len(buffer.text)
        self._found = buffer.text


def unknown(event: KeyPressEvent) -> None:
    """Ring the bell; what was pasted behind an ESC is text."""
    pressed = event.key_sequence[-1]
    if pressed.key == Keys.BracketedPaste:
        event.current_buffer.insert_text(pressed.data.replace("\r\n", "\n").replace("\r", "\n"))
    elif pressed.key not in (Keys.Ignore, Keys.CPRResponse):
        event.app.output.bell()
        event.app.output.flush()


def kill_whole_line(event: KeyPressEvent) -> None:
    """Take the line away, whole."""
    buffer = event.current_buffer
    event.app.clipboard.set_text(buffer.text)
    buffer.text = ""


def to_vi_commands(event: KeyPressEvent) -> None:
    """Leave vi's insert mode."""
    buffer = event.current_buffer
    buffer.cursor_position += buffer.document.get_cursor_left_position()
    event.app.vi_state.input_mode = InputMode.NAVIGATION


def transpose_words(buffer: Buffer) -> None:
    """Have the word before the cursor and the one at it or behind it change places; at the end, the last two."""
    words = list(_WORD.finditer(buffer.text))
    second = next(
        (at for at, word in enumerate(words) if word.end() > buffer.cursor_position), len(words) - 1
    )
    if second < 1:
        return
    one, two = words[second - 1], words[second]
    text = buffer.text
    buffer.text = text[: one.start()] + two[0] + text[one.end() : two.start()] + one[0] + text[two.end() :]
    buffer.cursor_position = two.end()


def _begin_of_path_part(buffer: Buffer) -> int:
    match = _PATH_PART.search(buffer.document.text_before_cursor)
    return match.start() if match else 0


def _kills(to: Callable[[Buffer], int]) -> Callable[[KeyPressEvent], None]:
    def kill(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        begin, end = sorted((buffer.cursor_position, to(buffer)))
        event.app.clipboard.set_text(buffer.text[begin:end])
        text = buffer.text
        buffer.cursor_position = begin
        buffer.text = text[:begin] + text[end:]

    return kill


def _goes(to: Callable[[Buffer], int]) -> Callable[[KeyPressEvent], None]:
    def go(event: KeyPressEvent) -> None:
        event.current_buffer.cursor_position = to(event.current_buffer)

    return go
