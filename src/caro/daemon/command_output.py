"""What a failed command printed, from whoever has it: the relay above the shell, else the terminal's pane.

The command is never run again. Whoever is asked has little time: a fix without the output is better than none.
Nothing of it is written down.
"""

from __future__ import annotations

import os
import re
import select
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from caro.client import check_socket, peer_uid
from caro.errors import CaroError
from caro.wire import Request

RELAY_SECONDS = 0.2
PANE_SECONDS = 0.5
MAX_BYTES = 64 * 1024
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "XDG_RUNTIME_DIR")
"""Variables of the daemon's own environment that are handed to a program that is asked."""
_HEAD = re.compile(rb"1 \d+\n")
_TAG = re.compile(r"[0-9.]{1,40}")


@dataclass(frozen=True)
class Place:
    """Where the output of one line stands. `relay` and `mark` are empty where no relay is above."""

    relay: str = ""
    mark: str = ""
    env: Mapping[str, str] | None = None
    """TMUX, KITTY_LISTEN_ON and the like, as the shell has them."""


def place_of(request: Request) -> Place:
    return Place(request.relay, request.mark, request.env)


def output_of(place: Place, line: str) -> str | None:
    """Return what the line printed, its escapes included; None where nobody can tell."""
    text = _from_relay(place)
    return text if text is not None else _from_pane(place.env or {}, line)


def _from_relay(place: Place) -> str | None:
    if not place.relay or not _TAG.fullmatch(place.mark):
        return None
    try:
        data = _asked(Path(place.relay), place.mark.encode() + b"\n")
    except (OSError, CaroError):
        return None
    head = _HEAD.match(data)
    return None if head is None else data[head.end() :].decode("utf-8", "replace")


def _asked(path: Path, question: bytes) -> bytes:
    check_socket(path)
    deadline = time.monotonic() + RELAY_SECONDS
    data = bytearray()
    with socket.socket(socket.AF_UNIX) as relay:
        relay.settimeout(RELAY_SECONDS)
        relay.connect(str(path))
        if peer_uid(relay) != os.geteuid():
            return b""
        relay.sendall(question)
        while len(data) <= MAX_BYTES + 64 and (left := deadline - time.monotonic()) > 0:
            relay.settimeout(left)
            part = relay.recv(MAX_BYTES)
            if not part:
                break
            data += part
    return bytes(data)


@dataclass(frozen=True)
class Ask:
    """A way to ask for a pane's text: the words, the shell's variables that they need. `writes_file`: somebody else
    writes the text into the file that is named by one more word."""

    words: list[str]
    needs: tuple[str, ...] = ()
    writes_file: bool = False


def pane_asks(env: Mapping[str, str]) -> list[Ask]:
    """Return the ways to ask the pane that shows the shell, best first; none: nothing tells which pane that is."""
    if env.get("TMUX") and re.fullmatch(r"%\d+", env.get("TMUX_PANE", "")):
        # -J joins wrapped lines, -u is UTF-8 also where the daemon's locale is not.
        words = ["tmux", "-u", "capture-pane", "-p", "-J", "-S", "-200", "-t", env["TMUX_PANE"]]
        return [Ask(words, ("TMUX",))]
    if env.get("ZELLIJ_SESSION_NAME"):
        dump, needs = ["zellij", "action", "dump-screen"], ("ZELLIJ_SESSION_NAME", "ZELLIJ_PANE_ID")
        asks = [Ask(dump, needs, writes_file=True)]
        if env.get(
            "ZELLIJ_PANE_ID", ""
        ).isdigit():  # a newer one prints the pane that it is told; an older one refuses
            asks.insert(0, Ask([*dump, "--pane-id", env["ZELLIJ_PANE_ID"]], needs))
        return asks
    if env.get("WEZTERM_PANE", "").isdigit():
        words = ["wezterm", "cli", "get-text", "--start-line=-200", "--pane-id", env["WEZTERM_PANE"]]
        return [Ask(words, ("WEZTERM_UNIX_SOCKET",))]
    if env.get("KITTY_LISTEN_ON") and env.get("KITTY_WINDOW_ID", "").isdigit():
        # Not its last_cmd_output: without kitty's own shell integration that is another command's, or nothing.
        words = ["@", "--to", env["KITTY_LISTEN_ON"], "get-text", "--match", f"id:{env['KITTY_WINDOW_ID']}"]
        return [Ask([program, *words, "--extent", "screen"]) for program in ("kitten", "kitty")]
    return []


def _from_pane(env: Mapping[str, str], line: str) -> str | None:
    deadline = time.monotonic() + PANE_SECONDS
    for ask in pane_asks(env):
        # The daemon's own PATH: what is first on the shell's may be the project's.
        program = shutil.which(ask.words[0])
        if program is None:
            continue
        child = {name: os.environ[name] for name in KEPT if name in os.environ}
        child |= {name: env[name] for name in ask.needs if name in env}
        text = (_written if ask.writes_file else _printed)([program, *ask.words[1:]], child, deadline)
        if text is not None:
            return below_line(text[-MAX_BYTES:].decode("utf-8", "replace"), line)
    return None


def _printed(words: list[str], env: dict[str, str], deadline: float) -> bytes | None:
    left = max(deadline - time.monotonic(), 0.01)
    try:
        done = subprocess.run(
            words, env=env, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, timeout=left, check=False,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 else None


def _written(words: list[str], env: dict[str, str], deadline: float) -> bytes | None:
    """Return what the program writes into a file.

    That is a FIFO: a real one would stand on a disk. Zellij's server writes it, when it comes to it.
    """
    with tempfile.TemporaryDirectory(prefix="caro-") as folder:
        file = os.path.join(folder, "pane")
        os.mkfifo(file, 0o600)
        fifo = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        told = _printed([*words, file], env, deadline) is not None
        text = _read_fifo(fifo, deadline) if told else None
    # Later than the name goes: a server that has found it by then, and no reader, would hang for ever.
    closing = threading.Timer(5, os.close, [fifo])
    closing.daemon = True
    closing.start()
    return text


def _read_fifo(fifo: int, deadline: float) -> bytes | None:
    poll = select.poll()
    poll.register(fifo, select.POLLIN)
    data = bytearray()
    while (left := deadline - time.monotonic()) > 0:
        ready = poll.poll(left * 1000)
        if ready and ready[0][1] & select.POLLIN:
            data += os.read(fifo, MAX_BYTES)
        elif ready:  # hung up: all of it is here
            return bytes(data)
    return None


def below_line(screen: str, line: str) -> str | None:
    """Return what stands below the last row that shows `line`, up to the end of the screen; None: no such row.

    The new prompt is not there yet: the daemon asks before the shell draws it. A prompt at the right may follow."""
    rows = screen.rstrip().split("\n")
    typed = line.strip().split("\n")[-1]
    if not typed:
        return None
    for shown in (re.compile(re.escape(typed) + r"\s*$"), re.compile(re.escape(typed) + r"\s{2,}\S.*$")):
        for number in range(len(rows) - 1, -1, -1):
            if shown.search(rows[number]):
                return "\n".join(rows[number + 1 :])
    return None
