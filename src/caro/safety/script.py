"""A script as a whole: each statement is judged with what the ones before it have defined.

Variables, functions, aliases, the folder and the files written so far are those that a shell would have there.
Branches are all taken; what a function does is told where it is called.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from caro.knowledge import Knowledge, shells
from caro.levels import Level
from caro.parse.pattern import pattern
from caro.parse.tokens import statements
from caro.safety.assessment import Assessment, Finding, assess_text, strictest, tiers
from caro.safety.effects import Effect
from caro.safety.state import Findings, state_for
from caro.safety.world import NOWHERE, World

_ERREXIT = pattern(r"\s*set\s+(?:-\w*\s+)*(?:-\w*e|-o\s+errexit)")
_BARE_CD = pattern(r"\s*(?:cd|pushd)\b[^|&\n]*$")
_SHEBANG = pattern(r"#!\s*\S*?(?:env\s+(?:-S\s+)?)?(\w+)((?:\s+-\w+)*)[ \t\r]*$", re.MULTILINE)


def dialect_of(text: str, default: str) -> str:
    """Return the dialect that the first line names."""
    match = _SHEBANG.match(text)
    if match is None:
        return default
    return shells.dialect_of(match[1])


def assess_script(
    text: str, world: World = NOWHERE, dialect: str = "bash", knowledge: Knowledge | None = None
) -> Iterator[tuple[int, Assessment]]:
    """Yield (line number, assessment) of each statement at the top level; one more for each further line of it on
    which something was found."""
    states = [state_for(world, dialect, each) for each in tiers(knowledge)]
    shebang = _SHEBANG.match(text)
    errexit = bool(shebang and "e" in shebang[2])
    for number, source in statements(text, dialect):
        for state in states:
            state.findings = Findings()
        assessment = strictest([assess_text(source, state) for state in states])
        for offset, part in _by_line(source, assessment):
            yield number + offset, part
        errexit = errexit or _ERREXIT.match(source) is not None
        if _BARE_CD.match(source):
            # The statement alone can't know that others follow it.
            for state in states:
                state.unchecked = not errexit


def _by_line(source: str, assessment: Assessment) -> list[tuple[int, Assessment]]:
    """Return (lines below the first, assessment of what stands there), in order."""
    lines = source.split("\n")
    if len(lines) == 1 or not assessment.findings:
        return [(0, assessment)]
    found: dict[int, list[Finding]] = {}
    for finding in assessment.findings:
        found.setdefault(_line_of(finding.effect, lines), []).append(finding)
    return [(offset, _part(assessment, found[offset])) for offset in sorted(found)]


def _part(assessment: Assessment, findings: list[Finding]) -> Assessment:
    worst = findings[0] is assessment.findings[0]
    score = assessment.score if worst else findings[0].score
    problems = assessment.problems if worst else ()
    return replace(
        assessment, findings=tuple(findings), score=score, level=Level.of(score), problems=problems
    )


def _line_of(effect: Effect, lines: list[str]) -> int:
    """The line whose words are most like the command's; the first where that is not plain."""
    shared = [_shared(line, effect) for line in lines]
    return shared.index(max(shared))


def _shared(line: str, effect: Effect) -> int:
    """Return how many of the command's words stand in a line; 0 without the program."""
    words = effect.argv or (effect.program,)
    if not words[0] or not re.search(rf"(?<![\w-]){re.escape(words[0])}(?![\w-])", line):
        return 0
    return sum(word in line for word in words)
