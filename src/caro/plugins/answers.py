"""What plugins' programs may answer, read with mistrust: what has another form, is too long, or would forge is dropped.

Nothing here can lower an action, name a secret to anybody, or write a control character onto a terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from caro.addition import ACTIONS
from caro.engine.decision import Decision
from caro.fix.model import Candidate
from caro.levels import Action
from caro.redact.marks import MASK

Told = Mapping[str, Any]

MOST = 5
LONGEST_LINE = 8192
LONGEST_TEXT = 500
SUREST = 0.9
"""A plugin's own confidence counts up to here: what ships and was learned can be surer."""
SHORTEST_SECRET = 4
KEPT_FIELDS = frozenset(
    "v id ts kind source session_id line_id parent_id call_id text cwd command argv exit_code signal duration_ms"
    " user host pid ppid agent mode tty verdict action level rules platform redacted".split()
)
"""Fields of an event that no filter drops: who did what, when, how it ended, and what the guard said."""


def _text(value: Any, most: int = LONGEST_TEXT) -> str:
    """Return a printable text of one line; "" for anything else."""
    fits = isinstance(value, str) and 0 < len(value) <= most and value.isprintable()
    return value.strip() if fits else ""


def _number(value: Any, least: float, most: float) -> float:
    fits = isinstance(value, int | float) and not isinstance(value, bool) and value == value
    return min(max(float(value), least), most) if fits else least


def tightened(decision: Decision, told: Told, name: str) -> Decision:
    """Return the decision with the action that a plugin asks for, where that is stricter; else as it is."""
    word = told.get("action")
    if word not in ACTIONS or Action[word.upper()] <= decision.action:
        return decision
    reason = _text(told.get("reason")) or "it asks for that"
    action = Action[word.upper()]
    return replace(
        decision,
        action=action,
        rules=(f"plugin-{name}", *decision.rules),
        reason=f"{reason} (plugin {name})",
        instead="",
        decided_by=f"plugin {name}",
        undo=None,
        transform=None,
        final=decision.final or action is Action.BLOCK,
    )


def fixes(told: Told, name: str) -> list[Candidate]:
    """Return the commands that a plugin takes a failed line for."""
    return [
        Candidate(
            command, _number(one.get("confidence", 0.6), 0.0, SUREST), _why(one, name), f"plugin {name}"
        )
        for one, command in _commands(told.get("fixes"))
    ]


def commands(told: Told, name: str) -> list[tuple[str, str]]:
    """Return (command, why) for what was asked in words."""
    return [(command, _why(one, name)) for one, command in _commands(told.get("commands"))]


def _commands(listed: Any) -> Iterator[tuple[Told, str]]:
    for one in listed[:MOST] if isinstance(listed, list) else ():
        command = _text(one.get("command"), LONGEST_LINE) if isinstance(one, Mapping) else ""
        if command and MASK not in command:
            yield one, command


def _why(one: Told, name: str) -> str:
    return f"{_text(one.get('why')) or 'it offers this'} (plugin {name})"


def rest(told: Told) -> str:
    """Return what is offered behind a typed line; "" for nothing."""
    value = told.get("rest")
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or MASK in value:
        return ""
    return value if value.isprintable() and value.strip() else ""


def explanation(told: Told, name: str) -> list[str]:
    """Return lines of an explanation."""
    listed = told.get("lines")
    lines = map(_text, listed[:MOST]) if isinstance(listed, list) else ()
    return [f"{line} (plugin {name})" for line in lines if line]


def masked(text: str, told: Told) -> str:
    """Return the text with what a plugin calls secret in it masked."""
    listed = told.get("secrets")
    for secret in listed[:MOST] if isinstance(listed, list) else ():
        if (
            isinstance(secret, str)
            and len(secret) >= SHORTEST_SECRET
            and secret != MASK
            and secret not in MASK
        ):
            text = text.replace(secret, MASK)
    return text


def filtered(event: dict[str, Any], told: Told, name: str) -> dict[str, Any]:
    """Return an event without the fields that a plugin drops, and with those that it adds below `plugins.NAME`."""
    dropped = set(_names(told.get("drop"))) - KEPT_FIELDS
    found = {key: value for key, value in event.items() if key not in dropped}
    added = told.get("add")
    if isinstance(added, Mapping):
        own = {
            str(key): value
            for key, value in list(added.items())[:MOST]
            if _text(key, 40)
            and isinstance(value, str | int | float | bool)
            and len(str(value)) <= LONGEST_TEXT
        }
        if own:
            found["plugins"] = {**found.get("plugins", {}), name: own}
    return found


def _names(listed: Any) -> Iterable[str]:
    return (name for name in listed if isinstance(name, str)) if isinstance(listed, list) else ()
