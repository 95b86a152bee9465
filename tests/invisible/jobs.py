"""An interactive bash in a terminal, and what is typed there: bare, below `caro run`, or with `caro run` in front."""

from __future__ import annotations

import itertools
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyte

from invisible.users import NOBODY, User, copy_packages
from shells.terminals import ENTER, RC, Terminal
from waiting import PATIENCE

INTERRUPT, STOP, QUIT, END = "\x03", "\x1a", "\x1c", "\x04"
COUNT = itertools.count()


class Screen(pyte.Screen):
    """vim asks for xterm's own key codes in a form that pyte hands on as an unknown argument."""

    def select_graphic_rendition(self, *attributes: int, private: bool = False) -> None:
        if not private:
            super().select_graphic_rendition(*attributes)


class Shell(Terminal):
    patience = PATIENCE

    def __init__(self, words: list[str], env: dict[str, str], cwd: Path) -> None:
        super().__init__(words, env, cwd)
        self._screen = Screen(200, 40)
        self._stream = pyte.Stream(self._screen)

    @property
    def foreground(self) -> int:
        """The process group that has the terminal."""
        return os.tcgetpgrp(self.child.child_fd)


class Front(Shell):
    """A shell below Caro's line editor: what a person sees is looked at, for the editor draws lines in its own way."""

    def wait_prompt(self, place: int = 0) -> None:
        """Waits until a prompt that was not there before is the last thing on the screen."""
        end = time.monotonic() + self.patience
        while (found := re.search(r"^<(\d+)>$", self.screen.rpartition("\n")[2])) is None or (
            int(found[1]) == self.tick
        ):
            assert time.monotonic() < end, f"no new prompt; the screen:\n{self.screen}"
            self._read(0.1)
        self.tick = int(found[1])

    def run(self, line: str) -> str:
        """A line and Enter; gives what stands between it and the next prompt, as a plain terminal shows it."""
        begin = f"<{self.tick}> {line}".rstrip()
        self.send(line + ENTER)
        self.wait_prompt()
        lines = self.screen.split("\n")
        shown = lines[len(lines) - lines[::-1].index(begin) - 1 : -1]
        return "".join(f"{row}\n" for row in shown) + f"<{self.tick}> "

    @property
    def foreground(self) -> int:
        """That of the shell's own terminal."""
        relay = children_of(self.child.pid)
        (shell,) = [pid for copier in relay for pid in children_of(copier)]
        return int(Path(f"/proc/{shell}/stat").read_text().rpartition(")")[2].split()[5])


def children_of(pid: int) -> list[int]:
    """The processes that this one is the parent of."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_for(probe: Callable[[], Any]) -> Any:
    """Calls a function until it gives something true."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if result := probe():
            return result
        time.sleep(0.005)
    raise AssertionError("what was waited for did not happen")


