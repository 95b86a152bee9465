"""Say what each word of a line means, and how its verdict came about."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import TYPE_CHECKING, Any, TextIO

from caro.knowledge.shells import dialects

if TYPE_CHECKING:
    from caro.engine.decision import Decision
    from caro.safety.assessment import Finding


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("command", nargs="+", help="the command line, as one word (or many: they are joined)")
    parser.add_argument("--shell", default="bash", choices=dialects(), help="whose syntax it is")
    parser.add_argument("--cwd", help="the folder it would run in (default: this one)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    from caro.engine.process import complain, helper_of, question_here

    line = " ".join(args.command)
    question = question_here(line, os.environ, args.shell, args.cwd)
    told, more = helper_of(os.environ, complain).explain(question), _of_plugins(line, question.cwd)
    if args.json:
        words = [meaning.row() for meaning in told.words]
        plugins = {"plugins": more} if more else {}
        print(json.dumps({**as_json(line, told.decision), "words": words, **plugins}))
        return 0
    lines = [*told.lines(_rails_of(sys.stdout)), *([""] if more else []), *more]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _of_plugins(line: str, cwd: str | None) -> list[str]:
    """Return what programs of plugins say of the line: the daemon has them, and without it there are none."""
    from caro.client import Client
    from caro.errors import CaroError
    from caro.paths import Paths
    from caro.settings import load_settings, socket_file

    paths = Paths.of(os.environ)
    if not load_settings(os.environ, paths)["plugins.enabled"]:
        return []
    client = Client(socket_file(os.environ, paths), timeout=0.5)
    try:
        reply = client.request("explain", command=line, cwd=cwd or "", what="plugins")
    except CaroError:
        return []
    return str(reply.get("explanation", "")).splitlines()


def as_json(line: str, decision: Decision) -> dict[str, Any]:
    """Return the fields that `--json` prints."""
    from caro.engine.told import assessment_of, decision_row

    assessment = assessment_of(decision)
    return {
        "v": 1,
        **decision_row(line, decision),
        "decided_by": decision.decided_by,
        "problems": list(assessment.problems),
        "steps": [{"depth": step.depth, "kind": step.kind, "text": step.text} for step in assessment.steps],
        "findings": [_finding(finding) for finding in assessment.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    effect = finding.effect
    return {
        "effect": effect.name,
        "target": effect.target,
        "scope": effect.scope,
        "facts": sorted(effect.facts),
        "via": list(effect.via),
        "rule": finding.rule.id if finding.rule else None,
        "score": finding.score,
        "terms": [{"points": term.points, "reason": term.reason} for term in finding.terms],
        "why": finding.why,
        "instead": finding.instead,
    }


def _rails_of(stream: TextIO) -> tuple[str, str, str, str] | None:
    if not stream.isatty():
        return None
    if "utf" in (stream.encoding or "").lower():
        return "├─ ", "└─ ", "│  ", "   "
    return "|- ", "`- ", "|  ", "   "
