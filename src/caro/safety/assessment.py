"""What the rules say of a command line, before policy: its effects, level and score."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from caro.knowledge import OVERLAY_ROOMS, SHIPPED, Knowledge, Layer, shipped
from caro.levels import Level
from caro.parse.pattern import compile_patterns, pattern
from caro.safety import targets
from caro.safety.deciders import load
from caro.safety.effects import EFFECTS, Effect
from caro.safety.image_steps import is_image_step
from caro.safety.instead import advice, fitting, told, usual
from caro.safety.interpreter import LineInterpreter
from caro.safety.programs import DataError, catalogue
from caro.safety.rules import SafetyRule, rules_of
from caro.safety.score import Term, points_of, terms_of, total
from caro.safety.state import State, Step, state_for
from caro.safety.streams import EMPTY
from caro.safety.values import HOME, arg, without_marks
from caro.safety.world import NOWHERE, World

MAX_TEXT = 24_000
UNREADABLE_SCORE = 35
_HIDDEN = pattern(
    "[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u00ad\u115f\u3164\U000e0000-\U000e007f]"
)
_SURROGATE = pattern("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Finding:
    """One effect, the rule that speaks of it, and the terms of its score."""

    effect: Effect
    rule: SafetyRule | None
    score: int
    terms: tuple[Term, ...]
    why: str
    instead: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a line would do, and how risky that is (`score` 0 to 100); `findings` worst first.

    What is done about it is decided elsewhere: `policy.py` says which action, the engine's `Decision` is the answer.
    """

    command: str
    score: int
    level: Level
    findings: tuple[Finding, ...] = ()
    problems: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    commands: tuple[tuple[str, ...], ...] = ()
    """Each simple command of the line, those inside wrappers and substitutions too, as its expanded words."""
    argv: tuple[str, ...] | None = None
    """The words of an exec, which no shell splits again; None: a line was judged."""

    @property
    def effects(self) -> list[str]:
        return list(dict.fromkeys(finding.effect.name for finding in self.findings))

    @property
    def rules(self) -> list[str]:
        return list(dict.fromkeys(finding.rule.id for finding in self.findings if finding.rule))

    @property
    def why(self) -> str:
        if self.findings and (self.findings[0].score >= 30 or not self.problems):
            return self.findings[0].why
        return "; ".join(self.problems)

    @property
    def instead(self) -> str:
        return self.findings[0].instead if self.findings else ""


def assess_line(
    line: str, world: World = NOWHERE, dialect: str = "bash", knowledge: Knowledge | None = None
) -> Assessment:
    """Return the assessment of a command line, by `knowledge` (None: what ships).

    Never raises on any text; the same question always has the same answer.
    """
    judged = [assess_text(line, state_for(world, dialect, each)) for each in tiers(knowledge)]
    return strictest(judged)


def tiers(knowledge: Knowledge | None) -> tuple[Knowledge, ...]:
    """Return what a question is judged by: what ships, then all of `knowledge` where an overlay is in it.

    Judged by each for itself, a layer can only add findings (`strictest`): never lower, never replace one.
    """
    if knowledge is None:
        return (shipped(),)
    return knowledge.view(_tiers)


MOST_TIERS = 8
"""Plugins that are judged by each for itself; more of them are one. Each costs as much as the rules that ship."""


def _tiers(knowledge: Knowledge) -> tuple[Knowledge, ...]:
    """Return what ships, what ships with each layer that has rules, and all: no layer can lower another's finding by
    how it describes a program."""
    above = [layer for layer in knowledge.layers if layer.name != SHIPPED and _guards(layer)]
    if not above:
        return (knowledge,)
    shipped_only = [layer for layer in knowledge.layers if layer.name == SHIPPED]
    alone = above[-MOST_TIERS:] if len(above) > 1 else []
    return (
        Knowledge(shipped_only),
        *(Knowledge([*shipped_only, layer]) for layer in alone),
        knowledge,
    )


def _guards(layer: Layer) -> bool:
    return any(layer.rooms.get(room) for room in OVERLAY_ROOMS)


def strictest(assessments: list[Assessment]) -> Assessment:
    """Return one assessment with the findings of all; of one found twice, the one with the higher score."""
    if len(assessments) == 1:
        return assessments[0]
    found = _worst_first(finding for assessment in assessments for finding in assessment.findings)
    problems = tuple(dict.fromkeys(problem for assessment in assessments for problem in assessment.problems))
    score = max(assessment.score for assessment in assessments)
    return replace(assessments[-1], score=score, level=Level.of(score), findings=found, problems=problems)


def assess_text(line: str, state: State) -> Assessment:
    """Return the same with what a shell would know already; the line's own definitions are added to `state`."""
    text, problems = _cleaned(line)
    text = _with_home_marked(text, state.world.home)
    state.source = text[:MAX_TEXT]
    state.image_step = not state.world.agent and is_image_step(state.source)
    state.findings.problems.extend(problems)
    if len(text) > MAX_TEXT:
        from caro.safety.long import judge_long

        judge_long(text, state)
    else:
        _walk(text, state)
        if state.findings.gave_up:
            from caro.safety.long import look_around

            look_around(text, state)
    return _assessment(line, state)


