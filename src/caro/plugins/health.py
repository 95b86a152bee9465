"""What the doctor asks of plugins: one line for each that can't be used, one for all the others."""

from __future__ import annotations

from collections.abc import Iterator

from caro.addition import POLICIES
from caro.paths import Paths
from caro.plugins.trust import trusted
from caro.settings import Settings


def plugin_findings(settings: Settings, paths: Paths) -> Iterator[tuple[str, str, str]]:
    """Give (state, sentence, what to do) of each, as the doctor has them."""
    for problem in settings.skipped:
        yield "bad", f"left out: {problem}", "caro plugin check"
    for one in trusted(paths):
        if one.state == "changed":
            yield "note", f"{one.root}/.caro has changed; what you trusted holds", f"caro trust {one.root}"
    count = sum(one.layer not in POLICIES for one in settings.additions)
    if count and not settings.skipped:
        yield "ok", f"{count} in use", ""
