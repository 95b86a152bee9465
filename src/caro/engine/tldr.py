"""tldr pages for the search: each example with its terms, as the pairs' wordings have theirs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from caro.ask.index import terms_of
from caro.ask.vocabulary import vocabulary
from caro.knowledge import Knowledge
from caro.machine.tldr_pages import Example, examples_of


def with_terms(pages: Iterable[str], knowledge: Knowledge) -> Iterator[tuple[Example, str]]:
    """Yield (example, its terms) of the pages' texts, each command once."""
    words, seen = knowledge.view(vocabulary), set()
    for page in pages:
        for example in examples_of(page):
            if example.template not in seen:
                seen.add(example.template)
                yield example, " ".join(terms_of(example.wording, words))