def _with_home_marked(text: str, home: str | None) -> str:
    """Return the text with a home folder of an unusual place marked wherever it is spelt out, in quotes and code too;
    those below /home, /Users and /root are known by their spelling."""
    if not home or home == "/" or home not in text or targets.below_home(home) is not None or home == "/root":
        return text
    return re.sub(rf"{re.escape(home)}(?![\w.-])", HOME, text)


def assess_argv(argv: list[str], world: World = NOWHERE, knowledge: Knowledge | None = None) -> Assessment:
    """Return the assessment of the argument vector of an exec, which no shell reads any more."""
    return strictest([_assess_argv(argv, world, each) for each in tiers(knowledge)])


def _assess_argv(argv: list[str], world: World, knowledge: Knowledge) -> Assessment:
    state = state_for(world, knowledge=knowledge)
    if argv:
        words = [arg(_home_marked(without_marks(word), world.home)) for word in argv]
        _guarded(lambda: LineInterpreter().argv(words, state, EMPTY), state)
    return replace(_assessment(" ".join(argv), state), argv=tuple(argv))


def _home_marked(word: str, home: str | None) -> str:
    """Return the word with the home folder marked: a shell made a path of `~`, and both are assessed alike."""
    inside = bool(home) and home != "/" and (word == home or word.startswith(f"{home}/"))
    return HOME + word[len(home or "") :] if inside else word


def _cleaned(line: str) -> tuple[str, list[str]]:
    problems = []
    text = line
    if "\0" in text:
        problems.append("a NUL byte is in it")
        text = text.replace("\0", "")
    if not text.isascii() and _SURROGATE.search(text):
        problems.append("bytes that are not UTF-8 are in it")
        text = _SURROGATE.sub("\ufffd", text)
    if not text.isascii() and _HIDDEN.search(text):
        problems.append("characters that can't be seen are in it")
        text = _HIDDEN.sub("", text)
    return text, problems


def _walk(text: str, state: State) -> None:
    _guarded(lambda: LineInterpreter().text(text, state), state)


def _guarded(work: object, state: State) -> None:
    """No text may take the guard down: what could not be followed counts as not read."""
    assert callable(work)
    try:
        work()
    except RecursionError:
        state.findings.problem("nested too deep")
    except DataError:
        raise


def _assessment(line: str, state: State) -> Assessment:
    findings = _worst_first(_finding(effect, state) for effect in state.findings.effects)
    score = findings[0].score if findings else 0
    problems = tuple(state.findings.problems)
    if problems:
        score = max(score, UNREADABLE_SCORE)
    steps, commands = tuple(state.findings.steps), tuple(map(tuple, state.findings.commands))
    return Assessment(line, score, Level.of(score), findings, problems, steps, commands)


def _worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return each (rule or effect, target) once, with its highest score."""
    best: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        key = (finding.rule.id if finding.rule else finding.effect.name, finding.effect.target)
        if key not in best or best[key].score < finding.score:
            best[key] = finding
    return tuple(sorted(best.values(), key=lambda finding: -finding.score))


def _finding(effect: Effect, state: State) -> Finding:
    """Return what the rules say of an effect; of several that speak, the one that gives the highest score."""
    rules = rules_of(state.knowledge).speaking(effect)
    if not rules:
        return Finding(effect, None, 0, (), EFFECTS[effect.name], "")
    points = points_of(state.knowledge)
    scored = [(rule, terms_of(effect, rule, state.world, points)) for rule in rules]
    rule, terms = scored[0] if len(scored) == 1 else max(scored, key=lambda each: total(each[1]))
    # What a program's data says of itself fits the shipped rule; an overlay's rule speaks for itself.
    own = rule.layer != SHIPPED
    template, safer = (
        (rule.why, rule.instead)
        if own
        else (effect.why or rule.why, effect.instead or usual(effect, state.knowledge) or rule.instead)
    )
    why = told(fitting(template, effect), effect)
    if effect.scope == "unset" and (variable := _VARIABLE.search(effect.target)):
        without = _VARIABLE.sub("", effect.target, count=1) or "nothing"
        why += f"; where {variable[0]} is empty or not set, that is {without}"
    instead = advice(fitting(safer, effect), effect, state.knowledge, state.world.trash)
    return Finding(effect, rule, total(terms), tuple(terms), why, instead)


_VARIABLE = pattern(r"\$\w+")


def warm(knowledge: Knowledge | None = None) -> None:
    """Load all data: a daemon calls it once, so that the first question is as fast as the others."""
    from caro.safety.code.calls import calls_known

    for each in tiers(knowledge):
        catalogue(each).everything()
        rules_of(each)
        calls_known(each)
    load()
    compile_patterns()
    assess_line("true", knowledge=knowledge)
