"""Requests in other languages by wordings of their own: `translations.toml` has the commonest 300 in each."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from caro.ask.index import SLOT
from caro.ask.language import CJK, KANA, WIDE, folded, root
from caro.ask.values import values_of
from caro.knowledge import Knowledge, packaged

NEAR = 0.62
"""How near a wording must be to be taken: below, the request is read word by word."""
SURE = 0.85
"""How near where the request may be English."""
VALUE, UNKNOWN = 0.6, 0.7
"""What a value and a pair of letters that no wording has count; a word that no wording has is a name, most likely."""
COUNT = 3
_WORD = re.compile(r"[^\W_]+")
_VALUE = "<>"


@dataclass(frozen=True)
class Said:
    """A wording, the template that it asks for, and its terms; `<>` stands for a value."""

    template: str
    text: str
    terms: frozenset[str]


@dataclass(frozen=True)
class Translations:
    """The wordings of one language and how much a term tells."""

    name: str
    said: tuple[Said, ...]
    weights: dict[str, float]

    def nearest(self, text: str, least: float) -> list[tuple[float, Said]]:
        """Return up to COUNT wordings with how near each is (0 to 1), best first, one of each template."""
        terms = terms_of(text, self.name)
        names = {term for term in terms if term not in self.weights and not CJK.search(term)}
        wanted = terms - names | ({_VALUE} if names else set())
        total = sum(map(self._weight, wanted))
        best: dict[str, tuple[float, Said]] = {}
        for said in self.said:
            common = sum(map(self._weight, wanted & said.terms))
            score = 2 * common / ((total + sum(map(self._weight, said.terms))) or 1.0)
            if score >= least and score > best.get(said.template, (0.0, said))[0]:
                best[said.template] = (score, said)
        return sorted(best.values(), key=lambda found: -found[0])[:COUNT]

    def _weight(self, term: str) -> float:
        return VALUE if term == _VALUE else self.weights.get(term, UNKNOWN)


def translations(knowledge: Knowledge) -> dict[str, Translations]:
    """Return the wordings of each language by its name. A view of the knowledge."""
    ready = None if knowledge.overlays("ask/translations") else packaged.derived("ask")
    rows = ready["translated"] if ready else translated_of(knowledge)
    found = {
        name: [Said(template, text, frozenset(terms.split())) for template, text, terms in said]
        for name, said in rows.items()
    }
    return {name: Translations(name, tuple(said), _weights(said)) for name, said in found.items()}


def translated_of(knowledge: Knowledge) -> dict[str, list[list[str]]]:
    """Return [template, wording, its terms] of each wording by language: what the build derives."""
    table = knowledge.table("ask/translations")
    names = table["order"].split()
    found: dict[str, list[list[str]]] = {name: [] for name in names}
    for template, wordings in table["said"].items():
        for name, alternatives in zip(names, wordings.split("; "), strict=True):
            for text in alternatives.split(" | "):
                found[name].append([template, text, " ".join(sorted(terms_of(SLOT.sub(" <> ", text), name)))])
    return found


def languages_of(text: str) -> tuple[str, ...]:
    """Return the languages that a text may be in."""
    if CJK.search(text):
        return ("ja",) if KANA.search(text) else ("zh", "ja")
    return ("de", "fr", "es")


def translated(text: str, knowledge: Knowledge, english: bool) -> list[tuple[float, Said]]:
    """Return the wordings of other languages that are near to a text, best first; `english`: it is, most likely."""
    known = knowledge.view(translations)
    least = SURE if english else NEAR
    found = [near for name in languages_of(text) for near in known[name].nearest(text, least)]
    return sorted(found, key=lambda near: -near[0])[:COUNT]


def _terms_of_word(word: str) -> frozenset[str]:
    return frozenset(root(folded(part)) for part in _WORD.findall(word))


def names_in(text: str, said: Said) -> set[str]:
    """Return the words of a text that the wording doesn't have: what it is about, most likely."""
    return {
        word
        for word in re.findall(r"[\w.+:@-]*\w", text)
        if len(word) > 1 and not CJK.search(word) and not _terms_of_word(word) <= said.terms
    }


def _weights(said: list[Said]) -> dict[str, float]:
    held = Counter(term for one in said for term in one.terms)
    return {term: math.log(1 + len(said) / (count + 1)) for term, count in held.items()}


def spaced(text: str) -> str:
    """Return the text with blanks between what is written without them and what is not."""
    text = re.sub(r"[「『](.*?)[」』]", r"'\1'", text)
    return re.sub(r"\s+", " ", CJK.sub(r" \g<0> ", text)).strip()


def terms_of(text: str, language: str) -> frozenset[str]:
    """Return the terms of a text: words without accents and endings, pairs of letters where words have no blanks
    between them, and `<>` for a value."""
    text = spaced(text)
    rest = list(text)
    terms: set[str] = set()
    for value in values_of(text):
        if not CJK.search(text[value.start : value.end]) or text[value.start] in "\"'":
            rest[value.start : value.end] = " " * (value.end - value.start)
            terms.add(_VALUE)
    plain = "".join(rest)
    if "<>" in plain:
        terms.add(_VALUE)
    for word in _WORD.findall(plain):
        if language in WIDE and CJK.search(word):
            terms.update(map("".join, pairwise(word))) if len(word) > 1 else terms.add(word)
        else:
            terms.add(root(folded(word)))
    return frozenset(terms)
