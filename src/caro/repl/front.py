"""The front of `caro repl`: it has the terminal while the shell waits at its prompt, and hands each line over.

A process of its own, beside caro-relay: where it dies, the shell goes on with its own line editor.
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
import socket
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from caro.printable import printable
from caro.repl.became import Became
from caro.repl.bindings import may_bind
from caro.repl.channel import Messages, message
from caro.repl.marks import Prompt, read_mark
from caro.repl.meta import MetaLine, meta_of
from caro.repl.prompt_text import split_prompt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from caro.repl.look import Verdict

BEGINS_S = 0.02
"""Seconds that a line usually has begun within; nothing of ours happens meanwhile."""


SILENT = (0, 130, 148)
"""Statuses of a line whose end the shell's hook tells with the next line alone (docs/wire.md)."""
LINE_NUMBER = 'builtin printf %s "$__caro_n"'
"""Asks a shell for the number that its hook has given the last line."""
NUMBER_S = 0.5


def run(channel: socket.socket, shell: str, words: Sequence[str]) -> int:
    """Serve one session to its end; return the exit status, which nobody reads. `words` started the shell."""
    os.environ["PROMPT_TOOLKIT_NO_CPR"] = "1"  # an answer could come among the keys
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    signal.signal(signal.SIGINT, lambda *_: None)  # is for a program over the line
    try:
        asyncio.run(Front(channel, shell, words).serve())
    except (KeyboardInterrupt, EOFError):
        pass
    return 0


