"""The pairs as an index: which wording is nearest to a request, by the weight of the terms that both have."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from dataclasses import dataclass

from caro.ask.vocabulary import Vocabulary, vocabulary
from caro.knowledge import Knowledge

SLOT = re.compile(r"(?<![{@])\{([a-z]+)(\d*)(?::([^{}]*))?\}")
"""A slot of a template or a wording: kind, number, default."""
COARSE = {"dir": "path", "file": "path", "glob": "path", "ext": "path", "path": "path", "days": "time", "minutes": "time",
          "hours": "time", "secs": "time", "time": "time", "mtime": "time", "userhost": "host"}  # fmt: skip
"""Kinds of slots and values that count as the same while wordings are compared."""
TYPED = frozenset("path time size host url perm date num version".split())
OF_REQUEST, OF_WORDING = 0.62, 0.38
"""Shares of the terms that only the request or only the wording has: what was asked for must be in the answer."""
IN_ORDER = 0.12
TOOL_NAMED, OTHER_TOOL = 1.12, 0.85
SLOT_WEIGHT = 0.45
OTHER_VERB, NO_VERB = 0.8, 0.9


@dataclass(frozen=True)
class Pair:
    """A template, the name of its tool, and its wordings as they were written."""

    template: str
    tool: str
    wordings: tuple[str, ...]
    changes: bool
    subject: str


@dataclass(frozen=True)
class Wording:
    """One wording of a pair as terms; `total` is the sum of their weights."""

    pair: Pair
    text: str
    terms: frozenset[str]
    runs: frozenset[tuple[str, str]]
    total: float
    verbs: frozenset[str]
    """Its terms that name a change."""


@dataclass(frozen=True)
class Hit:
    """How near a wording is to a request: 0 to about 1."""

    wording: Wording
    score: float


class Index:
    """All pairs of the knowledge; a view of it (`knowledge.view(Index)`)."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.words: Vocabulary = knowledge.view(vocabulary)
        pairs = [
            _pair(template, wordings, document.name, self.words)
            for document in knowledge.documents("ask/pairs")
            for template, wordings in document.table.items()
        ]
        read = [(pair, text, self._read(text)) for pair in pairs for text in pair.wordings]
        self.tools = frozenset(pair.tool for pair in pairs)
        self.weights = _weights([terms for _, _, terms in read])
        self.unknown = max(self.weights.values(), default=1.0)
        self.wordings = [
            Wording(
                pair,
                text,
                frozenset(terms),
                frozenset(zip(terms, terms[1:], strict=False)),
                self._sum(set(terms)),
                self.words.changing.intersection(terms),
            )
            for pair, text, terms in read
        ]
        self._holding: dict[str, list[int]] = defaultdict(list)
        for at, wording in enumerate(self.wordings):
            for term in wording.terms:
                self._holding[term].append(at)

    def _read(self, wording: str) -> list[str]:
        """Return a wording's terms, one of `<kind>` for each slot."""
        terms: list[str] = []
        at = 0
        for slot in SLOT.finditer(wording):
            terms += self.words.terms(wording[at : slot.start()])
            kind = COARSE.get(slot[1], slot[1])
            terms.append(f"<{kind if kind in TYPED else 'name'}>")
            at = slot.end()
        return terms + self.words.terms(wording[at:])

    def _sum(self, terms: set[str] | frozenset[str]) -> float:
        return sum(self.weight(term) for term in terms)

    def weight(self, term: str) -> float:
        """Return how much a term tells; a term that no wording has tells most, but may be a name."""
        if term.startswith("<"):
            return SLOT_WEIGHT * self.unknown * (0.4 if term == "<name>" else 1.0)
        return self.weights.get(term, self.unknown * 0.7)

    def nearest(self, terms: list[str], names: frozenset[str], tools: frozenset[str], count: int) -> list[Hit]:
        """Return the nearest wordings, best first, one of each pair.

        `names` are terms that may be names (they cost little where no wording has them), `tools` the tools that the
        request names.
        """
        wanted = frozenset(terms)
        runs, verbs = frozenset(zip(terms, terms[1:], strict=False)), self.words.changing & wanted
        total = sum(self.weight(term) * (0.25 if term in names else 1.0) for term in wanted)
        shared: dict[int, float] = defaultdict(float)
        for term in wanted:
            weight = self.weight(term)
            for at in self._holding.get(term, ()):
                shared[at] += weight
        best: dict[str, Hit] = {}
        for at, common in shared.items():
            wording = self.wordings[at]
            whole = OF_REQUEST * max(total, common) + OF_WORDING * wording.total
            score = common / whole if whole else 0.0
            score *= 1 - IN_ORDER + IN_ORDER * (len(runs & wording.runs) / max(len(runs), 1))
            score *= _tool_factor(wording.pair, tools) * _verb_factor(verbs, wording.verbs)
            kept = best.get(wording.pair.template)
            if kept is None or score > kept.score:
                best[wording.pair.template] = Hit(wording, score)
        return sorted(best.values(), key=lambda hit: -hit.score)[:count]


def _verb_factor(asked: frozenset[str], said: frozenset[str]) -> float:
    """Return less than 1 where a request to do one thing meets a wording that does another, or nothing."""
    if not asked or asked & said:
        return 1.0
    return OTHER_VERB if said else NO_VERB


def _tool_factor(pair: Pair, tools: frozenset[str]) -> float:
    if not tools:
        return 1.0
    words = set(re.split(r"[^\w.+-]+", pair.template))
    return TOOL_NAMED if pair.tool in tools else 1.0 if tools & words else OTHER_TOOL


def _weights(texts: list[list[str]]) -> dict[str, float]:
    """Return the weight of each term: the rarer, the more."""
    counts: dict[str, int] = defaultdict(int)
    for terms in texts:
        for term in set(terms):
            counts[term] += 1
    return {term: math.log(1 + len(texts) / (count + 2)) for term, count in counts.items()}


def _pair(template: str, wordings: str, document: str, words: Vocabulary) -> Pair:
    texts = tuple(line.strip() for line in wordings.splitlines() if line.strip())
    naming = sum(any(term in words.changing for term in words.terms(text)) for text in texts)
    return Pair(template, tool_of(template), texts, naming * 2 > len(texts), document)


def tool_of(template: str) -> str:
    """Return the first program of a template, behind sudo and variables."""
    for word in template.split():
        if word in ("sudo", "env", "time", "nohup", "!") or re.match(r"\w+=", word):
            continue
        return word.strip("(){}")
    return ""
