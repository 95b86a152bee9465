"""What the doctor asks of the prompt's side: the daemon, the breaker, and each shell in a real terminal."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import caro
from caro import __version__
from caro.client import SUN_PATH_BYTES, Client
from caro.errors import CaroError, DaemonAbsent
from caro.knowledge.shells import names
from caro.paths import Paths
from caro.regular_file import read_regular_file
from caro.settings import Settings, socket_file
from caro.shell.block import has_block
from caro.shell.contract import check_shells
from caro.shell.init_text import init_text, is_inline, write_init_files
from caro.shell.targets import targets
from caro.trace import natives
from caro.trace.health import Checkup, Finding
from caro.wire_limits import BREAKER_SECONDS

RENEW = "caro doctor --fix"


def check_age(checkup: Checkup) -> Iterator[Finding]:
    """Compare what an older or newer package left with this one: natives, init files, and the daemon that runs."""
    natives, files = _old_natives(checkup), _old_init_files(checkup)
    old = [f"{', '.join(natives)} in {checkup.paths.bin}"] if natives else []
    old += [f"{', '.join(file.name for file in files)} in {checkup.paths.shell}"] if files else []
    if old:
        yield Finding(
            "version", "bad", f"of another version of Caro, or of its configuration: {', '.join(old)}", RENEW
        )
    if daemon := _other_daemon(checkup):
        yield Finding("version", "bad", daemon, RENEW)
    elif not old:
        yield Finding("version", "ok", f"all parts are of version {__version__}")


def _old_natives(checkup: Checkup) -> list[str]:
    copied = (program for pattern in natives.COPIED for program in natives.PACKAGED.glob(pattern))
    there = (program for program in copied if (checkup.paths.bin / program.name).exists())
    return sorted(
        program.name for program in there if not natives.is_copy(checkup.paths.bin / program.name, program)
    )


def _old_init_files(checkup: Checkup) -> list[Path]:
    files = ((name, checkup.paths.shell / f"init.{name}") for name in names())
    return [file for name, file in files if file.is_file() and _text(file) != init_text(name, checkup.paths)]


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace")
    except OSError:
        return ""


def _other_daemon(checkup: Checkup) -> str:
    """Return what is wrong where the daemon that answers is of another package than this one; "" else."""
    try:
        answer = Client(socket_file(checkup.env, checkup.paths), timeout=2.0).request("status")
    except (CaroError, OSError):
        return ""
    version = str(answer.get("version") or "")
    if version not in ("", __version__):
        return f"the daemon that runs is version {version}, the package {__version__}"
    # Two builds may have one version, as of a checkout. The time of the inode is when the file was put there.
    if time.time() - float(answer.get("uptime_s") or 0) < Path(caro.__file__).stat().st_ctime:
        return "the daemon that runs was started before this package was installed"
    return ""


def renew(checkup: Checkup) -> None:
    """Bring up to date what `check_age` compares; an older daemon ends, and the next prompt starts one."""
    if checkup.paths.bin.is_dir():
        natives.install_natives(checkup.paths)
    if checkup.paths.shell.is_dir():
        write_init_files(checkup.env, checkup.paths)
    if _other_daemon(checkup):
        with contextlib.suppress(CaroError, OSError):
            Client(socket_file(checkup.env, checkup.paths), timeout=2.0).request("stop")


def check_daemon(checkup: Checkup) -> Iterator[Finding]:
    """True if it answers; that none runs is normal, the first prompt starts it."""
    started = time.perf_counter()
    if (length := len(os.fsencode(socket := socket_file(checkup.env, checkup.paths)))) > SUN_PATH_BYTES:
        text = f"none can listen: its socket's path has {length} bytes, and {SUN_PATH_BYTES} are possible: {socket}"
        yield Finding("daemon", "bad", text, "export CARO_SOCKET with a shorter one, in a folder of your own")
        return
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
    if 0 <= age < BREAKER_SECONDS:
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


def need_relay(paths: Paths, env: Mapping[str, str], settings: Settings) -> list[str]:
    """Return the shells with Caro where its grey text is wanted and is not there, since the relay draws it."""
    if settings["shell.relay_always"]:
        return []
    return [
        shell for shell in ("bash", "fish") if is_inline(shell, settings) and _has_caro(shell, env, paths)
    ]


def _has_caro(shell: str, env: Mapping[str, str], paths: Paths) -> bool:
    for target in targets(shell, env, paths):
        with contextlib.suppress(OSError):
            if has_block(read_regular_file(target.file)):
                return True
    return False


def check_grey(checkup: Checkup) -> Iterator[Finding]:
    """Check whether each shell that is to have grey text can have it."""
    lacking = need_relay(checkup.paths, checkup.env, checkup.settings)
    if lacking:
        yield Finding(
            "grey",
            "note",
            f"{' and '.join(lacking)} has no grey text of Caro's: it is drawn by the relay, and shell.relay_always is"
            " false",
            "caro config set shell.relay_always true",
        )
    else:
        wanted = "wanted" if checkup.settings["shell.inline"] else "off (shell.inline is false)"
        whose = (
            "Caro's, by the relay" if is_inline("fish", checkup.settings) else "its own (shell.inline_fish)"
        )
        yield Finding("grey", "ok", f"grey text as you type is {wanted}; fish shows {whose}")


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
