"""What a Python plugin implements: functions with these names in the module or object that its entry point names.

    [project.entry-points.caro]
    kube = "caro_kube"

Each is called in a process of the plugin's own, has 20 ms, and gets texts without their secrets. What a function
returns is read with mistrust (`caro.plugins.answers`): it can tighten and add, and nothing else.
"""

from __future__ import annotations

from typing import Any

import pluggy

hookspec = pluggy.HookspecMarker("caro")
hookimpl = pluggy.HookimplMarker("caro")


@hookspec(firstresult=True)
def caro_rule(line: str, cwd: str, agent: str, action: str) -> dict[str, str] | None:
    """Return `{action, reason}` where the line is to be warned of, asked about or blocked; `action` is so far."""


@hookspec(firstresult=True)
def caro_fix(line: str, status: int, output: str, cwd: str, shell: str) -> list[dict[str, Any]] | None:
    """Return `[{command, confidence, why}]` for a line that failed."""


@hookspec(firstresult=True)
def caro_suggest(line: str, cwd: str, previous: str) -> str | None:
    """Return what is offered behind the line that is being typed."""


@hookspec(firstresult=True)
def caro_ask(words: str, cwd: str) -> list[dict[str, str]] | None:
    """Return `[{command, why}]` for a request in words."""


@hookspec(firstresult=True)
def caro_explain(line: str, cwd: str) -> list[str] | None:
    """Return lines that explain what a line would do."""


@hookspec(firstresult=True)
def caro_redact(text: str) -> list[str] | None:
    """Return parts of the text that are secrets."""


@hookspec(firstresult=True)
def caro_event(event: dict[str, Any]) -> dict[str, Any] | None:
    """Return `{drop: [field…], add: {name: value}}` for an event on its way to the exporters."""


@hookspec(firstresult=True)
def caro_export(events: list[dict[str, Any]]) -> bool | None:
    """Take events; return True once they are safe with you: else they come again."""
