"""List, add and take back commands that pass although the guard would ask."""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import sys
import time
from typing import TYPE_CHECKING, Any

from caro.cli.asking import says_yes
from caro.errors import CaroError, RefusedError, UsageError

if TYPE_CHECKING:
    from caro.safety.policy import AllowEntry

DAY = 86_400
MAX_DAYS = 90


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    parser.epilog = (
        "`caro allow CODE` lets pass, once, what an agent was refused with that code; `caro allow 'LINE'`"
        " adds the line, with --reason, --for and --folder as `add` has them, and asks why where no reason is given."
    )
    # argparse has no "one of these words, or a code, or a line".
    of_lines = argparse.ArgumentParser(prog="caro allow CODE|LINE")
    _say_how(of_lines)
    of_lines.add_argument("rest", nargs="*", help=argparse.SUPPRESS)
    listing = actions.add_parser("list", help="each entry: its words, folder, end and reason")
    listing.add_argument("--json", action="store_true", help="one JSON document")
    add = actions.add_parser("add", help="let exactly these words pass in one folder, for a while")
    add.add_argument("line", help="the command line: one simple command, without variables or globs")
    _say_how(add, needs_reason=True)
    revoke = actions.add_parser("revoke", help="take entries back")
    revoke.add_argument("id", nargs="+", help="as `caro allow list` shows them (`all`: every one)")
    named = actions._name_parser_map
    actions.choices = actions._name_parser_map = _OrCode(of_lines)
    actions.choices.update(named)


def _say_how(parser: argparse.ArgumentParser, needs_reason: bool = False) -> None:
    parser.add_argument("--reason", required=needs_reason, help="why it may pass")
    parser.add_argument("--folder", help="where (default: this folder)")
    parser.add_argument(
        "--for", dest="period", default="1d", metavar="N[hd]", help="how long: hours or days (1d)"
    )


class _OrCode(dict[str, argparse.ArgumentParser]):
    """The parsers of the actions; any other word has one too: a code, or a command line, which `run` tells apart."""

    def __init__(self, of_codes: argparse.ArgumentParser) -> None:
        super().__init__()
        self.of_codes = of_codes

    def __contains__(self, word: object) -> bool:
        return super().__contains__(word) or not str(word).startswith("-")

    def __missing__(self, word: str) -> argparse.ArgumentParser:
        return self.of_codes


def run(args: argparse.Namespace) -> int:
    actions = {"list": _list, "add": _add, "revoke": _revoke}
    if args.action in actions:
        return actions[args.action](args)
    line = " ".join((args.action, *args.rest))
    if args.rest or not re.fullmatch(r"[a-z0-9]{8}|.*\S\s+\S.*", args.action, re.DOTALL):
        raise UsageError(
            f"allow: {args.action} is no code of a refusal; a line is given as one word: caro allow {shlex.quote(line)}"
        )
    return _add_line(args) if " " in args.action.strip() else _redeem(args.action)


def _add_line(args: argparse.Namespace) -> int:
    """Add a line, in this folder and for a day where nothing else is said; the reason is asked for where it is not."""
    refuse_below_an_agent()
    where, period = args.folder or "this folder", "a day" if args.period == "1d" else args.period
    reason = args.reason or input(f"Let exactly this line pass in {where} for {period}. Why? ")
    return _add(argparse.Namespace(line=args.action, folder=args.folder, period=args.period, reason=reason))


def _redeem(code: str) -> int:
    from caro.client import Client
    from caro.paths import Paths
    from caro.printable import printable
    from caro.settings import socket_file

    refuse_below_an_agent()
    client = Client(socket_file(os.environ, Paths.of(os.environ)))
    asked = client.request("agent", event="allow", code=code)
    if "refused" in asked:
        raise RefusedError(str(asked["refused"]))
    print(f"{printable(asked['agent'])} wants to run, in {printable(asked['cwd'] or 'an unknown folder')}:")
    print(f"  {printable(asked['line'])}")
    print(f"  {printable(asked['reason'])}")
    if not says_yes("Let it pass once? [y/N] "):
        print("Not allowed.")
        return 1
    done = client.request("agent", event="allow", code=code, answer="yes")
    if "refused" in done:
        raise RefusedError(str(done["refused"]))
    print("It may run once, within 15 minutes: tell the agent to try again.")
    return 0


