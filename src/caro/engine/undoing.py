"""What has to be kept before a line that the guard asks about or warns of, so that it may run unasked: `[safety] undo`.

The plan names files and repositories; `caro.undo` keeps them. A line of which not all that could be lost is surely
known (a substitution, an unknown variable, several commands that destroy, sudo, another program) has no plan: the
guard asks.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caro.parse.lines import parse
from caro.parse.nodes import Literal, Node, Pipeline, Redirect, Simple, Variable, Word

if TYPE_CHECKING:
    from caro.engine.question import Question
    from caro.safety.assessment import Assessment

GLOB = "*?["
UNREAD = ("{", "(", "**")
"""Unquoted texts of words whose expansion differs from shell to shell."""
TRUNCATING = (">", ">|", "&>", ">&")
KEPT = {"delete", "overwrite", "lose_git_work"}
"""Effects of which some can be kept."""
UNTRUSTED = 30
"""Score from which the guard has something to say of a finding (docs/safety.md)."""


@dataclass(frozen=True)
class UndoPlan:
    """`kind` is `remove` (files and folders go), `overwrite` (a file gets other contents) or one of git's
    (`undoing.toml`). `paths` are as typed, expanded; those with a true `pattern` are globs (`?`, `*`, `[...]`)."""

    kind: str
    paths: tuple[tuple[str, bool], ...] = ()
    whole: bool = False
    """True if moving the paths away before the line runs leaves that line nothing to do and to say."""
    folder: str = ""
    """`-C` of git; "" for none."""
    words: tuple[str, ...] = ()
    """What stands behind git's sub-command."""

    def told(self, line: str, days: int, gigabytes: int, seconds: int) -> dict[str, Any]:
        """Return it for `caro undo --keep`, with the line as it may be shown."""
        return asdict(self) | {"line": line, "days": days, "gigabytes": gigabytes, "seconds": seconds}


def plan_of(
    question: Question, assessment: Assessment, home: str, aliased: frozenset[str]
) -> UndoPlan | None:
    """Return what to keep before the question's line runs; None where the guard has to ask. `aliased`: names that
    mean something else than the program in the person's shell."""
    if not is_by_hand(question) or not isinstance(question.words, str):
        return None
    effects = effects_of(assessment)
    program = parse(question.words, question.syntax)
    items = program.body.items
    if assessment.problems or not program.clean or not items:
        return None
    if program.body.ends_in_background or program.body.redirects:
        return None
    node = items[0][1]
    known = {**question.env, "HOME": home}
    if len(items) > 1 and not (isinstance(node, Simple) and _is_all_of_the_first(items, assessment)):
        return None
    if effects == {"overwrite"}:
        return None if len(items) > 1 else _overwriting(node, assessment, known)
    if not isinstance(node, Simple) or node.assignments or any(r.op in TRUNCATING for r in node.redirects):
        return None
    words = [_expanded(word, known) for word in node.words]
    if any(word is None for word in words):
        return None
    plain = [word for word in words if word is not None]
    name = os.path.basename(plain[0][0]) if plain and not plain[0][1] else ""
    as_is = bool(node.words) and (node.words[0].bare is None or "/" in plain[0][0])
    if effects == {"delete"} and name in ("rm", "unlink"):
        return _removing(plain[1:], question.syntax, as_is or name not in aliased)
    if effects <= {"lose_git_work", "delete"} and name == "git" and (as_is or "git" not in aliased):
        return _of_git([text for text, _ in plain[1:]])
    return None


def is_by_hand(question: Question) -> bool:
    """True of a whole line that a person typed."""
    return isinstance(question.words, str) and question.tty and not question.agent and not question.cut


def is_a_loss(question: Question, assessment: Assessment) -> bool:
    """True of a person's line that takes away what `UndoPlan` could keep of simpler lines."""
    return is_by_hand(question) and bool(effects_of(assessment) & KEPT)


def effects_of(assessment: Assessment) -> set[str]:
    """Return the names of the effects that the guard has something to say of."""
    return {finding.effect.name for finding in assessment.findings if finding.score >= UNTRUSTED}


