"""The tables that decisions read: messages of system errors, names, packages."""

from __future__ import annotations

import re

from caro.knowledge import Knowledge, Table


def errnos(knowledge: Knowledge) -> dict[str, list[str]]:
    """Return the messages of each system error, lower-cased; a view of the knowledge."""
    table = knowledge.table("fix/data/errno")
    return {name: [message.lower() for message in messages] for name, messages in table.items()}


def says_errno(lowered: str, name: str, knowledge: Knowledge) -> bool:
    """True if a lower-cased output holds the message of a system error in a known language, or its name."""
    # `Gemfile` is no EMFILE.
    named = re.search(rf"\b{name.lower()}\b", lowered) is not None
    return named or any(message in lowered for message in knowledge.view(errnos).get(name, ()))


def names(knowledge: Knowledge) -> Table:
    """Return the names of images, services, sites, and of programs and package managers elsewhere."""
    return knowledge.table("fix/data/names")


def packages(knowledge: Knowledge) -> Table:
    """Return which package gives a program, module, header or library."""
    return knowledge.table("fix/data/packages")
