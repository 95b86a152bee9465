"""Say what the columns and states of a command's output mean."""

from __future__ import annotations

import argparse
import json
import os
from typing import TYPE_CHECKING

from caro.errors import CaroError
from caro.printable import printable

if TYPE_CHECKING:
    from caro.meaning.outputs import OutputTold


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("command", nargs="*", help="the command that printed it (default: told by the text)")
    parser.add_argument("--output-file", metavar="F", help="what it printed (`-`: standard input)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.epilog = "What is piped in is taken for the output: kubectl get pods | caro help-output"


def run(args: argparse.Namespace) -> int:
    told = _told(args)
    if args.json:
        parts = [{"name": part.name, "meaning": part.says, "line": part.line} for part in told.parts]
        print(json.dumps({"v": 1, "command": told.command, "parts": parts}))
    elif told.parts:
        print("\n".join(printable(line) for line in told.lines()))
    if told.parts:
        return 0
    if not args.json:
        raise CaroError("nothing is known of this output; name the command: caro help-output COMMAND")
    return 1


def _told(args: argparse.Namespace) -> OutputTold:
    """Return the meaning of what is piped in or named; of a command alone all that may stand in its output."""
    from caro.cli.explain_error import is_piped
    from caro.cli.fix import output_of
    from caro.engine.process import complain, guard_of
    from caro.meaning.outputs import all_parts, output_meaning

    knowledge = guard_of(os.environ, complain).knowledge
    piped = args.output_file is None and is_piped()
    output = output_of("-" if piped else args.output_file)
    command = " ".join(args.command)
    if not command and not output:
        raise CaroError("help-output: pipe the output in, or name the command: caro help-output df")
    if output:
        return output_meaning(command, output, knowledge)
    return all_parts(command, knowledge)
