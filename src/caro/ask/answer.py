"""The commands for a request, best first: the nearest pairs with their slots filled, and searches put together."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from caro.ask.files import file_search
from caro.ask.index import Hit, Index, tool_of
from caro.ask.request import Request
from caro.ask.slots import fill
from caro.knowledge import Knowledge

LEAST = 0.40
"""The score below which nothing is said: right or silent."""
LOOKED_AT = 24
UNUSED, MISSING, ABSENT = 0.09, 0.05, 0.03
WEIGHTY = frozenset("size time url host userhost perm date text path file glob ext pair num version var".split())


@dataclass(frozen=True)
class Suggestion:
    """A command; `source` is `pairs` or `files`, `why` the wording it was found by, `changes` whether it changes
    something, `missing` the words in capitals that are to be replaced."""

    command: str
    source: str
    why: str
    score: float
    changes: bool = False
    missing: tuple[str, ...] = ()
    tool: str = ""


def suggestions(
    words: str, knowledge: Knowledge, has: Callable[[str], bool], platform: str = "", count: int = 8
) -> list[Suggestion]:
    """Return up to `count` commands for the words, best first; none where nothing is near enough.

    `has` tells whether a program is on this machine; `platform` "macos" asks for BSD's forms.
    """
    index = knowledge.view(Index)
    request = Request.of(words, index)
    found = [*_of_pairs(request, index), *_of_files(request)]
    found = [_weighed(suggestion, has) for suggestion in found]
    if platform == "macos":
        found = [_bsd(suggestion, knowledge) for suggestion in found]
    best: dict[str, Suggestion] = {}
    for suggestion in sorted(found, key=lambda suggestion: -suggestion.score):
        best.setdefault(suggestion.command, suggestion)
    kept = [suggestion for suggestion in best.values() if suggestion.score >= LEAST]
    return _without_surprise(kept, request)[:count]


def _of_pairs(request: Request, index: Index) -> list[Suggestion]:
    hits = index.nearest(request.terms, request.names, request.tools, LOOKED_AT)
    return [suggestion for hit in hits if (suggestion := _filled(request, hit)) is not None]


def _filled(request: Request, hit: Hit) -> Suggestion | None:
    pair, wording = hit.wording.pair, hit.wording
    filled = fill(pair.template, wording.text, request.candidates(wording.terms))
    unused = sum(value.kind in WEIGHTY and value not in filled.used and value.text not in (".", "/") for value in request.values)
    score = hit.score - UNUSED * unused - MISSING * len(filled.missing)
    return Suggestion(filled.command, "pairs", wording.text, score, pair.changes, filled.missing, pair.tool)


def _of_files(request: Request) -> list[Suggestion]:
    found = file_search(request)
    if found is None:
        return []
    changes = bool(re.search(r"-delete|-exec (?:rm|mv|cp|chmod|chown)", found.command))
    return [Suggestion(found.command, "files", "files by their conditions", found.sure, changes, (), "find")]


def _weighed(suggestion: Suggestion, has: Callable[[str], bool]) -> Suggestion:
    """Return the suggestion a little lower where its program is not here: of two equal ones the other comes first."""
    return suggestion if has(suggestion.tool) else replace(suggestion, score=suggestion.score - ABSENT)


def _bsd(suggestion: Suggestion, knowledge: Knowledge) -> Suggestion:
    """Return the suggestion in the form that BSD's tools take."""
    command = suggestion.command
    for row in knowledge.table("ask/bsd")["form"]:
        command = re.sub(row["gnu"], row["bsd"], command)
    return replace(suggestion, command=command, tool=tool_of(command)) if command != suggestion.command else suggestion


def _without_surprise(found: list[Suggestion], request: Request) -> list[Suggestion]:
    """Return them without those that change something although the words name no change."""
    if request.names_change:
        return found
    return [suggestion for suggestion in found if not suggestion.changes]
