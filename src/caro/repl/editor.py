"""The line editor: prompt_toolkit's, with the person's own prompt in front."""

from __future__ import annotations

from dataclasses import dataclass

from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.formatted_text import ANSI, StyleAndTextTuples, to_formatted_text
from prompt_toolkit.input.typeahead import get_typeahead
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.shortcuts import PromptSession

from caro.repl.marks import Prompt


@dataclass(frozen=True)
class EndKeys:
    """The editing ended by keys that are for the shell: ^C, ^D."""

    data: bytes


class Editor:
    """One for the whole session; `ask` is one prompt."""

    def __init__(self) -> None:
        self.bindings = KeyBindings()
        self._bind()
        self.session: PromptSession[str | EndKeys] = PromptSession(
            key_bindings=self.bindings, complete_while_typing=False, enable_suspend=False
        )
        self._prompt: StyleAndTextTuples = []

    async def ask(self, prompt: Prompt, shown: str, typed: str) -> str | EndKeys:
        """Return the line, or the keys that ended the editing."""
        self._prompt = to_formatted_text(ANSI(shown))
        self.session.app.editing_mode = EditingMode.VI if prompt.vi else EditingMode.EMACS
        return await self.session.prompt_async(lambda: self._prompt, default=typed)

    def rest(self) -> bytes:
        """Return what was typed behind the Enter key, which is for whatever the line runs."""
        data = bytearray()
        for press in get_typeahead(self.session.app.input):
            text = press.data.encode("utf-8", "surrogateescape")
            data += b"\x1b[200~" + text + b"\x1b[201~" if press.key == Keys.BracketedPaste else text
        return bytes(data)

    def show(self, data: bytes, write: object) -> None:
        """Print bytes above the prompt, which is drawn again below them."""
        assert callable(write)
        run_in_terminal(lambda: write(data if data.endswith(b"\n") else data + b"\r\n"))

    def leave(self) -> None:
        """End the editing: the shell is not at its prompt any more."""
        if self.session.app.is_running:
            self.session.app.exit(result=EndKeys(b""))

    def _bind(self) -> None:
        @self.bindings.add("c-c")
        def interrupt(event: KeyPressEvent) -> None:
            event.app.exit(result=EndKeys(b"\x03"))

        @self.bindings.add("c-d")
        def end_or_delete(event: KeyPressEvent) -> None:
            if event.current_buffer.text:
                event.current_buffer.delete()
            else:
                event.app.exit(result=EndKeys(b"\x04"))
