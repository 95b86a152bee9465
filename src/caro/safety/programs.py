"""What programs do, read from `programs/*.toml`: docs/safety-rules.md describes the format.

A program's table is looked at only once the program is asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from caro.errors import CaroError
from caro.knowledge import Knowledge, Table
from caro.safety.arguments import Arguments, parse_arguments
from caro.safety.effects import EFFECTS, Effect
from caro.safety.values import Arg, shown

HELP = ("--help", "--version", "--usage")
_KEYS = frozenset(
    "about values single_dash same_as facts dry_run harmless decider service safe effects catches"
    " passes verbs".split()
)
_ENTRY_KEYS = frozenset(
    "verb options given without effect target facts base why instead id scope words without_words".split()
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One way in which a program has an effect."""

    effect: str
    verbs: tuple[tuple[str, ...], ...] = ()
    options: tuple[tuple[str, ...], ...] = ()
    given: tuple[tuple[str, str], ...] = ()
    without: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    without_words: tuple[str, ...] = ()
    target: str = "rest"
    facts: frozenset[str] = frozenset()
    base: int | None = None
    why: str = ""
    instead: str = ""
    id: str = ""
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Spec:
    """One program. `verbs` of a service map a verb to the effect it has (`verbs.toml` has the usual)."""

    name: str
    values: frozenset[str] = frozenset()
    single_dash: bool = False
    facts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    dry_run: tuple[str, ...] = ()
    harmless: tuple[str, ...] = HELP
    decider: str = ""
    service: bool = False
    safe: tuple[tuple[str, ...], ...] = ()
    entries: tuple[Entry, ...] = ()
    verbs: tuple[tuple[str, str], ...] = ()
    catches: tuple[str, ...] = ()
    passes: tuple[str, ...] = ()


UNKNOWN_SPEC = Spec("")


class DataError(CaroError):
    """A data file of programs or rules says something that can't be."""


