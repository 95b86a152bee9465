"""Which files and folders a line has made, where it ended well: those are nobody's loss but its own.

Only programs that fail where the name is taken already count (`mkdir` without -p, `git clone`, `cargo new` …): a
`mkdir -p ~/Documents` ends well too, and makes nothing.
"""

from __future__ import annotations

from caro.parse.lines import parse
from caro.parse.nodes import Node, Sequence, Simple
from caro.parse.pattern import pattern
from caro.safety.targets import resolve

MAKERS = pattern(r"\b(mkdir|clone|worktree|new|startproject|venv|init)\b")
"""A line without one of these words made nothing that is known here."""

_LEADS = {
    ("git", "clone"): 1,
    ("git", "worktree", "add"): 0,
    ("cargo", "new"): 0,
    ("rails", "new"): 0,
    ("dotnet", "new"): 2,
    ("django-admin", "startproject"): 0,
    ("hg", "clone"): 1,
    ("svn", "checkout"): 1,
}
"""The words that a command starts with, and which operand behind them is the folder that it makes."""


def created_by(line: str, cwd: str) -> list[str]:
    """Absolute paths that `line` made, if it ended with status 0 in `cwd`; only plain words joined by && count."""
    program = parse(line)
    if not program.clean or any(operator not in ("", "&&") for operator, _ in program.body.items):
        return []
    found: list[str] = []
    for _, item in program.body.items:
        words = _plain_words(item)
        if words is None:
            return found
        if words[:1] == ["cd"]:
            if len(words) != 2 or words[1].startswith(("-", "~")):
                return found
            cwd = resolve(words[1], cwd)
        else:
            found += [resolve(path, cwd) for path in _made(words) if not path.startswith("~")]
    return found


def made_by(node: Node, cwd: str | None) -> list[str]:
    """Return the folders that one simple command makes where it ends well."""
    words = _plain_words(node)
    return [resolve(path, cwd) for path in _made(words) if not path.startswith("~")] if words else []


def _plain_words(node: Node) -> list[str] | None:
    if isinstance(node, Sequence) or not isinstance(node, Simple) or node.assignments:
        return None
    words = [word.literal for word in node.words]
    plain = [word for word in words if word is not None and not any(char in word for char in "*?[{")]
    return plain if len(plain) == len(words) else None


def _made(words: list[str]) -> list[str]:
    operands = [word for word in words[1:] if not word.startswith("-")]
    if words[:1] == ["mkdir"]:
        options = [word for word in words[1:] if word.startswith("-")]
        return [] if options else operands
    for lead, at in _LEADS.items():
        if tuple(words[: len(lead)]) == lead:
            rest = [word for word in words[len(lead) :] if not word.startswith("-")]
            if len(rest) > at:
                return rest[at : at + 1]
            return [rest[0].rstrip("/").rsplit("/", 1)[-1].removesuffix(".git")] if rest and at == 1 else []
    return []
