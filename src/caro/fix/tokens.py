"""Tiers 1 and 2: one word is wrong. Which, says the output or the spec; what was meant, the tool's own hint or
the nearest name in its spec.

Names are ranked by energies. An energy is a negative natural logarithm of odds, without a unit: one more makes a name
e times less likely, and chance(name) = exp(-E(name)) / (exp(-E(none)) + sum of exp(-E(other))). For a name, E = EDIT *
typo_cost + RARITY * ln(rank) - bonus: the noisy channel (Kernighan, Church and Gale 1990), where typo_cost (about 1 an
edit, distance.py) stands for the likelihood of the slip and the rank for the name's frequency, which falls with it as
Zipf's law says; as the lists of ranks are short and rough, they count with less than Zipf's exponent of 1. E(none), of
"no name that is known was meant", grows with the word's length: what is long is seldom typed wrong beyond reading. The
chance times the strength of the suspicion (how sure the output makes it that this word is the wrong one) is the
confidence. EDIT, RARITY, HINTED, CERTAIN and the two numbers of `_nothing` were set by hand, looking at the slips of
tests/fix/cases/typos_development*.jsonl; tests/fix/test_accuracy.py holds them to floors on every set, and docs/fix.md
tells which sets nobody had looked at when they were first measured.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from caro.fix.commands import EDIT, chances
from caro.fix.distance import nearest, typo_cost
from caro.fix.evidence import Mention, names_word
from caro.fix.helptext import commands_in, options_in
from caro.fix.hints import Hint
from caro.fix.model import Candidate, Failure, Inventory
from caro.fix.spec_walk import Step, is_evident_slip, option_names, walk
from caro.fix.words import Simple, Word, quote

RARITY = 0.3
"""Energy of a name e times as rare; commands.py has more, for PATH holds many names that nobody types."""
HINTED_STRENGTH = 0.8
"""Strength of a word that the spec doesn't know, where the tool offers one that is near."""
EVIDENT = 0.85
"""Strength of a word that one slip made of a known name, where the output tells of something else."""
HINTED = 2.0
"""Energy that a name loses where the tool itself offers it: half an edit."""

CERTAIN = 1.2
"""Energy of 'none of these' where the tool says that the word is wrong and the spec holds all the right ones."""

DYNAMIC: dict[str, dict[str, tuple[str, ...]]] = {
    "git": {
        "": ("git-alias",),
        "checkout": ("git-branch", "git-remote-branch", "git-tag"), "switch": ("git-branch", "git-remote-branch"),
        "merge": ("git-branch", "git-remote-branch", "git-tag"), "rebase": ("git-branch", "git-remote-branch"),
        "branch": ("git-branch",), "push": ("git-remote", "git-branch"), "pull": ("git-remote", "git-branch"),
        "fetch": ("git-remote", "git-branch"), "remote": ("git-remote",), "reset": ("git-branch", "git-tag"),
        "log": ("git-branch", "git-remote-branch", "git-tag"), "diff": ("git-branch", "git-remote-branch", "git-tag"),
        "show": ("git-branch", "git-tag"), "tag": ("git-tag",), "cherry-pick": ("git-branch",),
    },
    "npm": {"run": ("npm-script",), "run-script": ("npm-script",)},
    "pnpm": {"": ("npm-script",), "run": ("npm-script",)},
    "yarn": {"": ("npm-script",), "run": ("npm-script",)},
    "bun": {"run": ("npm-script",)},
    "make": {"": ("make-target",)},
    "just": {"": ("just-recipe",)},
    "systemctl": {"*": ("service",)},
    "service": {"": ("service",)},
    "ssh": {"": ("host",)},
    "su": {"": ("user",)}, "id": {"": ("user",)}, "passwd": {"": ("user",)},
}  # fmt: skip
"""Tool -> sub-command ("" none, "*" any) -> kinds of names that only this machine knows."""


@dataclass(frozen=True)
class Suspect:
    """A word that may be the wrong one, and how sure that is (0 to 1)."""

    step: Step
    kind: str
    strength: float


def _same(bad: str, text: str) -> bool:
    """True if a message's word is this one. Parsers name an option with its dashes or without (`Unrecognized option:
    'eemit'`), with its value or not."""
    if (
        bad == text
        or bad == "-" + text
        or (len(bad) > 4 and bad.startswith("-") and bad.lstrip("-") == text.lstrip("-"))
    ):
        return True
    name = text.split("=", 1)[0]
    return text.startswith("-") and len(name) > 3 and bad.split("=", 1)[0] in (name, name.lstrip("-"))


