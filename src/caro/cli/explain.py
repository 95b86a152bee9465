"""Show how a verdict came about: what was read, what it does, each term of the score."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from caro.safety.verdict import Finding, Verdict

_KINDS = {
    "command": "",
    "unwrap": "",
    "substitution": "runs first: ",
    "function": "",
    "alias": "",
    "decode": "decoded: ",
    "effect": "=> ",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("command", nargs="+", help="the command line, as one word (or many: they are joined)")
    parser.add_argument(
        "--shell", default="bash", choices=("bash", "zsh", "fish", "sh"), help="whose syntax it is"
    )
    parser.add_argument("--cwd", help="the folder it would run in (default: no folder)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    from caro.cli.check import Judge

    verdict = Judge().verdict(" ".join(args.command), args.shell, args.cwd)
    if args.json:
        print(json.dumps(as_json(verdict)))
    else:
        sys.stdout.write("\n".join(story(verdict)) + "\n")
    return 0


def as_json(verdict: Verdict) -> dict[str, Any]:
    from caro.cli.check import answer

    return {
        "v": 1,
        **answer(verdict),
        "decided_by": verdict.decided_by,
        "problems": list(verdict.problems),
        "steps": [{"depth": step.depth, "kind": step.kind, "text": step.text} for step in verdict.steps],
        "findings": [_finding(finding) for finding in verdict.findings],
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


def story(verdict: Verdict) -> list[str]:
    """The verdict told in lines, for a person."""
    from caro.cli.check import _safe

    lines = [
        f"{verdict.level.word.upper()}, {verdict.score} of 100. Action: {verdict.action.word} ({verdict.decided_by})."
    ]
    lines += ["", "What the shell would do:"]
    for step in verdict.steps[:60]:
        indent = "  " * min(step.depth + 1, 12)
        lines.append(f"{indent}{_KINDS.get(step.kind, '')}{_safe(step.text)}")
    if not verdict.steps:
        lines.append("  nothing that runs a program")
    for problem in verdict.problems:
        lines.append(f"  could not be read in full: {problem}; such a line is never taken for safe")
    told = [finding for finding in verdict.findings if finding.rule][:6]
    if not told:
        return [*lines, "", "No effect that matters was found."]
    lines += ["", "Why the score is what it is (the worst finding counts):"]
    for finding in told:
        lines += _terms(finding)
    lines += ["", "Levels: critical from 85, high from 50, moderate from 30."]
    return lines


def _terms(finding: Finding) -> list[str]:
    from caro.cli.check import _safe

    lines = [f"  {finding.score:>3}  {_safe(finding.why)}"]
    for term in finding.terms:
        lines.append(f"       {term.points:+4}  {_safe(term.reason)}")
    if finding.effect.via:
        lines.append(f"             reached through: {_safe(' > '.join(finding.effect.via))}")
    if finding.score >= 50 and finding.instead:
        lines.append(f"       instead: {_safe(finding.instead)}")
    return lines
