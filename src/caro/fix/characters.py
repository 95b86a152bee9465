"""Lines of the right keys and the wrong letters: another keyboard layout, blanks and quotation marks that came with a
paste, the prompt that came with it, a word typed twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from itertools import pairwise

from caro.fix.model import Candidate, Failure, Inventory
from caro.fix.words import Simple, simple_commands

LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,./`"
LAYOUTS = (
    "йцукенгшщзхъфывапролджэячсмитьбю.ё",
    "йцукенгшщзхїфівапролджєячсмитьбю.'",
    ";ςερτυθιοπ[]ασδφγηξκλ΄'ζχψωβνμ,./`",
    "/'קראטוןםפ][שדגכעיחלךף,זסבהנמצתץ.;",
)
"""What the keys of LATIN give in Russian, Ukrainian, Greek and Hebrew layouts."""
_BLANKS = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000\u2007]")
_UNSEEN = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_QUOTES = str.maketrans("“”„‟‘’‚‛«»", '""""\'\'\'\'""')
_PROMPT = re.compile(
    r"^\s*(?:\((?:[\w.-]+)\)\s+)?(?:\[?[\w.-]+@[\w.-]+(?:[: ][^\s$#%]*)?\]?\s?[$#%]|PS [A-Z]:\\[^>]*>|[A-Z]:\\[^>]*>"
    r"|[$%#❯➜›>»λ→])\s+(?=\S)"
)
_FOREIGN = re.compile(r"\S*[^\x00-\x7f]\S*|(?<!\S)(?!\.{1,2}(?!\S))[.,/]+(?!\S)")
SURE = 0.98
OTHER_KEYS = "typed with another keyboard layout"


def _maps() -> list[dict[int, str]]:
    found = []
    for layout in LAYOUTS:
        upper = {
            ord(key.upper()): latin.upper() for key, latin in zip(layout, LATIN, strict=True) if key.isalpha()
        }
        found.append(upper | {ord(key): latin for key, latin in zip(layout, LATIN, strict=True)})
    return found


MAPS = _maps()


def characters(failure: Failure, inventory: Inventory) -> Iterator[Candidate]:
    """Give the whole line with its characters mended; nothing where all of them are usual."""
    line = failure.command
    yield from _marks(failure, inventory)
    if line.isascii() and line[:1] not in "$%#>[(" and "@" not in line[:40] and ":\\" not in line[:40]:
        return
    plain = _UNSEEN.sub("", _BLANKS.sub(" ", line))
    if plain != line and _runs(plain, inventory):
        yield Candidate(plain.strip(), SURE, "a blank that the shell takes for a letter", "command")
    straight = plain.translate(_QUOTES)
    if straight != plain and _runs(straight, inventory) and straight.count('"') % 2 == 0:
        yield Candidate(
            straight.strip(), SURE, "typographic quotation marks are letters to a shell", "command"
        )
    if (match := _PROMPT.match(straight)) is not None and _runs(straight[match.end() :], inventory):
        bare = "\n".join(_PROMPT.sub("", row) for row in straight.splitlines())
        yield Candidate(bare.strip(), SURE, "the prompt was pasted with the line", "command")
    yield from _other_layout(straight, inventory)


def _marks(failure: Failure, inventory: Inventory) -> Iterator[Candidate]:
    """Give the line without the marks of a text around it, without the prompt's `$` at its first word, and with one
    pipe for two."""
    line = failure.command.strip()
    bare = line.strip("`").strip()
    if line.startswith("`") and line.endswith("`") and "`" not in bare and _runs(bare, inventory):
        yield Candidate(bare, 0.95, "the marks of a text came with the line", "command")
    word = re.match(r"\$([a-z][\w-]*) ", line)
    if word is not None and failure.exit_code == 127 and inventory.has(word[1]):
        yield Candidate(line[1:], 0.93, "the prompt's `$` came with the line", "command")
    if "unexpected token `|'" in (failure.output or "") and re.search(r"\|\s+\|(?!\|)", line):
        yield Candidate(re.sub(r"\|(?:\s+\|)+(?!\|)", "|", line), 0.95, "one pipe too many", "command")


def _runs(line: str, inventory: Inventory) -> bool:
    """True if the line begins with a command that is there, or a path."""
    simples = simple_commands(line.strip())
    return bool(simples) and (inventory.has(simples[0].words[0].text) or "/" in simples[0].words[0].text)


def _other_layout(line: str, inventory: Inventory) -> Iterator[Candidate]:
    """Give the line as a Latin keyboard would have had it."""
    words = line.split()
    if not words or words[0].isascii() or any(letter.isascii() and letter.isalpha() for letter in words[0]):
        return
    for table in MAPS:
        if not all(ord(letter) in table for letter in words[0] if not letter.isascii()):
            continue
        changed = _FOREIGN.sub(partial(_translated, table), line)
        if _runs(changed, inventory):
            yield Candidate(changed, SURE, OTHER_KEYS, "command")
            return


def _translated(table: dict[int, str], found: re.Match[str]) -> str:
    return found[0].translate(table)


def doubled_words(simple: Simple, failure: Failure) -> Iterator[Candidate]:
    """Give the line without the repetition of `git git status`, `sudo sudo apt update`."""
    words = [*simple.prefix, *simple.words]
    for one, other in pairwise(words):
        same = one.text == other.text and one.text.isalpha() and len(one.text) > 1
        if same and one.text in (words[0].text, simple.words[0].text) and _blames(failure, one.text):
            text = simple.line[: one.start] + simple.line[other.start :]
            yield Candidate(text, 0.95, f"`{one.text}` stands there twice", "command")


def _blames(failure: Failure, word: str) -> bool:
    output = failure.output or ""
    quoted = rf"(?:^|[\s:'\"`‘“]){re.escape(word)}(?:$|[\s:'\"`’”.,])"
    return (
        re.search(quoted, output) is not None
        and re.search(r"not |unknown|no such|unrecogni|invalid|usage", output, re.I) is not None
    )
