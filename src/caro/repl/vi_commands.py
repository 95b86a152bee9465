"""vi's commands as the shells' editors have them, where prompt_toolkit has none or another: `.`, `u` of a whole change,
`cw`, `%`, `#`, counts of `r` and `~`.

Sources: POSIX, "sh", "Command Line Editing (vi-mode)"; readline(3), "Vi Mode".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition, vi_navigation_mode, vi_waiting_for_text_object_mode
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.key_binding.bindings.named_commands import get_by_name
from prompt_toolkit.key_binding.bindings.vi import TextObject, TextObjectType
from prompt_toolkit.key_binding.key_bindings import Binding
from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.key_binding.vi_state import InputMode
from prompt_toolkit.keys import Keys
from prompt_toolkit.selection import SelectionType

_NO_CHANGES = frozenset({"u", ".", "\x12"})
_OPEN, _CLOSED = "([{", ")]}"
_WORDS = {False: r"\s*(?:\w+|[^\w\s]+)", True: r"\s*\S+"}
"""A word with the blanks before it: of letters or of others, and what stands between blanks."""


class ViCommands:
    """Follows the commands of one editor; `bindings` are its keys."""

    def __init__(self) -> None:
        self.bindings = KeyBindings()
        self._keys: list[KeyPress] = []
        self._last: list[KeyPress] = []
        self._before: tuple[str, int] = "", 0
        self._index = self._saved = 0
        self._first: str | None = None
        """What the line was when its first command began; None: it is being typed still."""
        self._bind()

    def follow(self, app: Application[Any], buffer: Buffer) -> None:
        """Look at each command of the application that it gives to this buffer.

        prompt_toolkit tells of keys as they come, but not of what they were taken for.
        """
        self._app, self._buffer = app, buffer
        processor = app.key_processor
        call = processor._call_handler

        def called(handler: Binding, key_sequence: list[KeyPress]) -> None:
            call(handler, key_sequence)
            self._called(key_sequence)

        processor._call_handler = called  # type: ignore[method-assign]

    def begin(self) -> None:
        """Begin a line: what is typed up to the first ESC is no command."""
        self._first = None
        self._keys = []

    def _rest(self) -> None:
        buffer = self._buffer
        self._keys = []
        self._before = buffer.text, buffer.cursor_position
        self._index, self._saved = buffer.working_index, len(buffer._undo_stack)

    def _called(self, keys: list[KeyPress]) -> None:
        state = self._app.vi_state
        if state.operator_func is not None and not isinstance(state.operator_func, _Guarded):
            state.operator_func = _Guarded(state.operator_func)
        self._keys += keys
        if (
            not vi_navigation_mode()
            or state.operator_func is not None
            or self._app.key_processor.arg is not None
        ):
            return
        buffer = self._buffer
        if self._first is None:
            buffer._undo_stack[:] = [("", 0)] if buffer.text else []
            self._first = buffer.text
        elif self._app.current_buffer is not buffer or buffer.working_index != self._index:
            self._first = buffer.text  # another line of the history
        else:
            self._end_command()
        self._as_text()
        self._rest()

    def _as_text(self) -> None:
        """Have the only line that was taken away come back where the cursor is."""
        data = self._app.clipboard.get_data()
        if data.type == SelectionType.LINES and "\n" not in data.text and "\n" not in self._before[0]:
            self._app.clipboard.set_text(data.text)

    def _end_command(self) -> None:
        """Note a command that changed the line: one `u` takes it back, and `.` does it again."""
        name = next((key.data for key in self._keys if not key.data.isdigit()), "")
        if self._buffer.text == self._before[0] or name in _NO_CHANGES:
            return
        self._buffer._undo_stack[self._saved :] = [self._before]
        self._last = self._keys if _can_come_again(self._keys) else []

    def _again(self, event: KeyPressEvent) -> None:
        """Do the last change again; a count takes the place of its own."""
        keys = self._last
        if not keys:
            return
        if event._arg:
            while keys and keys[0].data.isdigit() and keys[0].data != "0":
                keys = keys[1:]
            keys = [KeyPress(digit, digit) for digit in event._arg] + keys
        # An ESC may begin a longer key: what is ignored ends it.
        ends = [KeyPress(Keys.Ignore, "")] if keys and keys[-1].key == Keys.Escape else []
        event.key_processor.feed_multiple(keys + ends, first=True)

    def _changes(self) -> bool:
        """True if the command that is being typed is `c`."""
        return next((key.data for key in self._keys if not key.data.isdigit()), "") == "c"

    def _bind(self) -> None:
        add = self.bindings.add
        change = vi_waiting_for_text_object_mode & Condition(self._changes)
        add(".", filter=vi_navigation_mode)(self._again)
        add("w", filter=change)(lambda event: self._change_words(event, False))
        add("W", filter=change)(lambda event: self._change_words(event, True))
        add("%", filter=vi_waiting_for_text_object_mode)(self._to_bracket)
        add("%", filter=vi_navigation_mode & ~vi_waiting_for_text_object_mode)(_go_to_bracket)
        add("#", filter=vi_navigation_mode)(get_by_name("insert-comment"))
        add("r", Keys.Any, filter=vi_navigation_mode)(_replace)
        add("r", "escape", filter=vi_navigation_mode)(lambda event: None)
        add("~", filter=vi_navigation_mode)(_swap_case)
        add("U", filter=vi_navigation_mode)(self._undo_all)

    def _undo_all(self, event: KeyPressEvent) -> None:
        """Have the line as it was typed, or came from the history."""
        if self._first is not None and event.current_buffer.text != self._first:
            event.current_buffer.document = Document(self._first, 0)

    def _apply(self, event: KeyPressEvent, reach: TextObject) -> None:
        state = event.app.vi_state
        operator, state.operator_func, state.operator_arg = state.operator_func, None, None
        if operator is not None:
            operator(event, reach)

    def _change_words(self, event: KeyPressEvent, between_blanks: bool) -> None:
        """Change to the end of a word, where the cursor stands in one: the blank behind it stays."""
        document = event.current_buffer.document
        count = (event.app.vi_state.operator_arg or 1) * event.arg
        word = f"(?:{_WORDS[between_blanks]})"
        if document.current_char.isspace():
            word = rf"{word}{{0,{count - 1}}}\s*"
        else:
            word += f"{{1,{count}}}"
        found = re.compile(word).match(document.text, document.cursor_position)
        length = found.end() - found.start() if found else 0
        self._apply(event, TextObject(length - 1, type=TextObjectType.INCLUSIVE) if length else TextObject(0))

    def _to_bracket(self, event: KeyPressEvent) -> None:
        steps = _steps_to_bracket(event.current_buffer.document)
        self._apply(event, TextObject(steps, type=TextObjectType.INCLUSIVE) if steps else TextObject(0))


class _Guarded:
    """An operator that does nothing where a motion leads nowhere; prompt_toolkit's delete what stands before."""

    def __init__(self, operator: Any) -> None:
        self._operator = operator

    def __call__(self, event: KeyPressEvent, reach: TextObject) -> None:
        if reach.start or reach.end or reach.type != TextObjectType.EXCLUSIVE:
            self._operator(event, reach)
        elif not event.current_buffer.text and "change" in getattr(self._operator, "__name__", ""):
            event.app.vi_state.input_mode = InputMode.INSERT


