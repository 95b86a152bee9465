"""What the doctor asks of the prompt's side: the daemon, the breaker, and each shell in a real terminal."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator

from caro.client import Client
from caro.errors import CaroError, DaemonAbsent
from caro.settings import socket_file
from caro.shell.contract import check_shells
from caro.trace.health import Checkup, Finding


def check_daemon(checkup: Checkup) -> Iterator[Finding]:
    """True if it answers; that none runs is normal, the first prompt starts it."""
    started = time.perf_counter()
    try:
        Client(socket_file(checkup.env, checkup.paths), timeout=2.0).request("status")
    except DaemonAbsent:
        if shutil.which("caro", path=checkup.env.get("PATH")):
            yield Finding("daemon", "ok", "none runs; a shell with Caro in it starts one")
        else:
            text = "none runs, and no shell can start one: `caro` is not on PATH"
            yield Finding("daemon", "note", text, "pipx install ., or put Caro's folder on PATH")
    except (CaroError, OSError) as error:
        yield Finding("daemon", "bad", str(error), "caro daemon stop, then caro daemon start")
    else:
        yield Finding("daemon", "ok", f"it answered in {(time.perf_counter() - started) * 1000:.1f} ms")
    try:
        age = time.time() - checkup.paths.breaker.stat().st_mtime
    except OSError:
        return
    if 0 <= age < 30:
        yield Finding(
            "daemon", "note", "it missed a deadline just now: shims and tracer ask again within 30 s"
        )


def check_relay(checkup: Checkup) -> Iterator[Finding]:
    """True if what commands print is kept on this terminal, where that is wanted."""
    relay, terminal = checkup.paths.bin / "caro-relay", _terminal()
    below = bool(terminal) and f":{terminal}:" in checkup.env.get("CARO_RELAY", "")
    here = "this terminal runs below it" if below else "this terminal does not run below it"
    if not checkup.settings["shell.relay_always"]:
        text = f"the relay is for `caro shell` alone (shell.relay_always is false); {here}"
        yield Finding("relay", "ok", text)
    elif not os.access(relay, os.X_OK):
        yield Finding(
            "relay", "bad", f"{relay} is not there, so no terminal runs below the relay", "caro install"
        )
    elif not os.path.exists("/proc/self/environ"):
        yield Finding("relay", "note", "shell.relay_always needs /proc: only `caro shell` has the relay")
    elif terminal and not below:
        yield Finding(
            "relay", "note", f"every terminal is to run below the relay; {here}", "open a new terminal"
        )
    else:
        yield Finding("relay", "ok", f"every terminal runs below the relay; {here}")


def _terminal() -> str:
    try:
        return os.ttyname(0)
    except OSError:
        return ""


def check_prompts(checkup: Checkup) -> Iterator[Finding]:
    """Check the contract of the prompt, where Caro has been installed; a few seconds for each shell."""
    if not checkup.paths.shell.is_dir():
        yield Finding("shells", "ok", "Caro is in no shell's prompt (`caro install` puts it there)")
        return
    for result in check_shells(checkup.env):
        absent = result.check == "loaded" and not result.ok
        state = "ok" if result.ok else "note" if absent else "bad"
        yield Finding(result.shell, state, result.text, result.cure)
