"""Words that stand for a value: of an option (`--color=alays`), of a place in a line (`python3 -m vnev`), the scheme
of an address, a signal; and the words that most tools share, for one of which nothing is known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from caro.fix.distance import nearest
from caro.fix.evidence import Mention, names_word
from caro.fix.folders import OTHERS, READERS, exists
from caro.fix.hints import Hint
from caro.fix.model import Candidate, Failure, Inventory
from caro.fix.spec_walk import CLOSE, Step, option_names, spec_for, walk
from caro.fix.words import Simple, Word, quote
from caro.knowledge import Knowledge

Table = Mapping[str, Sequence[str]]
NAMED, UNSEEN = 0.985, 0.8
"""How sure where the output names the word, and where nobody saw an output."""
EQUAL = 0.25
ONE_SLIP = 1.06
"""Of two names that are nearer to each other in price than this, neither is sure."""
SLIP_ALONE = 0.8
"""The price of letters swapped, doubled or left out; another letter may make another word (`--post`, `--port`)."""
OF_FILES = READERS | OTHERS | frozenset("du df touch mkdir tee rm ctags cloc pytest tokei".split())
"""Programs whose operands name files or folders, or a person's own things."""
FRONTS = frozenset(("artisan", "manage.py", "bin/console"))
"""Scripts of frameworks, behind whose name the sub-command stands."""
_OF_WORDS = re.compile(r"command|\btask|operation|argument|option|flag|choice|\bverb|\baction", re.I)
_BAD_VALUE = re.compile(
    r"invalid|unknown|not (?:a )?valid|unsupported|not supported|unrecogni[sz]ed|no such|bad value"
    r"|must be|expected|ambiguous",
    re.I,
)


def values(knowledge: Knowledge) -> dict[str, Table]:
    """Return the known values by table and key; a view of the knowledge."""
    return {
        name: {key: tuple(words.split()) for key, words in table.items()}
        for name, table in knowledge.table("fix/data/values").items()
    }


def wrong_values(
    simple: Simple,
    failure: Failure,
    inventory: Inventory,
    found: list[Mention],
    hints: list[Hint],
    knowledge: Knowledge,
) -> Iterator[Candidate]:
    """Give candidates for one simple command."""
    known = knowledge.view(values)
    for option, word, typed, lead in _valued(simple):
        names = known["any"].get(option) or known["of"].get(f"{simple.name} {option}", ())
        yield from _near(simple, word, typed, lead, [hint.text for hint in hints], names, failure)
    yield from _listed_words(simple, failure, known)
    for word in simple.words[1:]:
        yield from _addresses(simple, word, known["schemes"]["names"])
    if simple.name in ("kill", "pkill", "killall"):
        for word in simple.words[1:]:
            yield from _signals(simple, word, known["signals"]["names"])
    node = spec_for(inventory, simple.name)
    if (node is None or len(node.get("s", ())) < 9) and "/" not in simple.words[0].text:
        yield from _shared_words(simple, failure, inventory, found, known["common"])
    if node is not None:
        yield from _usual_names(simple, failure, inventory, found, known["common"])


def _usual_names(
    simple: Simple, failure: Failure, inventory: Inventory, found: list[Mention], known: Table
) -> Iterator[Candidate]:
    """Give options and words that most tools have, for a word that the tool's spec neither knows nor has one near for:
    specs end, mostly at a sub-command's options. Unseen only the slips that make no other word."""
    named = {mention.bad.split("=", 1)[0] for mention in found if mention.kind in ("sub", "option")}
    blind = not (failure.output or "").strip()
    for step in list(walk(simple, inventory))[1:]:
        typed, mark, value = step.word.text.partition("=")
        names = known["options"] if typed.startswith("--") else known["words"]
        if step.word.quoted or step.word.expands or typed in names or not _is_beyond_spec(step, known):
            continue
        said = typed in named
        furthest = CLOSE if said else SLIP_ALONE if blind and len(typed.strip("-")) > 3 else 0.0
        for place, (name, cost) in enumerate(nearest(typed, names, 2)):
            # `--tags` and `--tag` are both words.
            begins = name.startswith(typed) or (typed.startswith(name) and typed[-1] != name[-1])
            if cost <= furthest and (said or not begins):
                score = (0.88 if said else 0.62) - 0.2 * place
                text = simple.replaced(step.word, name + mark + value)
                yield Candidate(text, score, f"`{name}` is near `{typed}`", "spec")


def _is_beyond_spec(step: Step, known: Table) -> bool:
    """True if the spec tells nothing of such a word where it stands: an option with none near, a word behind a noun
    (`secret`, `topic`) of which the spec has only the name."""
    if step.role == "unknown-option" and step.word.text.startswith("--"):
        near = nearest(step.word.text.split("=", 1)[0], option_names(step.chain), 1)
        return not near or near[0][1] > CLOSE
    noun = step.key.rpartition(" ")[2]
    return step.role == "arg" and " " in step.key and not step.node and noun not in known["words"]


def _valued(simple: Simple) -> Iterator[tuple[str, Word, str, str]]:
    """Give every option with its value: its name, the word that holds it, the value, what stands before it in the
    word."""
    for at, word in enumerate(simple.words[1:], 1):
        name, mark, value = word.text.partition("=")
        if not name.startswith("-") or word.quoted or word.expands:
            continue
        if mark and value:
            yield name, word, value, name + mark
        elif at + 1 < len(simple.words) and not simple.words[at + 1].text.startswith("-"):
            after = simple.words[at + 1]
            if not after.quoted and not after.expands:
                yield name, after, after.text, ""


