"""What the doctor asks of the prompt's side: the daemon, the breaker, and each shell in a real terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator

from caro.client import Client
from caro.errors import CaroError, DaemonAbsent
from caro.settings import socket_file
from caro.shell.contract import check_shells
from caro.trace.health import Checkup, Finding


def check_daemon(checkup: Checkup) -> Iterator[Finding]:
    """Whether it answers; that none runs is normal, the first prompt starts it."""
    started = time.perf_counter()
    try:
        Client(socket_file(checkup.env, checkup.paths), timeout=2.0).request("status")
    except DaemonAbsent:
        yield Finding("daemon", "ok", "none runs; a shell with Caro in it starts one")
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


def check_prompts(checkup: Checkup) -> Iterator[Finding]:
    """The contract of the prompt, where Caro has been installed; a few seconds for each shell."""
    if not checkup.paths.shell.is_dir():
        yield Finding("shells", "ok", "Caro is in no shell's prompt (`caro install` puts it there)")
        return
    for result in check_shells(checkup.env):
        absent = result.check == "loaded" and not result.ok
        state = "ok" if result.ok else "note" if absent else "bad"
        yield Finding(result.shell, state, result.text, result.cure)
