"""What a person may want to know of the line that they type, before Enter: one short line, or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from caro.engine.decision import Decision
from caro.engine.guard import Guard
from caro.engine.pages import Pages
from caro.fix.model import Inventory
from caro.knowledge import Knowledge
from caro.levels import Action, Level
from caro.meaning.words import Meaning, PageOf, meanings, no_page
from caro.printable import printable

LONGEST = 120
_TOLD_UNASKED = frozenset(("option",))
_NO_USAGE = frozenset(("operator", "keyword"))


@dataclass(frozen=True)
class Typed:
    """A line that is being typed, and how many characters stand in front of the cursor."""

    line: str
    cursor: int


class Hinter:
    """One for all shells of a person. `inventory_at` gives what this machine has, seen from a folder and with a PATH;
    `aliases` what is written down of a shell's aliases."""

    def __init__(
        self,
        guard: Guard,
        inventory_at: Callable[[str | None, str], Inventory],
        aliases: Callable[[str], Mapping[str, str]],
    ) -> None:
        self._guard = guard
        self._inventory_at = inventory_at
        self._aliases = aliases
        self._pages = Pages()

    def hint(
        self, typed: Typed, decision: Decision, shell: str, cwd: str | None, path: str, asked: bool
    ) -> str:
        """Return `hint` for a line in a shell and a folder. Reads files: for a thread."""
        page_of: PageOf | None = (lambda name: self._pages.of(name, path)) if asked else None
        inventory = self._inventory_at(cwd, path)
        return hint(typed, decision, self._guard.knowledge, inventory, self._aliases(shell), page_of)


def hint(
    typed: Typed,
    decision: Decision,
    knowledge: Knowledge,
    inventory: Inventory,
    aliases: Mapping[str, str],
    page_of: PageOf | None = None,
) -> str:
    """Return one line of at most LONGEST characters, "" for none: the verdict where it is high, else the usage of the
    option under the cursor, else the alias that is shorter. With `page_of` somebody asked: the usage of any word, from
    its manual page too."""
    said = (
        _verdict(decision)
        or _usage(typed, knowledge, inventory, page_of)
        or _shorter(typed.line, aliases, asked=page_of is not None)
    )
    said = printable(said)
    return said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"


def _verdict(decision: Decision) -> str:
    if decision.partial or (decision.level < Level.HIGH and decision.action < Action.CONFIRM):
        return ""
    high = decision.level.word if decision.level >= Level.HIGH else decision.action.word
    return f"{high}: {decision.reason or 'by your rules'}"


def _usage(typed: Typed, knowledge: Knowledge, inventory: Inventory, page_of: PageOf | None) -> str:
    text = _up_to_cursor(typed)
    if not text.strip():
        return ""
    found = meanings(text, knowledge, inventory, page_of or no_page)
    wanted = _under_cursor(found, page_of is not None)
    return f"{wanted.text}: {wanted.says}" if wanted is not None else ""


def _under_cursor(found: list[Meaning], asked: bool) -> Meaning | None:
    """Return the last word, where something is known of it that is worth a look."""
    last = found[-1] if found else None
    if last is None or not last.says or last.source == "" or last.role in _NO_USAGE:
        return None
    return last if asked or last.role in _TOLD_UNASKED else None


def _up_to_cursor(typed: Typed) -> str:
    """Return the line up to the end of the word under the cursor; a bundle of short options (`-xzf`) ends at it."""
    front, behind = typed.line[: typed.cursor], typed.line[typed.cursor :]
    word = front.rsplit(None, 1)[-1] if front and not front[-1].isspace() else ""
    if word and not (word[0] == "-" and word[1:2].isalnum()):
        front += "" if behind[:1].isspace() else behind.partition(" ")[0]
    return front.rstrip()


def _shorter(line: str, aliases: Mapping[str, str], asked: bool) -> str:
    """Return which alias stands for what the line begins with: the one that saves most."""
    words = line.split()
    best, saved = "", 0 if asked else 1
    for name, value in aliases.items():
        parts = value.split()
        if parts and words[: len(parts)] == parts and len(" ".join(parts)) - len(name) > saved:
            best, saved = name, len(" ".join(parts)) - len(name)
    return f"shorter: {' '.join([best, *words[len(aliases[best].split()) :]])}" if best else ""
