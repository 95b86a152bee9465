"""A shell on a terminal of its own, typed into line by line: what each line printed, byte for byte, and how it ended.

The same lines go to an ordinary shell and to `caro repl`. Three marks of the harness, which the person's own prompt and
hooks print, part the stream: a line begins, a line has ended (with its status, its pipeline's statuses and the folder).
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from dataclasses import dataclass
from pathlib import Path

BEGINS = b"\x1b]6970\a"
ENDS = re.compile(rb"\x1b\]6971;(\d*);([^\a]*)\a")
PASTE_ON = b"\x1b[?2004h"
ECHO_ENDS = b"\x1b[?2004l"
PATIENCE = 60.0
QUIET = 1.5
"""Seconds without a byte, after which a line that no mark ended counts as over."""

RC = {
    "bash": r"""
bind 'set bell-style none'
PS0='\e]6970\a'
__h=('')
PS1='\[\e]6971;${__h[__hk+=1,0]-}$__hk;$?;${PIPESTATUS[@]};$PWD\a\]$ '
PS2='> '
HISTFILE=
""",
    "zsh": r"""
unsetopt prompt_sp beep; setopt interactive_comments
preexec() { print -n '\e]6970\a' >/dev/tty }
precmd() { local s=$? p="$pipestatus"; print -n "\e]6971;$((++__hk));$s;$p;$PWD\a" >/dev/tty }
PS1='$ ' PS2='> '
""",
    "fish": r"""
set -g fish_greeting; set -g fish_autosuggestion_enabled 0
function __begins --on-event fish_preexec; printf '\e]6970\a' >/dev/tty; end
function __ends --on-event fish_prompt
    set -l s $status; set -l p $pipestatus
    set -g __hk (math 0$__hk + 1)
    printf '\e]6971;%s;%s;%s;%s\a' $__hk $s "$p" $PWD >/dev/tty
end
function fish_prompt; printf '$ '; end
""",
}
RC_FILES = {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/config.fish"}
WORDS = {
    "bash": ["bash", "--noprofile"],
    "zsh": ["zsh", "-i"],
    "fish": ["fish"],
}


@dataclass(frozen=True)
class Ended:
    """What a line printed, and `status;statuses of the pipeline;folder`."""

    output: bytes
    state: bytes


def make_home(home: Path, shell: str, rc: str = "") -> dict[str, str]:
    """A new HOME whose rc file prints the marks; return the environment of everything below."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = home / RC_FILES[shell]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(RC[shell] + rc)
    (home / ".local/share/fish/generated_completions").mkdir(parents=True, exist_ok=True)
    config = home / ".config/caro/config.toml"
    config.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    config.write_text("[daemon]\nauto_start = false\n")
    return {
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "TERM": "xterm-256color",
        "LC_ALL": "C.UTF-8",
        "XDG_RUNTIME_DIR": str(home),
        "USER": "u",
    }


