"""Record what your terminal shows, without its secrets, to play it later."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from caro.errors import CaroError, UsageError
from caro.signals import give_signals_back

if TYPE_CHECKING:
    from caro.paths import Paths

RELAY_SECONDS = 5.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "caro record [-h] [--session | --stop] [-o FILE] [-- COMMAND [ARG ...]]"
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--session",
        action="store_true",
        help="the shell you are in, from now to its end (below `caro shell`, or with shell.relay_always)",
    )
    how.add_argument("--stop", action="store_true", help="end a recording that --session began")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="into FILE, which must not be there"
    )
    parser.add_argument(
        "command",
        nargs=argparse.REMAINDER,
        metavar="-- COMMAND",
        help="what to record; default: a new shell of yours, until `exit`",
    )
    parser.epilog = (
        "Secrets are hidden before anything is written; what a terminal doesn't show is never in it."
    )


def run(args: argparse.Namespace) -> int:
    from caro.paths import Paths
    from caro.recording.files import forget_old, make_place
    from caro.settings import load_settings

    paths = Paths.of(os.environ)
    argv = args.command[1:] if args.command[:1] == ["--"] else args.command
    if (args.session or args.stop) and argv:
        raise UsageError("record: --session and --stop take no command")
    if args.stop:
        return _tell_relay("record\n", "no recording was being made here")
    if paths.switched_off or os.environ.get("CARO_DISABLE", "0") not in ("", "0"):
        raise CaroError("record: Caro is switched off; `caro enable` switches it on")
    settings = load_settings(os.environ, paths)
    forget_old(paths.recordings, float(settings["recording.days"]))
    name = Path(argv[0]).name if argv else "session" if args.session else "shell"
    file = args.output.absolute() if args.output is not None else make_place(paths.recordings, name)
    if any(ord(char) < 32 for char in str(file)):
        raise UsageError("record: the file's name has control characters")
    most = int(float(settings["recording.max_mb"]) * (1 << 20))
    if args.session:
        return _tell_relay(f"record {most},{file}\n", f"it is recorded already, or {file} can't be made")
    _become_relay(argv, file, most, paths)


def _become_relay(argv: list[str], file: Path, most: int, paths: Paths) -> NoReturn:
    from caro.shell.install import write_own_files
    from caro.shell.start import command_of, prepare, usual_shell, wake_daemon

    write_own_files(os.environ, paths)
    relay = paths.bin / "caro-relay"
    if not (os.isatty(0) and os.isatty(1)):
        raise CaroError("record: standard input and output are no terminal, so there is nothing to record")
    if not os.access(relay, os.X_OK):
        raise CaroError("record: caro-relay is not installed; `caro doctor` says why")
    if argv:
        words, env = argv, dict(os.environ)
        program = _which(argv[0])
    else:
        prepare(paths)
        program, words, env = command_of(usual_shell(os.environ), os.environ, paths)
        wake_daemon(env, paths)
    out = _create(file)
    os.set_inheritable(out, True)
    give_signals_back()
    os.execve(relay, ["caro-relay", "--record", f"{out},{most},{file}", "--", program, *words], env)


def _which(name: str) -> str:
    import shutil

    found = shutil.which(name)
    if found is None:
        raise CaroError(f"{name} is not installed")
    return found


def _create(file: Path) -> int:
    try:
        return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        raise CaroError(f"{file} is there already; name another file") from None
    except OSError as error:
        raise CaroError(f"cannot write {file}: {error.strerror}") from None


def _tell_relay(message: str, refused: str) -> int:
    """Ask the relay above this terminal. Raises CaroError where there is none, or it can't."""
    import socket

    from caro.cli.tell import tell
    from caro.client import check_socket, peer_uid

    token, _, rest = os.environ.get("CARO_RELAY", "").partition(":")
    terminal, _, path = rest.partition(":")
    if not (token and path) or not _is_here(terminal):
        raise CaroError(
            "record: no relay is above this shell; `caro record` records a new one, and"
            " `caro config set shell.relay_always true` puts one above every shell"
        )
    try:
        check_socket(Path(path))
        with socket.socket(socket.AF_UNIX) as relay:
            relay.settimeout(RELAY_SECONDS)
            relay.connect(path)
            if peer_uid(relay) != os.geteuid():
                raise CaroError("record: another user's program stands where the relay should")
            relay.sendall(message.encode())
            done = relay.recv(16) == b"1\n"
    except OSError as error:
        raise CaroError(f"record: the relay does not answer ({error})") from None
    if not done:
        raise CaroError(f"record: {refused}")
    tell(
        "recording; `caro record --stop` or `exit` ends it"
        if "," in message
        else "recorded; `caro play` shows it"
    )
    return 0


def _is_here(terminal: str) -> bool:
    try:
        return os.isatty(0) and os.path.samestat(os.stat(terminal), os.fstat(0))
    except OSError:
        return False
