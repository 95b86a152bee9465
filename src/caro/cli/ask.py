"""Say in words what you want, get the command; nothing is run."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

from caro.errors import UsageError
from caro.knowledge.shells import dialects
from caro.printable import printable

if TYPE_CHECKING:
    from caro.engine.helper import Helper
    from caro.engine.question import Question

NOTHING_FOUND = 1
SHOWN, IN_BATCH = 3, 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", nargs="*", help="what you want, in words (`-`: standard input)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--batch", action="store_true", help="JSON Lines in, JSON Lines out, one answer a line, in order"
    )
    parser.add_argument("--shell", default="bash", choices=dialects(), help="the shell it is for")
    parser.add_argument("--n", type=int, metavar="N", help=f"how many commands at most (default: {SHOWN})")


def run(args: argparse.Namespace) -> int:
    if args.n is not None and args.n < 1:
        raise UsageError(f"--n {args.n}: give a number from 1 on")
    if args.batch:
        if args.words:
            raise UsageError("--batch reads its words from standard input; give none on the line")
        return _batch(args, sys.stdin.buffer)
    words = _words(args.words)
    rows = _rows(_helper(), words, _place(args.shell), args.n or SHOWN)
    if args.json:
        print(json.dumps({"v": 1, "words": words, "commands": rows}))
    else:
        _tell(rows)
    return 0 if rows else NOTHING_FOUND


def _words(given: list[str]) -> str:
    words = sys.stdin.buffer.read(1 << 20).decode("utf-8", "replace") if given == ["-"] else " ".join(given)
    if not words.strip():
        raise UsageError('what? for example: caro ask "files over 10 MB changed this week"')
    return words


def _helper() -> Helper:
    from caro.engine.process import complain, helper_of

    return helper_of(os.environ, complain, learns=False)


def _place(shell: str, cwd: str | None = None) -> Question:
    from caro.engine.process import question_here

    return question_here("", os.environ, shell, cwd)


def _rows(helper: Helper, words: str, place: Question, count: int) -> list[dict[str, str]]:
    return [asked.row() for asked in helper.ask(words, place, count=count)]


def _tell(rows: list[dict[str, str]]) -> None:
    from caro.engine.asking import NO_ANSWER

    if not rows:
        print(f"caro: {NO_ANSWER}", file=sys.stderr)
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