def _is_all_of_the_first(items: list[tuple[str, Node]], assessment: Assessment) -> bool:
    """True of a list whose first command is all that the guard speaks of (`rm -rf build && make`): a later one would
    find what the commands before it have left, which nobody can keep before the line runs."""
    asked = [finding.effect.argv for finding in assessment.findings if finding.score >= UNTRUSTED]
    first = assessment.commands[0] if assessment.commands else ()
    joined = all(operator in ("", ";", "&&", "||", "\n") for operator, _ in items)
    return joined and assessment.commands.count(first) == 1 and all(argv == first for argv in asked)


def _removing(words: list[tuple[str, bool]], dialect: str, is_program: bool) -> UndoPlan | None:
    options: list[str] = []
    paths: list[tuple[str, bool]] = []
    behind = False
    for text, is_pattern in words:
        if text == "--" and not behind:
            behind = True
        elif text.startswith("-") and len(text) > 1 and not behind:
            options.append(text)
        else:
            paths.append((text, is_pattern))
    if not paths or any(text.rstrip("/").rpartition("/")[2] in ("", ".", "..") for text, _ in paths):
        return None
    silent = all(set(option) <= set("-rRfd") and option[1] != "-" for option in options)
    forced = any("f" in option for option in options)
    recursive = any(set(option) & set("rR") for option in options)
    whole = is_program and silent and forced and recursive and not any(pattern for _, pattern in paths)
    return UndoPlan("remove", tuple(paths), whole=whole)


def _overwriting(node: object, assessment: Assessment, known: Mapping[str, str]) -> UndoPlan | None:
    """Return the plan of a line whose redirections alone are what the guard speaks of."""
    commands = node.commands if isinstance(node, Pipeline) else [node]
    redirects: list[Redirect] = []
    for command in commands:
        if not isinstance(command, Simple):
            return None
        redirects += [each for each in command.redirects if each.op in TRUNCATING]
    asked = [finding.effect for finding in assessment.findings if finding.score >= UNTRUSTED]
    if any(effect.program != "redirect" for effect in asked):
        return None
    targets = [_expanded(redirect.target, known) for redirect in redirects if not _is_number(redirect)]
    if not targets or any(target is None or target[1] for target in targets):
        return None
    return UndoPlan("overwrite", tuple(target for target in targets if target is not None))


def _is_number(redirect: Redirect) -> bool:
    text = redirect.target.literal or ""
    return redirect.op == ">&" and (text.isdecimal() or text == "-")


def _of_git(words: list[str]) -> UndoPlan | None:
    folder = ""
    while words[:1] == ["-C"] and len(words) > 1:
        folder, words = os.path.join(folder, words[1]), words[2:]
    if not words:
        return None
    for command in _commands():
        named = list(command["command"].split())
        rest = words[len(named) :]
        if words[: len(named)] != named or set(rest) & set(command.get("unless", ())):
            continue
        return UndoPlan(command["keeps"], folder=folder, words=tuple(rest))
    return None


def _expanded(word: Word, known: Mapping[str, str]) -> tuple[str, bool] | None:
    """Return the word's one text, and whether that is a pattern; None where only its shell could tell."""
    text, is_pattern = "", False
    for index, part in enumerate(word.parts):
        if isinstance(part, Variable):
            value = known.get(part.name)
            if part.op or part.prefix or not value or (not part.quoted and _splits(value)):
                return None
            text += _escaped(value)
        elif not isinstance(part, Literal):
            return None
        elif part.quoted:
            text += _escaped(part.text)
        else:
            if any(sign in part.text for sign in UNREAD):
                return None
            piece = part.text
            if index == 0 and piece.startswith("~"):
                user, slash, rest = piece[1:].partition("/")
                if user or not known.get("HOME"):
                    return None
                text, piece = _escaped(known["HOME"]), slash + rest
            is_pattern = is_pattern or any(sign in piece for sign in GLOB)
            text += piece
    return (text, True) if is_pattern else (_unescaped(text), False)


def _splits(value: str) -> bool:
    return any(char in value for char in " \t\n" + GLOB)


def _escaped(text: str) -> str:
    """Return a text for glob(7), in which it stands for itself."""
    return "".join(f"[{char}]" if char in GLOB else char for char in text)


def _unescaped(text: str) -> str:
    for char in GLOB:
        text = text.replace(f"[{char}]", char)
    return text


@cache
def _commands() -> tuple[dict[str, str], ...]:
    return tuple(tomllib.loads((Path(__file__).parent / "undoing.toml").read_text("utf-8"))["git"])
