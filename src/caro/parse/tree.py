"""The second reader: the grammars of tree-sitter (bash's, and zsh's own), asked where the first one stumbles.

No single grammar takes every line: zsh has forms that bash has not, and bash's grammar refuses some lines that
bash runs. So a line counts as read where one of the readers takes it whole, and what any of them sees in
it is judged. Nothing here runs for the lines that `tokens.py` reads without a problem: nearly all.
"""

from __future__ import annotations

import importlib
import re
from functools import cache
from typing import Any

MAX_TEXT = 2_000
"""The grammars are compiled C that nobody can catch an error of: they get lines that people write, not noise."""
MAX_PIECES = 64
MAX_NODES = 2_000

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffd\ud800-\udfff]")


@cache
def _parser(grammar: str) -> Any:
    import tree_sitter

    module = importlib.import_module(f"tree_sitter_{grammar}")
    return tree_sitter.Parser(tree_sitter.Language(module.language()))


def pieces(text: str, dialect: str) -> tuple[bool, list[str]]:
    """(whether a grammar reads all of `text`, the statements that the grammars see in it).

    Statements inside a part in error are listed too; fish has no grammar here, so it gets none.
    """
    if dialect == "fish" or len(text) > MAX_TEXT or _CONTROL.search(text):
        return False, []
    found: list[str] = []
    whole = False
    for grammar in ("zsh", "bash") if dialect == "zsh" else ("bash",):
        data = text.encode("utf-8", "replace")
        root = _parser(grammar).parse(data).root_node
        whole = whole or not root.has_error
        found += [piece for piece in _statements(root, data) if piece not in found]
    return whole, found[:MAX_PIECES]


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
