"""A question about text that is piped in: `kubectl get pods | caro ask "which of these is broken"`.

What Caro's tables know of the text is told at once, then a model's words, where one is on. Nothing is run.
"""

from __future__ import annotations

import argparse
import json
import os
import re
from typing import TYPE_CHECKING

from caro.errors import CaroError
from caro.printable import printable

if TYPE_CHECKING:
    from caro.meaning.outputs import OutputTold

POINTS_AT = re.compile(
    r"\b(?:these|those|above)\b|\bthis (?:output|log|error|table|list|listing|text|message|result|mean)s?\b"
    r"|\b(?:in|of|from|about) (?:this|it|them)\W*$",
    re.I,
)
"""Words that speak of a text which is there: only then is a pipe waited for."""
MOST_STATES = 12


def answer_about(words: str, args: argparse.Namespace) -> int:
    """Tell what the piped text says about the words."""
    from caro.cli.failure import output_of
    from caro.cli.model_words import marked, show_words_prompt, words_here
    from caro.engine.model_words import About
    from caro.engine.process import complain, guard_of
    from caro.meaning.outputs import output_meaning

    output = output_of("-") or ""
    if not output.strip():
        raise CaroError("nothing came through the pipe that the question could be about")
    told = output_meaning("", output, guard_of(os.environ, complain).knowledge)
    known = _lines(told)
    about = About("question", told.command, None, output, handed=True, words=words, known=known)
    if args.show_prompt:
        return show_words_prompt(about, args.shell)
    if known and not args.json:
        print("\n".join(map(printable, known)), flush=True)
    said = words_here(about, args, args.shell)
    if args.json:
        parts = [{"name": part.name, "meaning": part.says, "line": part.line} for part in told.parts]
        added = {"model": said} if said else {}
        print(
            json.dumps(
                {"v": 1, "words": words, "commands": [], "output": told.command, "parts": parts, **added}
            )
        )
    elif said:
        print("\n".join(marked(said)))
    if known or said:
        return 0
    if not args.json:
        raise CaroError("nothing is known of this text; name its command: caro help-output COMMAND")
    return 1


def _lines(told: OutputTold) -> list[str]:
    """Return the states that stand in the text, each with the line that has it and what it means."""
    states = [part for part in told.parts if part.line][:MOST_STATES]
    if not states:
        return told.lines() if told.parts else []
    rows = [(f"  {part.line}", f"      {part.name}: {part.says}") for part in states]
    return [f"{told.command}:", *(line for row in rows for line in row)]
