"""Say in words what you want, get the command; nothing is run."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

from caro.cli.model_words import add_model_arguments
from caro.errors import UsageError
from caro.knowledge.shells import dialects
from caro.printable import printable

if TYPE_CHECKING:
    from caro.engine.helper import Helper
    from caro.engine.question import Question
    from caro.settings import Settings

NOTHING_FOUND = 1
TURNS = 5
SHOWN, IN_BATCH = 3, 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words",
        nargs="*",
        help="what you want, in words (`-`: standard input), or a question about what is piped in",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--batch", action="store_true", help="JSON Lines in, JSON Lines out, one answer a line, in order"
    )
    parser.add_argument("--shell", default="bash", choices=dialects(), help="the shell it is for")
    add_model_arguments(parser)
    parser.add_argument(
        "--then", action="append", default=[], metavar="WORDS",
        help=f"go on from the words: --then 'only in this folder' (up to {TURNS} times)",
    )  # fmt: skip
    parser.add_argument(
        "--forget",
        action="store_true",
        help="forget what you took for the words, or for all where none are given",
    )
    parser.add_argument("--n", type=int, metavar="N", help=f"how many commands at most (default: {SHOWN})")


def run(args: argparse.Namespace) -> int:
    if args.n is not None and args.n < 1:
        raise UsageError(f"--n {args.n}: give a number from 1 on")
    if args.batch:
        if args.words:
            raise UsageError("--batch reads its words from standard input; give none on the line")
        return _batch(args, sys.stdin.buffer)
    if args.forget:
        return _forget(" ".join(args.words))
    words = _words(args.words)
    if args.words != ["-"]:
        from caro.cli.ask_about import POINTS_AT, answer_about
        from caro.cli.explain_error import is_piped

        if POINTS_AT.search(words) and is_piped():
            return answer_about(words, args)
    if len(args.then) > TURNS:
        raise UsageError(f"--then: at most {TURNS} times")
    if args.then:
        from caro.ask.refining import gone_on

        turns = [words]
        for more in args.then:
            turns = gone_on(turns, more)
        words = turns[-1]
    if _is_unreadable(words):
        return _say_nothing(words, args)
    if args.show_prompt:
        return _show_prompt(words, args)
    rows = _answers(words, args)
    if not args.json:
        _tell(rows, words)
        sys.stdout.flush()
    settings = _settings()
    if settings["llm.enabled"] and not args.no_model:
        rows += _of_the_model(words, settings, args)
    if args.json:
        print(json.dumps({"v": 1, "words": words, "commands": rows}))
    return 0 if rows else NOTHING_FOUND


def _is_unreadable(words: str) -> bool:
    # Spare a readable request the import.
    if words.isprintable():
        return "\ufffd" in words
    from caro.ask.request import is_unreadable

    return is_unreadable(words)


def _say_nothing(words: str, args: argparse.Namespace) -> int:
    """Tell that a name can't be read; no model is asked, which would make one up."""
    if args.json:
        print(json.dumps({"v": 1, "words": printable(words), "commands": []}))
    _tell([], words)
    return NOTHING_FOUND


def _answers(words: str, args: argparse.Namespace) -> list[dict[str, str]]:
    """Return the commands as rows: the daemon's, which has everything loaded; where it has none to give, this
    process'."""
    count = args.n or SHOWN
    rows = rows_of_daemon(words, args.shell) if count <= SHOWN else None
    return _rows(_helper(learns=True), words, _place(args.shell), count) if rows is None else rows[:count]


def rows_of_daemon(words: str, shell: str = "", timeout: float = 10.0) -> list[dict[str, str]] | None:
    """Return the daemon's answer, at most SHOWN; None where it has none to give within `timeout` seconds."""
    from caro.client import Client
    from caro.errors import CaroError
    from caro.paths import Paths
    from caro.settings import socket_file

    fields = {"command": words, "cwd": _folder(), "env": {"PATH": os.environ.get("PATH", "")}, "shell": shell,
              "session": os.environ.get("CARO_SESSION_ID")}  # fmt: skip
    try:
        answers = (
            Client(socket_file(os.environ, Paths.of()), timeout=timeout)
            .request("ask", **fields)
            .get("answers")
        )
    except CaroError:
        return None
    if not isinstance(answers, list):
        return None
    return [{name: str(value) for name, value in row.items()} for row in answers if isinstance(row, dict)]


def _folder() -> str | None:
    try:
        return os.getcwd()
    except OSError:
        return None


