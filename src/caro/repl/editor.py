"""The line editor: prompt_toolkit's, with the person's own prompt in front."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, cast

from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import (
    Always,
    Condition,
    Filter,
    emacs_insert_mode,
    emacs_mode,
    is_done,
    vi_insert_mode,
    vi_navigation_mode,
)
from prompt_toolkit.formatted_text import (
    ANSI,
    StyleAndTextTuples,
    fragment_list_to_text,
    split_lines,
    to_formatted_text,
)
from prompt_toolkit.input.typeahead import get_typeahead, store_typeahead
from prompt_toolkit.input.vt100_parser import Vt100Parser
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent, merge_key_bindings
from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import (
    BufferControl,
    ConditionalContainer,
    FloatContainer,
    FormattedTextControl,
    HSplit,
    Window,
)
from prompt_toolkit.layout.processors import HighlightMatchingBracketProcessor
from prompt_toolkit.search import accept_search
from prompt_toolkit.shortcuts import PromptSession
from prompt_toolkit.styles import Style
from prompt_toolkit.utils import get_cwidth

from caro.printable import printable
from caro.repl.abbreviations import ENDS, Abbreviations, Expansion
from caro.repl.here_documents import here_documents
from caro.repl.history import ShellHistory
from caro.repl.key_names import characters, keys_of
from caro.repl.lexer import Names, Paint
from caro.repl.line_end import (
    AfterDrawing,
    LineInput,
    LineRenderer,
    awaits_key,
    leave_input,
    stands_at_its_end,
    without_unknown,
)
from caro.repl.look import Look, Verdict
from caro.repl.marks import Prompt
from caro.repl.offers import GreyText, Words
from caro.repl.own_keys import OwnKeys
from caro.repl.programs import Given, Programs, Typing
from caro.repl.shell_keys import ShellKeys
from caro.repl.shell_words import ShellWords
from caro.repl.vi_commands import ViCommands
from caro.repl.whole import is_open

STYLE = Style.from_dict(
    {
        "auto-suggestion": "fg:ansibrightblack",
        "grave": "fg:ansired",
        "care": "fg:ansiyellow",
        "status": "fg:ansibrightblack",
        "rprompt": "",
        "command": "fg:ansigreen",
        "unknown": "fg:ansired",
        "keyword": "fg:ansimagenta",
        "option": "fg:ansicyan",
        "string": "fg:ansiyellow",
        "variable": "fg:ansiblue",
        "operator": "bold",
        "comment": "fg:ansibrightblack",
        "danger": "fg:ansired bold underline",
        "matching-bracket.cursor": "bold underline",
        "matching-bracket.other": "bold underline",
    }
)

MARKS = {
    "moderate": ("class:care", "! "),
    "high": ("class:grave", "!! "),
    "critical": ("class:grave", "!!! "),
}
"""What stands left of the prompt while a line of that level is typed."""

ACTIONS = {
    "warn": "will be warned about",
    "confirm": "will be asked about",
    "block": "will be refused",
}


AT_ENTER = 0.15
"""Seconds that Enter waits for a verdict that was not there yet; the shell's hook asks too."""

ESCAPE_S = {False: (0.5, 1.0), True: (0.1, 0.4)}
"""Seconds that an ESC waits for what may belong to it, from the terminal and from a person; in vi mode (True) it is a
key of its own."""


@dataclass
class Ui:
    """What is shown beside the line, as it is now: `right` is the person's own right prompt, `continues` what stands
    before each further line of a text (their PS2)."""

    shell: str
    names: Names
    paints: bool = True
    status: str = ""
    right: str = ""
    continues: str = "> "


@dataclass(frozen=True)
class EndKeys:
    """The editing ended by keys that are for the shell: ^C, ^D."""

    data: bytes


