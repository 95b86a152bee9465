"""Whether a safer command can be typed as it stands: its program, sub-commands and options exist in specs/*.jsonl."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from caro.parse.lines import parse
from caro.parse.nodes import Group, Node, Pipeline, Sequence, Simple

SPECS = Path(__file__).resolve().parents[2] / "specs"
MADE_UP = re.compile(
    r"(^|\s)(FILE|URL|DATABASE|TARGET|NAME|HOST)\b|found-by-test|\$\(…\)|\$(found|stdin)\b"
    r"|\{(target|command|look)|<\w+>| it\b"
)


def specs_of(tools: frozenset[str]) -> dict[str, dict[str, Any]]:
    """Return the nodes of tools, by the words that lead to them."""
    found = {}
    for path in sorted(SPECS.glob("*.jsonl")):
        if any(path.stem.partition("-")[0] in (tool, tool[0]) for tool in tools):
            for line in path.read_text("utf-8").splitlines():
                name = line[9 : line.index('"', 9)]
                if name.partition(" ")[0] in tools:
                    found[name] = json.loads(line)
    return found


@cache
def tools() -> frozenset[str]:
    """Return the names of all tools that have a spec."""
    lines = (line for path in SPECS.glob("*.jsonl") for line in path.read_text("utf-8").splitlines())
    return frozenset(line[9 : line.index('"', 9)].partition(" ")[0] for line in lines)


def commands(text: str) -> list[list[str]] | None:
    """Return the words of each simple command; None where the text can't be read."""
    program = parse(text)
    if not program.clean:
        return None
    return list(_words(program.body))


def _words(node: Node) -> list[list[str]]:
    if isinstance(node, Sequence):
        return [words for _, item in node.items for words in _words(item)]
    if isinstance(node, Pipeline):
        return [words for item in node.commands for words in _words(item)]
    if isinstance(node, Group):
        return _words(node.body)
    return [[word.literal or word.source for word in node.words]] if isinstance(node, Simple) else []


def unknown_words(words: list[str], nodes: dict[str, dict[str, Any]]) -> list[str]:
    """Return sub-commands that the tool's spec doesn't have."""
    name, values, at = words[0].rsplit("/", 1)[-1], set[str](), 1
    while at < len(words):
        node, word = nodes.get(name, {}), words[at]
        values |= {*node.get("v", ()), *node.get("Pv", ())}
        children = {child if isinstance(child, str) else child[0]: child for child in node.get("s", ())}
        at += 1
        if word.startswith("-"):
            at += word in values or (word in SCOPES and at < len(words))
        elif word in children:
            child = children[word]
            name = f"{name} {child[1] if isinstance(child, list) and isinstance(child[1], str) else word}"
        elif children and not node.get("x") and not node.get("a") and re.fullmatch(r"[a-z][\w:-]*", word):
            return [f"{name} {word}"]
        else:
            return []
    return []


SCOPES = frozenset(
    "--project --profile --context --kube-context --namespace -n -e -a -P -p -d -C -f -l -c --account"
    " --config --policy".split()
)
"""Options with a value that specs of some tools leave out."""
