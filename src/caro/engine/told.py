"""Decisions and fixes as people and programs are told of them: the same by a process of its own and by the daemon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from caro.levels import Level
from caro.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from caro.engine.decision import Decision
    from caro.fix.model import Answer
    from caro.safety.assessment import Assessment, Finding

EXIT_HIGH, EXIT_CRITICAL = 3, 4
MOST_DANGERS, MOST_WORDS = 8, 100
"""Commands, and words of each, that are told of a dangerous line."""


def assessment_of(decision: Decision) -> Assessment:
    """Return the guard's findings behind a decision; in a process of its own they are always there."""
    assert decision.assessment is not None
    return decision.assessment


def dangers(decision: Decision) -> list[tuple[list[str], str]]:
    """Return the expanded words of each command that makes the line at least a medium risk, and what it does that to;
    for who shows the line while it is typed."""
    effects = (
        each.effect for each in assessment_of(decision).findings if Level.of(each.score) >= Level.MODERATE
    )
    return [(list(effect.argv[:MOST_WORDS]), effect.target) for effect in effects][:MOST_DANGERS]


def decision_row(line: str, decision: Decision) -> dict[str, Any]:
    """Return the fields of one answer of `caro check --batch` and `--json`."""
    return {
        "command": line,
        "level": decision.level.word,
        "score": decision.score,
        "action": decision.action.word,
        "effects": assessment_of(decision).effects,
        "rules": list(decision.rules),
        "why": decision.reason,
        "instead": decision.instead,
    }


def decision_lines(decision: Decision) -> list[str]:
    """Return what `caro check` prints for people."""
    lines = [f"{decision.level.word} ({decision.score} of 100), action: {decision.action.word}"]
    if "user-rule" in decision.rules:
        lines.append(f"  {printable(decision.reason)}  [user-rule]")
    for finding in _apart(assessment_of(decision).findings[:4]):
        if finding.score >= 30:
            name = finding.rule.id if finding.rule else finding.effect.name
            lines.append(f"  {printable(finding.why)}  [{name}]")
    lines += [f"  could not be read in full: {problem}" for problem in assessment_of(decision).problems]
    if decision.level >= 2 and decision.instead:
        lines.append(f"  instead: {printable(decision.instead)}")
    if decision.level >= 1:
        lines.append("  `caro explain` with the same words shows how this was found")
    return lines


def _apart(findings: Sequence[Finding]) -> list[Finding]:
    """Return them without those that say the same of less: `prod` beside `ns prod`."""
    return [
        finding
        for finding in findings
        if not any(
            other.rule == finding.rule
            and f" {other.effect.target}".endswith(f" {finding.effect.target}")
            and other.effect.target != finding.effect.target
            for other in findings
        )
    ]


def exit_status(decisions: list[Decision]) -> int:
    """Return what `caro check` ends with: by the worst level."""
    worst = max((decision.level for decision in decisions), default=Level.LOW)
    return {Level.HIGH: EXIT_HIGH, Level.CRITICAL: EXIT_CRITICAL}.get(worst, 0)


def fixes_row(answer: Answer) -> dict[str, Any]:
    """Return the answer as `caro fix --json` and `--batch` print it; `raises_risk` only where it is true."""
    fixes = [
        {
            "command": fix.command,
            "confidence": round(fix.confidence, 3),
            "level": fix.level.word,
            "why": fix.why,
            "tier": fix.tier,
            **({"raises_risk": True} if fix.raises_risk else {}),
        }
        for fix in answer.fixes
    ]
    return {"command": answer.command, "fixes": fixes, "explanation": answer.explanation}
