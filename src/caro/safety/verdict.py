"""`verdict_for(line, world)`: the one question of the guard, and its answer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from caro.levels import Action, Level
from caro.parse.pattern import compile_patterns, pattern
from caro.safety.deciders import load
from caro.safety.effects import EFFECTS, Effect
from caro.safety.instead import fill, fitting
from caro.safety.programs import DataError, catalogue
from caro.safety.rules import Rule, rule_for
from caro.safety.score import Term, terms_of, total
from caro.safety.state import State, Step, state_for
from caro.safety.streams import EMPTY
from caro.safety.values import HOME, arg, without_marks
from caro.safety.walk import Walker
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
    rule: Rule | None
    score: int
    terms: tuple[Term, ...]
    why: str
    instead: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """`findings` worst first. `action` is what the mode asks for (`policy.py` fills it in)."""

    command: str
    score: int
    level: Level
    findings: tuple[Finding, ...] = ()
    problems: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    action: Action = Action.ALLOW
    decided_by: str = ""
    extra: dict[str, str] = field(default_factory=dict)
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


def verdict_for(line: str, world: World = NOWHERE, dialect: str = "bash") -> Verdict:
    """Judge a command line. Never raises on any text; the same question always has the same answer."""
    return judge_text(line, state_for(world, dialect))


def judge_text(line: str, state: State) -> Verdict:
    """The same with what a shell would know already; the line's own definitions are added to it."""
    text, problems = _cleaned(line)
    state.findings.problems.extend(problems)
    if len(text) > MAX_TEXT:
        from caro.safety.long import judge_long

        judge_long(text, state)
    else:
        _walk(text, state)
        if state.findings.gave_up:
            from caro.safety.long import look_around

            look_around(text, state)
    return _verdict(line, state)


def verdict_for_argv(argv: list[str], world: World = NOWHERE) -> Verdict:
    """Judge the real argument vector of an exec: no shell reads it any more."""
    state = state_for(world)
    if argv:
        words = [arg(_home_marked(without_marks(word), world.home)) for word in argv]
        _guarded(lambda: Walker().argv(words, state, EMPTY), state)
    return replace(_verdict(" ".join(argv), state), argv=tuple(argv))


def _home_marked(word: str, home: str | None) -> str:
    """A shell has made a path of `~`: told apart again, both have the same verdict and the same words."""
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
    _guarded(lambda: Walker().text(text, state), state)


def _guarded(work: object, state: State) -> None:
    """No text may take the guard down: what could not be followed counts as not read."""
    assert callable(work)
    try:
        work()
    except RecursionError:
        state.findings.problem("nested too deep")
    except DataError:
        raise


def _verdict(line: str, state: State) -> Verdict:
    found = [_finding(effect, state.world) for effect in state.findings.effects]
    best: dict[tuple[str, str], Finding] = {}
    for finding in found:
        key = (finding.rule.id if finding.rule else finding.effect.name, finding.effect.target)
        if key not in best or best[key].score < finding.score:
            best[key] = finding
    findings = sorted(best.values(), key=lambda finding: -finding.score)
    score = findings[0].score if findings else 0
    problems = tuple(state.findings.problems)
    if problems:
        score = max(score, UNREADABLE_SCORE)
    return Verdict(line, score, Level.of(score), tuple(findings), problems, tuple(state.findings.steps))


def _finding(effect: Effect, world: World) -> Finding:
    rule = rule_for(effect)
    if rule is None:
        return Finding(effect, None, 0, (), EFFECTS[effect.name], "")
    terms = terms_of(effect, rule, world)
    why = fill(fitting(effect.why or rule.why, effect), effect, prose=True)
    instead = fill(fitting(effect.instead or rule.instead, effect), effect)
    return Finding(effect, rule, total(terms), tuple(terms), why, instead)


def warm() -> None:
    """Load all data: a daemon calls it once, so that the first question is as fast as the others."""
    catalogue().everything()
    load()
    compile_patterns()
    verdict_for("true")