def _strength(step: Step, found: list[Mention], quoted: set[str], failure: Failure) -> float:
    """Return how surely the output means this word, 0 to 1."""
    text = step.word.text
    if any(mention.bad and _same(mention.bad, text) for mention in found):
        return 1.0
    output = failure.output
    listed = step.role == "arg" and len(step.node.get("a", ())) > 5 and text not in step.node["a"]
    unknown = (step.role.startswith("unknown") and step.certain) or listed
    if output is None or not output.strip():
        return (0.65 if step.node.get("x") or listed else 0.75) if unknown else 0.0
    if text in quoted or text.split("=", 1)[0] in quoted:
        return 0.95 if step.role.startswith("unknown") else 0.6
    if _nameless(step, found):
        return 0.95
    if is_evident_slip(step) and not _passed_on(step):
        return EVIDENT
    if names_word(output, text.lstrip("-")):
        return 0.85 if step.role.startswith("unknown") else 0.0
    if unknown and "usage:" in output.lower():
        return 0.8
    if not unknown or step.role != "unknown-sub":
        return 0.25 if unknown else 0.0
    # The tool failed before it looked at its words (no server, no bus); a name it doesn't have is wrong all the same.
    # Where it takes other words too (aliases, files), only a longer one among many known is.
    known = len(step.node.get("s", ()))
    if step.node.get("x"):
        return 0.55 if known > 20 and len(text) > 3 else 0.25
    return 0.6 if known > 5 else 0.25


def _passed_on(step: Step) -> bool:
    """True if the option stands behind a program to run and is that program's: `docker run x --flag`, `npm run y
    --flag`."""
    return bool({"run", "exec", "run-script"} & set(step.key.split())) and step.role == "unknown-option"


def _nameless(step: Step, found: list[Mention]) -> bool:
    """True if a message tells of the kind of word only, or names the word before (`go mod: unknown command`)."""
    if step.role == "unknown-option":
        return any(mention.kind == "option" and not mention.bad for mention in found)
    before = step.key.rpartition(" ")[2]
    return step.role == "unknown-sub" and any(
        mention.kind == "sub" and mention.bad == before for mention in found
    )


def _expands(step: Step) -> bool:
    """True if a shell changes the word; of `--include=*.txt` only the value."""
    name, mark, _ = step.word.text.partition("=")
    plain = bool(mark) and name.startswith("--") and not set("$*?[`{") & set(name)
    return step.word.expands and not plain


def suspects(
    simple: Simple, failure: Failure, inventory: Inventory, found: list[Mention], quoted: set[str]
) -> list[Suspect]:
    """Return words that may be wrong, the surest first; a word the spec knows is one only if the output names it."""
    result = []
    for step in list(walk(simple, inventory))[1:]:
        if _expands(step) or not step.word.text or step.word.text == "--":
            continue
        strength = _strength(step, found, quoted, failure)
        if step.role == "sub" and strength < 1.0:
            continue
        if step.role in ("option", "value") and strength < 1.0:
            strength *= 0.4
        if strength >= 0.2:
            kind = "option" if step.word.text.startswith("-") else "sub"
            result.append(Suspect(step, kind, strength))
    return sorted(result, key=lambda suspect: -suspect.strength)


def _hinted(suspect: Suspect, hints: list[Hint]) -> Suspect:
    """Return the suspect, surer where the spec doesn't know its word and the tool lists one that is near."""
    if suspect.strength >= HINTED_STRENGTH or not suspect.step.role.startswith("unknown"):
        return suspect
    offered = any(hint.fits(suspect.step.word.text) for hint in hints)
    return replace(suspect, strength=HINTED_STRENGTH) if offered else suspect


def _dynamic_names(step: Step, inventory: Inventory) -> list[str]:
    tool, _, sub = step.key.partition(" ")
    table = DYNAMIC.get(tool, {})
    kinds = table.get(sub.split(" ")[0]) or table.get("*" if sub else "", ())
    names = [name for kind in kinds for name in inventory.names(kind)]
    return [*names, *(name.split("/", 1)[1] for name in names if name.startswith("origin/"))]


def names_in_usage(output: str) -> tuple[str, ...]:
    """Return options and sub-commands of a usage text that came with the complaint: all there is for a tool without
    spec."""
    if "usage:" not in output.lower():
        return ()
    return (*options_in(output), *commands_in(output), *_words_of_usage(output))


