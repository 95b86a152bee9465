"""A request in another language as English words: word by word, by `languages.toml`. What it doesn't know stays.

The index reads bags of words, so a sentence's order matters little; what stands in quotes is never touched.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from caro.knowledge import Knowledge
from caro.parse.pattern import pattern

WIDE = frozenset(("ja", "zh"))
"""Languages without spaces between words."""
LONGEST = 5
"""Words of the longest phrase."""
_APART = pattern(r"\b([dlqnDLQN]|qu|Qu)['’](?=\w)")
_NAMED = frozenset("directory branch service container database package image volume user group".split())
_CALLED = frozenset(("named", "called"))
"""Words behind which a name stands, whatever it means."""
_THINGS = frozenset(
    "picture video audio test log backup text archive user system server link key table files".split()
)
"""Words behind a noun that are the name of the thing: `la carpeta fotos`."""
CJK = pattern(r"[぀-ヿ㐀-鿿々ー]+")
KANA = pattern(r"[぀-ヿ]")
_PIECE = pattern(r"\"[^\"]*\"|'[^']*'(?!\w)|“[^”]*”|«[^»]*»|「[^」]*」|\S+|\s+")
_ENDINGS = pattern(r"(?:en|er|es|em|ez|as|os|e|n|s|a|o|r)$")
_COMPARED = pattern(r"(\d+(?:\.\d+)?\s*\w*)\s+(larger than|smaller than|older than|in the last)\b")
_VALUE = pattern(r"[^\w\s]*[\w.-]*[./~*$@:\d][\w./~*$@:-]*")


@dataclass(frozen=True)
class Lexicon:
    """What the words of one language mean: English by folded phrase; "" says nothing."""

    name: str
    words: dict[str, str]
    nothing: frozenset[str]
    apart: dict[tuple[str, str], str]
    """The English of verbs in two parts by both of them: `starte` … `neu`."""

    def meaning(self, phrase: str) -> str | None:
        """Return the English of a phrase as typed; None where it is not known."""
        key = folded(phrase)
        found = self.words.get(key)
        return self.words.get(root(key)) if found is None else found


def lexicons(knowledge: Knowledge) -> dict[str, Lexicon]:
    """Return the lexicon of each language. A view of the knowledge."""
    table = knowledge.table("ask/languages")
    names = table["order"].split()
    words: dict[str, dict[str, str]] = {name: {} for name in names}
    apart: dict[str, dict[tuple[str, str], str]] = {name: {} for name in names}
    for english, said in (*table["words"].items(), ("", table["nothing"])):
        for name, alternatives in zip(names, said.split(";"), strict=True):
            for phrase in alternatives.split(","):
                begin, both, end = phrase.strip().partition(" … ")
                if both:
                    apart[name][folded(begin), folded(end)] = english
                    continue
                key = folded(_APART.sub(r"\1 ", begin))
                words[name].setdefault(key, english)
                if name not in WIDE and english:
                    words[name].setdefault(root(key), english)
    nothing = {
        name: frozenset(key for key, english in found.items() if not english) for name, found in words.items()
    }
    return {name: Lexicon(name, words[name], nothing[name], apart[name]) for name in names}


def in_english(text: str, knowledge: Knowledge, is_english: Callable[[str], bool]) -> str:
    """Return the request in English words where it is in a language of the table, else as it is. `is_english` tells
    whether a word means something in English already."""
    if CJK.search(text):
        lexicon = knowledge.view(lexicons)["ja" if KANA.search(text) else "zh"]
        told = re.sub(r"\s+", " ", "".join(_wide(piece, lexicon) for piece in _PIECE.findall(text))).strip()
        # Japanese has its verb at the end, English at the beginning.
        before, _, verb = told.rpartition(" ")
        if lexicon.name == "ja" and verb.isalpha() and before:
            told = f"{verb} {before}"
        elif text.lstrip()[0] in "把将將":
            told = re.sub(r"^(\S+) ([a-z]+) ", r"\2 \1 ", told)
        return _ordered(told)
    lexicon_or_none = language(text, knowledge, is_english)
    return text if lexicon_or_none is None else _ordered(_spaced(text, lexicon_or_none))


def language(text: str, knowledge: Knowledge, is_english: Callable[[str], bool]) -> Lexicon | None:
    """Return the language with most words of the text that mean something there and nothing in English."""
    words = [
        word
        for piece in text.split()
        if not _VALUE.fullmatch(piece)
        for word in re.findall(r"[^\W\d_]{2,}", piece)
    ]
    if words and text.isascii() and all(map(is_english, words)):
        return None
    best, most = None, 0.0
    for lexicon in knowledge.view(lexicons).values():
        if lexicon.name in WIDE:
            continue
        telling: float = sum(bool(lexicon.meaning(word)) and not is_english(word) for word in words)
        if words:
            # A request begins with its verb, most often.
            telling += 0.5 * (bool(lexicon.meaning(words[0])) and not is_english(words[0]))
            telling += 1.5 * ((folded(words[0]), folded(words[-1])) in lexicon.apart)
            telling += 2 * (lexicon.meaning(" ".join(words)) is not None)
        known = sum(folded(word) in lexicon.nothing and not is_english(word) for word in words)
        if telling and telling + 0.5 * known > most:
            best, most = lexicon, telling + 0.5 * known
    return best if most >= min(1.5, 0.5 * len(words)) else None


def _spaced(text: str, lexicon: Lexicon) -> str:
    """Return the text with each known phrase in English, the longest first."""
    text = re.sub(r"(\d)\s*([KMGTkmgt])o\b", r"\1 \2B", _APART.sub(r"\1 ", text))
    text = re.sub(r"\b([A-Z]{2,5})-(?=[A-ZÄÖÜ][a-zäöü])", r"\1 ", text)
    pieces = [piece for piece in _PIECE.findall(text) if piece.strip()]
    told: list[str] = []
    at = 0
    verb = (
        lexicon.apart.get((folded(pieces[0]), folded(pieces[-1].strip(".!?")))) if len(pieces) > 2 else None
    )
    if verb is not None:
        told, pieces, at = [verb], pieces[:-1], 1
    while at < len(pieces):
        if told and told[-1] in _CALLED:
            told.append(pieces[at])
            at += 1
            continue
        for count in range(min(LONGEST, len(pieces) - at), 0, -1):
            phrase = " ".join(pieces[at : at + count])
            bare = phrase.strip(",;:!?¿¡.")
            english = None if phrase[0] in "\"'“«" or _VALUE.fullmatch(phrase) else lexicon.meaning(bare)
            if english is not None:
                is_name = english in _THINGS and told and told[-1] in _NAMED and at == len(pieces) - 1
                told.append(pieces[at] if is_name else english)
                at += count
                break
        else:
            told.append(pieces[at])
            at += 1
    return " ".join(word for word in told if word)


def _wide(piece: str, lexicon: Lexicon) -> str:
    """Return a piece without spaces between its words in English: the longest known part first."""
    if piece[0] in "\"'“«「":
        return f" '{piece[1:-1]}' " if piece[0] == "「" else piece
    told: list[str] = []
    at = 0
    while at < len(piece):
        for count in range(min(12, len(piece) - at), 0, -1):
            part = piece[at : at + count]
            english = lexicon.words.get(folded(part)) if CJK.search(part) else None
            if english is not None:
                told.append(f" {english} ")
                at += count
                break
        else:
            wide = CJK.match(piece[at])
            told.append(" " if wide else piece[at])
            at += 1
    return "".join(told)


def _ordered(text: str) -> str:
    """Return the text with what compares before the value, as English has it."""
    text = re.sub(r"\s+", " ", text).strip()
    text = _COMPARED.sub(lambda match: f"{match[2]} {match[1]}", text)
    if re.match(r"(?:copy|move|rename|convert|change)\b", text):
        text = re.sub(r" in (?=\S+$)| (?:on|in) (?=(?:the )?(?:server|host) \S+$)", " to ", text)
    text = re.sub(r"\bfiles (?=[\w-]*[./]\w|(?:named )?['\"])", "file ", text)
    return re.sub(r"\bempty directory|directory empty", "empty directories", text)


def folded(word: str) -> str:
    """Return the word in small letters without accents."""
    if word.isascii():
        return word.lower()
    plain = unicodedata.normalize("NFKD", word.lower().replace("ß", "ss"))
    return unicodedata.normalize("NFC", "".join(one for one in plain if not "\u0300" <= one <= "\u036f"))


def root(word: str) -> str:
    """Return the last word without an ending of plural, case or verb."""
    return _ENDINGS.sub("", word) if len(word) > 4 else word
