"""Tier 4: the rules for what a failure means (`rules/*.toml`, and the user's), by tool, and what they offer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property

from caro.fix.context import Context, fill
from caro.fix.decisions import catalogue as decisions
from caro.fix.model import Candidate, Failure, Inventory
from caro.fix.rule import FixRule, read_rules
from caro.fix.spec_walk import walk
from caro.fix.words import Simple
from caro.knowledge import Knowledge, shipped

ROOM = "fix/rules"


class Rulebook:
    """Rules by the tool they are about, in the order given, and the knowledge that they and the other tiers read."""

    def __init__(
        self,
        rules: Iterable[FixRule],
        complain: Callable[[str], None] = lambda message: None,
        knowledge: Knowledge | None = None,
    ) -> None:
        self.rules = list(rules)
        self.knowledge = knowledge or shipped()
        self._complain = complain
        self._by_tool: dict[str, list[FixRule]] = {}
        for rule in self.rules:
            for tool in rule.tools:
                self._by_tool.setdefault(tool, []).append(rule)

    def telling(self, complain: Callable[[str], None]) -> Rulebook:
        """Return the same rules, of which those that fail are told to `complain`."""
        telling = copy(self)
        telling._complain = complain
        return telling

    def about(self, tool: str) -> Iterator[FixRule]:
        """Give the rules for a tool, those for any tool last."""
        yield from self._by_tool.get(tool, ())
        yield from self._by_tool.get("*", ())

    def candidates(
        self, simple: Simple, failure: Failure, inventory: Inventory, output: str
    ) -> Iterator[Candidate]:
        """Give what the rules offer for one simple command; a rule that raises is named and skipped."""
        context = Context(simple, failure, inventory, output, {}, knowledge=self.knowledge)
        lowered, plain = output.lower(), _PlainWords(simple, inventory)
        for rule in self.about(simple.name):
            try:
                yield from _apply(rule, context, lowered, plain)
            except Exception as error:
                self._complain(f"fix rule {rule.id} failed: {error!r}; skipped")


def rulebook(knowledge: Knowledge) -> Rulebook:
    """Return the rules of all layers, the upper ones first: a person's own know better. A view of the knowledge."""
    documents = sorted(enumerate(knowledge.documents(ROOM)), key=lambda item: (item[1].ships, item[0]))
    rules = [
        rule
        for _, document in documents
        for rule in read_rules(document.table, document.name, document.ships)
    ]
    return Rulebook(rules, knowledge=knowledge)


class _PlainWords:
    """Where the words of a simple command stand that are neither options nor their values; looked for once."""

    def __init__(self, simple: Simple, inventory: Inventory) -> None:
        self._simple, self._inventory = simple, inventory

    @cached_property
    def places(self) -> list[int]:
        values = {step.word for step in walk(self._simple, self._inventory) if step.role == "value"}
        return [
            at
            for at, word in enumerate(self._simple.words)
            if at and not word.text.startswith("-") and word not in values
        ]


def _after_words(rule: FixRule, simple: Simple, plain: _PlainWords) -> int | None:
    """Return how many words the rule's `words` use up, options between them and their values skipped; None where they
    don't match."""
    if not rule.words:
        return 1
    for wanted in rule.words:
        if len(plain.places) >= len(wanted) and all(
            simple.words[at].text == text for at, text in zip(plain.places, wanted, strict=False)
        ):
            return plain.places[len(wanted) - 1] + 1 if wanted else 1
    return None


def _output_fits(rule: FixRule, context: Context, lowered: str) -> bool:
    if rule.has and not any(text in lowered for text in rule.has):
        return False
    if not all(text in lowered for text in rule.all) or any(text in lowered for text in rule.lacks):
        return False
    return not rule.errno or decisions.says_errno(lowered, rule.errno, context.knowledge)


def _apply(rule: FixRule, context: Context, lowered: str, plain: _PlainWords) -> Iterator[Candidate]:
    if rule.exit and context.failure.exit_code not in rule.exit:
        return
    if rule.reads_output and not context.output:
        return
    if not _output_fits(rule, context, lowered):
        return
    after = _after_words(rule, context.simple, plain)
    if after is None:
        return
    groups = _groups(rule, context)
    if groups is None:
        return
    context = replace(context, groups=groups, words_used=after)
    if all(context.meets(need) for need in rule.needs):
        yield from _offers(rule, context)


def _groups(rule: FixRule, context: Context) -> dict[str, str] | None:
    """Return what the groups of the rule's patterns caught; None where a pattern is not found."""
    groups: dict[str, str] = {}
    for pattern, text in ((rule.line, context.simple.text), (rule.match, context.output)):
        match = rule.found(pattern, text) if pattern else None
        if pattern and match is None:
            return None
        groups |= {key: value for key, value in (match.groupdict() if match else {}).items() if value}
        if (
            rule.names
            and pattern == rule.line
            and not all(value in context.output for value in groups.values())
        ):
            return None
    return groups


def _with_global(command: str, rule: FixRule, context: Context) -> str:
    """Return a command of the same tool with the options that stand between its name and the rule's `words`: where it
    works (`git -C sub`), on which cluster (`kubectl --context x`)."""
    words, simple = context.simple.words, context.simple
    first = next(
        (at for at, word in enumerate(words) if any(word.text == one[0] for one in rule.words if one)), 0
    )
    if (
        first < 2
        or not command.startswith(simple.name + " ")
        or command.startswith(simple.text[: simple.words[1].end - simple.start])
    ):
        return command
    kept = simple.line[words[1].start : words[first - 1].end]
    return re.sub(
        rf"(^|&& ){re.escape(simple.name)} (?!{re.escape(kept)})", lambda found: f"{found[0]}{kept} ", command
    )


def _offers(rule: FixRule, context: Context) -> Iterator[Candidate]:
    filled_ones = (fill(template, context) for template in rule.fix)
    commands = [_with_global(filled, rule, context) for filled in filled_ones if filled is not None]
    wholes = [("{whole}" in template) for template in rule.fix if fill(template, context) is not None]
    edited = rule.edited(context.simple.text)
    if rule.edit and edited != context.simple.text:
        commands.append(edited)
        wholes.append(False)
    if rule.decide:
        found: Sequence[str] = decisions.DECISIONS[rule.decide](context)
        commands += found
        wholes += [False] * len(found)
    why = fill(rule.why, context, prose=True) or rule.id.replace("-", " ")
    for at, (command, whole) in enumerate(zip(commands, wholes, strict=True)):
        line = command if whole or rule.whole else context.simple.rewritten(command, rule.bare)
        yield Candidate(line, rule.confidence * (1 - 0.12 * at), why, "rule", own=not rule.ships)
