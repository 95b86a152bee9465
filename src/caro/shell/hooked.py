"""The shells that Caro is in: those whose startup files have its line."""

from __future__ import annotations

from collections.abc import Mapping

from caro.errors import CaroError
from caro.paths import Paths
from caro.shell.block import has_block
from caro.shell.edits import read_file
from caro.shell.targets import every_target


def hooked_shells(env: Mapping[str, str], paths: Paths) -> list[str]:
    """Return the names of the shells whose startup files have Caro's line; a file that can't be read has none."""
    found = []
    for target in every_target(env, paths):
        try:
            text = read_file(target.file)
        except CaroError:
            continue
        if text is not None and has_block(text) and target.shell not in found:
            found.append(target.shell)
    return found
