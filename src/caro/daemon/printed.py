"""What a failed command printed, from whoever has it: the relay above the shell, else the terminal's pane.

The command is never run again. Whoever is asked has little time: a fix without the output is better than none.
Nothing of it is written down.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
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
    """What the line printed, its escapes included; None where nobody can tell."""
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


def pane_command(env: Mapping[str, str]) -> tuple[list[str], list[str]] | None:
    """The words that print the pane's text, and the variables that they need; None: no pane that can be asked."""
    if env.get("TMUX") and re.fullmatch(r"%\d+", env.get("TMUX_PANE", "")):
        # -J joins wrapped lines.
        return ["tmux", "capture-pane", "-p", "-J", "-S", "-200", "-t", env["TMUX_PANE"]], ["TMUX"]
    if env.get("ZELLIJ_SESSION_NAME"):
        return ["zellij", "action", "dump-screen", "/dev/stdout"], ["ZELLIJ_SESSION_NAME", "ZELLIJ_PANE_ID"]
    if env.get("WEZTERM_PANE", "").isdigit():
        return ["wezterm", "cli", "get-text", "--pane-id", env["WEZTERM_PANE"]], ["WEZTERM_UNIX_SOCKET"]
    if env.get("KITTY_LISTEN_ON") and env.get("KITTY_WINDOW_ID", "").isdigit():
        words = ["kitten", "@", "--to", env["KITTY_LISTEN_ON"], "get-text"]
        return [*words, "--match", f"id:{env['KITTY_WINDOW_ID']}", "--extent", "screen"], []
    return None


def _from_pane(env: Mapping[str, str], line: str) -> str | None:
    asked = pane_command(env)
    if asked is None:
        return None
    words, names = asked
    # The daemon's own PATH: what is first on the shell's may be the project's.
    program = shutil.which(words[0])
    if program is None:
        return None
    child = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG", "XDG_RUNTIME_DIR") if name in os.environ
    }
    child |= {name: env[name] for name in names if name in env}
    try:
        done = subprocess.run(
            [program, *words[1:]], env=child, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, timeout=PANE_SECONDS, check=False,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    if done.returncode != 0:
        return None
    return below_line(done.stdout[-MAX_BYTES:].decode("utf-8", "replace"), line)


def below_line(screen: str, line: str) -> str | None:
    """What stands below the last row that ends in `line`, up to the end of the screen; None: no such row.

    The new prompt is not there yet: the daemon asks before the shell draws it."""
    rows = screen.rstrip().split("\n")
    typed = line.strip().split("\n")[-1]
    for number in range(len(rows) - 1, -1, -1):
        if typed and rows[number].rstrip().endswith(typed):
            return "\n".join(rows[number + 1 :])
    return None
