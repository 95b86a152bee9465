"""What the doctor asks of plugins: one line for each that can't be used, one for all the others."""

from __future__ import annotations

import json
from collections.abc import Iterator

from caro.addition import POLICIES
from caro.paths import Paths
from caro.plugins.installed import installed
from caro.plugins.trust import trusted
from caro.regular_file import read_regular_file
from caro.settings import Settings


def plugin_findings(settings: Settings, paths: Paths) -> Iterator[tuple[str, str, str]]:
    """Give (state, sentence, what to do) of each, as the doctor has them."""
    for problem in settings.skipped:
        yield "bad", f"left out: {problem}", "caro plugin check"
    yield from _programs(settings, paths)
    for one in trusted(paths):
        if one.state == "changed":
            yield "note", f"{one.root}/.caro has changed; what you trusted holds", f"caro trust {one.root}"
    count = sum(one.layer not in POLICIES for one in settings.additions)
    if count and not settings.skipped:
        yield "ok", f"{count} in use", ""


def states(paths: Paths) -> dict[str, dict[str, str]]:
    """Return how the programs of plugins are, by name, as the running daemon has written it down."""
    try:
        return dict(json.loads(read_regular_file(paths.plugin_states))["plugins"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _programs(settings: Settings, paths: Paths) -> Iterator[tuple[str, str, str]]:
    names = list(map(str, settings["plugins.enabled"]))
    if not names:
        return
    folders = {one.name for one in settings.additions if one.program}
    running = states(paths)
    for name in names:
        if name not in folders and name not in installed(paths):
            yield "bad", f"{name} is enabled, and is no plugin with a program", f"caro plugin remove {name}"
        elif (why := running.get(name, {}).get("why")) and running[name].get("state") == "ended":
            yield (
                "bad",
                f"{name}: its program runs no more: {why}",
                "caro daemon stop; the next line begins it anew",
            )
        else:
            state = running.get(name, {}).get("state", "begun with the daemon")
            yield "ok", f"{name}: its program is {state}", ""
