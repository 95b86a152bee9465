"""What a model adds in words to an answer that is there already: below it, marked, only where one is switched on."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from caro.printable import printable

if TYPE_CHECKING:
    from caro.engine.model_words import About

MARK = "model:"


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--show-prompt", action="store_true", help="print what a model would be sent, and where"
    )
    parser.add_argument("--no-model", action="store_true", help="ask no model, whatever llm.enabled says")
    parser.add_argument("-v", "--verbose", action="store_true", help="say why a model has no answer")


def words_here(about: About, args: argparse.Namespace, shell: str = "bash") -> list[str]:
    """Return the model's lines; [] where none is on, or it has no answer (why is told with -v). ^C leaves it out."""
    from caro.settings import load_settings

    settings = load_settings(os.environ)
    if args.no_model or not settings["llm.enabled"]:
        return []
    import asyncio

    from caro.cli.model_context import context_here
    from caro.engine.process import complain, helper_of, question_here
    from caro.errors import CaroError
    from caro.llm.backend import NoAnswer

    helper, place = helper_of(os.environ, complain), question_here("", os.environ, shell)
    heard = progress() if sys.stderr.isatty() and not args.json else (lambda text: None)
    try:
        return asyncio.run(helper.words_by_model(about, place, settings, context_here(settings), heard))
    except (NoAnswer, CaroError) as problem:
        if args.verbose or isinstance(problem, CaroError):
            heard("\n")
            print(f"caro: the model has no answer: {printable(str(problem))}", file=sys.stderr)
        return []
    except KeyboardInterrupt:
        return []
    finally:
        heard("\n")


def marked(lines: list[str]) -> list[str]:
    """Return the model's lines as they stand below the three of a failure."""
    return [f"{MARK if at == 0 else '':<10}{printable(line)}" for at, line in enumerate(lines)]


def show_words_prompt(about: About, shell: str = "bash") -> int:
    """Print exactly what the model would be sent, and where."""
    from caro.cli.model_context import context_here, show_turns
    from caro.engine.process import complain, helper_of, question_here
    from caro.errors import CaroError
    from caro.llm.backend import NoAnswer
    from caro.settings import load_settings

    settings, helper = load_settings(os.environ), helper_of(os.environ, complain)
    try:
        turns = helper.words_prompt(about, question_here("", os.environ, shell), context_here(settings))
    except NoAnswer as problem:
        raise CaroError(f"a model would not be asked: {problem}") from None
    show_turns(turns, settings)
    return 0


def progress() -> Callable[[str], None]:
    """Return what shows the model's text on one line of standard error while it comes, and clears that line at its end
    ("\\n")."""
    shown: list[str] = []

    def heard(text: str) -> None:
        if text == "\n":
            sys.stderr.write("\r\x1b[K")
        else:
            shown.append(text)
            line = " ".join("".join(shown).split())[-60:]
            sys.stderr.write(f"\r\x1b[K  … {printable(line)}")
        sys.stderr.flush()

    return heard
