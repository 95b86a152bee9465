"""A word that the tool doesn't have, and its own word for the same: `yarn uninstall` is `yarn remove`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from caro.fix.evidence import Mention
from caro.fix.model import Candidate, Inventory
from caro.fix.spec_walk import walk
from caro.fix.words import Simple
from caro.knowledge import Knowledge

SURE = 0.86


def same_words(knowledge: Knowledge) -> Mapping[str, tuple[str, ...]]:
    """Return words with those that mean the same elsewhere, in their order; a view of the knowledge."""
    found: dict[str, tuple[str, ...]] = {}
    for words in knowledge.table("fix/data/verbs")["same"].values():
        group = tuple(words.split())
        for word in group:
            found[word] = (*found.get(word, ()), *(other for other in group if other != word))
    return found


def other_words(
    simple: Simple, inventory: Inventory, found: list[Mention], knowledge: Knowledge
) -> Iterator[Candidate]:
    """Give the tool's own word where its output names the typed one as unknown."""
    named = {mention.bad for mention in found if mention.kind == "sub"}
    same = knowledge.view(same_words)
    for step in walk(simple, inventory):
        if step.role != "unknown-sub" or step.word.text not in named:
            continue
        own = [word for word in same.get(step.word.text, ()) if word in step.node.get("s", ())]
        for place, word in enumerate(own[:2]):
            why = f"`{simple.name}` calls it `{word}`"
            yield Candidate(simple.replaced(step.word, word), SURE - 0.2 * place, why, "spec")
        return
