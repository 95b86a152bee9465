"""Tier 5: what this user typed instead of a failed line, and what that teaches about the next one.

A correction is kept as the two lines. It fits a failure whose line is the same, or one in which the same word of
the same tool is wrong: having changed `git brnach` to `git branch` once mends `git brnach -a` as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from caro.fix.distance import edit_limit, typo_cost
from caro.fix.engine import Learned
from caro.fix.words import Simple, simple_commands

SAME_LINE, SAME_WORD, ELSEWHERE = 0.985, 0.9, 0.1
LONGEST = 512
_SECRET = re.compile(
    r"\[REDACTED|pass(?:word|wd|phrase)|token|secret|api.?key|authorization|bearer|credential|://[^/\s]*:[^/\s]*@"
    r"|\bAKIA|\b(?:gh[pousr]|sk|xox[bap])[_-]\w|-p\S+.*mysql|mysql.* -p\S|-----BEGIN|[A-Za-z0-9+/_-]{32,}",
    re.I,
)
"""Lines that may hold a secret are not learned at all: wider than redaction, for nothing is lost by it."""


@dataclass(frozen=True)
class Correction:
    """`fixed` was run after `failed`, in `project` (a folder, or empty). `refused`: it was offered and turned down."""

    failed: str
    fixed: str
    project: str = ""
    refused: bool = False


def may_hold_secret(line: str) -> bool:
    """True if the line may hold a secret: it is not learned."""
    return _SECRET.search(line) is not None


def is_correction(failed: str, fixed: str) -> bool:
    """True if the second line mends the first, rather than being the next thing somebody did: few letters changed, or
    `sudo` or a forgotten option was added. A line that may hold a secret never is."""
    failed, fixed = failed.strip(), fixed.strip()
    if may_hold_secret(failed) or may_hold_secret(fixed):
        return False
    if not failed or failed == fixed or max(len(failed), len(fixed)) > LONGEST:
        return False
    if fixed in (f"sudo {failed}", f"./{failed}"):
        return True
    changed = _changed_words(failed, fixed)
    if changed is not None:
        return all(typo_cost(old, new) <= edit_limit(len(old)) + 0.2 for old, new in changed)
    old, new = failed.split(), fixed.split()
    return len(new) > len(old) > 1 and old[0] == new[0] and [word for word in new if word in old] == old


def _one(line: str) -> Simple | None:
    simples = simple_commands(line)
    return simples[0] if len(simples) == 1 and not simples[0].prefix else None


def _changed_words(failed: str, fixed: str) -> list[tuple[str, str]] | None:
    """Return the words exchanged between two lines of one simple command and as many words; None where they are
    others."""
    old, new = _one(failed), _one(fixed)
    if old is None or new is None or len(old.words) != len(new.words) or old.targets != new.targets:
        return None
    pairs = [(a.text, b.text) for a, b in zip(old.words, new.words, strict=True) if a.text != b.text]
    return pairs if 0 < len(pairs) <= 2 else None


def learned_from(
    corrections: Iterable[Correction], command: str, project: str
) -> tuple[list[Learned], list[str]]:
    """Return what corrections say of a failed line, the surest first, and the commands that were turned down for it.

    `corrections` come newest first; those of the same project count more."""
    learned: dict[str, float] = {}
    refused: list[str] = []
    for correction in corrections:
        fixed, sure = _applied(correction, command)
        if fixed is None:
            continue
        if correction.refused:
            refused.append(fixed)
            continue
        sure -= 0.0 if correction.project == project else ELSEWHERE
        if fixed not in refused:
            learned[fixed] = max(sure, learned.get(fixed, 0.0))
    ordered = sorted(learned.items(), key=lambda item: -item[1])
    return [Learned(command, fixed, sure) for fixed, sure in ordered if fixed not in refused], refused


def _applied(correction: Correction, command: str) -> tuple[str | None, float]:
    if correction.failed == command.strip():
        return correction.fixed, SAME_LINE
    changed = _changed_words(correction.failed, correction.fixed)
    mine, theirs = _one(command), _one(correction.failed)
    if changed is None or len(changed) != 1 or mine is None or theirs is None:
        return None, 0.0
    old, new = changed[0]
    if old == theirs.words[0].text:
        matches = mine.words[0].text == old
    else:
        matches = mine.words[0].text == theirs.words[0].text and any(
            word.text == old for word in mine.words[1:]
        )
    if not matches:
        return None, 0.0
    word = next(word for word in mine.words if word.text == old)
    return mine.replaced(word, new), SAME_WORD
