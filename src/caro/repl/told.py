"""What built-ins changed by each typed line: the shell's state before and after it, asked from the shell itself.

Nobody waits for an answer: the questions go to the shell in order with the lines, and so do its answers.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from caro.repl.changes import Change, Hasher, changes, may_change
from caro.repl.marks import Prompt
from caro.repl.questions import Take
from caro.repl.record import Record
from caro.repl.state import SNAPSHOT, State, difference, exported_values, read_state

INTERRUPTED = 130
"""The status of a line that was interrupted, or that the guard refused: what stands in it may never have run."""


ASKED = frozenset({"bash", "zsh", "fish"})
"""The shells whose receivers answer questions."""

ENDED_MOST = 16
"""Lines whose end is asked about and not answered: a shell in which Caro is off answers nothing."""


@dataclass(frozen=True)
class Handed:
    """A line on its way, and the number of the question before it."""

    text: str
    folder: str
    before: int


class Told:
    """Records the built-ins of one session. `ask` is that of Questions; `changed` is called with what the shell exports
    once that may have changed."""

    def __init__(
        self, shell: str, ask: Callable[[str, Take], int], changed: Callable[[dict[str, str | None]], None]
    ) -> None:
        self._shell, self._question, self._changed = shell, ask, changed
        self._hashed = Hasher(secrets.token_bytes(16))
        self._handed: Handed | None = None
        self._ended: dict[int, tuple[Handed, Prompt, datetime]] = {}
        self._before: dict[int, State] = {}
        self._here = 0
        """The question about the state as it is at this prompt; 0: nobody asked."""
        self._asked_names = False
        self.names: frozenset[str] | None = None
        """The shell's functions and aliases; None: not known yet."""
        self._prompts_own: set[str] | None = None
        self._record: Record | None = None

    def prompts(self, prompt: Prompt) -> None:
        """The shell waits: ask for its state, if a line that may have changed it has ended."""
        if prompt.continues or self._shell not in ASKED:
            return
        self._here = 0
        if self._handed is not None:
            self._here = self._ask()
            self._ended[self._here] = self._handed, prompt, datetime.now(UTC)
            self._handed = None
            if len(self._ended) > ENDED_MOST:
                del self._ended[next(iter(self._ended))]
        elif not self._asked_names:
            self._here = self._ask()
        self._asked_names = True

    def foresees(self, line: str, prompt: Prompt) -> None:
        """A line is being typed: ask for the state now if it may change that, not when it is handed over."""
        if self._shell in ASKED and not prompt.continues and not self._here and self._may_change(line):
            self._here = self._ask()

    def hands(self, line: str, prompt: Prompt) -> bool:
        """A line is about to be handed over: ask for the state, if it may change that and nobody has asked yet.
        Returns whether it may.

        Asked of one line that can't, too: what differs after it are variables that the prompt itself sets.
        """
        if self._shell not in ASKED:
            return False
        if prompt.continues:
            if self._handed is not None:
                self._handed = replace(self._handed, text=f"{self._handed.text}\n{line}")
            return True
        may = self._may_change(line)
        if may or self._prompts_own is None:
            self._handed = Handed(line, prompt.folder, self._here or self._ask())
        self._here = 0
        return may

    def _may_change(self, line: str) -> bool:
        """True too while the last line's functions and aliases are not known yet: it may be one of them."""
        return self.names is None or self._here in self._ended or may_change(line, self._shell, self.names)

    def given_back(self) -> None:
        """The line was not taken."""
        self._handed = None

    def _take(self, number: int, text: str) -> None:
        """Take what the shell printed; record the line that it ends."""
        printed = text.encode("utf-8", "surrogateescape")
        state = read_state(self._shell, printed, self._hashed)
        if state is None:
            return
        self._changed(exported_values(self._shell, printed))
        names, self.names = self.names, state.functions | frozenset(state.aliases)
        ended = self._ended.pop(number, None)
        before, self._before = self._before, {number: state}
        if ended is None:
            return
        handed, prompt, at = ended
        found = difference(before[handed.before], state) if handed.before in before else []
        if not may_change(handed.text, self._shell, names or frozenset()):
            if self._prompts_own is None:
                self._prompts_own = {name for change in found for name in change.variables}
            return
        own = self._prompts_own or set()
        self._write(handed, prompt, [each for each in found if not own.intersection(each.variables)], at)

    def _write(self, handed: Handed, prompt: Prompt, found: list[Change], at: datetime) -> None:
        if prompt.status != INTERRUPTED:
            found = changes(handed.text, self._shell, found, self._hashed)
        if found and prompt.session:
            self._record_of(prompt.session).builtins(found, None, handed.folder, at=at)

    def _record_of(self, session: str) -> Record:
        """Return what writes for the session; the shell may get a new one."""
        from caro.paths import Paths
        from caro.settings import load_settings

        if self._record is None or self._record.session != session:
            paths = Paths.of(os.environ)
            self._record = Record(load_settings(os.environ, paths), paths, session, interactive=True)
        return self._record

    def _ask(self) -> int:
        return self._question(SNAPSHOT[self._shell], self._take)