class Editor:
    """One for the whole session; `ask` is one prompt."""

    def __init__(self, look: Look, shell: ShellWords, programs: Programs, own_keys: OwnKeys, ui: Ui) -> None:
        self.look = look
        self.ui = ui
        self.paint = Paint(ui.names, ui.shell == "fish", lambda: self._verdict)
        self.history = ShellHistory()
        self.bindings = KeyBindings()
        empty = Condition(lambda: not self.session.default_buffer.text and not self._continues)
        self._bind()
        for key, program in programs.keys.items():
            pressed = keys_of(characters(key))
            # In vi mode ESC is no half of a key where there is a line to be edited.
            self._bind_program(
                pressed, program, emacs_mode | empty if pressed[:1] == ("escape",) else Always()
            )
        self._bind_program(("?",), programs.ask, empty & (emacs_insert_mode | vi_insert_mode))
        for edits in (("c-x", "c-e"), *((("escape", "e"), ("escape", "v")) if ui.shell == "fish" else ())):
            self._bind_program(edits, programs.edit, emacs_mode)
        if ui.shell != "zsh":  # where `v` selects
            self._bind_program(("v",), programs.edit, vi_navigation_mode)
        self.vi = ViCommands()
        self.keys = ShellKeys(ui.shell)
        self.abbreviations = Abbreviations()
        self.evaluate: Callable[[str, Callable[[str], None]], object] = lambda code, take: None
        """Has the shell evaluate code, and hands over what that prints."""
        keys = LineInput(sys.stdin)
        keys.at_enter = self._enter_at_once
        keys.is_bound = self._is_bound = lambda sent: sent in own_keys.sent
        self.session: PromptSession[str | EndKeys] = PromptSession(
            input=keys,
            key_bindings=merge_key_bindings(
                [
                    self.vi.bindings,
                    self.keys.bindings,
                    own_keys.unknown,
                    self.bindings,
                    own_keys.bindings,
                ]
            ),
            complete_while_typing=False,
            enable_suspend=False,
            auto_suggest=GreyText(look, lambda: self._drawn.wait()),
            completer=Words(look, shell),
            history=self.history,
            style=STYLE,
            include_default_pygments_style=False,
            multiline=True,
            prompt_continuation=lambda width, number, wraps: [] if wraps else _painted(ui.continues),
            input_processors=[HighlightMatchingBracketProcessor("()[]{}")],
            rprompt=self._right,
        )
        self.session.app.terminal_size_polling_interval = None  # SIGWINCH says it
        self._renderer = LineRenderer(self.session.app.renderer.style, self.session.app.output)
        self.session.app.renderer = self._renderer
        self._drawn = AfterDrawing(self.session.app)
        self.vi.follow(self.session.app, self.session.default_buffer)
        self.may_hand: Callable[[str], bool] = lambda line: False
        self.hand: Callable[[str], None] = lambda line: None
        """Hands a line to the shell as soon as it is ended, where `may_hand` says that nothing comes before that."""
        self.foresee: Callable[[str], None] = lambda line: None
        """Gets what is typed so far in each pause: all that can be done before Enter."""
        self._right_float = next(
            each
            for container in self.session.layout.walk()
            if isinstance(container, FloatContainer)
            for each in container.floats
            if isinstance(each.content, Window) and each.top == 0
        )
        if ui.paints:
            self._use_paint()
        self._loading: asyncio.Task[None] | None = None
        self._prompt: StyleAndTextTuples = []
        self._continues = False
        self._verdict = Verdict()
        self._judged = ""
        self._looking: asyncio.Task[None] | None = None
        self.session.default_buffer.on_text_changed += self._look_at
        self._add_reason()

    async def ask(self, prompt: Prompt, shown: str, typed: str) -> str | EndKeys:
        """Return the line, or the keys that ended the editing."""
        self._renderer.begin()
        self.renew(shown)
        self.session.layout.focus(self.session.default_buffer)  # ^C may have left a search
        self.session.search_buffer.reset()
        self._verdict, self._judged = Verdict(), ""
        self.look.folder, self.look.session = prompt.folder, prompt.session
        self.session.app.editing_mode = EditingMode.VI if prompt.vi else EditingMode.EMACS
        self._continues = prompt.continues
        self.session.app.ttimeoutlen, self.session.app.timeoutlen = ESCAPE_S[prompt.vi]
        self.vi.begin()
        self.ui.names.forget()
        if self._loading is None and self.ui.paints:
            self._loading = asyncio.ensure_future(self._load_paint())
        return await self.session.prompt_async(self._message, default=typed)

    def renew(self, shown: str) -> None:
        """Have this as the prompt's text from here on."""
        self._prompt = _painted(shown)
        self._right_float.top = _rows_above(self._prompt, self.session.app.output.get_size().columns)
        self.session.app.invalidate()

    @property
    def handed(self) -> bool:
        """True if the line was handed over when it was ended."""
        return self._renderer.ended

    def _end_at_once(self, buffer: Buffer) -> None:
        """Hand the line over before prompt_toolkit ends, where nothing but what stands behind it has to go."""
        app = self.session.app
        if buffer is not self.session.default_buffer or self.ui.right or self._level() in MARKS:
            return
        if stands_at_its_end(app, buffer) and self.may_hand(buffer.text):
            self._renderer.end()
            self.hand(buffer.text)
            leave_input(app)

    def _message(self) -> StyleAndTextTuples:
        mark = None if self.session.app.is_done else MARKS.get(self._level())
        return _before_last_line(mark, self._prompt) if mark else self._prompt

    def _level(self) -> str:
        own_rule = self._verdict.action in ("confirm", "block") and not self._grave()
        return "high" if own_rule else self._verdict.level

    def _use_paint(self) -> None:
        """Give the line its lexer itself: within prompt_toolkit's DynamicLexer only another text is painted anew."""
        for control in self.session.layout.find_all_controls():
            if isinstance(control, BufferControl) and control.buffer is self.session.default_buffer:
                control.lexer = self.paint

    async def _load_paint(self) -> None:
        await self.paint.load()
        self.session.app.invalidate()

    def _right(self) -> StyleAndTextTuples:
        """What stands at the right: our segment while the line is typed, then the person's own right prompt."""
        if self._continues:
            return []
        own = _painted(self.ui.right)
        status = "" if self.session.app.is_done else self.ui.status
        return [("class:status", status + (" " if own and status else "")), *own]

    def _look_at(self, buffer: Buffer) -> None:
        """Ask for the verdict on what stands there now; the answer to an older text is not waited for."""
        if self._looking is not None:
            self._looking.cancel()
        self._looking = asyncio.ensure_future(self._judge(buffer.text))

    async def _judge(self, text: str) -> None:
        await self._drawn.wait()
        verdict = await asyncio.to_thread(self.look.verdict, text)
        if text != self.session.default_buffer.text:
            return
        self._judged = text
        self._goes_on(text)  # remembered until Enter
        self.foresee(text)
        if verdict != self._verdict:
            self._verdict = verdict
            self.session.app.invalidate()

    def verdict_at_hand(self, line: str) -> Verdict | None:
        """Return the verdict on a line if it has come; None: not yet."""
        return self._verdict if line == self._judged else None

    async def verdict_on(self, line: str) -> Verdict:
        """Return the verdict on a line that is typed to its end; the lowest where it doesn't come at once."""
        if (known := self.verdict_at_hand(line)) is not None:
            return known
        try:
            return await asyncio.wait_for(asyncio.to_thread(self.look.verdict, line), AT_ENTER)
        except TimeoutError:
            return Verdict()

    def _reason(self) -> StyleAndTextTuples:
        past = self._verdict.past and f"; all the same: {self._verdict.past}"
        if self._verdict.action == "block" and not past:
            past = "; nothing lifts that here"
        said = ACTIONS.get(self._verdict.action, "") + past
        return [("class:grave", printable(self._verdict.why + (f" ({said})" if said else "")))]

    def _grave(self) -> bool:
        return self._verdict.level in ("high", "critical")

    def _add_reason(self) -> None:
        """Put the reason below the line. Not as prompt_toolkit's toolbar, which waits for a cursor's position."""
        shown = Condition(lambda: self._verdict.action in ("confirm", "block") or self._grave()) & ~is_done
        window = Window(FormattedTextControl(self._reason), dont_extend_height=True, wrap_lines=True)
        root = cast(HSplit, self.session.layout.container)
        root.children.insert(1, ConditionalContainer(window, shown))

    def erasure(self) -> bytes:
        """Return what takes the last line off the screen again, with nothing printed since."""
        return f"\x1b[{self._renderer.rows}A\r\x1b[J".encode() if self._renderer.rows else b""

    def begin_with(self, sequence: bytes) -> None:
        """Send a control sequence together with what is drawn first."""
        self.session.app.output.write_raw(sequence.decode("ascii"))

    def type(self, keys: bytes) -> None:
        """Have keys that came before the editor did be the first that it gets."""
        presses: list[KeyPress] = []
        parser = Vt100Parser(presses.append)
        parser.feed(without_unknown(keys.decode("utf-8", "surrogateescape"), self._is_bound))
        parser.flush()
        store_typeahead(self.session.app.input, presses)

    def rest(self) -> bytes:
        """Return what was typed behind the Enter key, which is for whatever the line runs."""
        data = bytearray()
        for press in get_typeahead(self.session.app.input):
            text = press.data.encode("utf-8", "surrogateescape")
            data += b"\x1b[200~" + text + b"\x1b[201~" if press.key == Keys.BracketedPaste else text
        return bytes(data)

    def show(self, data: bytes, write: object) -> None:
        """Print bytes above the prompt, which is drawn again below them. What moves a cursor alone is the shell's own
        editor, which draws its prompt anew."""
        assert callable(write)
        text = _MOVES.sub(b"", data)
        if not _TITLES.sub(b"", text):
            write(text)
            return
        run_in_terminal(lambda: write(data if data.endswith(b"\n") else data + b"\r\n"))

    def leave(self) -> None:
        """End the editing: the shell is not at its prompt any more."""
        if self.session.app.is_running and not self.session.app.is_done:
            self.session.app.exit(result=EndKeys(b""))

    def take_history(self, lines: list[str]) -> None:
        """Have the arrow up give these lines of the shell's too."""
        self.history.begin_with(lines)
        self._load_history()

    def catch_up(self, newest: list[str], expanded: bool) -> None:
        """Have the arrow up give these lines of the shell's, the newest that it has, as it has them."""
        self.history.catch_up(newest, expanded)
        self._load_history()

    def _load_history(self) -> None:
        buffer = self.session.default_buffer
        if self.session.app.is_running and not buffer.text:
            buffer.reset()
            buffer.load_history_if_not_yet_loaded()

    def put(self, text: str) -> bool:
        """Put text that the shell had in its own line into an empty one; false where none is being typed."""
        buffer = self.session.default_buffer
        if not self.session.app.is_running or self.session.app.is_done or buffer.text:
            return False
        buffer.insert_text(text)
        return True

    def _goes_on(self, text: str) -> bool:
        return (
            self.ui.shell != "fish"
            and not self._continues
            and bool(text.strip())
            and is_open(text, self.ui.shell)
        )

    def _enter_at_once(self) -> bool:
        """Hand the line over where an Enter would do nothing else; false: it has to take its usual way."""
        buffer = self.session.default_buffer
        if not awaits_key(self.session.app, buffer) or self._goes_on(buffer.text) or self._to_expand(buffer):
            return False
        self._end_at_once(buffer)
        if self.handed:
            buffer.validate_and_handle()
        return self.handed

    def _enter(self, event: KeyPressEvent) -> None:
        """Run the line, or go on below where it is no whole one; an empty line below ends it all the same. What was
        searched for is taken: in vi mode, and by fish, to be looked at."""
        if self._leave_search() and (self.ui.shell == "fish" or not emacs_mode()):
            return
        buffer = self.session.default_buffer
        if (found := self._to_expand(buffer)) is not None:
            _replace(buffer, len(buffer.document.text_before_cursor), found)
        text = buffer.text
        if self._goes_on(text):
            if buffer.document.current_line.strip() or here_documents(text):
                buffer.newline(copy_margin=False)
                return
            buffer.text = text.rstrip("\n")
        self._end_at_once(buffer)
        buffer.validate_and_handle()

    def _to_expand(self, buffer: Buffer) -> Expansion | None:
        """Return what an abbreviation at the cursor is; where a function says it, fish does at Enter."""
        document = buffer.document
        if document.current_char and document.current_char not in f"{ENDS}\n":
            return None
        found = self.abbreviations.expansion(document.text_before_cursor)
        return found if found is not None and not found.code else None

    def _end_word(self, event: KeyPressEvent) -> None:
        """Type a character behind a word, and expand that where it is an abbreviation."""
        buffer = event.current_buffer
        before = buffer.document.text_before_cursor
        buffer.insert_text(event.data)
        found = self.abbreviations.expansion(before) if buffer is self.session.default_buffer else None
        if found is None:
            return
        if not found.code:
            _replace(buffer, len(before), found)
            return

        def take(printed: str) -> None:
            if printed and buffer.text.startswith(before + event.data):
                _replace(buffer, len(before), Expansion(found.replaces, printed))

        self.evaluate(found.code, take)

    def _leave_search(self) -> bool:
        """Have the line that was found, where one is searched for; false: none is."""
        searches = self.session.layout.is_searching
        if searches:
            accept_search()
        return searches

    def _bind_program(
        self, keys: tuple[Keys | str, ...], program: Callable[[Typing], Given], when: Filter
    ) -> None:
        if keys:
            self.bindings.add(*keys, filter=when)(self.opens(program))

    def opens(
        self, program: Callable[[Typing], Given]
    ) -> Callable[[KeyPressEvent], Coroutine[Any, Any, None]]:
        """Return what a key does that opens a program over the line."""

        async def run(event: KeyPressEvent) -> None:
            self._leave_search()
            buffer = self.session.default_buffer
            typing = Typing(buffer.text, buffer.cursor_position, self.history.lines[::-1])
            given = await run_in_terminal(lambda: self._shown(program(typing)), in_executor=True)
            if given.line is not None:
                buffer.text = given.line
                buffer.cursor_position = len(given.line)
            if given.runs:
                buffer.validate_and_handle()

        return run

    @staticmethod
    def _shown(given: Given) -> Given:
        if given.said:
            text = "\r\n".join(f"caro: {printable(line)}" for line in given.said.splitlines())
            os.write(1, f"{text}\r\n".encode())
        return given

    def _bind(self) -> None:
        for key in ("enter", "c-j"):
            self.bindings.add(key)(self._enter)
        self.bindings.add("escape", "enter", filter=emacs_mode)(lambda event: event.current_buffer.newline())
        self.bindings.add("c-x", "enter")(lambda event: event.current_buffer.validate_and_handle())

        @self.bindings.add("c-c")
        def interrupt(event: KeyPressEvent) -> None:
            event.app.exit(result=EndKeys(b"\x03"))

        if self.ui.shell == "fish":
            for key in ENDS:
                self.bindings.add(key, filter=emacs_insert_mode | vi_insert_mode)(self._end_word)
        self.bindings.add("c-z")(lambda event: None)  # there is nothing to stop

        @self.bindings.add("c-d")
        def end_or_delete(event: KeyPressEvent) -> None:
            self._leave_search()
            buffer = self.session.default_buffer
            if buffer.text:
                buffer.delete()
            else:
                event.app.exit(result=EndKeys(b"\x04"))