def process_field(pid: int, name: str) -> str:
    """A line of /proc/PID/status; "" where the process is gone."""
    try:
        text = Path(f"/proc/{pid}/status").read_text("utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return next(line.partition(":")[2].strip() for line in text.splitlines() if line.startswith(f"{name}:"))


def is_stopped(pid: int) -> bool:
    return process_field(pid, "State").startswith("T")


def is_gone(pid: int) -> bool:
    return process_field(pid, "State")[:1] in ("", "Z")


def parent_of(pid: int) -> int:
    """Never 0, which to kill() is our own group."""
    above = int(process_field(pid, "PPid") or 0)
    assert above > 1, f"process {pid} is gone"
    return above


@dataclass
class Console:
    """A shell and how a command is typed into it.

    `where` is `inside`: the shell itself runs below Caro; `outside`: a plain shell, `caro run` before the command; or
    `front`: a plain shell below Caro's line editor.
    """

    user: User
    mode: str
    where: str
    shell: Shell

    def line(self, command: str) -> str:
        """How this command is typed here."""
        if self.where == "inside" or self.mode == "bare":
            return command
        return f"caro run --quiet --mode {self.mode} -- {command}"

    def begin(self, command: str) -> int:
        return self.shell.send(self.line(command) + ENTER)

    def run(self, command: str) -> str:
        """Types a command; what it printed, without what was typed."""
        return self.type(self.line(command))

    def type(self, line: str) -> str:
        text = self.shell.run(line).replace("\r", "")
        return re.sub(r"<\d+> $", "", text).partition("\n")[2]

    def status(self) -> int:
        return int(self.type("echo $?").strip())

    def told_at_a_prompt(self, line: str, what: str) -> None:
        """Types a line whose effect on a job the shell tells at its next prompt, or a later one."""
        place = len(self.shell.seen)
        self.type(line)
        wait_for(lambda: what in self.shell.seen[place:] + self.type(""))

    def prompt(self, place: int) -> None:
        self.shell.wait_prompt(place)

    def file(self, name: str) -> Path:
        """A path that no other case has."""
        return self.user.work / f"{name}-{os.getpid()}-{next(COUNT)}"


def as_user(user: User, words: list[str]) -> list[str]:
    """For pexpect, which starts programs as who it is and with the signals ignored that Python ignores."""
    # The shell in between: the program that changes the user id may still reach what the user can't.
    drop = [
        "setpriv",
        f"--reuid={NOBODY}",
        f"--regid={NOBODY}",
        "--clear-groups",
        "sh",
        "-c",
        'exec "$@"',
        "sh",
    ]
    return ["env", "--default-signal", *(drop if user.name == "nobody" else []), *words]


def start_console(user: User, mode: str, where: str) -> Console:
    """The shell gives core files to nobody, and stays silent about mail and colours."""
    rc = user.folder / "bashrc"
    rc.write_text(RC["bash"] + "ulimit -c 0\nbind 'set enable-bracketed-paste off'\n")
    if where == "front":
        return start_front(user, mode, rc)
    words = ["/bin/bash", "--noprofile", "--rcfile", str(rc), "-i"]
    if where == "inside":
        words = [str(word) for word in user.under(mode, *words)]
    shell = Shell(as_user(user, words), user.env | {"HISTFILE": ""}, user.work)
    shell.wait_prompt()
    return Console(user, mode, where, shell)


def start_front(user: User, mode: str, rc: Path) -> Console:
    """The same below `caro repl`."""
    copy_packages(user.folder / "lib", "prompt_toolkit", "wcwidth")
    (user.home / ".bashrc").write_text(f". {rc}\n")
    config = user.folder / "front/caro/config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text("[daemon]\nauto_start = false\n[safety]\nmode = 'off'\n")
    env = user.env | {"HISTFILE": "", "TERM": "xterm-256color", "XDG_CONFIG_HOME": str(config.parent.parent)}
    shell = Front(as_user(user, [user.caro, "repl", "bash"]), env, user.work)
    shell.wait_prompt()
    return Console(user, mode, "front", shell)


class Recorder:
    """A tool that notes its signals, in the foreground of a console."""

    def __init__(self, console: Console, *numbers: int, before: str = "", after: str = "") -> None:
        self.console, self.out = console, console.file("signals")
        words = f"recorder {self.out} {' '.join(map(str, numbers))}"
        self.place = console.shell.send(f"{before}{console.line(words)}{after}{ENTER}")
        self.pid = int(wait_for(lambda: self.lines("ready"))[0].split()[1])

    def lines(self, start: str = "") -> list[str]:
        text = self.out.read_text("utf-8") if self.out.exists() else ""
        return [line for line in text.splitlines() if line.startswith(start)]

    def wait(self, name: str, times: int = 1) -> None:
        wait_for(lambda: self.lines(name)[times - 1 :])

    def end(self) -> int:
        """Lets it end; the status that the shell tells."""
        place = self.console.shell.send("end" + ENTER)
        self.console.prompt(place)
        assert self.lines("done")
        return self.console.status()


def foreground_is(console: Console, name: str) -> bool:
    """Whether a process of that name is in the foreground group of the terminal.

    Only then is the terminal in the mode that it will have: a carriage return that comes before stays one.
    """
    group = console.shell.foreground
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            text = (folder / "stat").read_text()
        except OSError:
            continue
        command, _, rest = text.partition("(")[2].rpartition(")")
        if command == name and rest.split()[2] == str(group):
            return True
    return False