class Front:
    """The shell's state as the marks tell it, and the editor."""

    def __init__(self, channel: socket.socket, shell: str, words: Sequence[str]) -> None:
        self.channel = channel
        self.shell = shell
        self.became = Became(words, self._write)
        self.prompt = Prompt()
        self.shown = b""
        self.erasure = b""
        self.typed = ""
        self.behind = b""
        self.last: str | None = None
        self.handed = ""
        self.history_asked = self.ran_ahead = self.kept_otherwise = False
        self.keys_wanted = self.names_wanted = True
        self.handed_at: float | None = None
        self.took_ms: float | None = None
        self.agent: str | None = None
        self.ready = asyncio.Event()
        self.messages = Messages()
        self.answers = bytearray()

    async def serve(self) -> None:
        """Ask for line after line until the relay ends."""
        from caro.paths import Paths
        from caro.repl.editor import Editor, Ui
        from caro.repl.lexer import Names, shipped_specs
        from caro.repl.look import Look
        from caro.repl.own_keys import OwnKeys
        from caro.repl.programs import Programs
        from caro.repl.questions import Questions
        from caro.repl.shell_words import ShellWords
        from caro.repl.told import Told
        from caro.settings import load_settings

        paths = Paths.of(os.environ)
        self.hook = paths.bin / "caro-hook"
        self.look = Look(paths.socket, self.shell)
        self.questions = Questions(lambda code: self._send("S", code))
        self.words = ShellWords(self.shell, self.questions)
        self.own_keys = OwnKeys(self.shell)
        self.settings = load_settings(os.environ, paths)
        programs = Programs(self.look, self.shell, paths.bin, self.settings)
        self.names = Names(self.look, shipped_specs)
        self.ui = Ui(self.shell, self.names, bool(self.settings["repl.highlight"]))
        self.editor = Editor(self.look, self.words, programs, self.own_keys, self.ui)
        edits = self.editor.opens(programs.edit)
        self.own_keys.more = {f"{vi}edit-and-execute-command": edits for vi in ("", "vi-")}
        self.editor.may_hand, self.editor.hand = self._may_hand, self._hand
        self.editor.foresee = lambda line: self.told.foresees(line, self.prompt)
        self.editor.evaluate = lambda code, take: self.questions.ask(code, lambda number, text: take(text))
        self.told = Told(self.shell, self.questions.ask, self._take_environment)
        self._send("F")
        receiving = asyncio.ensure_future(self._receive())
        while True:
            waiting = asyncio.ensure_future(self.ready.wait())
            await asyncio.wait((waiting, receiving), return_when=asyncio.FIRST_COMPLETED)
            if receiving.done():
                return
            self.ready.clear()
            await self._edit()

    async def _receive(self) -> None:
        loop = asyncio.get_running_loop()
        while data := await loop.sock_recv(self.channel, 65536):
            for kind, text in self.messages.add(data):
                self._take(kind, text)
        self.editor.leave()

    def _take(self, kind: str, text: bytes) -> None:
        match kind:
            case "H":
                folder, _, pid = text.rpartition(b"\n")
                self.words.pid = int(pid) if pid.isdigit() else 0
                self.words.folder = Path(os.fsdecode(folder))
                self.became.look(self.words.pid)
            case "E" | "2":
                before, self.prompt = self.prompt, read_mark(text, self.prompt)
                self.ran_ahead |= self.prompt.is_beyond(before)
                if self.handed_at is not None and not self.prompt.continues:
                    self.took_ms = (time.monotonic() - self.handed_at) * 1000
                    self.handed_at = None
            case "Q":
                self.shown = text
                self.became.leave()
                self.told.prompts(self.prompt)
                self._ask_history()
                self._ask_keys()
                self._ask_names()
                self._ask_right()
                self.ready.set()
            case "U" if not self.prompt.continues:
                self.shown = text
                self.editor.renew(split_prompt(text)[0])
            case "X":
                self.erasure = text
            case "T":
                self.editor.type(text)
            case "O":
                self.editor.show(text, self._write)
            case "R":
                self._take_answers(text)
            case "C":
                self.editor.leave()
            case "N":
                self._say(
                    "your shell's line editor takes no line (it is off, or Caro's keys are something else's):"
                    " you type into it as it is"
                )

    def _take_answers(self, data: bytes) -> None:
        self.answers += data
        while (end := self.answers.find(0)) >= 0:
            name, _, text = bytes(self.answers[:end]).partition(b":")
            del self.answers[: end + 1]
            self._take_answer(name.decode("ascii", "replace"), text.decode("utf-8", "surrogateescape"))

    def _take_answer(self, name: str, text: str) -> None:
        match name:
            case "typed":
                self.typed = "" if self.editor.put(text) else text
            case "state":
                self.questions.take(text)
            case "pid" | "words":
                self.words.take_record(name, text)
            case "incomplete" | "refused" | "declined":
                # fish gives the line back: its own editor would have kept it. One that the guard stopped is the arrow
                # up's, lest what is typed next is put behind it; a safer form in its place is there to be looked at.
                stopped = name == "declined" and text.strip() == self.handed.strip()
                self.typed = "" if stopped else text + ("\n" if name == "incomplete" else "")
                if name == "incomplete":
                    self.erasure = self.editor.erasure()
                    self.editor.type(self.behind)
                self.told.given_back()
                self.handed_at = None
                self._send("A")
                self.ready.set()

    async def _edit(self) -> None:
        from caro.repl.editor import EndKeys

        text, strings = split_prompt(self.shown)
        if not self.erasure:
            self._write(strings)  # the shell has written its own
        self.editor.begin_with(self.erasure + self._fresh_line())
        self.erasure = b""
        self.ui.status = self._status()
        typed, self.typed = self.typed, ""
        said = await self.editor.ask(self.prompt, text, typed)
        if self.editor.handed:
            return
        self.words.cancel()
        if isinstance(said, EndKeys):
            if said.data == b"\x03" and self.shell == "fish":
                self.ready.set()  # at ^C on its empty line fish draws no prompt
            elif said.data:
                self._send("P", said.data)
            return
        if not self.prompt.continues and (typed_meta := meta_of(said)) is not None:
            said = await self._answer(typed_meta)
            if not said:
                self.ready.set()
                return
        else:
            self.last = said
            if await self._holds_back(said):
                self.ready.set()
                return
        # Before the line: when a later message comes the shell may have run that.
        self.behind = self.editor.rest()
        if self.behind:
            self._send("K", self.behind)
        self._hand_over(said)

    def _may_hand(self, line: str) -> bool:
        """True if nothing is to be done for a line but to hand it over; a verdict that has not come is waited for."""
        if self.prompt.continues:
            return True
        if meta_of(line) is not None:
            return False
        verdict = self.editor.verdict_at_hand(line)
        return not self.prompt.session or (verdict is not None and not _is_refusal(verdict))

    def _hand(self, line: str) -> None:
        self.behind = b""
        self.last = line
        self._hand_over(line)
        self.words.cancel()
        # Leave the processors to the shell and the relay meanwhile.
        select.select([self.channel], [], [], BEGINS_S)

    def _hand_over(self, line: str) -> None:
        self.names_wanted |= self.told.hands(line, self.prompt)
        if not self.prompt.continues:
            from caro.repl.history import is_kept_otherwise

            self.handed_at = time.monotonic()
            self.kept_otherwise = is_kept_otherwise(self.shell, line)
        self.handed = line
        self._send("L", line.encode("utf-8", "surrogateescape"))
        self.became.look(self.words.pid, line)
        self.keys_wanted |= may_bind(line, self.told.names or ())

    async def _holds_back(self, line: str) -> bool:
        """True if nothing of the line is handed over, and why not has been said. A question is the shell's hook's."""
        if self.prompt.continues or not self.prompt.session:
            return False
        verdict = await self.editor.verdict_on(line)
        if not _is_refusal(verdict):
            return False
        from caro.repl.refusal import is_refused

        return is_refused(line, self.shell, self.words.pid, self.prompt, self.look.environment, self.hook)

    def _ask_history(self) -> None:
        from caro.repl.history import LAST, code_for, read_history

        if self.prompt.continues:
            return
        if not self.history_asked:
            self.history_asked = True
            self.questions.ask(
                code_for(self.shell),
                lambda number, text: self.editor.take_history(read_history(self.shell, text)),
            )
            return
        expanded = self.kept_otherwise and not self.ran_ahead
        if expanded or self.ran_ahead:
            self.ran_ahead = self.kept_otherwise = False
            self.questions.ask(
                code_for(self.shell, LAST),
                lambda number, text: self.editor.catch_up(read_history(self.shell, text), expanded),
            )

    def _ask_keys(self) -> None:
        """Ask for the person's keys, at the start and where the last line may have changed them."""
        if self.prompt.continues or not self.keys_wanted:
            return
        from caro.repl.bindings import CODE

        self.keys_wanted = False
        self.questions.ask(CODE[self.shell], self._take_keys)

    def _take_keys(self, number: int, text: str) -> None:
        self.loading = asyncio.ensure_future(self.own_keys.take(text))

    def _ask_names(self) -> None:
        """Ask what may be typed first, and how the rest of a line is prompted for, where the last line may have
        changed it."""
        if self.prompt.continues or not self.names_wanted:
            return
        from caro.repl.abbreviations import CODE as ABBREVIATIONS
        from caro.repl.lexer import CODE
        from caro.repl.prompt_text import CONTINUES

        self.names_wanted = False
        if self.ui.paints:
            self.questions.ask(CODE[self.shell], lambda number, text: self.names.take(text))
        if self.shell == "fish":
            self.questions.ask(ABBREVIATIONS, lambda number, text: self.editor.abbreviations.take(text))
        if self.shell in CONTINUES:
            self.questions.ask(CONTINUES[self.shell], self._take_continuation)

    def _take_continuation(self, number: int, text: str) -> None:
        self.ui.continues = split_prompt(text.encode("utf-8", "surrogateescape"))[0]
        self.editor.session.app.invalidate()  # a line that goes on below may be there already

    def _ask_right(self) -> None:
        """Ask for the right prompt, where the person has one."""
        self.ui.right = "" if not self.prompt.continues else self.ui.right
        if self.prompt.continues or not self.prompt.has_right:
            return
        from caro.repl.prompt_text import RIGHT

        self.questions.ask(RIGHT[self.shell].format(status=self.prompt.status), self._take_right)

    def _take_right(self, number: int, text: str) -> None:
        self.ui.right = split_prompt(text.encode("utf-8", "surrogateescape"))[0].replace("\n", " ")
        self.editor.session.app.invalidate()

    def _status(self) -> str:
        """Return the segment at the right of the prompt."""
        from caro.engine.shell_policy import VARIABLE
        from caro.repl.status import Status, status_text
        from caro.settings import mode_of

        if self.settings["repl.status"] == "off":
            return ""
        known = {name: value for name, value in self.look.environment.items() if value is not None}
        usual = str(self.settings["safety.mode"])
        if self.agent is None:
            from caro.machine.agent_ancestry import agent_above

            self.agent = agent_above(os.environ)
        status = Status(
            mode_of(known) or usual, usual, self.agent, self.took_ms, self.prompt.session, VARIABLE in known
        )
        return status_text(status, str(self.settings["repl.status"]))

    def _take_environment(self, exported: dict[str, str | None]) -> None:
        self.look.environment = exported

    async def _answer(self, typed: MetaLine) -> str:
        """Answer a meta line on the terminal; return the line that the shell gets for it, empty: none."""
        from caro.repl.answers import Here, answer
        from caro.shell.start import kind_of

        known = {name: value for name, value in self.look.environment.items() if value is not None}
        here = Here(kind_of(self.shell), known, self.prompt.folder, self.prompt.session or None, self.last)
        found = answer(typed, here)
        if typed.name in ("log", "tree"):
            await self._end_last_line(known)
        text = "\n".join(map(printable, found.lines))
        if found.words:
            running = await asyncio.create_subprocess_exec(
                *found.words, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )  # fmt: skip
            text = (await running.communicate())[0].decode("utf-8", "replace").rstrip("\n")
        if text:
            self._write(text.replace("\n", "\r\n").encode("utf-8", "surrogateescape") + b"\r\n")
        return "exit" if found.leaves else found.line

    async def _end_last_line(self, exported: Mapping[str, str]) -> None:
        """Tell the daemon that the last line has ended: for one that went well it hears of that with the next."""
        from caro.repl.refusal import end_line

        if not self.prompt.session or self.prompt.status not in SILENT:
            return
        told: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.questions.ask(LINE_NUMBER, lambda _, text: None if told.done() else told.set_result(text))
        try:
            number = await asyncio.wait_for(told, NUMBER_S)
        except TimeoutError:
            return
        if number.isdecimal() and int(number):
            end_line(self.hook, self.shell, self.words.pid, number, self.prompt, self.took_ms, exported)

    def _fresh_line(self) -> bytes:
        """What goes to the next line where the last output did not: zsh's way, a row full of blanks wraps unless the
        cursor stood at its beginning."""
        if self.prompt.continues or self.shell != "bash":
            return b""
        columns = os.get_terminal_size(1).columns
        return b"\x1b[7m%\x1b[m" + b" " * max(columns - 1, 0) + b"\r \r\x1b[K"

    def _send(self, kind: str, data: bytes = b"") -> None:
        self.channel.setblocking(True)
        self.channel.sendall(message(kind, data))
        self.channel.setblocking(False)

    @staticmethod
    def _write(data: bytes) -> None:
        while data:
            data = data[os.write(1, data) :]

    def _say(self, text: str) -> None:
        self._write(b"caro repl: " + text.encode() + b"\r\n")


def _is_refusal(verdict: Verdict) -> bool:
    """True if nothing of the line is handed over. What has a safer form is the hook's to refuse, which brings that."""
    return verdict.action == "block" and verdict.known and not verdict.changes
