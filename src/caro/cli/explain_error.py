"""Say what a failure means: cause, evidence, what to try."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import TYPE_CHECKING

from caro.cli.failure import add_failure_arguments, failures_in, last_failure, output_of
from caro.cli.model_words import add_model_arguments, marked, show_words_prompt, words_here
from caro.errors import CaroError, UsageError

if TYPE_CHECKING:
    from caro.engine.helper import ErrorTold, Helper
    from caro.engine.model_words import About
    from caro.fix.model import Failure

UNSEEN = -1
"""The exit status of piped text."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", nargs="*", metavar="TEXT", help="what it printed, pasted as one word")
    add_failure_arguments(parser, status="unknown")
    add_model_arguments(parser)
    parser.epilog = "What is piped in is taken for the output: make 2>&1 | caro explain-error"


def run(args: argparse.Namespace) -> int:
    if args.batch:
        return _batch(_helper())
    failure = _failure(args)
    told = _helper().explain_error(failure)
    if args.show_prompt:
        return show_words_prompt(about_error(failure, told, _is_handed(args)), args.shell)
    if not args.json:
        print("\n".join(told.lines()), flush=True)
    said = words_here(about_error(failure, told, _is_handed(args)), args, args.shell)
    if args.json:
        added = {"model": said} if said else {}
        print(json.dumps({"v": 1, "command": failure.command, **told.row(), **added}))
    elif said:
        print("\n".join(marked(said)))
    return 0 if said or told.told.source != "none" else 1


def about_error(failure: Failure, told: ErrorTold, handed: bool = False) -> About:
    """Return what a model is to say words about: a failure whose offline answer is known."""
    from caro.engine.model_words import About

    known = told.lines() if told.told.source != "none" else []
    status = failure.exit_code if failure.exit_code != UNSEEN else None
    return About("error", failure.command, status, failure.output or "", handed, known=known)


def _is_handed(args: argparse.Namespace) -> bool:
    """True if the output was given by the person, and not seen by Caro."""
    return bool(args.text) or args.output_file is not None or is_piped()


def _helper() -> Helper:
    from caro.engine.process import complain, helper_of

    return helper_of(os.environ, complain, learns=False)


def _failure(args: argparse.Namespace) -> Failure:
    """Return the failure that was named, the text that is piped in, or the last one in the log."""
    from caro.engine.process import folder_here
    from caro.fix.model import Failure

    if args.text and args.output_file is not None:
        raise UsageError("explain-error: the text itself and --output-file: say one of them")
    piped = not args.text and args.output_file is None and is_piped()
    output = " ".join(args.text) or output_of("-" if piped else args.output_file)
    if args.command is None and not (output or "").strip() and args.exit is None:
        return last_failure(args.shell)
    if piped and not output:
        output = None
    status = UNSEEN if args.exit is None else args.exit
    return Failure(args.command or "", status, output, args.shell, folder_here(args.cwd))


def is_piped() -> bool:
    """True if standard input is a pipe or a file: not a terminal, not closed, not /dev/null."""
    import stat

    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)


def _batch(helper: Helper) -> int:
    for failure, problem in failures_in(sys.stdin.buffer):
        row = {"error": problem} if failure is None else helper.explain_error(failure).row()
        print(json.dumps(row), flush=True)
    return 0


def last_told(shell: str) -> tuple[str, About | None]:
    """Return the three lines of the last failure in the log, and what a model may say words about; None: there is
    none."""
    try:
        failure = last_failure(shell)
    except CaroError:
        return "no failed line is known", None
    told = _helper().explain_error(failure)
    return "\n".join(told.lines()), about_error(failure, told)
