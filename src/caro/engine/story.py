"""A decision told in lines for a person: what was read, what it does, each term of the score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from caro.levels import Action
from caro.printable import printable
from caro.safety.policy import MATRIX

if TYPE_CHECKING:
    from caro.engine.decision import Decision
    from caro.safety.assessment import Finding
    from caro.safety.state import Step

Rails = tuple[str, str, str, str]
"""What draws a tree: a branch, the last branch, a line that goes on, a blank."""

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
_IN_ACTIVE = {
    Action.BLOCK: "in mode active it would not run",
    Action.CONFIRM: "in mode active it would ask first",
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
    "packaged": "what a package brings back",
    "null": "nowhere",
}
"""Scopes (safety/targets.py) in words."""


def story(decision: Decision, rails: Rails | None = None) -> list[str]:
    """Return the lines; `rails` draw the tree of what would run, where there are any."""
    assessment = decision.assessment
    if assessment is None:
        return ["The guard is still being loaded: ask again in a moment."]
    head = f"{decision.level.word.upper()} ({decision.score} of 100)"
    if "user-rule" in decision.rules and decision.action.word != "allow":
        head = f"YOUR OWN RULE, whatever the points ({decision.score} of 100)"
    bound = decision.rules[:1] == ("policy",)
    if bound:
        head = f"THIS SHELL'S POLICY, whatever the points ({decision.score} of 100)"
    told_why = decision.reason and (decision.score or bound or "user-rule" in decision.rules)
    lines = [f"{head}: {printable(decision.reason)}" if told_why else head]
    lines.append(f"{_ACTIONS[decision.action.word]} Decided by: {_decided_by(decision)}.")
    if bound and decision.action.word == "block":
        lines.append(
            "Nothing that is typed in this shell lifts it: a shell without that policy runs the line."
        )
    if decision.transform:
        lines.append(f"The same line in a safer form: {printable(decision.transform)}")
    lines += ["", "What the shell would do:", *_steps(assessment.steps[:60], rails)]
    for problem in assessment.problems:
        lines.append(f"  could not be read in full: {problem}; such a line is never taken for safe")
    told = points(decision)
    if not told:
        return [*lines, "", "No effect that matters was found."]
    lines += ["", "How the points came together (the worst finding counts):", *told]
    return [*lines, "", "From 85 points a line is critical, from 50 high, from 30 moderate, else low."]


def _decided_by(decision: Decision) -> str:
    """Return who decided; of mode passive also what mode active would do, which the pages speak of."""
    by = printable(decision.decided_by)
    stricter = MATRIX["active"].get(decision.level)
    if decision.decided_by != "mode passive" or stricter not in _IN_ACTIVE:
        return by
    return f"{by}; {_IN_ACTIVE[stricter]}"


def points(decision: Decision) -> list[str]:
    """Return the findings that count, each with the terms of its score; nothing where no effect matters."""
    findings = decision.assessment.findings if decision.assessment is not None else ()
    told = [finding for finding in findings if finding.rule][:6]
    return [line for finding in told for line in _terms(finding)]


def _steps(steps: Sequence[Step], rails: Rails | None) -> list[str]:
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
        lines.append(f"{front}{_KINDS.get(step.kind, '')}{printable(_plain_step(step))}")
    return lines


def _goes_on(following: Sequence[Step], depth: int) -> bool:
    """True if another step of that depth comes before one that stands further out."""
    return next((step.depth == depth for step in following if step.depth <= depth), False)


def _plain_step(step: Step) -> str:
    """An effect in words: `delete ~/* (home)` as `deletes files: ~/*, in your home folder`."""
    name, _, rest = step.text.partition(" ")
    if step.kind != "effect":
        return step.text
    target, bracket, scope = rest.rpartition(" (")
    return effect_told(name, target if bracket else rest, scope.rstrip(")") if bracket else "")


def effect_told(name: str, target: str, scope: str) -> str:
    """Return an effect in words: `deletes files: ~/*, a whole home folder`."""
    from caro.safety.effects import EFFECTS

    if name not in EFFECTS:
        return " ".join(filter(None, (name, target, f"({scope})" if scope else "")))
    place = _PLACES.get(scope, "")
    told = f"{EFFECTS[name]}: {target}" if target else EFFECTS[name]
    return f"{told}, {place}" if place else told


def _terms(finding: Finding) -> list[str]:
    lines = [f"  {finding.score:>3}  {printable(finding.why)}"]
    for term in finding.terms:
        lines.append(f"       {term.points:+4}  {printable(_plain_term(term.reason))}")
    if finding.effect.via:
        lines.append(f"             reached through: {printable(' > '.join(finding.effect.via))}")
    if finding.score >= 50 and finding.instead:
        lines.append(f"       instead: {printable(finding.instead)}")
    return lines


def _plain_term(reason: str) -> str:
    from caro.safety.effects import EFFECTS

    name, bracket, rule = reason.partition(" (")
    if bracket and name.replace(" ", "_") in EFFECTS:
        return f"{EFFECTS[name.replace(' ', '_')]} (rule {rule}"
    scope = reason.removeprefix("scope: ")
    place = _PLACES.get(scope.replace(" ", "_"))
    return f"{place} (scope: {scope})" if place and scope != reason else reason