def _can_come_again(keys: Iterable[KeyPress]) -> bool:
    """True if all that was pressed is text and its mending: other keys ask the shell, and may give another text."""
    plain = ("\x1b", "\x7f", "\x08")
    return all(
        key.key != Keys.BracketedPaste and (key.data.isprintable() or key.data in plain) for key in keys
    )


def _steps_to_bracket(document: Document) -> int:
    """Return how far the partner of the first bracket from the cursor on is; 0: there is none."""
    found = re.compile(r"[][(){}]").search(document.text, document.cursor_position)
    if found is None or "\n" in document.text[document.cursor_position : found.start()]:
        return 0
    there = Document(document.text, found.start()).find_matching_bracket_position()
    return there + found.start() - document.cursor_position if there else 0


def _go_to_bracket(event: KeyPressEvent) -> None:
    event.current_buffer.cursor_position += _steps_to_bracket(event.current_buffer.document)


def _replace(event: KeyPressEvent) -> None:
    _write_over(event, lambda text: event.data * len(text))


def _swap_case(event: KeyPressEvent) -> None:
    _write_over(event, str.swapcase)
    event.current_buffer.cursor_position += 1


def _write_over(event: KeyPressEvent, change: Any) -> None:
    """Change as many characters as the count says, on this row, and stand on the last."""
    buffer = event.current_buffer
    at, count = buffer.cursor_position, event.arg
    there = buffer.document.current_line_after_cursor[:count]
    if there:
        text = buffer.text
        buffer.document = Document(text[:at] + change(there) + text[at + len(there) :], at + len(there) - 1)