def _split(value: str | list[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    items = [value] if isinstance(value, str) else value
    return tuple(piece for item in items for piece in item.split("|"))


def _sequences(value: str | list[str] | None) -> tuple[tuple[str, ...], ...]:
    if value is None:
        return ()
    return tuple(tuple(item.split()) for item in ([value] if isinstance(value, str) else value))


def _groups(value: str | list[str] | None) -> tuple[tuple[str, ...], ...]:
    if value is None:
        return ()
    return tuple(tuple(item.split("|")) for item in ([value] if isinstance(value, str) else value))


def _entry(name: str, table: dict[str, Any]) -> Entry:
    unknown = set(table) - _ENTRY_KEYS
    if unknown or (table.get("effect") not in EFFECTS and table.get("effect") != "none"):
        raise DataError(f"program {name}: bad effect entry {table!r} (unknown: {sorted(unknown)})")
    return Entry(
        effect=table["effect"],
        verbs=_sequences(table.get("verb")),
        options=_groups(table.get("options")),
        given=tuple((item.partition("=")[0], item.partition("=")[2]) for item in table.get("given", ())),
        without=_split(table.get("without")),
        words=_split(table.get("words")),
        without_words=_split(table.get("without_words")),
        target=table.get("target", "rest" if "verb" in table else "all"),
        facts=frozenset(table.get("facts", ())),
        base=table.get("base"),
        why=table.get("why", ""),
        instead=table.get("instead", ""),
        id=table.get("id", ""),
        scope=table.get("scope", ""),
    )


def spec_from(name: str, table: dict[str, Any]) -> Spec:
    """Check and convert one program's table. Raises `DataError`."""
    unknown = set(table) - _KEYS
    if unknown:
        raise DataError(f"program {name}: unknown keys {sorted(unknown)}; known: {sorted(_KEYS)}")
    values = frozenset(_split(table.get("values")))
    return Spec(
        name=name,
        values=values,
        single_dash=table.get("single_dash", False),
        facts=tuple((fact, _split(options)) for fact, options in table.get("facts", {}).items()),
        dry_run=_split(table.get("dry_run")),
        # `--version 3` of a program whose data says that it takes a value is no question
        harmless=tuple(name for name in HELP if name not in values) + _split(table.get("harmless")),
        decider=table.get("decider", ""),
        service=table.get("service", False),
        safe=_sequences(table.get("safe")),
        entries=tuple(_entry(name, entry) for entry in table.get("effects", ())),
        verbs=tuple(table.get("verbs", {}).items()),
        catches=tuple(table.get("catches", ())),
        passes=tuple(table.get("passes", ())),
    )


class Catalogue:
    """Programs by name. A program's table is checked and converted when the program is first asked for."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.specs: dict[str, Spec] = {}
        self.places: dict[str, tuple[str, Table]] = {}
        self.added: dict[str, list[Table]] = {}
        for document in knowledge.documents("safety/programs"):
            for name, table in document.table.items():
                if document.ships:
                    self._describe(name, table)
                else:
                    self._add(name, table)
        verbs = knowledge.table("safety/verbs")
        self.destructive: dict[str, str] = verbs["destructive"]
        self.harmless: frozenset[str] = frozenset(verbs["harmless"])
        self.nouns: frozenset[str] = frozenset(verbs["nouns"])
        self.guessed: frozenset[str] = frozenset(verbs["guessed"])
        self.no_service: frozenset[str] = frozenset(verbs["no_service"])

    def _describe(self, name: str, table: Table) -> None:
        for alias in (name, *table.get("same_as", ())):
            self.places.setdefault(alias, (name, table))

    def _add(self, name: str, table: Table) -> None:
        """An overlay's program: a new one, or more effects for one that is described already."""
        for alias in (name, *table.get("same_as", ())):
            known = self.places.setdefault(alias, (name, table))
            if known[1] is not table:
                self.added.setdefault(known[0], []).append(table)

    def get(self, name: str) -> Spec | None:
        spec = self.specs.get(name)
        if spec is None and (place := self.places.get(name)):
            title, table = place
            spec = self.specs.get(title) or self._spec(title, table)
            self.specs[title] = self.specs[name] = spec
        return spec

    def _spec(self, name: str, table: Table) -> Spec:
        spec = spec_from(name, table)
        for more in self.added.get(name, ()):
            spec = _with_more(spec, spec_from(name, more))
        return spec

    def everything(self) -> dict[str, Spec]:
        for name in self.places:
            self.get(name)
        return self.specs


def _with_more(spec: Spec, more: Spec) -> Spec:
    """A described program with an overlay's effects, facts and options with a value; what is harmless stays so."""
    return replace(
        spec,
        values=spec.values | more.values,
        facts=(*spec.facts, *more.facts),
        entries=(*more.entries, *spec.entries),
        verbs=(*spec.verbs, *(verb for verb in more.verbs if verb[1])),
    )


def catalogue(knowledge: Knowledge) -> Catalogue:
    """Return the programs that `knowledge` describes."""
    return knowledge.view(Catalogue)


@cache
def _pieces(pattern: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the words that a table's pattern spells out, and its globs."""
    pieces = pattern.split("|")
    return frozenset(pieces), tuple(piece for piece in pieces if "*" in piece or "?" in piece)


def _word_matches(pattern: str, word: str) -> bool:
    spelt, globs = _pieces(pattern)
    return word in spelt or (bool(globs) and any(fnmatchcase(word, glob) for glob in globs))


def verb_end(patterns: tuple[str, ...], words: list[Arg]) -> int:
    """Return how many leading words match `patterns` (`**` stands for up to six words); -1 where they don't."""
    at = 0
    for index, pattern in enumerate(patterns):
        if pattern == "**":
            following = patterns[index + 1 :]
            for skip in range(7):
                end = verb_end(following, words[at + skip :])
                if end >= 0:
                    return at + skip + end
            return -1
        if at >= len(words) or not _word_matches(pattern, words[at].lower()):
            return -1
        at += 1
    return at


def _target(entry: Entry, arguments: Arguments, after: int) -> list[Arg]:
    where, positional = entry.target, arguments.positional
    if where == "rest":
        return positional[after:]
    if where == "all":
        return positional
    if where == "first":
        return positional[:1]
    if where == "after-first":
        return positional[1:]
    if where == "last":
        return positional[-1:]
    if where.startswith("option:"):
        return arguments.all_values(*where[7:].split("|"))
    if where.startswith("key:"):
        keys = tuple(key + "=" for key in where[4:].split("|"))
        return [_part(word) for word in positional if word.startswith(keys)]
    return []


def _part(word: Arg) -> Arg:
    value = Arg(word.partition("=")[2])
    value.glob = word.glob
    return value


def _entry_end(entry: Entry, arguments: Arguments) -> int:
    """Index after the verb where the entry applies, else -1."""
    if not all(arguments.has(*group) for group in entry.options) or (
        entry.without and arguments.has(*entry.without)
    ):
        return -1
    if entry.words and not any(_word_matches(p, w) for p in entry.words for w in arguments.positional):
        return -1
    if entry.without_words and any(
        _word_matches(p, w) for p in entry.without_words for w in arguments.positional
    ):
        return -1
    if not entry.verbs:
        return 0
    end = max(verb_end(verb, arguments.positional) for verb in entry.verbs)
    return end if end >= 0 and (not entry.given or _is_given(entry.given, arguments.words)) else -1


def _is_given(wanted: tuple[tuple[str, str], ...], words: list[Arg]) -> bool:
    """One of the options has one of the values. Reads the words as typed: a program's data need not
    say of each such option that it takes a value."""
    for at, word in enumerate(words):
        name, equals, value = word.partition("=")
        for option, pattern in wanted:
            if name == option:
                found = value if equals else (words[at + 1] if at + 1 < len(words) else "")
                if not pattern or fnmatchcase(found.lower(), pattern):
                    return True
    return False


def _is_dry(spec: Spec, arguments: Arguments) -> bool:
    # spelt out: `--vers` may stand for something else than --version
    return any(name in arguments.options and arguments.has(name) for name in spec.dry_run)


def is_harmless(spec: Spec, arguments: Arguments) -> bool:
    """Only asks for help, or only shows what it would do."""
    if any(name in arguments.options for name in spec.harmless) or _is_dry(spec, arguments):
        return True
    if spec.single_dash and "-help" in arguments.options:
        return True
    if spec.service and arguments.words[-1:] == ["help"]:
        return True  # `aws s3 rb help`
    if (
        spec.service
        and arguments.positional
        and (
            arguments.positional[0] in ("help", "version")
            or (arguments.has("-h") and not arguments.value("-h"))
        )
    ):
        return True
    return any(verb_end(safe, arguments.positional) >= 0 for safe in spec.safe)


CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def service_verb(spec: Spec, positional: list[Arg], known: Catalogue) -> tuple[str, int]:
    """The first verb that anybody knows among the leading words: (effect or "", index after it)."""
    own = dict(spec.verbs)
    for index, word in enumerate(positional[:5]):
        plain = word.lower()
        if plain in own:
            return own[plain], index + 1
        if plain in known.nouns:  # `snapshot delete x` deletes; `deploy delete-me` deploys
            after = positional[index + 1].lower() if index + 1 < len(positional) else ""
            if after in known.nouns or after in known.destructive or after in own:
                continue
            return "", index + 1
        if plain in known.harmless:
            return "", index + 1
        effect = _compound(CAMEL.sub("-", word).lower(), known)
        if effect is not None:
            return effect, index + 1
    return "", 0


def _compound(word: str, known: Catalogue) -> str | None:
    """The effect of `destroy`, `destroy-app`, `apps:destroy`; None where no verb is in the word."""
    if word in known.destructive:
        return known.destructive[word]
    pieces = re.split(r"[-:._]", word) if len(word) < 60 else []
    if len(pieces) < 2:
        return None
    if pieces[0] in known.harmless:
        return ""
    return known.destructive.get(pieces[0]) or known.destructive.get(pieces[-1])


def facts_of(spec: Spec, arguments: Arguments) -> frozenset[str]:
    return frozenset(fact for fact, options in spec.facts if arguments.has(*options))


def effects_by_data(spec: Spec, arguments: Arguments, known: Catalogue) -> list[tuple[Effect, list[Arg]]]:
    """Each effect with the arguments it applies to; empty where the program only shows or helps."""
    if is_harmless(spec, arguments):
        return []
    if spec.service and (shifted := _shifted(spec, arguments, known)) is not None:
        arguments = shifted
    facts = facts_of(spec, arguments)
    found: list[tuple[Effect, list[Arg]]] = []
    for entry in spec.entries:
        end = _entry_end(entry, arguments)
        if end < 0:
            continue
        if entry.effect == "none":
            return found
        effect = Effect(
            entry.effect,
            spec.name,
            facts=facts | entry.facts,
            base=entry.base,
            why=entry.why,
            instead=entry.instead,
            scope=entry.scope,
        )
        if entry.id:
            effect.extra["id"] = entry.id
        found.append((effect, _target(entry, arguments, end)))
    if spec.service and not found:
        name, end = service_verb(spec, arguments.positional, known)
        if name:
            found.append((Effect(name, spec.name, facts=facts | {"service"}), arguments.positional[end:]))
    return found


def _shifted(spec: Spec, arguments: Arguments, known: Catalogue) -> Arguments | None:
    """The arguments without their first operand, where that may be the value of an option nobody described:
    `vault --namespace admin kv delete x`. None where it is a verb or a thing that anybody knows."""
    words, operands = arguments.words, arguments.positional
    if (
        len(operands) < 3
        or len(words) < 3
        or words[2] is not operands[0]
        or words[1][:2] != "--"
        or "=" in words[1]
    ):
        return None
    word = operands[0].lower()
    if word in known.harmless or word in known.nouns or word in known.destructive or word in dict(spec.verbs):
        return None
    leads = {piece for entry in spec.entries for verb in entry.verbs for piece in verb[0].split("|")}
    if word in leads or operands[1].lower() not in leads:
        return None
    return replace(arguments, words=[words[0], *words[3:]], positional=operands[1:])


def arguments_of(spec: Spec, words: list[Arg]) -> Arguments:
    return parse_arguments(words, spec.values, spec.single_dash)


def shown_words(words: list[Arg]) -> tuple[str, ...]:
    return tuple(shown(word) for word in words)
