"""Asks the tiers in turn and puts their candidates in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from caro.fix.characters import OTHER_KEYS, characters, doubled_words
from caro.fix.commands import is_unknown, unknown_command
from caro.fix.doable import doable
from caro.fix.evidence import mentions, own_words, quoted_words, readable, said_missing
from caro.fix.folders import wrong_paths
from caro.fix.hints import hints, told_names
from caro.fix.model import Answer, Candidate, Failure, Inventory, RiskOf
from caro.fix.ranking import ranked
from caro.fix.restraint import permitted
from caro.fix.rulebook import Rulebook
from caro.fix.shapes import shapes
from caro.fix.spec_walk import is_evident_slip, walk
from caro.fix.synonyms import other_words
from caro.fix.tokens import wrong_words
from caro.fix.unseen import knowable
from caro.fix.values import wrong_values
from caro.fix.words import Simple, run_by, simple_commands

LEAST_CONFIDENCE = 0.5
ASIDE = 0.7
"""What a rule's fix is worth beside a slip: a tool that found no project never came to its options."""
LONGEST_LINE = 8192
MOST_COMMANDS = 8
NO_RULES = Rulebook(())

INTERRUPTED = frozenset((0, 130, 131, 137, 141, 143, 147, 148))
"""Success, and ends by a signal that somebody sent: ^C, ^\\, kill, a closed pipe, terminate, stop, ^Z."""

ANSWERS = {
    "grep": (1,), "egrep": (1,), "fgrep": (1,), "zgrep": (1,), "rg": (1,), "ag": (1,), "ack": (1,), "pgrep": (1,),
    "diff": (1,), "cmp": (1,), "colordiff": (1,), "test": (1,), "[": (1,), "[[": (1,), "((": (1,), "expr": (1,),
    "false": (1,), "let": (1,), "pidof": (1,), "timeout": (124,), "which": (1,), "type": (1,), "command": (1,),
    "killall": (1,), "fuser": (1,), "lsof": (1,), "comm": (1,), "zdiff": (1,), "zcmp": (1,), "bc": (), "read": (1,),
}  # fmt: skip
"""Exit statuses that are answers, not errors."""


@dataclass(frozen=True)
class Learned:
    """What this user typed instead the last time: `command` failed in this way, `fixed` was run next."""

    command: str
    fixed: str
    confidence: float = 0.95


def fixes_for(
    failure: Failure,
    inventory: Inventory,
    rules: Rulebook = NO_RULES,
    risk_of: RiskOf | None = None,
    learned: Sequence[Learned] = (),
    rejected: Sequence[str] = (),
    least: float = LEAST_CONFIDENCE,
    others: Sequence[Candidate] = (),
) -> Answer:
    """Return the commands that may have been meant, best first; none where nothing is good enough.

    `learned` are corrections of this user that fit the failure, `rejected` commands they turned down for it, `others`
    what somebody else takes the line for."""
    if _ended_well(failure, inventory) or len(failure.command) > LONGEST_LINE or not failure.command.strip():
        return Answer(failure.command)
    candidates = [
        Candidate(one.fixed, one.confidence, "what you typed instead before", "learned", own=True)
        for one in learned
    ]
    candidates += [*_from_tiers(failure, inventory, rules)]
    candidates += [replace(one, own=True) for one in others]
    kept = [candidate for candidate in candidates if candidate.command not in rejected]
    fixes = ranked(doable(kept, failure, inventory), failure, risk_of, least)
    return Answer(failure.command, fixes, fixes[0].why if fixes else "")


def _ended_well(failure: Failure, inventory: Inventory) -> bool:
    """True if there is nothing to mend: success, or an end by somebody's signal. A pipe's status is that of its last
    command; where the shell knew none of an earlier name, it says so."""
    return failure.exit_code in INTERRUPTED and not _unheard(failure, inventory)


def _unheard(failure: Failure, inventory: Inventory) -> list[Simple]:
    """Return the commands of a pipe, the last apart, of which the shell says that there is none."""
    line, output = failure.command, failure.output or ""
    if failure.exit_code or "|" not in line or not output.strip():
        return []
    earlier = simple_commands(line)[:-1]
    return [
        simple
        for simple in earlier
        if not inventory.has(simple.words[0].text)
        and line[simple.end :].lstrip().startswith("|")
        and said_missing(output, simple.words[0].text)
    ]


