"""What a line would run, as a tree of simple commands: for a plan that is shown and never carried out.

The walk is the guard's own (`LineInterpreter`): the same words, the same effects. It keeps beside them which command
had which words, redirections and effects.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

from caro.knowledge import Knowledge
from caro.parse.nodes import Branch, Function, Group, Loop, Node, Pipeline, Redirect, Sequence, Simple, Word
from caro.parse.pattern import pattern
from caro.parse.tokens import statements
from caro.safety.assessment import MAX_TEXT, tiers
from caro.safety.effects import Effect
from caro.safety.expand import expand_word
from caro.safety.interpreter import LineInterpreter
from caro.safety.state import Findings, State, state_for
from caro.safety.streams import EMPTY, UNKNOWN_STREAM, Stream
from caro.safety.values import OPEN, Arg, shown
from caro.safety.world import NOWHERE, World

UNKNOWN_PART = f"{OPEN}("
_CHOOSES = pattern(r"(?<=[^\s$'\"])\([^()|'\"]*\)\Z")


@dataclass(slots=True)
class Planned:
    """A simple command. `words` are expanded as far as they can be known before it runs; what can't be stands as it is
    written (`$(date)`)."""

    typed: str
    words: tuple[str, ...]
    assignments: tuple[str, ...] = ()
    redirects: tuple[str, ...] = ()
    """As one would write them: `> out.txt`, `2>&1`."""
    effects: list[Effect] = field(default_factory=list)
    """Its own; those of `inner` stand there."""
    inner: list[Planned] = field(default_factory=list)
    """What it runs: substitutions, what a wrapper leads to, what an alias or a function of the line stands for."""
    body: list[Planned] = field(default_factory=list)
    """What the function runs that it defines, once that is called."""
    alias: str = ""
    """What the alias stands for that its first word is, where it is one."""
    operator: str = ""
    """What stands before it: `|`, `&&`, `||`, `;`, `&`; "" for the first."""


class _Planner(LineInterpreter):
    """Notes each simple command on its way through the guard's walk."""

    def __init__(self) -> None:
        super().__init__()
        self.top: list[Planned] = []
        self._places: list[list[Planned]] = [self.top]
        self._operators: dict[int, str] = {}
        """By id of the first simple command behind each operator."""

    def sequence(self, node: Sequence, state: State, stdin: Stream) -> Stream:
        for operator, item in node.items:
            self._note_operator(item, operator)
        return super().sequence(node, state, stdin)

    def pipeline(self, node: Pipeline, state: State, stdin: Stream) -> Stream:
        for item in node.commands[1:]:
            self._note_operator(item, "|")
        return super().pipeline(node, state, stdin)

    def loop(self, node: Loop, state: State, stdin: Stream) -> Stream:
        if node.variable:
            self._places[-1].append(Planned(f"for {node.variable}", (), (f"{node.variable}=",)))
        return super().loop(node, state, stdin)

    def define(self, node: Function, state: State) -> None:
        planned = Planned(f"{node.name}()", ("function", node.name))
        self._places[-1].append(planned)
        super().define(node, state)
        aside = state.inner(node.name)
        aside.findings = Findings()
        self._places.append(planned.body)
        try:
            self.node(node.body, aside, EMPTY)
        finally:
            self._places.pop()

    def _note_operator(self, node: Node, operator: str) -> None:
        if operator and (first := _first_of(node)) is not None:
            self._operators[id(first)] = operator

    def simple(self, node: Simple, state: State, stdin: Stream) -> Stream:
        planned = _of_node(node, state)
        planned.operator = self._operators.get(id(node), "")
        return self._noted(planned, state, lambda: super(_Planner, self).simple(node, state, stdin))

    def argv(self, argv: list[Arg], state: State, stdin: Stream) -> Stream:
        words = tuple(map(shown, argv))
        planned = Planned(" ".join(words), words)
        return self._noted(planned, state, lambda: super(_Planner, self).argv(argv, state, stdin))

    def _noted(self, planned: Planned, state: State, walk: object) -> Stream:
        assert callable(walk)
        if state.second:  # what another grammar makes of a line that could not be read: the same words again
            return cast(Stream, walk())
        effects = state.findings.effects
        before = len(effects)
        self._places[-1].append(planned)
        self._places.append(planned.inner)
        try:
            stream = cast(Stream, walk())
        finally:
            self._places.pop()
        inner = {id(effect) for each in planned.inner for effect in _all_effects(each)}
        planned.effects = [effect for effect in effects[before:] if id(effect) not in inner]
        return stream


