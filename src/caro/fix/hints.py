"""Tier 1: what the tool itself offers: "did you mean", "most similar command", "tip: …", "choose from …"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from caro.fix.distance import edit_limit, typo_cost
from caro.fix.evidence import QUOTES, Mention
from caro.fix.model import Candidate
from caro.fix.words import Simple, Word, quote

_TRIGGER = re.compile(
    r"did you (?:mean|want)|(?:maybe|perhaps) you (?:meant|want)"
    r"|you (?:may|might|probably) (?:have )?(?:mean|meant|want)"
    r"|most similar|similar (?:name|names|command|option|sub-?command|argument|value)|with a similar"
    r"|some similar|possible (?:choices|values|completions)"
    r"|choose from|valid (?:arguments|choices|values|commands|options) are"
    r"|perhaps|available (?:commands|options|choices|tasks|values|scripts|targets)|candidates are"
    r"|closest match|closest command|suggest(?:ion|ed)|a similar|similarly named|looks like you meant|you meant"
    r"|unknown arguments?: [^\n]*did you mean|possible solutions|intended to|were you looking for|some candidates are"
    r"|(?:command|option|target|argument)s? with a similar name exists"
    r"|need an action|instead of|must be one of|expected one of|should be one of|one of:|could be one of|try:",
    re.I,
)
_OUTRIGHT = re.compile(
    r"did you (?:mean|want)|you (?:may |might |probably )?(?:have )?(?:mean|meant|wanted)\b|similar|closest"
    r"|possible (?:solutions|options)|some candidates are|looking for",
    re.I,
)
"""Triggers behind which stands what the tool takes the word for, rather than all that it knows."""
_FILLER = re.compile(
    r"\s*(?:(?:is|are|was|were|commands?|options?|sub-?commands?|arguments?|values?|names?|tasks?|targets?|the|to|run|type"
    r"|try|use|this|that|one|of|these|following|perhaps|instead|exists?|a|an|some|similar|with|maybe)\b\s*)*[?:,.]?"
    r"(?=$|[\s?:.])",
    re.I,
)
_ASIDE = re.compile(r"\s*(?:\[[yYnN](?:es)?/[yYnN]o?\]:?|\((?:alias|see|or) [^)]*\)?|# .*|(?<=\S) {2,}.*$)")
_QUOTED = re.compile(rf"[{QUOTES}]([^{QUOTES}\n]{{1,120}})[{QUOTES}]")
_NAME = re.compile(r"-{0,2}[A-Za-z0-9][\w.:+/@-]*")
_MOST = 60


@dataclass(frozen=True)
class Hint:
    """A name or a whole command that the output offers; `offered` where the words before say so outright."""

    text: str
    offered: bool = True

    def fits(self, typed: str) -> bool:
        """True if it can be meant instead of the word: same kind, and not a different word altogether."""
        if self.text.startswith("-") != typed.startswith("-") or " " in self.text or self.text == typed:
            return False
        if typed.startswith("-") and typed.startswith("--") != self.text.startswith("--") and len(typed) < 4:
            return False
        limit = edit_limit(len(typed)) * 1.1 + 0.4
        return typo_cost(typed, self.text) <= limit or (len(typed) > 2 and self.text.startswith(typed))


def _names_after(text: str) -> list[str]:
    """Return the names in what follows a trigger: the quoted ones, else the bare ones."""
    quoted = _QUOTED.findall(text)
    if quoted:
        # gcc's `-Wa,` is the beginning of an option
        return [name.strip() for name in quoted if not name.endswith(",")]
    return [name.rstrip(".,:;?") for name in re.findall(r"(?<![\w-])-{0,2}[A-Za-z0-9][\w.:+/@-]*", text)]


def _indented(lines: list[str]) -> list[str]:
    """Return names on the lines below a trigger, one or several a line, until a line that is not indented."""
    found: list[str] = []
    for line in lines[:_MOST]:
        text = line.strip(" \t*•·-" if not line.strip().startswith("-") else " \t*•·")
        if not line[:1].isspace() and found:
            break
        if not text:
            if found:
                break
            continue
        if not line[:1].isspace() and not _NAME.fullmatch(text):
            break
        quoted = _QUOTED.findall(text)
        head = quoted or [re.split(r"\s{2,}|\t|\s+[#(–-]\s*|:\s", text)[0]]
        found += [name.strip() for name in head]
    return found


def _without_boxes(output: str) -> str:
    """Return the output without the frames that rich draws, and without npm's margin."""
    if "│" in output or "║" in output:
        output = re.sub(r"^[│║┃|]\s?|\s*[│║┃]\s*$|^[╭╰╔╚┌└].*$", "", output, flags=re.M)
    return re.sub(r"^npm (?:error|ERR!) ?", "", output, flags=re.M)