def _from_tiers(failure: Failure, inventory: Inventory, rules: Rulebook) -> Iterator[Candidate]:
    output = readable(failure.output) if failure.output is not None else None
    seen = Failure(failure.command, failure.exit_code, output, failure.shell, failure.cwd)
    if failure.exit_code == 0:
        missing = replace(seen, exit_code=127)
        for simple in _unheard(seen, inventory):
            yield from permitted(
                unknown_command(simple, missing, inventory), simple, inventory, rules.knowledge
            )
        return
    for candidate in characters(seen, inventory):
        yield from (_respelt(candidate, inventory) if candidate.why == OTHER_KEYS else (candidate,))
    commands = simple_commands(failure.command)[:MOST_COMMANDS]
    for simple in commands:
        if not _is_answer(simple, seen):
            found = _for_simple(simple, seen, inventory, rules)
            yield from permitted(found, simple, inventory, rules.knowledge)


def _respelt(candidate: Candidate, inventory: Inventory) -> Iterator[Candidate]:
    """Give a line typed with other keys with the slip in it mended, too, where the spec shows one."""
    yield candidate
    for simple in simple_commands(candidate.command)[:1]:
        failure = Failure(candidate.command, 1, None)
        slips = [step for step in walk(simple, inventory) if is_evident_slip(step)]
        best = max(
            wrong_words(simple, failure, inventory, [], set(), []) if slips else (),
            key=lambda found: found.score,
            default=None,
        )
        if best is not None:
            yield replace(candidate, command=best.command, score=candidate.score + 0.005)


def _is_answer(simple: Simple, failure: Failure) -> bool:
    """True if the exit status answers a question, with nothing said on it."""
    return failure.exit_code in ANSWERS.get(simple.name, ()) and not _complains(simple, failure.output)


def _complains(simple: Simple, output: str | None) -> bool:
    if output is None:
        return False
    # The shell itself may have failed before: `grep x f > /root/out`.
    if "not permitted" in output:
        return True
    return f"{simple.name}: " in output or any(f"{word.text}: " in output for word in simple.targets)


def _mends(candidate: Candidate, simple: Simple, slips: list[str]) -> bool:
    """True if a rule's command is the typed one with just the slips exchanged."""
    old, new = simple.line.split(), candidate.command.split()
    return len(old) == len(new) and {word for word in old if word not in new} == set(slips)


def _for_simple(
    simple: Simple, failure: Failure, inventory: Inventory, rules: Rulebook
) -> Iterator[Candidate]:
    output = own_words(simple, failure.output or "")
    failure = replace(failure, output=output) if failure.output is not None else failure
    found = mentions(output, rules.knowledge) if output else []
    slips = [step.word.text for step in walk(simple, inventory) if is_evident_slip(step)]
    for candidate in rules.candidates(simple, failure, inventory, output):
        yield (
            candidate
            if not slips or _mends(candidate, simple, slips)
            else replace(candidate, score=candidate.score * ASIDE)
        )
    yield from doubled_words(simple, failure)
    yield from knowable(simple, failure, inventory)
    yield from shapes(simple, failure, inventory)
    if is_unknown(simple, failure, inventory):
        yield from unknown_command(simple, failure, inventory)
        return
    quoted, offered = quoted_words(output), hints(output)
    yield from told_names(simple, offered, found)
    yield from other_words(simple, inventory, found, rules.knowledge)
    yield from wrong_words(simple, failure, inventory, found, quoted, offered)
    yield from wrong_values(simple, failure, inventory, found, offered, rules.knowledge)
    if (inner := run_by(simple)) is not None:
        yield from told_names(inner, offered, found)
        yield from wrong_words(inner, failure, inventory, found, quoted, offered)
    long = not output.strip() and any(word.text.startswith("--") for word in simple.prefix)
    if simple.prefix and (long or f"{simple.prefix[0].text}: " in output):
        # `timeout --sigal 9 cmd`: the program that runs the rest is the one that complains.
        whole = Simple(simple.line, (*simple.prefix, *simple.words), simple.targets)
        yield from wrong_words(whole, failure, inventory, found, quoted, offered)
    yield from wrong_paths(simple, failure, inventory, found, rules.knowledge)