def _forget(words: str) -> int:
    count = _helper(learns=True).forget_taken(words)
    print(f"{count} forgotten")
    return 0


def _settings() -> Settings:
    from caro.settings import load_settings

    return load_settings(os.environ)


def _of_the_model(words: str, settings: Settings, args: argparse.Namespace) -> list[dict[str, str]]:
    """Return the model's row, told below the others as soon as it is whole; [] where it has none. ^C leaves it out."""
    import asyncio

    from caro.cli.model_context import context_here
    from caro.cli.model_words import progress
    from caro.errors import CaroError
    from caro.llm.backend import NoAnswer

    # What looks like a secret is masked, wherever the model runs.
    helper, place, context = _helper(), _place(args.shell), context_here(settings)
    words = context.redact(words)
    # The nearest pairs hold values of the request: they go along, so they are those of the masked one.
    found = helper.ask(words, place, count=args.n or SHOWN)
    heard = progress() if sys.stderr.isatty() and not args.json else (lambda text: None)
    try:
        asked = asyncio.run(helper.ask_model(words, place, found, settings, heard, context))
    except (NoAnswer, CaroError) as problem:
        heard("\n")
        if args.verbose or isinstance(problem, CaroError):
            print(f"caro: the model has no answer: {printable(str(problem))}", file=sys.stderr)
        return []
    heard("\n")
    if any(row.command == asked.command for row in found):
        return []
    if not args.json:
        _tell([asked.row()])
    return [asked.row()]


def _show_prompt(words: str, args: argparse.Namespace) -> int:
    from caro.cli.model_context import context_here, show_turns

    helper, place, settings = _helper(), _place(args.shell), _settings()
    context = context_here(settings)
    words = context.redact(words)
    found = helper.ask(words, place, count=args.n or SHOWN)
    show_turns(helper.prompt(words, place, found, context), settings)
    return 0


def _words(given: list[str]) -> str:
    words = sys.stdin.buffer.read(1 << 20).decode("utf-8", "replace") if given == ["-"] else " ".join(given)
    if not words.strip():
        raise UsageError('what? for example: caro ask "files over 10 MB changed this week"')
    return words


def _helper(learns: bool = False) -> Helper:
    from caro.engine.process import complain, helper_of

    return helper_of(os.environ, complain, learns=learns)


def _place(shell: str, cwd: str | None = None) -> Question:
    from caro.engine.process import question_here

    return question_here("", os.environ, shell, cwd)


def _rows(helper: Helper, words: str, place: Question, count: int) -> list[dict[str, str]]:
    return [asked.row() for asked in helper.ask(words, place, count=count)]


def _tell(rows: list[dict[str, str]], words: str = "") -> None:
    if not rows:
        from caro.engine.asking import no_answer

        print(f"caro: {no_answer(words)}", file=sys.stderr)
    for row in rows:
        print(printable(row["command"]))
        verdict = f", {row['verdict']}" if "verdict" in row else ""
        print(f"    {row['level']}{printable(verdict)}: {printable(row['why'])}")


def _batch(args: argparse.Namespace, stream: BinaryIO) -> int:
    """Answer each line, also one that is no request: nothing is lost, nothing is out of order."""
    helper, places = _helper(), {args.shell: _place(args.shell)}
    for request, problem in _requests(stream):
        if problem:
            print(json.dumps({"error": problem, "commands": []}), flush=True)
            continue
        shell, cwd = request.get("shell") or args.shell, request.get("cwd")
        if shell not in dialects():
            shell = args.shell
        place = places.setdefault(shell, replace(places[args.shell], dialect=shell))
        if cwd:
            place = replace(place, cwd=cwd)
        rows = _rows(helper, request["words"], place, args.n or IN_BATCH)
        print(json.dumps({"words": request["words"], "commands": rows}), flush=True)
    return 0


def _requests(stream: BinaryIO) -> Iterator[tuple[dict[str, str], str]]:
    for raw in stream:
        if not raw.strip():
            continue
        try:
            row = json.loads(raw.decode("utf-8", "replace"))
        except (ValueError, RecursionError) as error:
            yield {}, f"not JSON: {error}"
            continue
        if not isinstance(row, dict) or not isinstance(row.get("words"), str):
            yield {}, 'no "words" that are a string'
        elif not all(isinstance(row.get(name), (str, type(None))) for name in ("shell", "cwd")):
            yield {}, '"shell" or "cwd" is no string'
        else:
            yield row, ""
