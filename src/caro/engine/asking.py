"""Words into commands: what `caro.ask` finds, each judged, with the package of what is not installed here.

A language model is to come beside the pairs: it answers as another source of `Asked`, through `judged` as they do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from caro.ask.answer import Pages, Suggestion, suggestions
from caro.ask.index import Index
from caro.ask.request import is_unreadable
from caro.engine.question import Question
from caro.knowledge import Knowledge

if TYPE_CHECKING:
    from caro.engine.decision import Decision
    from caro.fix.learning import Correction
    from caro.machine.inventory import MachineInventory

LOOKED_AT = 8
ASKED = "#ask "
"""What stands before the words of a request where it is kept beside the corrections: no line of a shell."""
TAKEN = "you took it for these words"
NO_ANSWER = "nothing near enough is known; say it in other words, or name the tool"
NOT_READ = "a name in it can't be read: it has control characters, or bytes that are no UTF-8"
_CHANGES = frozenset(
    "delete overwrite write_device change_permissions change_owner gain_privilege persist exhaust lose_git_work"
    " lose_git_remote destroy_data destroy_resource disrupt_service break_boot cut_network lower_defence"
    " remove_software tamper_audit".split()
)
_NOT_FISH = re.compile(
    r"^\w+=|\bdo\b.*\bdone\b|<\(|\$\{|^\[ |!!|<<<|\bshopt\b|^(?:declare|mapfile|unset|set -[a-z]|set \+)"
)
"""Forms of bash that fish does not read."""


def no_answer(words: str) -> str:
    """Return the sentence for words that nothing is known for."""
    return NOT_READ if is_unreadable(words) else NO_ANSWER


Judge = Callable[[Question], "Decision"]


@dataclass(frozen=True)
class Asked:
    """A command for the words; `decision` is the judge's, `why` the wording it was found by and what is missing."""

    command: str
    source: str
    why: str
    decision: Decision

    def row(self) -> dict[str, str]:
        """Return it as `--json`, `--batch` and the daemon tell it."""
        told = {
            "command": self.command,
            "source": self.source,
            "level": self.decision.level.word,
            "why": self.why,
        }
        return told | ({"verdict": self.decision.reason} if self.decision.reason else {})


def answers(
    words: str,
    place: Question,
    knowledge: Knowledge,
    world: MachineInventory,
    judge: Judge,
    count: int,
    kept: Iterable[Correction] = (),
    pages: Pages | None = None,
) -> list[Asked]:
    """Return up to `count` commands for the words, best first, judged where they would run; [] where none is near.
    `kept` is what was taken before, `pages` what the person fetched of tldr's."""
    if is_unreadable(words):
        return []
    taken = taken_before(words, knowledge, kept)
    known = {suggestion.command for suggestion in taken}
    others = suggestions(words, knowledge, world.has, world.platform, LOOKED_AT, pages)
    found = [*taken, *(suggestion for suggestion in others if suggestion.command not in known)]
    if place.dialect == "fish":
        found = [suggestion for suggestion in found if not _NOT_FISH.search(suggestion.command)]
    return list(islice(judged(found, place, knowledge, world, judge), count))


def taken_before(words: str, knowledge: Knowledge, kept: Iterable[Correction]) -> list[Suggestion]:
    """Return what was taken for the same words before, newest first; their order and what says nothing don't count."""
    vocabulary = knowledge.view(Index).words
    terms = sorted(vocabulary.terms(words))
    found = [
        one.fixed
        for one in kept
        if one.failed.startswith(ASKED) and sorted(vocabulary.terms(one.failed[len(ASKED) :])) == terms
    ]
    return [Suggestion(command, "taken", TAKEN, 1.0) for command in dict.fromkeys(found)]


def judged(
    found: Iterable[Suggestion], place: Question, knowledge: Knowledge, world: MachineInventory, judge: Judge
) -> Iterator[Asked]:
    """Yield the suggestions with their verdicts, without those that change what nobody asked to change, or change
    something and leave out what the request names."""
    for suggestion in found:
        decision = judge(replace(place, words=suggestion.command))
        effects = decision.assessment.effects if decision.assessment is not None else ()
        changes = bool(_CHANGES.intersection(effects))
        if changes and (suggestion.unused or not suggestion.change_asked):
            continue
        yield Asked(suggestion.command, suggestion.source, _why(suggestion, knowledge, world), decision)


def _why(suggestion: Suggestion, knowledge: Knowledge, world: MachineInventory) -> str:
    parts = [re.sub(r"\{([a-z]+)\d*\}", lambda slot: slot[1].upper(), suggestion.why)]
    if suggestion.missing:
        names = ", ".join(re.sub(r"\d+$", "", name).upper() for name in suggestion.missing)
        parts.append(f"put yours in the place of {names}")
    if suggestion.unused:
        parts.append(f"leaves out {', '.join(suggestion.unused)}")
    if suggestion.tool and not world.has(suggestion.tool) and "/" not in suggestion.tool:
        from caro.fix.decisions.packages import how_to_install

        install = how_to_install(knowledge, suggestion.tool, world.platform)
        parts.append(f"{suggestion.tool} is not installed here" + (f": {install}" if install else ""))
    return "; ".join(parts)