def _words_of_usage(output: str) -> list[str]:
    """Return the bare words of usage lines: `or: git notes [--ref <ref>] add [-f]`."""
    found = []
    for line in re.findall(r"^\s*(?:usage|or): *(\S[^\n]*)", output, re.M | re.I)[:40]:
        bare = re.sub(r"\[[^\]]*\]|<[^>]*>|\{[^}]*\}|\([^)]*\)", " ", line)
        found += re.findall(r"(?<=\s)[a-z][a-z-]+(?=\s|$)", bare)
    return found


def known_names(suspect: Suspect, inventory: Inventory, usage: tuple[str, ...] = ()) -> list[str]:
    """Return what could stand in the place of the word."""
    step = suspect.step
    if suspect.kind == "option":
        return [*_known_options(step), *(name for name in usage if name.startswith("-") and len(name) > 2)]
    return [*_known_words(step, inventory), *(name for name in usage if not name.startswith("-"))]


def _known_options(step: Step) -> list[str]:
    dashes = 2 if step.word.text.startswith("--") else 1
    names = [name for name in (*option_names(step.chain), *option_names(step.chain[:1])) if len(name) > 2]
    if dashes == 2 and names and not any(name.startswith("--") for name in names):
        return ["-" + name for name in names]  # Go's flags may be typed with two dashes
    return [name for name in names if name.startswith("--") or dashes == 1]


def _known_words(step: Step, inventory: Inventory) -> list[str]:
    names = list(step.node.get("s", ())) + list(step.node.get("a", ()))
    return [name for name in names if not name.startswith("-")] + _dynamic_names(step, inventory)


def _nothing(length: int) -> float:
    """Return the energy of 'none of these was meant' for a word of that many letters: 4.4 for two, 9 for six."""
    return EDIT * (0.28 * length + 0.55)


def _split_value(suspect: Suspect, names: list[str]) -> tuple[str, str]:
    """Return the name and what follows it: `--lines` and `=3`, dd's `bs=` and `1M`."""
    name, mark, value = suspect.step.word.text.partition("=")
    if suspect.kind == "option":
        return name, mark + value
    return (
        (name + mark, value)
        if mark and any(known.endswith("=") for known in names)
        else (name + mark + value, "")
    )


def _energies(
    typed: str, names: list[str], hints: list[Hint], rank: Callable[[str], int]
) -> list[tuple[str, float]]:
    """Return the nearest names and the hinted ones with their energies, lowest first. Among equals the order of the
    tool's own list decides."""
    hinted = [hint.text for hint in hints]
    costs = dict(nearest(typed, list(dict.fromkeys([*names, *hinted])), 12))
    for name in hinted:
        costs.setdefault(name, typo_cost(typed, name))
    found = []
    for name, cost in costs.items():
        bonus = HINTED - 0.15 * hinted.index(name) if name in hinted else 0.0
        found.append((name, EDIT * cost + RARITY * math.log(rank(name)) - bonus))
    return sorted(found, key=lambda item: item[1])


def _rank_of(suspect: Suspect, inventory: Inventory) -> Callable[[str], int]:
    if suspect.kind == "option":
        return lambda name: 1
    return lambda name: inventory.word_rank(suspect.step.key, name)


def _abbreviations(typed: str, names: list[str]) -> list[tuple[str, float]]:
    """Return names that the typed word is the start of: `--recur`, `kubectl get ser`."""
    longer = [name for name in dict.fromkeys(names) if name.startswith(typed) and name != typed]
    return (
        [(name, EDIT * 0.9 + 0.3 * (len(name) - len(typed))) for name in longer] if len(longer) <= 3 else []
    )


def _candidates(
    simple: Simple, suspect: Suspect, inventory: Inventory, hints: list[Hint], usage: tuple[str, ...] = ()
) -> Iterator[Candidate]:
    word = suspect.step.word
    names = known_names(suspect, inventory, usage)
    typed, value = _split_value(suspect, names)
    fitting = [hint for hint in _for_word(simple, suspect, hints) if hint.fits(typed)]
    if typed in names and not fitting:
        return
    energies = dict(_abbreviations(typed, names) if len(typed.strip("-")) > 2 else ())
    energies.update(_energies(typed, names, fitting, _rank_of(suspect, inventory)))
    nothing = _nothing(len(typed.lstrip("-"))) + (3.0 if fitting else 0.0)
    nothing += CERTAIN if suspect.strength >= 0.95 and suspect.step.certain else 0.0
    hinted = {hint.text for hint in fitting}
    for name, chance in chances(sorted(energies.items(), key=lambda item: item[1])[:10], nothing):
        if chance > 0.03 and name != typed:
            what = "option" if suspect.kind == "option" else "word"
            why = (
                f"`{simple.name}` itself offers `{name}`"
                if name in hinted
                else _why(simple, typed, name, what)
            )
            yield Candidate(
                simple.replaced(word, _spelt(simple, word, typed, name, value)),
                chance * suspect.strength,
                why,
                "hint" if name in hinted else "spec",
            )


