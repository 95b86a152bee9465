"""Caro's own programs over the line that is being typed: each key opens one, which gives a line back."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from caro.paths import OWN_WORDS
from caro.repl.look import Look
from caro.repl.terminal_modes import come_back, line_ends, take_foreground
from caro.settings import Settings
from caro.shell.init_text import pick_word

PICKED, RUNS, NO_FILE = 0, 10, 3
"""How caro-pick ends: a line for review, one to run at once, and no daemon has made a file of lines."""


@dataclass(frozen=True)
class Given:
    """`line` None: it stays as it is typed. `runs`: at once. `said` is shown above it."""

    line: str | None = None
    runs: bool = False
    said: str = ""


@dataclass(frozen=True)
class Typing:
    """What is being typed, where: `cursor` counts characters, `lines` is the history, newest first."""

    line: str
    cursor: int
    lines: Sequence[str] = ()


class Programs:
    """Runs them with the shell's folder and variables."""

    def __init__(self, look: Look, shell: str, folder: Path, settings: Settings) -> None:
        self._look, self._shell, self._folder = look, shell, folder
        self._pick_options = pick_word(settings)
        self.keys: dict[str, Callable[[Typing], Given]] = {
            str(settings["shell.ask_key"]): self.ask,
            str(settings["shell.overlay_key"]): self.overlay,
            str(settings["shell.hint_key"]): self.hint,
            str(settings["shell.fix_key"]): self.fix,
            r"\C-x\C-f": self.fix,
            r"\C-r": self.pick,
        }
        """Notation of readline to what the key opens."""

    def pick(self, typing: Typing) -> Given:
        """Search what was typed."""
        program = str(self._folder / "caro-pick")
        status, line = self._run([program, self._pick_options], typing)
        if status == NO_FILE:
            lines = "\0".join(typing.lines) + "\0"
            status, line = self._run([program, "-ninul", self._pick_options], typing, lines)
        return Given(line, status == RUNS) if status in (PICKED, RUNS) else Given()

    def ask(self, typing: Typing) -> Given:
        """Open Caro's prompt: a question in words, an explanation of what stands there, a mode."""
        status, line = self._run([*OWN_WORDS, "prompt"], typing)
        return Given(line) if status == 0 else Given()

    def edit(self, typing: Typing) -> Given:
        """Edit the line in the person's own editor; it is not run."""
        environment = self._environment(typing)
        editor = environment.get("VISUAL") or environment.get("EDITOR") or "vi"
        with tempfile.NamedTemporaryFile("w+", prefix="caro-edit.", errors="surrogateescape") as file:
            file.write(f"{typing.line}\n")
            file.flush()
            try:
                with line_ends():
                    status = subprocess.run(
                        ["sh", "-c", f'{editor} "$1"', "sh", file.name], stdout=1, stderr=1, cwd=self._look.folder,
                        env=environment, preexec_fn=take_foreground,
                    ).returncode  # fmt: skip
            except (OSError, ValueError, subprocess.SubprocessError):
                status = 127
            finally:
                come_back()
            text = Path(file.name).read_text(errors="surrogateescape")
        return Given(text.removesuffix("\n")) if status == 0 else Given(said=f"{editor} did not end well")

    def overlay(self, typing: Typing) -> Given:
        """Open the record."""
        status, line = self._run([*OWN_WORDS, "tui", "--over"], typing, keys=True)
        return Given(line) if status == 0 and line else Given()

    def fix(self, typing: Typing) -> Given:
        """Put the last failure's fix into an empty line."""
        if typing.line:
            return Given()
        status, line = self._run([str(self._folder / "caro-hook"), "fix", "-s", self._shell], typing)
        return Given(line) if status == 0 and line else Given(said="there is no fix")

    def hint(self, typing: Typing) -> Given:
        """Tell what the word under the cursor means."""
        words = [str(self._folder / "caro-hook"), "hint", "-s", self._shell, "-C", str(typing.cursor)]
        status, said = self._run(words, typing)
        return Given(said=said if status == 0 and said else "nothing is known of this word here")

    def _run(
        self, words: list[str], typing: Typing, given: str | None = None, keys: bool = False
    ) -> tuple[int, str]:
        """Return how it ended and what it printed; it draws on the terminal by standard error."""
        try:
            with line_ends():
                done = subprocess.run(
                    words, stdin=None if keys else subprocess.DEVNULL if given is None else None, input=given,
                    stdout=subprocess.PIPE, stderr=1, text=True, errors="surrogateescape", cwd=self._look.folder,
                    env=self._environment(typing), preexec_fn=take_foreground,
                )  # fmt: skip
        except (OSError, ValueError, subprocess.SubprocessError):
            return 127, ""
        finally:
            come_back()
        return done.returncode, done.stdout.rstrip("\n")

    def _environment(self, typing: Typing) -> Mapping[str, str]:
        env = {name: value for name, value in self._look.environment.items() if value is not None}
        return env | {"CARO_LINE": typing.line, "CARO_SESSION_ID": self._look.session}