_MOVES = re.compile(rb"\r(?!\n)|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[M78=>]|[\x0e\x0f]")
_TITLES = re.compile(rb"\x1b\][^\a\x1b]*(?:\a|\x1b\\)")


def _replace(buffer: Buffer, end: int, found: Expansion) -> None:
    """Have an abbreviation that ends at `end` be what it stands for."""
    text, begin = buffer.text, end - found.replaces
    cursor = (
        begin + found.at
        if found.at is not None
        else buffer.cursor_position - found.replaces + len(found.text)
    )
    buffer.document = Document(text[:begin] + found.text + text[end:], cursor)


def _painted(text: str) -> StyleAndTextTuples:
    return to_formatted_text(ANSI(text))


def _before_last_line(mark: tuple[str, str], prompt: StyleAndTextTuples) -> StyleAndTextTuples:
    """Return the prompt with a mark at the left of its last line."""
    lines = list(split_lines(prompt))
    head = [piece for line in lines[:-1] for piece in (*line, ("", "\n"))]
    return [*head, mark, *lines[-1]]


def _rows_above(prompt: StyleAndTextTuples, columns: int) -> int:
    """Return how many rows of the screen stand above the prompt's last line."""
    lines = fragment_list_to_text(prompt).split("\n")[:-1]
    return sum(max(1, -(-get_cwidth(line) // max(columns, 1))) for line in lines)