def hints(output: str) -> list[Hint]:
    """Return everything offered, in the order of the output, no name twice."""
    found: dict[str, bool] = {}
    lines = _without_boxes(output).splitlines()[:400]
    for at, line in enumerate(lines):
        trigger = _TRIGGER.search(line[:2000])
        if trigger is None:
            continue
        after = line[trigger.end() : 4000]
        if (filler := _FILLER.match(after)) is not None and not _QUOTED.search(after[: filler.end()]):
            after = after[filler.end() :]
        after = _ASIDE.sub("", after.lstrip())
        outright = _OUTRIGHT.search(trigger[0]) is not None
        names = _names_after(re.sub(r"^[^:]{0,40}:\s", "", after) if ":" in after[:41] else after)
        follow = _indented(lines[at + 1 :]) if not _QUOTED.search(after) else []
        for name in [*names, *follow]:
            if 1 < len(name) < 120:
                found[name] = found.get(name, False) or outright
    return [Hint(name, outright) for name, outright in found.items()][:80]


TOLD = 0.975
"""How sure a name is that the tool takes the word for."""
AFAR, ONE_EDIT = 0.1, 1.0
"""What a told name loses that is no near slip: compilers tell any name one letter off (`-Wa,` for `-Wal`)."""


def told_names(simple: Simple, hints: list[Hint], found: list[Mention]) -> Iterator[Candidate]:
    """Give the line with a word exchanged as the tool asks ("did you mean …?"), the nearest word first; of a hint of
    several words (`npm run test:unit`) the word that differs from those typed."""
    named = {mention.bad for mention in found if mention.bad}
    exchanges = [_exchange(simple, hint.text, named) for hint in hints if hint.offered]
    nearest_first = sorted((one for one in exchanges[:6] if one is not None), key=lambda one: one[2])
    for place, (word, new, cost) in enumerate(nearest_first[:5]):
        yield Candidate(
            simple.replaced(word, quote(new)),
            TOLD - 0.12 * max(0.0, cost - 0.6) - (AFAR if cost > ONE_EDIT else 0.0) - 0.02 * place,
            f"`{simple.name}` itself offers `{new}`",
            "hint",
        )


def _exchange(simple: Simple, hint: str, named: set[str]) -> tuple[Word, str, float] | None:
    words = [word for word in simple.words[1:] if not word.expands and not word.quoted]
    names = hint.split()
    whole = names[0] == simple.name and len(names) > 1
    if whole:
        names = names[1:]
    if whole or len(names) > 1:
        plain = [word for word in words if not word.text.startswith("-")]
        same = next(
            (n for n, word in enumerate(plain) if n >= len(names) or word.text != names[n]), len(plain)
        )
        if (
            same >= len(plain)
            or same >= len(names)
            or (same == 0 and names[1:] != [w.text for w in plain[1 : len(names)]])
        ):
            return None
        typed, new = plain[same], names[same]
        return (typed, new, typo_cost(typed.text, new)) if _is_near(typed.text, new) else None
    new = names[0]
    if new in (word.text for word in words):
        return None
    return _nearest_word(words, new, named)


def _nearest_word(words: list[Word], new: str, named: set[str]) -> tuple[Word, str, float] | None:
    best: tuple[float, Word, str] | None = None
    price = 0.0
    for word in words:
        typed, mark, value = word.text.partition("=")
        shown = new.split("=", 1)[0]
        if typed.startswith("-") and not shown.startswith("-"):
            shown = typed[: len(typed) - len(typed.lstrip("-"))] + shown
        if typed.startswith("-") != shown.startswith("-") or typed == shown:
            continue
        cost = typo_cost(typed, shown)
        order = cost - 2 * bool({word.text, typed, typed.lstrip("-")} & named)
        if _is_near(typed, shown) and (best is None or order < best[0]):
            best, price = (order, word, shown + mark + value), cost
    return None if best is None else (best[1], best[2], price)


def _is_near(typed: str, new: str) -> bool:
    return typo_cost(typed, new) <= edit_limit(len(typed)) * 1.1 + 0.2 or (
        len(typed) > 2 and new.startswith(typed)
    )
