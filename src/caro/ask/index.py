"""The pairs as an index: which wording is nearest to a request, by the weight of the terms that both have."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from caro.ask.vocabulary import Vocabulary, meaning_of, vocabulary, vocabulary_of
from caro.knowledge import Knowledge, packaged

SLOT = re.compile(r"(?<!\{)\{(?!u\})([a-z]+)(\d*)(?::([^{}]*))?\}")
"""A slot of a template or a wording: kind, number, default."""
_SAME = {
    "path": "dir file glob ext path",
    "time": "days minutes hours secs time",
    "host": "userhost",
    "num": "port pid n",
}
COARSE = {kind: same for same, kinds in _SAME.items() for kind in kinds.split()}
"""Kinds of slots and values that count as the same while wordings are compared."""
TYPED = frozenset("path time size host url perm date num version".split())
OF_REQUEST, OF_WORDING = 0.62, 0.38
"""Shares of the terms that only the request or only the wording has: what was asked for must be in the answer."""
IN_ORDER = 0.12
TOOL_NAMED, OTHER_TOOL = 1.12, 0.85
SLOT_WEIGHT = 0.45
OTHER_VERB, NO_VERB = 0.8, 0.9
HAS_PLACE = 1.06
"""For a wording with a place for a name, where the request has a word that is most likely one."""
_NAMES = frozenset(("<name>", "<host>"))


@dataclass(frozen=True)
class Pair:
    """A template, the name of its tool, and whether it changes something."""

    template: str
    tool: str
    changes: bool


@dataclass(frozen=True)
class Wording:
    """One wording of a pair as terms in their order."""

    pair: Pair
    text: str
    terms: tuple[str, ...]


@dataclass(frozen=True)
class Hit:
    """How near a wording is to a request: 0 to about 1."""

    wording: Wording
    score: float


class Index:
    """All pairs of the knowledge; a view of it (`knowledge.view(Index)`).

    Who holds which term is what the build derived (`derived_of`), where the tables are the same; else it is read anew.
    A wording is made when it is looked at.
    """

    def __init__(self, knowledge: Knowledge) -> None:
        ready = None if knowledge.overlays("ask/pairs") else packaged.derived("ask")
        derived = ready or derived_of(knowledge)
        self.words: Vocabulary = vocabulary_of(knowledge, derived["meaning"])
        self._pairs: list[list[Any]] = derived["pairs"]
        self._said: list[list[Any]] = derived["said"]
        self._holding: dict[str, list[int]] = derived["holding"]
        self.tools = frozenset(tool for _, tool, _ in self._pairs)
        count = len(self._said)
        self.weights = _weights_of(self._holding, count)
        self._totals: list[float] = derived["totals"]
        self.unknown = _unknown_of(self.weights)

    @lru_cache(maxsize=4096)  # noqa: B019 - one index a process
    def wording(self, at: int) -> Wording:
        """Return wording number `at`."""
        row, text, terms = self._said[at]
        return Wording(Pair(*self._pairs[row]), text, tuple(terms.split()))

    def pair_of(self, template: str) -> Pair | None:
        """Return the pair with this template."""
        return next((Pair(*row) for row in self._pairs if row[0] == template), None)

    def knows(self, word: str) -> bool:
        """True if the word means something in English."""
        term = self.words.term(word)
        return not term or term in self.weights or word.lower() in self.words.meaning

    def weight(self, term: str) -> float:
        """Return how much a term tells; a term that no wording has tells most, but may be a name."""
        return _weight_of(term, self.weights, self.unknown)

    def nearest(
        self,
        terms: list[str],
        names: frozenset[str],
        tools: frozenset[str],
        hints: frozenset[str],
        count: int,
    ) -> list[Hit]:
        """Return the nearest wordings, best first, one of each pair.

        `hints` are terms that count where a wording has them and are not missed where it hasn't.
        `names` are terms that may be names (they cost little where no wording has them), `tools` the tools that the
        request names.
        """
        wanted = frozenset(terms)
        total = self._total(wanted, names)
        shared: dict[int, float] = defaultdict(float)
        for term in wanted:
            weight = self.weight(term)
            for at in self._holding.get(term, ()):
                shared[at] += weight
        for term in hints - wanted:
            for at in self._holding.get(term, ()):
                if at in shared:
                    shared[at] += self.weight(term)
        rough = sorted(
            (
                (common / (OF_REQUEST * max(total, common) + OF_WORDING * self._totals[at]), at)
                for at, common in shared.items()
            ),
            reverse=True,
        )
        best: dict[str, Hit] = {}
        named = {self.words.term(tool): tool for tool in tools}
        for score, at in rough[: 12 * count]:
            wording = self.wording(at)
            left = [
                term
                for term, tool in named.items()
                if tool == wording.pair.tool and term not in wording.terms
            ]
            if left:
                # The tool's own name is in the command, whether a wording says it or not.
                common = shared[at] + 0.4 * sum(self.weight(term) for term in left if term in wanted)
                score = common / (OF_REQUEST * max(total, common) + OF_WORDING * self._totals[at])
            score *= self._fit(wording, terms, names, tools)
            kept = best.get(wording.pair.template)
            if kept is None or score > kept.score:
                best[wording.pair.template] = Hit(wording, score)
        return sorted(best.values(), key=lambda hit: -hit.score)[:count]

    def nearness(
        self,
        wording: Wording,
        terms: list[str],
        names: frozenset[str],
        tools: frozenset[str],
        hints: frozenset[str],
    ) -> float:
        """Return how near a wording is that the index does not hold, as `nearest` reckons."""
        wanted, has = frozenset(terms), frozenset(wording.terms)
        common = sum(self.weight(term) for term in (wanted | hints) & has)
        total = max(self._total(wanted, names), common)
        far = OF_REQUEST * total + OF_WORDING * sum(map(self.weight, has))
        return common / far * self._fit(wording, terms, names, tools) if wanted & has else 0.0

    def _total(self, wanted: frozenset[str], names: frozenset[str]) -> float:
        return sum(self.weight(term) * (0.25 if term in names else 1.0) for term in wanted)

    def _fit(self, wording: Wording, terms: list[str], names: frozenset[str], tools: frozenset[str]) -> float:
        """Return what the order of the words, places for names, tools and verbs make of a score."""
        wanted = frozenset(terms)
        runs, verbs = frozenset(pairwise(terms)), self.words.changing & wanted
        run = runs.intersection(pairwise(wording.terms))
        factor = 1 - IN_ORDER + IN_ORDER * len(run) / max(len(runs), 1)
        nameless = not wanted.intersection(_NAMES) and _NAMES.intersection(wording.terms)
        if nameless and names.difference(wording.terms) and "<path>" not in wanted:
            factor *= HAS_PLACE
        factor *= _tool_factor(wording.pair, tools)
        return factor * _verb_factor(verbs, self.words.changing.intersection(wording.terms))


def _weights_of(holding: dict[str, list[int]], count: int) -> dict[str, float]:
    return {term: math.log(1 + count / (len(held) + 2)) for term, held in holding.items()}


def _unknown_of(weights: dict[str, float]) -> float:
    return max(weights.values(), default=1.0)


def _weight_of(term: str, weights: dict[str, float], unknown: float) -> float:
    if term.startswith("<"):
        return SLOT_WEIGHT * unknown * (0.4 if term == "<name>" else 1.0)
    return weights.get(term, unknown * 0.7)


def _verb_factor(asked: frozenset[str], said: frozenset[str]) -> float:
    """Return less than 1 where a request to do one thing meets a wording that does another, or nothing."""
    if not asked or asked & said:
        return 1.0
    return OTHER_VERB if said else NO_VERB


def _tool_factor(pair: Pair, tools: frozenset[str]) -> float:
    if not tools:
        return 1.0
    words = set(re.split(r"[^\w.+-]+", pair.template))
    if pair.tool in tools or pair.tool.startswith(tuple(tools)):
        return TOOL_NAMED
    return 1.0 if tools & words else OTHER_TOOL


_LOOPS = frozenset("for while until if".split())


def tool_of(template: str) -> str:
    """Return the first program of a template, behind sudo and variables; of a loop, what it runs."""
    words = template.split()
    if words and words[0] in _LOOPS:
        words = (
            words[1 + next((at for at, word in enumerate(words) if word in ("do", "then")), len(words)) :]
            or words
        )
    for word in words:
        if word in ("sudo", "env", "time", "nohup", "!") or re.match(r"\w+=", word):
            continue
        return word.strip("(){}")
    return ""


def rows_of(knowledge: Knowledge) -> list[Any]:
    """Return [template, whether it changes something, [[wording, its terms], …]] of each pair."""
    words = knowledge.view(vocabulary)
    texts: dict[str, list[str]] = defaultdict(list)
    for document in knowledge.documents("ask/pairs"):
        for template, wordings in document.table.items():
            texts[template] += [text for text in map(str.strip, wordings.splitlines()) if text]
    rows = []
    for template, wordings in texts.items():
        said = [[text, " ".join(terms_of(text, words))] for text in dict.fromkeys(wordings)]
        naming = sum(words.names_change(SLOT.sub(" ", text)) for text, _ in said)
        rows.append([template, naming * 2 > len(said), said])
    return rows


def terms_of(wording: str, words: Vocabulary) -> list[str]:
    """Return a wording's terms, one of `<kind>` for each slot."""
    terms: list[str] = []
    at = 0
    for slot in SLOT.finditer(wording):
        terms += words.terms(wording[at : slot.start()])
        kind = COARSE.get(slot[1], slot[1])
        terms.append(f"<{kind if kind in TYPED else 'name'}>")
        at = slot.end()
    return terms + words.terms(wording[at:])


def derived_of(knowledge: Knowledge) -> dict[str, Any]:
    """Return all that is worked out of the tables alone: `pairs` as [template, tool, whether it changes something],
    `said` as [pair's number, wording, its terms], `totals` what the terms of each weigh, `holding` the numbers of the
    wordings that have a term, and the `meaning` of words."""
    rows = rows_of(knowledge)
    said = [[at, text, terms] for at, (_, _, wordings) in enumerate(rows) for text, terms in wordings]
    holding: dict[str, list[int]] = defaultdict(list)
    for at, (_, _, terms) in enumerate(said):
        for term in dict.fromkeys(terms.split()):
            holding[term].append(at)
    pairs = [[template, tool_of(template), changes] for template, changes, _ in rows]
    weights = _weights_of(holding, len(said))
    unknown = _unknown_of(weights)
    totals = [
        round(sum(_weight_of(term, weights, unknown) for term in set(terms.split())), 4)
        for _, _, terms in said
    ]
    return {
        "pairs": pairs,
        "said": said,
        "totals": totals,
        "holding": dict(holding),
        "meaning": meaning_of(knowledge),
    }
