"""Say what the columns and states of a command's output mean: of what is piped in, else of the last line's."""

from __future__ import annotations

import argparse
import json
import os
from typing import TYPE_CHECKING

from caro.cli.model_words import add_model_arguments, marked, show_words_prompt, words_here
from caro.errors import CaroError
from caro.printable import printable

if TYPE_CHECKING:
    from caro.engine.model_words import About
    from caro.meaning.outputs import OutputTold


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "command",
        nargs="*",
        help="the command that printed it (default: told by the text; with no text, the last line)",
    )
    parser.add_argument("--output-file", metavar="F", help="what it printed (`-`: standard input)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_model_arguments(parser)
    parser.epilog = "What is piped in is taken for the output: kubectl get pods | caro help-output"


def run(args: argparse.Namespace) -> int:
    command, output = " ".join(args.command), _output(args)
    # What was not handed over by the person is sent to no model.
    handed = bool(output)
    if not command and not output:
        command, output = _last_line()
    told = _told(command, output)
    about = _about(command, output if handed else "", told)
    if args.show_prompt:
        return show_words_prompt(about)
    if told.parts and not args.json:
        print("\n".join(printable(line) for line in told.lines()), flush=True)
    said = words_here(about, args) if handed else []
    if args.json:
        parts = [{"name": part.name, "meaning": part.says, "line": part.line} for part in told.parts]
        added = {"model": said} if said else {}
        print(json.dumps({"v": 1, "command": told.command, "parts": parts, **added}))
    elif said:
        print("\n".join(marked(said)))
    if told.parts or said:
        return 0
    if not args.json:
        raise CaroError("nothing is known of this output; name the command: caro help-output COMMAND")
    return 1


def _output(args: argparse.Namespace) -> str:
    from caro.cli.explain_error import is_piped
    from caro.cli.failure import output_of

    piped = args.output_file is None and is_piped()
    return output_of("-" if piped else args.output_file) or ""


def _last_line() -> tuple[str, str]:
    """Return the session's last line and what it printed, as far as that is known."""
    from caro.cli.last_output import last_printed
    from caro.paths import Paths

    line, output = last_printed(Paths.of(os.environ))
    return line, output or ""


def _told(command: str, output: str) -> OutputTold:
    """Return the meaning of what is piped in or named; of a command alone all that may stand in its output."""
    from caro.engine.pages import manual_of
    from caro.engine.process import complain, guard_of
    from caro.meaning.outputs import all_parts, output_by_manual, output_meaning

    knowledge = guard_of(os.environ, complain).knowledge
    known = output_meaning(command, output, knowledge) if output else all_parts(command, knowledge)
    if known.parts:
        return known
    whole = all_parts(command, knowledge)
    return whole if whole.parts else output_by_manual(command, output, manual_of)


def _about(command: str, output: str, told: OutputTold) -> About:
    from caro.engine.model_words import About

    known = told.lines() if told.parts else []
    return About("output", command or told.command, None, output, handed=True, known=known)
