"""Shells started in a hostile state: in each, a line that a rule blocks and one that may run.

No terminal emulator and no prompt that counts: what is waited for is Caro's word and files that come into being, so
that a shell takes a few tens of milliseconds and hundreds fit into a minute.
"""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE = 20.0
REFUSED = b"caro: blocked"


@dataclass(frozen=True)
class State:
    """What a shell is in when Caro's line is read (`before`), or gets into by a typed line (`typed`).

    `start` runs in the child before the shell does. `words` are put in front of the shell's own.
    """

    name: str
    before: str = ""
    typed: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    start: Callable[[], object] | None = None
    words: Sequence[str] = ()


class StateShell:
    """An interactive shell on a terminal of its own, whose rc file reads the state first."""

    def __init__(
        self, words: Sequence[str], env: Mapping[str, str], cwd: Path, start: Callable[[], object] | None
    ) -> None:
        self.seen = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                os.chdir(cwd)
                if start:
                    start()
                os.execvpe(words[0], [*words], dict(env))
            finally:
                os._exit(126)

    def type(self, keys: str) -> int:
        """Sends keys; returns the place in `seen` from where their effect shows."""
        place = len(self.seen)
        os.write(self.fd, keys.encode())
        return place

    def wait(self, done: Callable[[], bool], patience: float = PATIENCE) -> bool:
        """Reads until it is done, or for so many seconds; False where it is not."""
        end = time.monotonic() + patience
        while not done():
            if time.monotonic() > end:
                return False
            if not select.select([self.fd], [], [], 0.02)[0]:
                continue
            try:
                self.seen += os.read(self.fd, 65536)
            except OSError:
                return done()
        return True

    def close(self) -> None:
        os.close(self.fd)
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.waitpid(self.pid, 0)


COMPLAINTS = re.compile(
    rb"[^\n]*(?:readonly|read-only|unbound|not found|not set|bad |No such|rror|cannot|Permission|invalid"
    rb"|__caro|nknown|limit exceeded|unmatched|expected|ambiguous|nvalid)[^\n]*"
)


@dataclass(frozen=True)
class Manner:
    """How a shell is asked: its words, how it writes a command that is judged, what clears a refused line."""

    words: Sequence[str]
    line: str = "{}"
    clear: str = ""


def try_state(state: State, manner: Manner, env: Mapping[str, str], says: bytes = b"") -> list[str]:
    """What is wrong in that state: not loaded, not refused, not silent, or the shell is of no use any more.

    Where Caro is not in force it `says` so, and that is all.
    """
    with tempfile.TemporaryDirectory(prefix="state-") as name:
        folder = Path(name)
        file = folder / "state"
        file.write_text(state.before + "\n")
        all_env = {**env, "CARO_TEST_STATE": str(file), "TMPDIR": name, **state.environment}
        session = StateShell([*state.words, *manner.words], all_env, folder, state.start)
        try:
            return _faults(session, state, manner, folder, says)
        finally:
            session.close()


def _exists(file: Path) -> Callable[[], bool]:
    return file.exists


def _faults(session: StateShell, state: State, manner: Manner, folder: Path, says: bytes) -> list[str]:
    faults = []
    if not session.wait(lambda: b"ready>" in session.seen):
        return [f"no prompt came: {session.seen[-300:]!r}"]
    if says:
        return [] if says in session.seen else [f"not said: {session.seen[-300:]!r}"]
    if state.typed:
        session.type(f"{state.typed}\r")
        session.type(manner.line.format(f"/usr/bin/touch {folder}/typed") + "\r")
        if not session.wait(_exists(folder / "typed")):
            return [f"the state could not be typed: {session.seen[-300:]!r}"]
    for index in (1, 2):
        mark = folder / f"veto-mark{index}"
        place = session.type(manner.line.format(f"/usr/bin/touch {mark}") + "\r")
        session.wait(lambda place=place, mark=mark: REFUSED in session.seen[place:] or mark.exists())
        if REFUSED not in session.seen[place:]:
            faults.append(f"line {index} was not refused")
        ran = folder / f"ran{index}"
        session.type(manner.clear + manner.line.format(f"/usr/bin/touch {ran}") + "\r")
        if not session.wait(_exists(ran)):
            return [*faults, f"the line after it did not run: {session.seen[-300:]!r}"]
        if mark.exists():
            faults.append(f"line {index} ran")
    echoes = [b"/touch ", *filter(None, [state.typed.encode()])]
    noise = [line for line in COMPLAINTS.findall(session.seen) if not any(echo in line for echo in echoes)]
    if noise:
        faults.append(f"not silent: {noise[:3]!r}")
    return faults