def _spelt(simple: Simple, word: Word, typed: str, name: str, value: str) -> str:
    """Return the name with the value as it was typed: a `*` stays one for the shell."""
    raw = simple.line[word.start : word.end]
    return (
        name + raw[len(typed) :] if value and word.expands and raw.startswith(typed) else quote(name + value)
    )


def _for_word(simple: Simple, suspect: Suspect, hints: list[Hint]) -> list[Hint]:
    """Return the hints as names for this word: of a whole command (`npm exec`, `gcloud storage ls`) the word in its
    place, of an option with a value the option."""
    if suspect.kind == "option":
        return [replace(hint, text=hint.text.split("=", 1)[0]) for hint in hints if " " not in hint.text]
    before = [simple.name, *(word.text for word in simple.words[1:] if word.start < suspect.step.word.start)]
    found = []
    for hint in hints:
        words = hint.text.split()
        same = next((n for n in range(len(words) - 1, 0, -1) if words[:n] == before[-n:]), 0)
        found.append(replace(hint, text=words[same]) if same else hint)
    return list(dict.fromkeys(found))


def _why(simple: Simple, typed: str, name: str, what: str) -> str:
    return f"`{simple.name}` knows no {what} `{typed}`; `{name}` is near"


def _two_dashes(simple: Simple, suspect: Suspect) -> Iterator[Candidate]:
    """Give `--help` for `-help`: one dash before a long name, or one too many."""
    text = suspect.step.word.text
    name = text.split("=", 1)[0]
    names = option_names(suspect.step.chain)
    if suspect.kind == "option" and re.match(r"-[a-z]{2}", text) and "-" + name in names:
        yield Candidate(
            simple.replaced(suspect.step.word, quote("-" + text)),
            0.9 * suspect.strength,
            "two dashes",
            "spec",
        )
    elif text.startswith("--") and name[1:] in names and len(name) > 3:
        yield Candidate(
            simple.replaced(suspect.step.word, quote(text[1:])), 0.9 * suspect.strength, "one dash", "spec"
        )


def wrong_words(
    simple: Simple,
    failure: Failure,
    inventory: Inventory,
    found: list[Mention],
    quoted: set[str],
    hints: list[Hint],
) -> Iterator[Candidate]:
    """Give candidates for the surest suspects of one simple command."""
    if "missing operand" in (failure.output or ""):
        return
    all_suspects = [
        _hinted(suspect, hints) for suspect in suspects(simple, failure, inventory, found, quoted)
    ]
    all_suspects.sort(key=lambda suspect: -suspect.strength)
    usage = names_in_usage(failure.output or "")
    for suspect in all_suspects[:4]:
        yield from _two_dashes(simple, suspect)
        yield from _candidates(simple, suspect, inventory, hints, usage)
    sure = [suspect for suspect in all_suspects if suspect.step.role.startswith("unknown")]
    if len(sure) > 1:
        yield from _several(simple, sure, inventory, hints)


def _several(
    simple: Simple, sure: list[Suspect], inventory: Inventory, hints: list[Hint]
) -> Iterator[Candidate]:
    """Give the line with two slips mended at once, by the best name for each."""
    line, total, names = simple.line, 1.0, []
    for suspect in sorted(sure[:3], key=lambda suspect: -suspect.step.word.start):
        best = max(
            _candidates(simple, suspect, inventory, hints), key=lambda found: found.score, default=None
        )
        if best is None or suspect.strength < 0.2:
            return
        word = suspect.step.word
        new = best.command[word.start : len(best.command) - (len(simple.line) - word.end)]
        line, total = line[: word.start] + new + line[word.end :], min(total, best.score / suspect.strength)
        names.append(new)
    yield Candidate(line, total * 0.8, "two words are off: " + ", ".join(reversed(names)), "spec")
