"""Tier 1: what the tool itself offers: "did you mean", "most similar command", "tip: …", "choose from …"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from caro.fix.distance import edit_limit, typo_cost
from caro.fix.evidence import QUOTES

_TRIGGER = re.compile(
    r"did you (?:mean|want)|(?:maybe|perhaps) you (?:meant|want)"
    r"|you (?:may|might|probably) (?:have )?(?:mean|meant|want)"
    r"|most similar|similar (?:name|names|command|option|sub-?command|argument|value)|with a similar"
    r"|some similar|possible (?:choices|values|completions)"
    r"|choose from|valid (?:arguments|choices|values|commands|options) are"
    r"|perhaps|available (?:commands|options|choices|tasks|values|scripts|targets)|candidates are"
    r"|closest match|suggest(?:ion|ed)"
    r"|need an action|instead of|must be one of|expected one of|should be one of|one of:|could be one of|try:",
    re.I,
)
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
        return [name.strip() for name in quoted]
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


def hints(output: str) -> list[Hint]:
    """Return everything offered, in the order of the output, no name twice."""
    found: dict[str, None] = {}
    lines = output.splitlines()[:400]
    for at, line in enumerate(lines):
        trigger = _TRIGGER.search(line[:2000])
        if trigger is None:
            continue
        after = line[trigger.end() : 4000]
        names = _names_after(re.sub(r"^[^:]{0,40}:\s", "", after) if ":" in after[:41] else after)
        follow = _indented(lines[at + 1 :]) if not _QUOTED.search(after) else []
        for name in [*names, *follow]:
            if 1 < len(name) < 120:
                found[name] = None
    return [Hint(name) for name in found][:80]
