"""Say what a command line would do, and how dangerous that is."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from caro.cli.tell import tell
from caro.engine.told import assessment_of, decision_lines, decision_row, exit_status
from caro.errors import CaroError, UsageError
from caro.knowledge.shells import dialects

if TYPE_CHECKING:
    from caro.engine.decision import Decision
    from caro.engine.guard import Guard
    from caro.engine.question import Question

MAX_SCRIPT = 4 * 1024 * 1024


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("command", nargs="*", help="the command line, as one word (or many: they are joined)")
    parser.add_argument(
        "--batch", action="store_true", help="JSON Lines in, JSON Lines out, one answer a line, in order"
    )
    parser.add_argument(
        "--script", metavar="FILE", help="check a shell script as a whole (`-`: standard input)"
    )
    parser.add_argument("--shell", default="bash", choices=dialects(), help="whose syntax it is")
    parser.add_argument("--cwd", help="the folder it would run in (default: this one)")
    parser.add_argument("--mode", choices=("off", "passive", "active"), help="instead of the configured mode")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--sarif", action="store_true", help="print SARIF 2.1.0, for code scanning")


def run(args: argparse.Namespace) -> int:
    if sum((bool(args.command), args.batch, args.script is not None)) != 1:
        raise UsageError("give one of: a command, --batch, --script FILE")
    from caro.engine.process import complain, guard_of, question_here
    from caro.runtime_conf import pattern_problems

    guard = guard_of(os.environ, complain)
    for problem in pattern_problems(guard.settings):
        print(f"caro: {problem}", file=sys.stderr)
    if args.batch:
        return _batch(guard, args.mode, sys.stdin.buffer)
    if args.script is not None:
        return _script(guard, args)
    line = " ".join(args.command)
    decision = guard.decide(question_here(line, os.environ, args.shell, args.cwd, args.mode))
    if args.sarif:
        print(json.dumps(sarif("command line", [(1, decision)]), indent=2))
    elif args.json:
        print(_line(decision_row(line, decision)))
    else:
        print("\n".join(decision_lines(decision)))
    return exit_status([decision])


def _line(fields: dict[str, Any]) -> str:
    # a lone surrogate is no UTF-8: JSON's own escapes carry it
    return json.dumps(fields, ensure_ascii=True)


def _batch(guard: Guard, mode: str | None, stream: BinaryIO) -> int:
    """Answer each line, also one that is no JSON: nothing is lost, nothing is out of order."""
    from caro.engine.process import question_here

    worst, here = 0, question_here("", os.environ, mode=mode)
    for raw in stream:
        if not raw.strip():
            continue
        request, problem = _request(raw)
        if problem:
            print(_line({"error": problem}))
            worst = max(worst, 1)
            continue
        decision = guard.decide(_question(request, here))
        print(_line(decision_row(request["command"], decision)))
        worst = max(worst, exit_status([decision]))
    return worst


def _question(request: dict[str, Any], here: Question) -> Question:
    """Return the question of a row.

    One with a folder is asked as the prompt there would ask; one without is about the words alone.
    """
    env: dict[str, str] = {name: os.environ[name] for name in ("CARO_ENV",) if name in os.environ}
    env |= request.get("env") or {}
    cwd = request.get("cwd")
    return replace(
        here,
        words=request["command"],
        dialect=request.get("shell") or "bash",
        cwd=cwd,
        env=env,
        by_person=here.by_person and cwd is not None,
        nowhere=cwd is None,
    )


def _request(raw: bytes) -> tuple[dict[str, Any], str]:
    try:
        request = json.loads(raw.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError) as error:
        return {}, f"not JSON: {error}"
    if not isinstance(request, dict) or not isinstance(request.get("command"), str):
        return {}, 'no "command" that is a string'
    env = request.get("env")
    if env is not None and not (
        isinstance(env, dict) and all(isinstance(value, str) for value in env.values())
    ):
        return {}, '"env" is not an object of strings'
    if not isinstance(request.get("cwd"), (str, type(None))) or not isinstance(
        request.get("shell"), (str, type(None))
    ):
        return {}, '"cwd" and "shell" are strings'
    return request, ""


def _script(guard: Guard, args: argparse.Namespace) -> int:
    text = _read(args.script)
    found, lines = list(_statements(guard, text, args)), [*text.split("\n"), ""]
    if args.sarif:
        print(json.dumps(sarif(args.script, found), indent=2))
    elif args.json:
        for number, decision in found:
            print(_line({"line": number, **decision_row(assessment_of(decision).command, decision)}))
    else:
        for number, decision in found:
            _tell_statement(args.script, number, decision, lines[number - 1])
        from caro.show.event_text import counted

        bad = sum(decision.level >= 2 for _, decision in found)
        print(f"{counted(len(found), 'statement')}, {bad} of them high or critical")
    return exit_status([decision for _, decision in found])


def _tell_statement(place: str, number: int, decision: Decision, line: str) -> None:
    from caro.printable import printable

    if decision.level < 1 and not decision.action:
        return
    print(f"{place}:{number}: {decision.level.word} ({decision.score}): {printable(decision.reason)}")
    print(f"    {printable(line.strip()[:160])}")
    if decision.level >= 2 and decision.instead:
        print(f"    instead: {printable(decision.instead)}")


def _read(path: str) -> str:
    if path != "-" and Path(path).is_fifo() and not path.startswith(("/dev/fd/", "/proc/self/fd/")):
        tell(f"{path} is a FIFO: waiting for what is written into it")
    try:
        with sys.stdin.buffer if path == "-" else open(path, "rb") as handle:
            data = handle.read(MAX_SCRIPT + 1)
    except OSError as error:
        raise CaroError(f"can't read the script {path}: {error.strerror}") from error
    if len(data) > MAX_SCRIPT:
        raise CaroError(f"the script {path} is larger than 4 MiB: check its parts")
    return data.decode("utf-8", "surrogateescape")


def _statements(guard: Guard, text: str, args: argparse.Namespace) -> Iterator[tuple[int, Decision]]:
    """(line number, decision) of each statement: as if the script ran in the caller's folder, or in `--cwd`."""
    from caro.engine.process import question_here
    from caro.safety.script import dialect_of

    shell = dialect_of(text, args.shell)
    yield from guard.script(text, question_here(text, os.environ, shell, args.cwd, args.mode))


def sarif(place: str, found: list[tuple[int, Decision]]) -> dict[str, Any]:
    """SARIF 2.1.0 (OASIS): one result for each statement that is moderate or above."""
    levels = {1: "note", 2: "warning", 3: "error"}
    results, rules = [], {}
    for number, decision in found:
        if decision.level < 1:
            continue
        assessment = assessment_of(decision)
        top = assessment.findings[0] if assessment.findings and assessment.findings[0].score >= 30 else None
        name = top.rule.id if top and top.rule else "unreadable"
        rules[name] = {
            "id": name,
            "shortDescription": {
                "text": (top.rule.why if top and top.rule else assessment.why).replace("{target}", "a target")
            },
        }
        results.append(
            {
                "ruleId": name,
                "level": levels[int(assessment.level)],
                "message": {"text": f"{assessment.why} (score {assessment.score})"},
                "locations": [
                    {
                        "physicalLocation": {
                            "artifactLocation": {"uri": place},
                            "region": {"startLine": number},
                        }
                    }
                ],
            }
        )
    driver = {"name": "caro", "rules": list(rules.values())}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }
