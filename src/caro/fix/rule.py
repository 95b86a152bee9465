"""A rule for what a failure means: a TOML table, documented in `FIELDS`; the user's own are like those that ship.

Templates in `fix` take `{name}` of: `line` (the failing simple command as typed), `args` (what follows its name),
`after` (what follows the rule's `words`), `whole` (the whole line), `tool`, a number (that word), `last` (the last
word), a group of `match` or `line`, `@kind` (the first such name of this machine). After a bar come filters:
`dir`, `base`, `stem`, `first`, `lower`, `raw`, `or:TEXT`, `near:KIND` (the nearest name of that kind, or the value).
A template with an empty value gives no fix. Values from an output are quoted for the shell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from caro.errors import UsageError
from caro.fix.decisions import catalogue as decisions
from caro.fix.linear_pattern import LinearMatch, linear
from caro.knowledge import Table

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
        "what this machine must have: `debian`, `!root`, `has:NAME`, `path:{x}`, `nopath:{x}`, `perhaps:{x}`, `@kind`",
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
class FixRule:
    """One rule, checked; `FIELDS` says what each field means."""

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
    ships: bool = True
    """False: somebody else wrote it, and its patterns are found in linear time."""

    def found(self, pattern: str, text: str) -> re.Match[str] | LinearMatch | None:
        """Return the first match of one of the rule's patterns in a text."""
        return regex(pattern).search(text) if self.ships else linear(pattern).search(text)

    def edited(self, text: str) -> str:
        """Return the text with the rule's `edit` applied, each pair once."""
        for old, new in self.edit:
            if self.ships:
                text = regex(old).sub(new, text, count=1)
            else:
                text = linear(old).replace_first(new, text)
        return text

    @property
    def reads_output(self) -> bool:
        """True if it can't be told without the output whether the rule fits."""
        return bool(self.has or self.all or self.match or self.errno or self.names)


@lru_cache(maxsize=2048)
def regex(pattern: str) -> re.Pattern[str]:
    """Return a rule's pattern, compiled: lines apart, case ignored."""
    return re.compile(pattern, re.M | re.I)


def read_rule(table: Mapping[str, Any], source: str, ships: bool = True) -> FixRule:
    """Return one rule. Raises UsageError, which names the rule, the field and what is wrong with it."""
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
    edit = _edit_of(table, source)
    patterns = [(key, table.get(key, "")) for key in ("match", "line")] + [
        ("edit", old) for old, _new in edit
    ]
    # Those that ship are compiled when a rule is first tried: 550 patterns take longer than the answer.
    for key, pattern in patterns if not ships else ():
        try:
            linear(pattern)
        except (re.error, RecursionError) as error:
            raise UsageError(f"{source}: rule {name}: `{key}` can't be used as a pattern: {error}") from error
    fields: dict[str, Any] = {
        key: table[key]
        for key in ("match", "line", "errno", "names", "decide", "why", "bare", "whole")
        if key in table
    }
    fields |= {key: tuple(table[key]) for key in ("tools", "exit", "needs", "fix", "cases") if key in table}
    fields |= {key: tuple(map(str.lower, table[key])) for key in ("has", "all", "lacks") if key in table}
    words = tuple(tuple(part.split()) for part in table["words"].split("|")) if table.get("words") else ()
    confidence = float(table.get("confidence", DEFAULT_CONFIDENCE))
    return FixRule(
        id=name, words=words, edit=edit, confidence=confidence, source=source, ships=ships, **fields
    )


def _edit_of(table: Mapping[str, Any], source: str) -> tuple[tuple[str, str], ...]:
    pairs = table.get("edit", ())
    if not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        raise UsageError(
            f"{source}: rule {table.get('id', '?')}: `edit` must be pairs [PATTERN, REPLACEMENT]"
        )
    return tuple((str(old), str(new)) for old, new in pairs)


def read_rules(table: Table, source: str, ships: bool = True) -> list[FixRule]:
    """Return all rules of a file's table. Raises UsageError if one is broken."""
    unknown = set(table) - {"rule"}
    if unknown:
        raise UsageError(f"{source}: unknown keys {sorted(unknown)}; write [[rule]] for a rule")
    rules = table.get("rule", [])
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        raise UsageError(f"{source}: write [[rule]] for a rule")
    return [read_rule(rule, source, ships) for rule in rules]
