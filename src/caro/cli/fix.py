"""Offer the right command after a failure; nothing is ever run."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from caro.cli.failure import add_failure_arguments, failures_in, last_failure, output_of
from caro.cli.fix_lines import SHOWN, reason_of, tell_fixes
from caro.engine.told import fixes_row
from caro.errors import CaroError, UsageError
from caro.printable import printable

if TYPE_CHECKING:
    from caro.engine.helper import Helper
    from caro.fix.model import Answer, Failure
    from caro.paths import Paths
    from caro.show.look import Look

NO_FIX = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_failure_arguments(parser, status="1")
    parser.add_argument(
        "--show-prompt", action="store_true", help="print what a model would be sent about it, and where"
    )
    parser.add_argument("--explain", action="store_true", help="say why, how sure, and how dangerous")
    parser.add_argument(
        "--forget", nargs="?", const="", metavar="LINE", help="drop what was learned about LINE, or all of it"
    )


def run(args: argparse.Namespace) -> int:
    if args.forget is not None:
        return _forget(args.forget)
    if args.batch:
        return _batch(_helper(learns=False), sys.stdin.buffer)
    helper = _helper()
    failure = _given(args) if args.command is not None else last_failure(args.shell)
    if args.show_prompt:
        return _show_prompt(helper, failure)
    answer = helper.fixes(failure)
    if args.command is None and not answer.fixes:
        answer = _of_the_model(helper, failure)
    if args.json:
        import msgspec

        sys.stdout.write(msgspec.json.encode(fixes_row(answer)).decode() + "\n")
    elif args.command is None and sys.stdin.isatty() and sys.stderr.isatty() and answer.fixes:
        _pick(helper, failure, answer, args.explain)
    else:
        tell_fixes(fixes_row(answer)["fixes"], args.explain)
    return 0 if answer.fixes else NO_FIX


def _show_prompt(helper: Helper, failure: Failure) -> int:
    """Print what the daemon would send to a model, were there no fix of the failure."""
    from dataclasses import replace

    from caro.cli.model_context import context_here, show_turns
    from caro.llm.backend import NoAnswer
    from caro.settings import load_settings

    settings = load_settings(os.environ)
    context = replace(context_here(settings), last=None)
    try:
        show_turns(helper.fix_prompt(failure, context), settings)
    except NoAnswer as problem:
        raise CaroError(f"nothing would be sent: {problem}") from None
    return 0


def _of_the_model(helper: Helper, failure: Failure) -> Answer:
    """Return the fix that a model had for the session's last failure, as the daemon knows it, ranked as every fix is;
    none where it has none."""
    from caro.client import Client
    from caro.fix.model import Answer
    from caro.paths import Paths
    from caro.settings import load_settings, socket_file

    paths, session = Paths.of(os.environ), os.environ.get("CARO_SESSION_ID", "")
    if not session or not load_settings(os.environ, paths)["llm.enabled"]:
        return Answer(failure.command)
    client = Client(socket_file(os.environ, paths), timeout=0.5)
    try:
        reply = client.request("fix", session=session, what="output")
    except (CaroError, OSError):
        return Answer(failure.command)
    command = reply.get("command") if reply.get("line", failure.command) == failure.command else None
    return helper.guessed(failure, command) if isinstance(command, str) else Answer(failure.command)


def _complain(message: str) -> None:
    print(f"caro: {message}", file=sys.stderr)


def _helper(learns: bool = True) -> Helper:
    """Return the engine's helper with this process's environment and settings."""
    import contextlib

    from caro.engine.process import helper_of
    from caro.settings import load_settings

    settings = load_settings(os.environ)
    for problem in settings.problems:
        with contextlib.suppress(OSError):
            _complain(problem)
    return helper_of(os.environ, _complain, settings, learns)


def _given(args: argparse.Namespace) -> Failure:
    from caro.engine.process import folder_here
    from caro.fix.model import Failure

    status = 1 if args.exit is None else args.exit
    return Failure(args.command, status, output_of(args.output_file), args.shell, folder_here(args.cwd))


def _forget(line: str) -> int:
    from caro.machine.corrections import Corrections
    from caro.paths import Paths

    count = Corrections(Paths.of(os.environ).corrections_db).forget(line or None)
    print(f"forgot {count} correction{'' if count == 1 else 's'}")
    return 0


def _batch(helper: Helper, stream: Iterable[bytes]) -> int:
    import msgspec

    write, flush = sys.stdout.buffer.write, sys.stdout.buffer.flush
    for failure, problem in failures_in(stream):
        row = {"error": problem, "fixes": []} if failure is None else fixes_row(helper.fixes(failure))
        write(msgspec.json.encode(row) + b"\n")
        flush()
    return 0


def _pick(helper: Helper, failure: Failure, answer: Answer, explain: bool) -> None:
    """A small menu on standard error, or of one fix a question; the chosen line goes into the next prompt, else to
    standard output, for the user to run."""
    from caro.machine.corrections import project_of
    from caro.show.look import look_of

    shown, look = answer.fixes[:SHOWN], look_of(sys.stderr)
    for number, row in enumerate(fixes_row(answer)["fixes"][:SHOWN], 1):
        front = f"{number}  " if len(shown) > 1 else ""
        print(f"{front}{_lit(row, explain, look)}", file=sys.stderr)
    asked = "which? [1] (n: none of these) " if len(shown) > 1 else "this one? [Enter] (n: no) "
    print(asked, end="", file=sys.stderr, flush=True)
    choice = sys.stdin.readline().strip().lower() or "1"
    corrections, project = helper.corrections, project_of(failure.cwd)
    if choice in ("n", "no", "none"):
        if helper.learns:
            corrections.learn(failure.command, shown[0].command, project, refused=True)
            told = "not offered for this line for 30 days; `caro fix --forget` takes that back"
            print(f"caro: {told}", file=sys.stderr)
        return
    choice = "1" if choice in ("y", "yes") else choice
    if not choice.isdigit() or not 1 <= int(choice) <= len(shown):
        raise UsageError(f"{choice!r} is none of them: give a number from 1 to {len(shown)}, or n")
    chosen = shown[int(choice) - 1].command
    if helper.learns:
        corrections.learn(failure.command, chosen, project)
    if not _put_into_prompt(chosen) or not sys.stdout.isatty():
        print(printable(chosen, kept="\n\t"))


PLACING = ("bash", "zsh", "fish")
"""Shells that put a line into their next prompt."""


def _put_into_prompt(chosen: str) -> bool:
    """Let the session's shell put the chosen line into its next prompt; True if it will. Elsewhere the fix key gives
    it, and that is said; without a daemon nothing is."""
    from caro.client import Client
    from caro.knowledge.shells import key_words
    from caro.paths import Paths
    from caro.settings import load_settings, socket_file

    session, key = os.environ.get("CARO_SESSION_ID"), str(load_settings(os.environ)["shell.fix_key"])
    if not session:
        return False
    paths = Paths.of(os.environ)
    try:
        client = Client(socket_file(os.environ, paths), timeout=0.5)
        reply = client.request("fix", session=session, what="chosen", command=chosen)
    except (CaroError, OSError):
        return False
    if reply.get("command") != chosen:
        return False
    if reply.get("shell") in PLACING and _leave_for_prompt(paths, session, chosen):
        return True
    if key:
        print(f"caro: {key_words(key)} puts it into the line", file=sys.stderr)
    return False


def _leave_for_prompt(paths: Paths, session: str, chosen: str) -> bool:
    """Write the line where the session's prompt takes it, once (`chosen-SESSION`, 0600); False: it can't stand in a
    line, or can't be written. What another shell never took goes."""
    import re
    import time

    from caro.atomic import write_whole

    if printable(chosen) != chosen or not re.fullmatch(r"[0-9a-f-]{36}", session):
        return False
    folder = paths.shell
    try:
        for left in folder.glob("chosen-*"):
            if left.lstat().st_mtime < time.time() - 3600:
                left.unlink()
        write_whole(folder / f"chosen-{session}", chosen.encode())
    except OSError:
        return False
    return True


def _lit(row: dict[str, Any], explain: bool, look: Look) -> str:
    """Return a fix for the menu: the command bright, why it is one dim."""
    reason = reason_of(row) if explain or row.get("raises_risk") else printable(row["why"])
    return f"{look.paint(printable(row['command']), 'bold')}   {look.paint(reason, 'dim')}"