def _near(
    simple: Simple,
    word: Word,
    typed: str,
    lead: str,
    hinted: Sequence[str],
    known: Sequence[str],
    failure: Failure,
) -> Iterator[Candidate]:
    output = failure.output or ""
    if typed in known or len(typed) < 2:
        return
    named = bool(output) and names_word(output, typed) and _BAD_VALUE.search(output) is not None
    # What the tool lists beats what a table says that most tools take.
    names = [text.removeprefix(lead) for text in hinted if " " not in text] if named else []
    unreached = "connect" in output or "refused" in output
    if known and set(names) <= set(known):
        names = list(known)
    sure = NAMED if named or unreached else UNSEEN if not output.strip() else 0.0
    if sure:
        yield from _offers(simple, word, lead, typed, names or known, sure)


def _offers(
    simple: Simple,
    word: Word,
    lead: str,
    typed: str,
    names: Sequence[str],
    sure: float,
    furthest: float = 1.9,
) -> Iterator[Candidate]:
    """Give the nearest names; a price far from a slip, or two that are equally near, make them less sure."""
    close = nearest(typed, [name for name in names if name], 3)
    if not close or (len(typed) < 5 and close[0][1] > 1.2) or close[0][1] > furthest:
        return
    tied = len(close) > 1 and close[1][1] - close[0][1] < EQUAL
    for place, (name, _) in enumerate(close):
        score = sure * (0.8 if tied else 1.0) * (1 - 0.25 * place)
        why = f"`{simple.name}` knows no `{typed}` here; `{name}` is near"
        yield Candidate(simple.replaced(word, lead + quote(name)), score, why, "spec")


def _listed_words(simple: Simple, failure: Failure, known: Mapping[str, Table]) -> Iterator[Candidate]:
    """Give the word behind a program and its sub-command, by the table of such words."""
    words = [word for word in simple.words if not word.expands]
    tool = {"python": "python3", "pip3": "pip"}.get(simple.name, simple.name)
    for at in range(1, len(words) - 1):
        names = known["words"].get(f"{tool} {words[at].text}")
        if names is None:
            continue
        rest = words[at + 1 :]
        if words[at].text != "-m":
            rest = [word for word in rest if not word.text.startswith("-")]
        for word in rest[:1]:
            if word.text in names or word.quoted or len(word.text) < 3:
                return
            output = failure.output or ""
            named = names_word(output, word.text) or names_word(output, word.text.split(".")[0])
            failed = "connect" in output or "refused" in output
            score = NAMED if named else UNSEEN if not output.strip() else 0.9 if failed else 0.0
            if score:
                # Unseen, and a name that this machine may have: one slip of a finger, and no letter from far away.
                yield from _offers(
                    simple, word, "", word.text, names, score, 1.9 if output.strip() else ONE_SLIP
                )
        return


def _addresses(simple: Simple, word: Word, names: Sequence[str]) -> Iterator[Candidate]:
    """Give the address with its scheme mended: `htpp://host`, `http:/host`."""
    match = re.match(r"([A-Za-z0-9]{2,12})(:/{1,3})(?=\w)", word.text)
    if match is None or word.quoted or word.expands:
        return
    scheme = match[1]
    close = [scheme] if scheme in names else [name for name, cost in nearest(scheme, names, 2) if cost < 1.3]
    marks = ":///" if scheme == "file" else "://"
    for place, name in enumerate(close):
        text = name + marks + word.text[match.end() :]
        if text != word.text and (scheme not in names or match[2] == ":/"):
            yield Candidate(
                simple.replaced(word, text), 0.96 - 0.1 * place, "the scheme of the address", "spec"
            )


def _signals(simple: Simple, word: Word, names: Sequence[str]) -> Iterator[Candidate]:
    match = re.fullmatch(r"(-(?:SIG)?)([A-Z]{2,5}\d?)", word.text)
    if match is not None:
        yield from _offers(simple, word, match[1], match[2], names, NAMED)


def _is_another(typed: str, name: str) -> bool:
    """True if a word is more likely another one than a slip: a plural, a word in a longer one."""
    bare, other = typed.lstrip("-"), name.lstrip("-")
    doubled = bare[-1:] == other[-1:] and bare[:-1] == other
    return not doubled and (bare.startswith(other) or bare.endswith(other) or other == bare + "s")


def _shared_words(
    simple: Simple, failure: Failure, inventory: Inventory, found: list[Mention], known: Table
) -> Iterator[Candidate]:
    """Give words that most tools share, for one without a spec, where the output says that the typed one is wrong.
    Unseen only for what is no file, no operand of a program for files and no other word (`tests`, `--cflags`)."""
    named = {mention.bad for mention in found if mention.kind in ("sub", "option")}
    if not _OF_WORDS.search(failure.output or ""):
        named = set()  # an unknown database or user is no word of the tool
    blind = not (failure.output or "").strip()
    start = 2 if len(simple.words) > 2 and simple.words[1].text in FRONTS else 1
    for word in simple.words[start : start + 2]:
        typed, mark, value = word.text.partition("=")
        kind = "options" if typed.startswith("--") else "words"
        names = known[kind]
        said = {typed, word.text} & named
        single = typed.startswith("-") and kind == "words"
        if word.quoted or word.expands or single or len(typed.lstrip("-")) < 4 or typed in names:
            continue
        close = nearest(typed, names, 2)
        if not said and (
            exists(typed, inventory)
            or (kind == "words" and simple.name in OF_FILES)
            or any(_is_another(typed, name) for name, _ in close)
        ):
            continue
        if close and close[0][1] <= 1.25 and (said or (blind and len(typed) > 4)):
            score = 0.9 if said else 0.6
            for place, (name, _) in enumerate(close):
                text = simple.replaced(word, name + mark + value)
                yield Candidate(text, score - 0.2 * place, f"`{name}` is near `{typed}`", "spec")
        if kind == "words":
            return
