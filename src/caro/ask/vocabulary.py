"""The words of a request as terms: small letters, stems, one term for all words of a meaning, none for fillers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from caro.knowledge import Knowledge

_WORD = re.compile(r"[^\W_](?:[\w+#.'-]*[\w+#])?|[一-鿿぀-ヿ]+")
_BEFORE_VERBS = frozenset("and to then please or i we you me it can must now".split())
_DOUBLED = re.compile(r"([b-df-hj-np-rtv-z])\1$")


@dataclass(frozen=True)
class Phrase:
    """A regular expression, the words it is read as, and the letters that each of its alternatives begins with."""

    pattern: str
    read_as: str
    begins: tuple[str, ...]

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        return re.compile(rf"\b(?:{self.pattern})(?!\w)")

    @classmethod
    def of(cls, entry: tuple[str, str]) -> Phrase:
        """Return the phrase of a line of the table."""
        return cls(*entry, tuple(_begin(alternative) for alternative in _alternatives(entry[0])))

    def may_be_in(self, text: str) -> bool:
        """True if a beginning is in the text: most phrases are out, and never compiled."""
        return any(begin in text for begin in self.begins)


def _alternatives(pattern: str) -> list[str]:
    """Return the alternatives of a regular expression, those within parentheses unopened."""
    found, depth = [""], 0
    for letter in pattern:
        depth += (letter in "([") - (letter in ")]")
        if letter == "|" and not depth:
            found.append("")
        else:
            found[-1] += letter
    return found


def _begin(alternative: str) -> str:
    """Return the letters that it begins with for certain."""
    letters = re.match(r"[a-z]*", alternative)
    begin = letters.group() if letters else ""
    return begin[:-1] if alternative[len(begin) : len(begin) + 1] in ("?", "*") else begin


@dataclass(frozen=True)
class Vocabulary:
    """`meaning` gives the term of a stem, `fillers` are words that say nothing, `changing` terms that name a change."""

    meaning: dict[str, str]
    fillers: frozenset[str]
    changing: frozenset[str]
    things: frozenset[str]
    """Those of `changing` that are the names of things too."""
    ending: frozenset[str]
    """Those of `changing` that end or take away what they name: all that is named has to be in the command."""
    not_names: frozenset[str]
    phrases: tuple[Phrase, ...]
    """The longest first."""

    def term(self, word: str) -> str:
        """Return the term of a word; "" for a filler."""
        word = word.lower()
        found = self.meaning.get(word)
        if found is not None:
            return found
        if word in self.fillers:
            return ""
        root = stem(word)
        return self.meaning.get(root, root)

    def plain(self, text: str) -> str:
        """Return the text in small letters with its phrases replaced by the words they are read as."""
        text = text.lower()
        parts, at = [], 0
        for start, end, read_as in self.phrases_in(text):
            parts += [text[at:start], read_as]
            at = end
        return "".join([*parts, text[at:]])

    def phrases_in(self, text: str) -> list[tuple[int, int, str]]:
        """Return the phrases of a text in small letters: where each begins and ends, and what it is read as."""
        here = [phrase for phrase in self.phrases if phrase.may_be_in(text)]
        found = [
            (*match.span(), phrase.read_as) for phrase in here for match in phrase.compiled.finditer(text)
        ]
        kept: list[tuple[int, int, str]] = []
        for one in sorted(found, key=lambda one: one[0]):
            if not kept or one[0] >= kept[-1][1]:
                kept.append(one)
        return kept

    def names_change(self, text: str) -> bool:
        """True if a verb of the text says that something is to be changed: `stopped` and `the last commit` don't."""
        before = "and"
        for found in _WORD.finditer(self.plain(text)):
            word = found.group()
            term = self.term(word)
            is_verb = term not in self.things or before in _BEFORE_VERBS
            if term in self.changing and is_verb and not word.endswith(("ed", "ing")):
                return True
            before = word
        return False

    def terms(self, text: str) -> list[str]:
        """Return the terms of a text in order, fillers left out."""
        found = (self.term(word.group()) for word in _WORD.finditer(self.plain(text)))
        return [term for term in found if term]


def vocabulary(knowledge: Knowledge) -> Vocabulary:
    """Return the table of words; a view of the knowledge."""
    return vocabulary_of(knowledge, meaning_of(knowledge))


def meaning_of(knowledge: Knowledge) -> dict[str, str]:
    """Return the term of each word and stem of the table."""
    table = knowledge.table("ask/vocabulary")
    meaning: dict[str, str] = {}
    for section in ("meanings", *(name for name in table if name.startswith("words_"))):
        for term, words in table[section].items():
            kept = term.split()[0]
            for word in (kept, *words.split()):
                meaning.setdefault(word, kept)
                meaning.setdefault(stem(word), kept)
    return meaning


def vocabulary_of(knowledge: Knowledge, meaning: dict[str, str]) -> Vocabulary:
    """Return the table of words, its meanings worked out already."""
    table = knowledge.table("ask/vocabulary")
    fillers = frozenset(table["fillers"].split())
    changing, things, ending = (
        frozenset(meaning.get(word, meaning.get(stem(word), stem(word))) for word in table[name].split())
        for name in ("changing", "things", "ending")
    )
    phrases = sorted(table["phrases"].items(), key=lambda item: -len(item[0]))
    return Vocabulary(
        meaning,
        fillers,
        changing,
        things,
        ending,
        frozenset(table["not_names"].split()),
        tuple(map(Phrase.of, phrases)),
    )


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Return the word without the endings of plural, participle and past: `files` and `listing` as `file`, `list`."""
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        if (
            word.endswith(ending)
            and len(word) - len(ending) >= 3
            and re.search("[aeiouy]", word[: -len(ending)])
        ):
            word = _DOUBLED.sub(r"\1", word[: -len(ending)])
            break
    return word[:-1] if len(word) > 4 and word.endswith("e") else word
