"""The second reader: tree-sitter's grammar of bash, asked where the first one stumbles.

No single grammar takes every line: zsh has forms that bash has not, and bash's grammar refuses some lines that
bash runs. So a line counts as read where one of the readers takes it whole, and what either of them sees in
it is judged. Nothing here runs for the lines that `tokens.py` reads without a problem: nearly all.

There is a grammar of zsh too (tree-sitter-zsh 0.63), but random lines of some twenty tokens made it crash, or
take all the memory there is: a guard that a line can end is none.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from caro.parse.pattern import pattern

MAX_TEXT = 2_000
"""The grammar is compiled C that nobody can catch an error of: it gets lines that people write, not noise."""
MAX_PIECES = 64
MAX_NODES = 2_000

_CONTROL = pattern(r"[\x00-\x08\x0b-\x1f\x7f\ufffd\ud800-\udfff]")


@cache
def _parser() -> Any:
    import tree_sitter
    import tree_sitter_bash

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


def pieces(text: str, dialect: str) -> tuple[bool, list[str]]:
    """Return (whether the grammar reads all of `text`, the statements that it sees in it).

    Statements inside a part in error are listed too; fish has no grammar here, so it gets none.
    """
    if dialect == "fish" or len(text) > MAX_TEXT or _CONTROL.search(text):
        return False, []
    data = text.encode("utf-8", "replace")
    root = _parser().parse(data).root_node
    return not root.has_error, list(dict.fromkeys(_statements(root, data)))[:MAX_PIECES]


def _statements(root: Any, data: bytes) -> list[str]:
    found = []
    queue = list(root.named_children)
    seen = 0
    while queue and seen < MAX_NODES:
        node = queue.pop(0)
        seen += 1
        if node.type == "ERROR":
            queue[:0] = node.named_children
        elif node.type not in (
            "comment",
            "word",
            "number",
            "string",
            "raw_string",
            "heredoc_body",
            "file_redirect",
        ):
            found.append(data[node.start_byte : node.end_byte].decode("utf-8", "replace"))
    return found
