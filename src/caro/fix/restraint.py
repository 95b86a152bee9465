"""What is never offered, whoever found it: another victim, the opposite, a placeholder."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from caro.fix.distance import is_plausible, typo_cost
from caro.fix.model import Candidate, Inventory
from caro.fix.spec_walk import CLOSE, Step, walk
from caro.fix.words import Simple, simple_commands
from caro.knowledge import Knowledge

DELETERS = frozenset(
    "rm rmdir unlink shred srm trash trash-put rimraf del userdel groupdel deluser delgroup dropdb dropuser wipefs"
    " lvremove vgremove pvremove mkfs".split()
)
DELETING = frozenset(
    "rm rmi rmtree remove delete destroy prune purge drop uninstall unlink erase del terminate autoremove rb"
    " deregister unregister".split()
)
"""Sub-commands after which a name is lost."""
DELETING_OPTIONS = {
    "branch": {"-d", "-D", "--delete"}, "tag": {"-d", "--delete"}, "push": {"-d", "--delete"},
    "find": {"-delete"}, "pacman": {"-R", "-Rs", "-Rns"}, "dpkg": {"-r", "-P", "--purge"}, "rpm": {"-e", "--erase"},
    "crontab": {"-r"}, "tmux": {"kill-session"},
}  # fmt: skip
_PLACEHOLDER = re.compile(
    r"<[A-Za-z][\w .:|/-]*>|\bYOUR[_-]\w+|\byour[_-][\w-]+"
    r"|(?<![\w$/.-])(?:URL|TOKEN|PROJECT|VALUE|PASSWORD|USER|OWNER|CLUSTER|PROJECT_ID|PATH_TO_\w+)(?![\w=.-])"
    r"|\[(?:OPTIONS?|ARGS?|FLAGS?|options?|args?|flags?|flag|option|command|COMMAND|file|FILE)\]|(?<=\s)\.\.\.(?=\s|$)|…"
)


def opposites(knowledge: Knowledge) -> Mapping[str, frozenset[str]]:
    """Return words with those that undo them; a view of the knowledge."""
    found: dict[str, set[str]] = {}
    for one, others in knowledge.table("fix/data/verbs")["opposite"].items():
        for other in others.split():
            found.setdefault(one, set()).add(other)
            found.setdefault(other, set()).add(one)
    return {word: frozenset(others) for word, others in found.items()}


def permitted(
    candidates: Iterator[Candidate], simple: Simple, inventory: Inventory, knowledge: Knowledge
) -> Iterator[Candidate]:
    """Give the candidates for one simple command without those that must never stand in a prompt."""
    steps = list(walk(simple, inventory))
    deletes = is_deletion(simple, steps)
    against = knowledge.view(opposites)
    for candidate in candidates:
        if _shows_placeholder(candidate.command, simple.line):
            continue
        pairs = exchanged_words(simple, candidate.command)
        exchanged = list(_with_steps(pairs, steps))
        if any(_undoes(old.word.text, new, against) for old, new in exchanged):
            continue
        if any(_is_twice(at, pairs, simple, steps) for at, _ in pairs):
            continue
        another = candidate.tier == "path" or any(
            _is_name(step, new)
            and (candidate.tier != "rule" or is_plausible(step.word.text, typo_cost(step.word.text, new)))
            for step, new in exchanged
        )
        if deletes and another:
            continue
        yield candidate


def _is_twice(at: int, pairs: list[tuple[int, str]], simple: Simple, steps: list[Step]) -> bool:
    """True if the new operand stands in the new command twice: nobody means `diff a a`."""
    new = dict(pairs)
    if at >= len(steps) or steps[at].role not in ("arg", "value", "unknown-sub") or new[at].startswith("-"):
        return False
    texts = [new.get(index, word.text) for index, word in enumerate(simple.words)]
    bare = [text.rstrip("/").removeprefix("./") for text in texts[1:]]
    return bare.count(bare[at - 1]) > 1


def is_deletion(simple: Simple, steps: list[Step]) -> bool:
    """True if what the command names is lost by it."""
    if simple.name in DELETERS:
        return True
    if any(step.role == "sub" and step.word.text in DELETING for step in steps):
        return True
    words = [word.text for word in simple.words]
    if any(word in DELETING for word in words[1:4] if not word.startswith("-")) and len(steps[0].node) == 0:
        return True
    return any(
        word in DELETING_OPTIONS and DELETING_OPTIONS[word] & set(words)
        for word in (simple.name, *words[1:2])
    )


def exchanged_words(simple: Simple, command: str) -> list[tuple[int, str]]:
    """Return (index, new text) of the words that a command has instead of those of the simple one; none where it has
    more words or fewer, or is another program."""
    start = simple.line[: simple.start]
    if not command.startswith(start):
        return []
    others = simple_commands(command[len(start) :])
    if (
        len(others) != len(simple_commands(simple.line[simple.start :]))
        or len(others[0].words) != len(simple.words)
        or others[0].prefix
    ):
        return []
    pairs = enumerate(zip(simple.words, others[0].words, strict=True))
    return [(at, new.text) for at, (old, new) in pairs if old.text != new.text]


def _with_steps(pairs: list[tuple[int, str]], steps: list[Step]) -> Iterator[tuple[Step, str]]:
    for at, new in pairs:
        if at < len(steps):
            yield steps[at], new


def _is_name(step: Step, new: str) -> bool:
    """True if the new word names a thing of the person's, rather than being one of the tool's own words."""
    if new.replace("'", "") == step.word.text:
        return False  # the same, in other quotation marks
    if (
        step.role == "command"
        or new.startswith("-")
        or step.word.text.startswith("-")
        or {step.word.text, new} & DELETING
    ):
        return False
    return new not in step.node.get("s", ()) and new not in step.node.get("a", ())


def _undoes(old: str, new: str, against: Mapping[str, frozenset[str]]) -> bool:
    """True if the new word does what the typed one undoes: `uninstall` and `install`, `--no-verify` and `--verify`."""
    one, other = old.lstrip("-"), new.lstrip("-")
    against_it = {*against.get(other, ()), other[3:] if other.startswith("no-") else f"no-{other}"}
    cost = typo_cost(one, other)
    return any(
        one == word or (typo_cost(one, word) < cost and typo_cost(one, word) <= CLOSE)
        for word in against_it
        if word
    )


def _shows_placeholder(command: str, typed: str) -> bool:
    return any(match[0] not in typed for match in _PLACEHOLDER.finditer(command))
