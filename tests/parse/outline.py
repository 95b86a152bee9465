"""A program as plain tuples and strings, so that a test can say in one line what a text parses to.

Words: `plain`, `'quoted'`, `$'decoded'`, `$name` (in double quotes `"$name"`), `${name op argument}`, `$(text)`,
`<(text)`, `$((text))`; parts of one word stand side by side, separated by `·`.
"""

from __future__ import annotations

from typing import Any

from caro.parse.lines import parse
from caro.parse.nodes import (
    Arithmetic,
    Aside,
    Branch,
    Function,
    Group,
    Literal,
    Loop,
    Node,
    Opaque,
    Part,
    Pipeline,
    Redirect,
    Sequence,
    Simple,
    Variable,
    Word,
)


def part(item: Part) -> str:
    if isinstance(item, Literal):
        return f"$'{item.text}'" if item.ansi else f"'{item.text}'" if item.quoted else item.text
    if isinstance(item, Variable):
        inner = f"{item.prefix}{item.name}"
        spelt = (
            f"${{{inner} {item.op} {item.argument}}}"
            if item.op
            else f"${inner}"
            if not item.prefix
            else f"${{{inner}}}"
        )
        return f'"{spelt}"' if item.quoted else spelt
    if isinstance(item, Arithmetic):
        return f"$(({item.text}))"
    if isinstance(item, Aside):
        return f"(e:{item.text})"
    kind = "`" if item.kind == "`" else item.kind
    spelt = f"`{item.text}`" if kind == "`" else f"{kind}{item.text})"
    return f'"{spelt}"' if item.quoted else spelt


def word(item: Word | None) -> str:
    return "·".join(part(piece) for piece in item.parts) if item is not None else ""


def redirect(item: Redirect) -> str:
    body = "" if item.body is None else f" = {word(item.body)}"
    return f"{item.descriptor}{item.op} {word(item.target)}{body}"


def node(item: Node) -> Any:
    """Simple commands are lists of words; assignments come first as `name=value`, redirects last."""
    redirects = [redirect(entry) for entry in item.redirects]
    if isinstance(item, Simple):
        values = []
        for entry in item.assignments:
            sign = "+=" if entry.append else "="
            inner = word(entry.value) if entry.items is None else "(" + " ".join(map(word, entry.items)) + ")"
            values.append(f"{entry.name}{sign}{inner}")
        return [*values, *map(word, item.words), *redirects]
    return (*_compound(item), *redirects)


def _compound(item: Node) -> tuple[Any, ...]:
    if isinstance(item, Pipeline):
        return ("pipe", *map(node, item.commands))
    if isinstance(item, Sequence):
        return tuple(sequence(item))
    if isinstance(item, Group):
        return ("subshell" if item.subshell else "group", *sequence(item.body))
    if isinstance(item, Loop):
        head: tuple[Any, ...] = ("until" if item.until else "loop",)
        if item.variable is not None:
            head = (
                "for",
                item.variable,
                None if item.words is None else [word(entry) for entry in item.words],
            )
        elif item.condition is not None:
            head += (tuple(sequence(item.condition)),)
        return (*head, *sequence(item.body))
    if isinstance(item, Branch):
        return ("branch", *(tuple(sequence(arm)) for arm in item.arms))
    if isinstance(item, Function):
        return ("function", item.name, node(item.body))
    assert isinstance(item, Opaque)
    return ("opaque", [word(entry) for entry in item.words])


def sequence(item: Sequence) -> list[Any]:
    found: list[Any] = []
    for operator, entry in item.items:
        if operator not in ("", ";"):
            found.append(operator)
        found.append(node(entry))
    if item.ends_in_background:
        found.append("&")
    return found


def outline(text: str, dialect: str = "bash") -> list[Any]:
    """What `text` parses to; fails where it could not be read as a whole."""
    program = parse(text, dialect)
    assert program.clean, (text, program.problem)
    return sequence(program.body)