@dataclass(slots=True)
class PlannedStatement:
    """One statement of a text: the line that it begins on, counted from 1, its source, what it would run, and what of
    it could not be read."""

    number: int
    source: str
    commands: list[Planned]
    problems: list[str]


def plan_text(
    text: str, world: World = NOWHERE, dialect: str = "bash", knowledge: Knowledge | None = None
) -> Iterator[PlannedStatement]:
    """Yield what each statement would run, with what those before it define. Never raises on any text."""
    state = state_for(world, dialect, tiers(knowledge)[-1])
    for number, source in statements(text, dialect):
        planner = _Planner()
        state.findings = Findings()
        state.source = source[:MAX_TEXT]
        try:
            planner.text(state.source, state)
        except RecursionError:
            state.findings.problem("nested too deep")
        if len(source) > MAX_TEXT:
            state.findings.problem("too long: its beginning alone is shown")
        yield PlannedStatement(number, source, planner.top, list(state.findings.problems))


def _all_effects(planned: Planned) -> list[Effect]:
    return [*planned.effects, *(effect for each in planned.inner for effect in _all_effects(each))]


def _first_of(node: Node) -> Simple | None:
    """Return the simple command that a part of a line begins with; None for a definition and the like."""
    if isinstance(node, Simple):
        return node
    if isinstance(node, Pipeline):
        return _first_of(node.commands[0]) if node.commands else None
    inner = (
        node.body if isinstance(node, Group) else
        node.condition or node.body if isinstance(node, Loop) else
        node.arms[0] if isinstance(node, Branch) and node.arms else
        node if isinstance(node, Sequence) else None
    )  # fmt: skip
    return _first_of(inner.items[0][1]) if inner is not None and inner.items else None


def _of_node(node: Simple, state: State) -> Planned:
    """Return the command as its words stand before anything of it has run."""
    # In a state of its own: an expansion may assign (`${x:=v}`), and the walk does that itself.
    aside = state.inner()
    aside.findings = Findings()
    words = tuple(text for word in node.words for text in _expanded(word, aside))
    name = node.words[0].bare if node.words else None
    return Planned(
        " ".join(word.source for word in node.words),
        words,
        tuple(f"{each.name}{each.index}{'+' if each.append else ''}=" for each in node.assignments),
        tuple(_redirect(each, aside) for each in node.redirects),
        alias=state.aliases.get(name or "", "") if name not in state.calls else "",
    )


def _expanded(word: Word, state: State) -> list[str]:
    """Return the words that it becomes. A substitution stays as it is written: what it prints, nobody knows."""
    values = expand_word(word, state, lambda text, state, kind: UNKNOWN_STREAM)
    if any(UNKNOWN_PART in value for value in values):
        return [word.source]
    # Put back what zsh chooses among the files by: `*.txt(.)`.
    chosen = _CHOOSES.search(word.source) if state.dialect == "zsh" else None
    end = chosen[0] if chosen and not any(value.endswith(chosen[0]) for value in values) else ""
    return [f"{shown(value)}{end}" for value in values]


def _redirect(redirect: Redirect, state: State) -> str:
    if redirect.op in ("<<", "<<-"):
        return f"{redirect.descriptor}{redirect.op}{redirect.target.source}"
    target = " ".join(_expanded(redirect.target, state))
    joined = redirect.op in (">&", "<&")
    return f"{redirect.descriptor}{redirect.op}{'' if joined else ' '}{target}"
