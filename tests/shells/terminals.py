"""A real shell in a real PTY, driven by what it shows: every wait is for an event, none for a time.

The prompts carry a counter: a line is over when the next number stands there. Keys are sent as a terminal
sends them (Enter is a carriage return).
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pexpect
import pyte

PATIENCE = 20.0
ENTER = "\r"
PASTE_BEGIN, PASTE_END = "\x1b[200~", "\x1b[201~"

RC = {
    "bash": r"""
PROMPT_COMMAND='__tick=$((__tick + 1))'
PS1='<$__tick> ' PS2='... '
bind 'set bell-style none'
""",
    "zsh": r"""
setopt prompt_subst interactive_comments; unsetopt prompt_sp beep
precmd() { (( ++__tick )) }
PS1='<$__tick> ' PS2='... '
""",
    "fish": r"""
set -g fish_greeting
set -g __tick 0
function __count --on-event fish_prompt; set -g __tick (math $__tick + 1); end
function fish_prompt; printf '<%s> ' $__tick; end
function fish_right_prompt; end
for mode in default insert; bind -M $mode \cg 'commandline -r ""; commandline -f repaint'; end
set -g fish_autosuggestion_enabled 0
""",
    "sh": r"""
PS1='<$((__tick=__tick+1))> '
""",
}
RC_FILES = {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/config.fish", "sh": ".shrc"}


class Terminal:
    """One shell. `seen` is all it ever wrote; `screen` is what a person would look at."""

    patience = PATIENCE

    def __init__(
        self, words: list[str], env: dict[str, str], cwd: Path, rows: int = 40, columns: int = 200
    ) -> None:
        self.child = pexpect.spawn(
            words[0], words[1:], env=env, cwd=str(cwd), encoding="utf-8", codec_errors="replace",
            dimensions=(rows, columns), echo=True, timeout=self.patience,
        )  # fmt: skip
        self.child.delaybeforesend = None
        self.seen = ""
        self.tick = 0
        self.asked = 0
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self._screen)

    def _read(self, timeout: float) -> bool:
        try:
            text = self.child.read_nonblocking(65536, timeout)
        except pexpect.TIMEOUT:
            return False
        self.seen += text
        self._stream.feed(text)
        return True

    def send(self, keys: str) -> int:
        """Sends keys; gives the place in `seen` from where their effect shows."""
        place = len(self.seen)
        self.child.send(keys)
        return place

    def wait(self, pattern: str, place: int = 0) -> re.Match[str]:
        """Waits until the pattern stands in what came after `place`."""
        while (found := re.compile(pattern).search(self.seen, place)) is None:
            if not self._read(self.patience):
                raise AssertionError(f"{pattern!r} did not come; the screen:\n{self.screen}")
        return found

    def wait_prompt(self, place: int = 0) -> None:
        """Waits for a prompt that was not there before."""
        found = self.wait(rf"<(?!{self.tick}>)(\d+)> ", place)
        self.tick = int(found.group(1))

    def run(self, line: str) -> str:
        """A line and Enter; gives what the terminal showed until the next prompt."""
        place = self.send(line + ENTER)
        self.wait_prompt(place)
        return self.seen[place:]

    def value(self, expression: str, folder: Path) -> str:
        """What the shell makes of a word, told through a file."""
        file = folder / "value"
        self.asked += 1
        place = self.send(f"echo {expression} > {shlex.quote(str(file))}; echo to''ld{self.asked}" + ENTER)
        # Prompts of what was typed before may still be on their way: this word can only come from this line.
        self.wait_prompt(self.wait(rf"told{self.asked}\b", place).end())
        return file.read_text().rstrip("\n")

    def settle(self, seconds: float = 0.15) -> None:
        """Reads until nothing came for so long. What comes together with a question does not answer it, so an
        answer has to come, as a hand's would, after a pause."""
        while self._read(seconds):
            pass

    @property
    def screen(self) -> str:
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    def leave(self) -> int | None:
        """^D at an empty prompt; the shell's exit status."""
        self.child.sendeof()
        try:
            while True:
                self.seen += self.child.read_nonblocking(65536, self.patience)
        except pexpect.EOF:
            pass
        self.child.wait()
        return self.child.exitstatus

    def close(self) -> None:
        self.child.close(force=True)