class Session:
    """One shell; `front` says whether `caro repl` stands before it."""

    def __init__(self, shell: str, home: Path, front: bool, folder: Path | None = None, rc: str = "") -> None:
        env = make_home(home, shell, rc)
        words = [str(Path(sys.executable).parent / "caro"), "repl", shell] if front else WORDS[shell]
        self._start(words, env, front, folder or home)
        self._wait_prompt()

    @classmethod
    def of(cls, words: list[str], env: dict[str, str], front: bool) -> Session:
        """Start any words; nothing is waited for."""
        session = cls.__new__(cls)
        session._start(words, env, front, Path(env["HOME"]))
        return session

    def _start(self, words: list[str], env: dict[str, str], front: bool, folder: Path) -> None:
        self.front = front
        self.seen = bytearray()
        self.place = 0
        self.counter = b""
        self.began = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            for number in (signal.SIGPIPE, signal.SIGXFSZ):
                signal.signal(number, signal.SIG_DFL)  # Python ignores them
            os.chdir(folder)
            os.execvpe(words[0], words, env)
        self.size(40, 120)

    # -- the terminal

    def size(self, rows: int, columns: int) -> None:
        """Change the window's size, as a person's terminal does."""
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("4H", rows, columns, 0, 0))

    def send(self, data: bytes) -> None:
        """Type bytes; what the shell prints meanwhile is read, so that neither waits for the other."""
        while data:
            readable, writable, _ = select.select([self.fd], [self.fd], [], PATIENCE)
            if readable:
                self._read()
            if writable:
                data = data[os.write(self.fd, data[:1024]) :]

    def read_for(self, seconds: float) -> bool:
        """Read what comes within so many seconds; False where nothing did."""
        readable, _, _ = select.select([self.fd], [], [], seconds)
        return bool(readable) and self._read()

    def _read(self) -> bool:
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        self.seen += data
        return bool(data)

    # -- lines

    def line(self, text: str, meanwhile: list[tuple[bytes, bytes]] | None = None) -> Ended:
        """Type a line; once it runs and has printed the first text, the keys beside it. Return what it printed and how
        it ended."""
        self.place = len(self.seen)
        data = text.encode("utf-8", "surrogateescape")
        if re.search(rb"[\x00-\x1f\x7f]", data) or len(data) > 1000:
            data = b"\x1b[200~" + data.replace(b"\n", b"\r") + b"\x1b[201~"
        self.send(data + b"\r")
        for shown, keys in meanwhile or ():
            self._wait_shown(shown)
            self.send(keys)
        return self._wait_prompt()

    def _wait_shown(self, text: bytes) -> None:
        end = time.monotonic() + PATIENCE
        while text not in self.seen[self.place :].partition(BEGINS)[2]:
            if not self.read_for(1) and time.monotonic() > end:
                raise AssertionError(f"{text!r} did not come: {bytes(self.seen[self.place :])!r}")

    def _wait_prompt(self) -> Ended:
        end = time.monotonic() + PATIENCE
        while (found := self._new_mark()) is None or not self._is_ready(found):
            if not self.read_for(QUIET) and (found or time.monotonic() > end or self.ended()):
                break
            if found is None and time.monotonic() > end:
                break
        stop = found.start() if found else len(self.seen)
        self.counter = found[1] if found else self.counter
        return Ended(self._output(bytes(self.seen[self.place : stop])), found[2] if found else b"lost")

    def _new_mark(self) -> re.Match[bytes] | None:
        """The mark of the next prompt: a shell draws the same one again as often as it likes."""
        marks = ENDS.finditer(self.seen, self.place)
        return next((mark for mark in marks if mark[1] != self.counter), None)

    def _is_ready(self, found: re.Match[bytes]) -> bool:
        after = self.seen[found.end() :]
        if self.front:
            return PASTE_ON in after
        return b"$ " in after

    @staticmethod
    def _output(data: bytes) -> bytes:
        begin = data.find(BEGINS)
        if begin < 0:
            begin = data.find(ECHO_ENDS)
            begin = begin + len(ECHO_ENDS) if begin >= 0 else 0
        kept = data[begin:].replace(BEGINS, b"").removesuffix(PASTE_ON)
        kept = kept.removesuffix(b"\x1b[?12l\x1b[?25h").lstrip(b"\r\n")
        return re.sub(rb"(?m)^(\[\d+\][+-]? +)\d+", rb"\1PID", kept)

    def ended(self) -> bool:
        """True if the shell is gone."""
        try:
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:
            return True

    def leave(self) -> int:
        """Wait for the end, reading; return the exit status."""
        end = time.monotonic() + PATIENCE
        while not self.ended() and time.monotonic() < end:
            self.read_for(0.1)
        return self.close()

    def close(self) -> int:
        """End it, as a closed window does; return the exit status, negative for a signal."""
        if not self.ended():
            os.close(self.fd)
            self.fd = -1
            end = time.monotonic() + 5
            while not self.ended() and time.monotonic() < end:
                time.sleep(0.02)
            if not self.ended():
                os.kill(self.pid, signal.SIGKILL)
        if self.fd >= 0:
            os.close(self.fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def children_of(pid: int) -> list[int]:
    """The processes that this one is the parent of."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
