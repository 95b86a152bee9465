"""Keep your own machines alike: configuration, rules and what was learned, over a git remote of yours."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caro.cli.tell import answer, answer_json, tell
from caro.errors import CaroError

if TYPE_CHECKING:
    from caro.paths import Paths
    from caro.sync.exchange import Exchange
    from caro.sync.state import State, SyncFile


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    setup = actions.add_parser("setup", help="begin: join the machines of a git remote, or be the first")
    setup.add_argument(
        "remote", metavar="REMOTE", help="what `git clone` takes: a folder, ssh://…, host:path"
    )
    setup.add_argument("--name", help="this machine's name; else its host name")
    setup.add_argument("--ssh-key", metavar="FILE", help="an ssh key without a passphrase; else one is made")
    push = actions.add_parser("push", help="take what the others said, then say what is new here")
    push.add_argument(
        "--accept-rewrite", action="store_true", help="go on though the remote's history was rewritten"
    )
    push.add_argument(
        "--whole", action="store_true", help="say everything again, readable to all machines of the list"
    )
    actions.add_parser("pull", help="take what the others said")
    status = actions.add_parser("status", help="show the remote, the machines, what waits")
    status.add_argument("--json", action="store_true", help="one JSON document")
    actions.add_parser("doctor", help="test each part: git, keys, the remote, every segment")
    devices = actions.add_parser("devices", help="list the machines, let one in, remove one that was lost")
    devices.add_argument(
        "change", nargs="?", choices=("list", "add", "remove"), default="list", metavar="add|remove"
    )
    devices.add_argument("device", nargs="?", metavar="NAME")
    accept = actions.add_parser(
        "accept", help="let something protect less here too, as another machine has it"
    )
    accept.add_argument("key", metavar="KEY", nargs="+")


def run(args: argparse.Namespace) -> int:
    from caro.paths import Paths
    from caro.sync.state import SyncFile

    paths = Paths.of(os.environ)
    file = SyncFile(paths)
    if args.action in ("setup", "accept") or getattr(args, "change", "list") != "list":
        from caro.cli.allow import refuse_agents

        refuse_agents("do it")
    if args.action == "setup":
        with file.lock():
            return _setup(args, paths, file)
    if args.action == "status":
        return _status(args, file)
    with file.lock():
        return {"push": _push, "pull": _pull, "doctor": _doctor, "devices": _devices, "accept": _accept}[
            args.action
        ](args, paths, file)


def _exchange(paths: Paths, file: SyncFile, state: State) -> Exchange:
    from caro.cli.filters import progress_line
    from caro.settings import load_settings, log_file
    from caro.sync.exchange import Exchange
    from caro.sync.machine import Machine
    from caro.sync.remote import Remote

    settings = load_settings(os.environ, paths)
    Remote(file.repository, state.url).prepare()
    machine = Machine(paths, os.environ, settings, log_file(settings, paths))
    lines: dict[str, Any] = {}

    def progress(what: str, done: int, total: int) -> None:
        line = lines.setdefault(what, progress_line(what))
        if line is not None:
            line(done, total)

    return Exchange(file, state, machine, progress if sys.stderr.isatty() else None)


def _setup(args: argparse.Namespace, paths: Paths, file: SyncFile) -> int:
    from caro.sync.exchange import set_up
    from caro.sync.segment import age

    age()
    if file.exists():
        raise CaroError(
            f"sync is set up here already, with {file.load().url}; to begin anew remove {file.folder}"
        )
    name = args.name or re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname()).strip("-.") or "machine"
    key = Path(args.ssh_key).expanduser().resolve() if args.ssh_key else _made_key(file.folder / "key", name)
    url = (
        str(Path(args.remote).expanduser().resolve())
        if Path(args.remote).expanduser().is_dir()
        else args.remote
    )
    state, signer = set_up(file, url, name, key)
    file.save(state)
    if signer is None:
        told = _exchange(paths, file, state).push()
        answer(f"{name} is the first machine; {_count(told.sent, 'operation')} sent")
        return 0
    answer(f"the list of machines is signed by {signer.name}, {signer.fingerprint}")
    if not state.joined:
        answer(
            f"compare that with what `caro sync devices` says on {signer.name}, and let this one in there:"
        )
        answer(f"  caro sync devices add {name}\nthen here: caro sync push")
    return 0


def _made_key(file: Path, name: str) -> Path:
    """Make a key for this machine where it has none; return its file."""
    from caro.sync.segment import run_ssh_keygen

    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        run_ssh_keygen(["-q", "-t", "ed25519", "-N", "", "-C", f"caro-{name}", "-f", str(file)], b"")
    return file


def _push(args: argparse.Namespace, paths: Paths, file: SyncFile) -> int:
    state = file.load()
    exchange = _exchange(paths, file, state)
    if args.accept_rewrite:
        state.seen = ""
    if args.whole:
        state.again = True
    told = _noting(file, state, exchange.push)
    _say(told.changes, state, paths)
    answer(f"{_count(told.read, 'segment')} read, {_count(told.sent, 'operation')} sent")
    if not state.joined:
        tell(f"this machine is not on the list yet; on one that is: caro sync devices add {state.name}")
    return 0


def _pull(args: argparse.Namespace, paths: Paths, file: SyncFile) -> int:
    state = file.load()
    told = _noting(file, state, _exchange(paths, file, state).pull)
    _say(told.changes, state, paths)
    answer(f"{_count(told.read, 'segment')} read")
    return 0


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _noting(file: SyncFile, state: State, what: Any) -> Any:
    """Do it; a failure is kept for the doctor."""
    try:
        told = what()
    except (CaroError, OSError) as error:
        kept = file.load()
        kept.error = str(error)
        try:
            file.save(kept)
        except OSError:
            pass
        raise
    if state.error:
        state.error = ""
        file.save(state)
    return told


def _say(changes: list[str], state: State, paths: Paths) -> None:
    from caro.cli.config import bring_up_to_date
    from caro.client import Client
    from caro.settings import socket_file

    for change in changes:
        answer(change)
    if changes:
        bring_up_to_date(paths)
        # What was typed elsewhere is offered at once.
        with contextlib.suppress(CaroError):
            Client(socket_file(os.environ, paths)).request("reload", what="imported")
    for key in state.asked:
        tell(f"another machine loosened {key}; here it stays: `caro sync accept {key}` follows")


def _accept(args: argparse.Namespace, paths: Paths, file: SyncFile) -> int:
    from caro.cli.config import bring_up_to_date

    state = file.load()
    exchange = _exchange(paths, file, state)
    for key in args.key:
        exchange.accept(key)
        answer(f"{key} follows")
    bring_up_to_date(paths)
    return 0


def _status(args: argparse.Namespace, file: SyncFile) -> int:
    state = file.load()
    rows = {
        "name": state.name,
        "remote": state.url,
        "machines": ", ".join(state.devices.names),
        "joined": state.joined,
        "last_synced": state.last_ok,
        "to_send": len(state.outgoing),
        "unreadable": len(state.unreadable),
        "asked": ", ".join(state.asked),
        "error": state.error,
    }
    if args.json:
        answer_json({"v": 1, **rows})
        return 0
    for name, value in rows.items():
        shown = {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
        answer(f"{name.replace('_', ' '):<12} {'-' if shown == '' else shown}")
    return 0


def _devices(args: argparse.Namespace, paths: Paths, file: SyncFile) -> int:
    from caro.sync.state import Change

    state = file.load()
    exchange = _exchange(paths, file, state)
    if args.change == "list":
        for device in state.devices.devices:
            here = "  (this machine)" if device.name == state.name else ""
            answer(f"{device.name:<24} {device.fingerprint}{here}")
        return 0
    if not args.device:
        raise CaroError(f"sync devices {args.change}: which machine? `caro sync devices` lists them")
    _noting(file, state, exchange.pull)
    if args.change == "add":
        asking = next((device for device in exchange.requests() if device.name == args.device), None)
        if asking is None:
            raise CaroError(f"{args.device} does not ask to be let in; on it: caro sync setup {state.url}")
        state.changes.append(Change(asking.name, asking))
        answer(f"{asking.name} is let in, {asking.fingerprint}")
    else:
        if args.device not in state.devices.names:
            raise CaroError(f"{args.device} is not on the list; `caro sync devices` shows it")
        state.changes.append(Change(args.device))
        answer(f"{args.device} is removed; it reads nothing newer")
    file.save(state)
    told = _noting(file, state, exchange.push)
    _say(told.changes, state, paths)
    return 0


def _doctor(args: argparse.Namespace, paths: Paths, file: SyncFile) -> int:
    """Test each part once; every finding is one line."""
    from caro.settings import load_settings
    from caro.sync.health import check_sync
    from caro.sync.segment import age
    from caro.trace.health import Checkup

    age()
    for program in ("git", "ssh-keygen"):
        if shutil.which(program) is None:
            raise CaroError(f"caro sync needs {program}; install it")
    state = file.load()
    exchange = _exchange(paths, file, state)
    _noting(file, state, exchange.pull)
    checkup = Checkup(os.environ, paths, load_settings(os.environ, paths))
    findings = list(check_sync(checkup))
    for finding in findings:
        answer(f"{finding.state:<4}  {finding.text}" + (f"\n      -> {finding.cure}" if finding.cure else ""))
    return int(any(finding.state == "bad" for finding in findings))
