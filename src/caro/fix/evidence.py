"""What an output says about the words of the command that printed it.

Two sources: families of messages (`families.toml`), which need English, and the words that a message puts in
quotation marks, which every translation keeps.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from caro.fix.words import Simple
from caro.knowledge import Knowledge, shipped

QUOTES = "'\"`‘’‚‛“”„«»「」『』"
_LETTER = rf"[^\s{QUOTES},;]"
_LONGEST = 32 * 1024
_LONG_WORD = re.compile(r"(\S{256})\S+")
_LONG_LINE = re.compile(r"([^\n]{1500})[^\n]+")
_ESCAPES = re.compile(
    r"\x1b\[[0-9;:?<=>]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
)


_COMPLAINT = re.compile(
    r"unknown|unrecogni|invalid|illegal|\bbad\b|undefined|unsupported|no such|wrong|not |isn.t|unexpected|n.t know"
    r"|missing|ambiguous|no command|no rule|doesn|does not|interpreted|could|couldn|can.t|unable|fail|error|option",
    re.I,
)


@dataclass(frozen=True)
class Mention:
    """A word that a message of the family `kind` names; empty where the message names none."""

    kind: str
    bad: str


def readable(output: str) -> str:
    """Return the output without escapes and control characters; of a long one only its two ends, where messages stand.

    Words and lines are cut, too: rules search with patterns, and some take a time that grows with the square of a
    word's length."""
    if len(output) > _LONGEST:
        output = output[: _LONGEST // 2] + "\n" + output[-_LONGEST // 2 :]
    # French puts a narrow space before its colons and inside its quotation marks.
    output = re.sub(" (?=:)", "", output.replace("\xa0", " ").replace("\u202f", " "))
    output = _ESCAPES.sub("", output.replace("\r\n", "\n").replace("\r", "\n"))
    output = _LONG_WORD.sub(r"\1", output)
    return _LONG_LINE.sub(r"\1", output)


def _compiled(pattern: str) -> re.Pattern[str]:
    for mark, meaning in (("{q}", f"[{QUOTES}]{{0,2}}"), ("{w}", f"{_LETTER}+"), ("{W}", f"{_LETTER}*")):
        pattern = pattern.replace(mark, meaning)
    return re.compile(pattern, re.I | re.M)


def families(knowledge: Knowledge) -> list[tuple[str, re.Pattern[str]]]:
    """Return (kind, pattern) of every message that is known; a view of the knowledge."""
    table = knowledge.table("fix/data/families")["family"]
    return [(family["kind"], _compiled(pattern)) for family in table for pattern in family["patterns"]]


def mentions(output: str, knowledge: Knowledge | None = None) -> list[Mention]:
    """Return every word that a known message names, in the order of the families."""
    found: dict[Mention, None] = {}
    # Usage texts are long and name nothing wrong: only lines with a complaint in them are worth the patterns.
    lines = [line[:400] for line in output.splitlines()[:2000] if _COMPLAINT.search(line[:400])]
    head = "\n".join([*lines[:40], *lines[40:][-10:]])
    for kind, pattern in (knowledge or shipped()).view(families):
        for match in list(pattern.finditer(head))[:5]:
            bad = match.groupdict().get("bad") or ""
            found[Mention(kind, bad.rstrip(".:,)") if len(bad) > 1 else bad)] = None
    return list(found)


def quoted_words(output: str) -> set[str]:
    """Return words between quotation marks of any language, and whole backticked or bracketed ones."""
    pairs = re.findall(rf"[{QUOTES}]([^{QUOTES}\n]{{1,200}})[{QUOTES}]", output[:_LONGEST])
    return {pair.strip() for pair in pairs}


def names_word(output: str, word: str) -> bool:
    """True if the output holds the word on its own. Letters beyond ASCII end a word: Japanese and Chinese leave no
    space around the names in a message."""
    at = output.find(word)
    while at >= 0:
        before, after = output[at - 1 : at], output[at + len(word) : at + len(word) + 1]
        if not _continues(before, "-_/.") and not _continues(after, "-_/"):
            return True
        at = output.find(word, at + 1)
    return False


PRINTERS = frozenset(
    "cat tac nl tail head less more bat batcat grep egrep fgrep zgrep rg ag sort uniq cut wc zcat strings od xxd tee"
    " column echo printf awk gawk sed jq yq diff fold fmt rev paste comm join".split()
)
"""Programs that print what stands elsewhere: of their output only what they say in their own name counts."""


def own_words(simple: Simple, output: str) -> str:
    """Return what the program itself, or the shell, says in an output: all of it, but of a program that prints texts
    of others only the lines that begin with its name, or with a word of the line and a colon."""
    if simple.name not in PRINTERS or not output or said_missing(output, simple.name):
        return output
    names = {
        simple.name,
        simple.words[0].text,
        "bash",
        "-bash",
        "zsh",
        "sh",
        "-sh",
        "dash",
        "/bin/sh",
        "fish",
        "ksh",
    }
    names |= {"usage", "Usage", "Try"} | {word.text for word in simple.words[1:] if len(word.text) > 2}
    kept, own = [], False
    for line in output.splitlines()[:400]:
        bare = line.lstrip("\"'`‘“[")
        begins = any(
            bare.startswith(name) and not bare[len(name) : len(name) + 1].isalnum() for name in names
        )
        own = begins or (own and line[:1] in " \t")
        if own or line.startswith(("BusyBox v", "usage: ", "error: ", "  tip: ", "\ttip: ")):
            kept.append(line)
    return "\n".join(kept)


_MISSING = (
    r"(?:^|[:\s])(?:line \d+: )?{name}: (?:command )?not found|command not found: {name}\s*$"
    r"|unknown command:? '?{name}'?\s*$"
    r"|command '{name}' not found|(?:^|: ){name} ?: (?:befehl nicht gefunden|commande introuvable|orden no encontrada"
    r"|コマンドが見つかりません|未找到命令)"
)


def said_missing(output: str, name: str) -> bool:
    """True if a shell says outright that it knows no command of this name. It may: sudo's PATH is another one, and the
    output may come from another machine."""
    head = "\n".join(line[:300] for line in output.splitlines()[:20])
    return re.search(_MISSING.replace("{name}", re.escape(name)), head, re.I | re.M) is not None


def _continues(letter: str, joints: str) -> bool:
    return bool(letter) and letter.isascii() and (letter.isalnum() or letter in joints)
