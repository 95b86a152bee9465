"""Show how a verdict came about: what was read, what it does, each term of the score."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from caro.safety.state import Step
    from caro.safety.verdict import Finding, Verdict

_KINDS = {
    "command": "",
    "unwrap": "",
    "substitution": "runs first: ",
    "function": "",
    "pipe": "one into the next: ",
    "group": "",
    "alias": "",
    "decode": "decoded: ",
    "effect": "=> ",
}


_ACTIONS = {
    "allow": "Caro lets it run and says nothing.",
    "warn": "Caro warns and lets it run.",
    "confirm": "Caro asks before it runs; where nobody can answer, it does not run.",
    "block": "Caro does not let it run.",
}
_PLACES = {
    "root": "the whole system",
    "system": "a folder that the system needs",
    "system_part": "inside a folder that the system needs",
    "boot": "what the machine starts from",
    "home": "a whole home folder",
    "home_wildcard": "everything of some kind in a home folder",
    "home_data": "your own files",
    "home_data_part": "some of your own files",
    "home_part": "inside a home folder",
    "project": "all of the folder that you work in",
    "parent": "a folder above the one you work in",
    "repository": "a git repository",
    "part": "a part of the folder that you work in",
    "sources": "source files",
    "wildcard": "everything that a pattern matches",
    "absolute": "somewhere else on this machine",
    "outside": "outside the folder that you work in",
    "unset": "a variable that is not set: nothing stands in its place",
    "variable": "a variable whose value is not known here",
    "computed": "a path that is only known when it runs",
    "device": "a whole disk or volume",
    "mount": "a mounted disk",
    "log": "logs",
    "history": "the shell's history",
    "kernel": "the running system itself",
    "temp": "a temporary place",
    "temp_all": "everything temporary",
    "artefact": "something that a build makes again",
    "cache": "a cache, which fills again",
    "null": "nowhere",
}
"""Scopes (safety/targets.py) in words."""


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
        sys.stdout.write("\n".join(story(verdict, _rails_of(sys.stdout))) + "\n")
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


def story(verdict: Verdict, rails: tuple[str, str, str, str] | None = None) -> list[str]:
    """The verdict told in lines, for a person; `rails` draw the tree of what would run, where there are any."""
    from caro.cli.check import _safe

    head = f"{verdict.level.word.upper()} ({verdict.score} of 100)"
    lines = [f"{head}: {_safe(verdict.why)}" if verdict.why and verdict.score else head]
    lines.append(f"{_ACTIONS[verdict.action.word]} Decided by: {verdict.decided_by}.")
    lines += ["", "What the shell would do:", *_steps(verdict.steps[:60], rails)]
    for problem in verdict.problems:
        lines.append(f"  could not be read in full: {problem}; such a line is never taken for safe")
    told = [finding for finding in verdict.findings if finding.rule][:6]
    if not told:
        return [*lines, "", "No effect that matters was found."]
    lines += ["", "How the points came together (the worst finding counts):"]
    for finding in told:
        lines += _terms(finding)
    return [*lines, "", "From 85 points a line is critical, from 50 high, from 30 moderate, else low."]


def _steps(steps: Sequence[Step], rails: tuple[str, str, str, str] | None) -> list[str]:
    from caro.cli.check import _safe

    if not steps:
        return ["  nothing that runs a program"]
    lines = []
    for index, step in enumerate(steps):
        following = steps[index + 1 :]
        if rails is None:
            front = "  " * min(step.depth + 1, 12)
        else:
            open_ones = [_goes_on(following, depth) for depth in range(min(step.depth, 11))]
            front = "  " + "".join(rails[2] if is_open else rails[3] for is_open in open_ones)
            front += rails[0] if _goes_on(following, step.depth) else rails[1]
        lines.append(f"{front}{_KINDS.get(step.kind, '')}{_safe(_plain_step(step))}")
    return lines


def _goes_on(following: Sequence[Step], depth: int) -> bool:
    """Whether another step of that depth comes before one that stands further out."""
    return next((step.depth == depth for step in following if step.depth <= depth), False)


def _plain_step(step: Step) -> str:
    """An effect in words: `delete ~/* (home)` as `deletes files: ~/*, in your home folder`."""
    from caro.safety.effects import EFFECTS

    name, _, rest = step.text.partition(" ")
    if step.kind != "effect" or name not in EFFECTS:
        return step.text
    target, bracket, scope = rest.rpartition(" (")
    place = _PLACES.get(scope.rstrip(")"), "") if bracket else ""
    told = f"{EFFECTS[name]}: {target if bracket else rest}" if rest else EFFECTS[name]
    return f"{told}, {place}" if place else told


def _terms(finding: Finding) -> list[str]:
    from caro.cli.check import _safe

    lines = [f"  {finding.score:>3}  {_safe(finding.why)}"]
    for term in finding.terms:
        lines.append(f"       {term.points:+4}  {_safe(_plain_term(term.reason))}")
    if finding.effect.via:
        lines.append(f"             reached through: {_safe(' > '.join(finding.effect.via))}")
    if finding.score >= 50 and finding.instead:
        lines.append(f"       instead: {_safe(finding.instead)}")
    return lines


def _plain_term(reason: str) -> str:
    from caro.safety.effects import EFFECTS

    name, bracket, rule = reason.partition(" (")
    if bracket and name.replace(" ", "_") in EFFECTS:
        return f"{EFFECTS[name.replace(' ', '_')]} (rule {rule}"
    scope = reason.removeprefix("scope: ")
    place = _PLACES.get(scope.replace(" ", "_"))
    return f"{place} (scope: {scope})" if place and scope != reason else reason


def _rails_of(stream: TextIO) -> tuple[str, str, str, str] | None:
    if not stream.isatty():
        return None
    if "utf" in (stream.encoding or "").lower():
        return "├─ ", "└─ ", "│  ", "   "
    return "|- ", "`- ", "|  ", "   "
