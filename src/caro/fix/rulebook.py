"""Tier 4: rules for what a failure means. A rule is a TOML table (`rules/*.toml`), documented in `FIELDS`.

Templates in `fix` take `{name}` of: `line` (the failing simple command as typed), `args` (what follows its name),
`after` (what follows the rule's `words`), `whole` (the whole line), `tool`, a number (that word), `last` (the last
word), a group of `match` or `line`, `@kind` (the first such name of the world). After a bar come filters:
`dir`, `base`, `stem`, `first`, `lower`, `raw`, `or:TEXT`, `near:KIND` (the nearest name of that kind, or the value).
A template with an empty value gives no fix. Values from an output are quoted for the shell.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from caro.errors import UsageError
from caro.fix import decisions
from caro.fix.context import Context, fill
from caro.fix.model import Candidate, Failure, World
from caro.fix.words import Simple

FIELDS: dict[str, tuple[type, str]] = {
    "id": (str, "unique name, `tool-what`"),
    "tools": (list, "names of programs it is about; `*` any"),
    "words": (str, "sub-command words that must come first; alternatives split by `|`"),
    "has": (list, "texts of which the output holds at least one (case ignored)"),
    "all": (list, "texts that the output holds all of"),
    "lacks": (list, "texts that the output must not hold"),
    "match": (str, "a regular expression that is found in the output; its groups are values"),
    "line": (str, "a regular expression that is found in the simple command; its groups are values"),
    "errno": (str, "a system error whose message, in any language known, is in the output: `ENOENT`, …"),
    "names": (bool, "the output must hold what the groups of `line` caught (for outputs in any language)"),
    "exit": (list, "exit statuses it needs"),
    "needs": (
        list,
        "what the world must have: `debian`, `!root`, `has:NAME`, `path:{x}`, `nopath:{x}`, `@kind`",
    ),
    "fix": (list, "templates of the commands to offer, best first"),
    "edit": (
        list,
        "pairs of a regular expression and its replacement, applied to the simple command in turn",
    ),
    "decide": (str, "a function of `decisions` that gives the commands"),
    "bare": (bool, "the fix stands for prefixes such as sudo, too"),
    "whole": (bool, "the fix stands for the whole line"),
    "why": (str, "one sentence, a template too"),
    "confidence": (float, "0 to 1, of the first fix; later ones get less"),
    "cases": (list, "tables with `command`, `output`, `exit` and `want` (empty for silence)"),
}
DEFAULT_CONFIDENCE = 0.9


@dataclass(frozen=True)
class Rule:
    id: str
    tools: tuple[str, ...] = ("*",)
    words: tuple[tuple[str, ...], ...] = ()
    has: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    match: str = ""
    line: str = ""
    errno: str = ""
    names: bool = False
    exit: tuple[int, ...] = ()
    needs: tuple[str, ...] = ()
    fix: tuple[str, ...] = ()
    edit: tuple[tuple[str, str], ...] = ()
    decide: str = ""
    bare: bool = False
    whole: bool = False
    why: str = ""
    confidence: float = DEFAULT_CONFIDENCE
    cases: tuple[Mapping[str, Any], ...] = ()
    source: str = ""

    @property
    def reads_output(self) -> bool:
        return bool(self.has or self.all or self.match or self.errno or self.names)


@lru_cache(maxsize=2048)
def _regex(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.M | re.I)


def read_rule(table: Mapping[str, Any], source: str) -> Rule:
    """One rule; UsageError names the rule, the field and what is wrong with it."""
    name = str(table.get("id", "?"))
    for key, value in table.items():
        kind = FIELDS.get(key)
        if kind is None:
            raise UsageError(f"{source}: rule {name}: no field `{key}`; fields are {', '.join(FIELDS)}")
        if not isinstance(value, kind[0]) and not (kind[0] is float and isinstance(value, int)):
            raise UsageError(f"{source}: rule {name}: `{key}` must be a {kind[0].__name__}")
    if "id" not in table or not (table.get("fix") or table.get("edit") or table.get("decide")):
        raise UsageError(f"{source}: rule {name}: it needs an `id` and one of `fix`, `edit`, `decide`")
    if table.get("decide") and table["decide"] not in decisions.DECISIONS:
        raise UsageError(f"{source}: rule {name}: no decision `{table['decide']}`")
    for key in ("match", "line"):
        try:
            _regex(table.get(key, ""))
        except re.error as error:
            raise UsageError(f"{source}: rule {name}: `{key}` is no regular expression: {error}") from error
    fields: dict[str, Any] = {
        key: table[key]
        for key in ("match", "line", "errno", "names", "decide", "why", "bare", "whole")
        if key in table
    }
    fields |= {key: tuple(table[key]) for key in ("tools", "exit", "needs", "fix", "cases") if key in table}
    fields |= {key: tuple(map(str.lower, table[key])) for key in ("has", "all", "lacks") if key in table}
    words = tuple(tuple(part.split()) for part in table["words"].split("|")) if table.get("words") else ()
    edit = tuple((str(old), str(new)) for old, new in table.get("edit", ()))
    confidence = float(table.get("confidence", DEFAULT_CONFIDENCE))
    return Rule(id=name, words=words, edit=edit, confidence=confidence, source=source, **fields)


def read_rules(text: str, source: str) -> list[Rule]:
    """All rules of a file; UsageError if it is no TOML or a rule is broken."""
    try:
        tables = tomllib.loads(text).get("rule", [])
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{source}: {error}") from error
    return [read_rule(table, source) for table in tables]


class Rulebook:
    """Rules by the tool they are about, in the order given."""

    def __init__(self, rules: Iterable[Rule], complain: Callable[[str], None] = lambda message: None) -> None:
        self.rules = list(rules)
        self._complain = complain
        self._by_tool: dict[str, list[Rule]] = {}
        for rule in self.rules:
            for tool in rule.tools:
                self._by_tool.setdefault(tool, []).append(rule)

    def about(self, tool: str) -> Iterator[Rule]:
        yield from self._by_tool.get(tool, ())
        yield from self._by_tool.get("*", ())

    def candidates(self, simple: Simple, failure: Failure, world: World, output: str) -> Iterator[Candidate]:
        """What the rules offer for one simple command; a rule that raises is named and skipped."""
        lowered = output.lower()
        for rule in self.about(simple.name):
            try:
                yield from _apply(rule, simple, failure, world, output, lowered)
            except Exception as error:
                self._complain(f"fix rule {rule.id} failed: {error!r}; skipped")


def _after_words(rule: Rule, simple: Simple) -> int | None:
    """How many words the rule's `words` use up, options between them skipped; None where they don't match."""
    if not rule.words:
        return 1
    plain = [at for at, word in enumerate(simple.words) if at and not word.text.startswith("-")]
    for wanted in rule.words:
        if len(plain) >= len(wanted) and all(
            simple.words[at].text == text for at, text in zip(plain, wanted, strict=False)
        ):
            return plain[len(wanted) - 1] + 1 if wanted else 1
    return None


def _output_fits(rule: Rule, output: str, lowered: str) -> bool:
    if rule.has and not any(text in lowered for text in rule.has):
        return False
    if not all(text in lowered for text in rule.all) or any(text in lowered for text in rule.lacks):
        return False
    return not rule.errno or decisions.says_errno(lowered, rule.errno)


def _apply(
    rule: Rule, simple: Simple, failure: Failure, world: World, output: str, lowered: str
) -> Iterator[Candidate]:
    if rule.exit and failure.exit_code not in rule.exit:
        return
    if rule.reads_output and not output:
        return
    after = _after_words(rule, simple)
    if after is None or not _output_fits(rule, output, lowered):
        return
    groups: dict[str, str] = {}
    for pattern, text in ((rule.line, simple.text), (rule.match, output)):
        match = _regex(pattern).search(text) if pattern else None
        if pattern and match is None:
            return
        groups |= {key: value for key, value in (match.groupdict() if match else {}).items() if value}
        if rule.names and pattern == rule.line and not all(value in output for value in groups.values()):
            return
    context = Context(simple, failure, world, output, groups, after)
    if all(context.meets(need) for need in rule.needs):
        yield from _offers(rule, context)


def _offers(rule: Rule, context: Context) -> Iterator[Candidate]:
    commands = [filled for template in rule.fix if (filled := fill(template, context)) is not None]
    wholes = [("{whole}" in template) for template in rule.fix if fill(template, context) is not None]
    edited = context.simple.text
    for old, new in rule.edit:
        edited = _regex(old).sub(new, edited, count=1)
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
        yield Candidate(line, rule.confidence * (1 - 0.12 * at), why, "rule")