def _entries() -> tuple[Any, list[dict[str, Any]]]:
    from caro.paths import Paths
    from caro.settings import config_file, load_settings

    paths = Paths.of(os.environ)
    settings = load_settings(os.environ, paths)
    return config_file(os.environ, paths), [
        dict(item) for item in settings["safety.allow"] if isinstance(item, dict)
    ]


def _known(raw: list[dict[str, Any]]) -> list[AllowEntry]:
    from caro.safety.policy import allow_entry

    return [entry for entry in map(allow_entry, raw) if entry is not None]


def _list(args: argparse.Namespace) -> int:
    entries = _known(_entries()[1])
    if args.json:
        print(json.dumps({"v": 1, "allow": [_fields(entry) for entry in entries]}))
        return 0
    for entry in entries:
        left = entry.expires - time.time()
        state = f"{left / 3600:.0f} h left" if left > 0 else "expired"
        print(f"{entry.id}  {' '.join(entry.argv)}  in {entry.folder}  ({state}: {entry.reason})")
    if not entries:
        print("Nothing is allowed beyond the rules.")
    return 0


def _fields(entry: AllowEntry) -> dict[str, Any]:
    return {"id": entry.id, "argv": list(entry.argv), "folder": entry.folder, "expires": entry.expires,
            "made": entry.made, "reason": entry.reason}  # fmt: skip


def refuse_agents(what: str) -> None:
    """Raise RefusedError below an agent: by its variables or by the processes above."""
    from caro.machine.agent_ancestry import agent_above

    agent = agent_above(os.environ)
    if agent:
        raise RefusedError(f"this session is below an agent ({agent}): {what} at a terminal of your own")


def refuse_below_an_agent(what: str = "allow it") -> None:
    """An agent can't allow its own commands: neither by its variables nor through a terminal of its own making."""
    refuse_agents(what)
    if not sys.stdin.isatty():
        raise RefusedError(f"nobody is at a terminal here: {what} at a terminal of your own")


def _add(args: argparse.Namespace) -> int:
    from caro.engine.process import complain, guard_of, question_here
    from caro.safety.policy import argv_of

    refuse_below_an_agent()
    folder = os.path.realpath(args.folder or os.getcwd())
    decision = guard_of(os.environ, complain).decide(question_here(args.line, os.environ, cwd=folder))
    if decision.final:
        raise RefusedError(f"no permission lets this pass where it is refused: {decision.reason}")
    argv = argv_of(args.line)
    if argv is None:
        raise UsageError(
            "only one simple command can be allowed, without a variable, a glob, `~` or a redirection, which may mean"
            " another thing the next time; write the paths out, in the line too"
        )
    if not args.reason.strip():
        raise UsageError("say why with --reason")
    file, raw = _entries()
    now = time.time()
    identity = f"{int(now * 1000) & 0xFFFFFF:06x}"
    raw.append({"id": identity, "argv": list(argv), "folder": folder, "expires": now + _seconds(args.period),
                "made": now, "reason": args.reason})  # fmt: skip
    _save(file, raw)
    print(f"{identity}: passes in {folder} for {args.period}; `caro allow revoke {identity}` takes it back")
    return 0


def _seconds(period: str) -> float:
    match = re.fullmatch(r"(\d{1,4})([hd])", period)
    if not match:
        raise UsageError(f"--for {period}: say hours or days, as 8h or 2d")
    seconds = int(match[1]) * (3600 if match[2] == "h" else DAY)
    if not 0 < seconds <= MAX_DAYS * DAY:
        raise UsageError(f"--for {period}: at most {MAX_DAYS} days")
    return float(seconds)


def _save(file: Any, raw: list[dict[str, Any]]) -> None:
    from caro.config_write import set_values

    set_values(file, {"safety.allow": raw or None})


def _revoke(args: argparse.Namespace) -> int:
    file, raw = _entries()
    gone = [item for item in raw if "all" in args.id or item.get("id") in args.id]
    if not gone:
        raise CaroError(f"no entry {' '.join(args.id)}: see `caro allow list`")
    _save(file, [item for item in raw if item not in gone])
    print(f"{len(gone)} taken back")
    return 0
