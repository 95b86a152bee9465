"""A session's tree as lines for people, or as one JSON document."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import msgspec

from caro.cli.render import Look, command_line, duration, escape, shorten, status_of, width_of
from caro.model import Event
from caro.record.alive import is_alive
from caro.record.query import has_failed
from caro.record.times import LocalTimes, elapsed_ms
from caro.record.tree import Node, SessionTree, walk

Alive = Callable[[Event], bool]
LEAST_COLUMNS = 20
"""A command line is not cut below this, however deep it stands."""


def tree_lines(tree: SessionTree, look: Look, alive: Alive = is_alive) -> Iterator[str]:
    yield _heading(tree, look)
    for node, way in walk(tree.roots):
        yield _node_line(tree, node, way, look, alive)


def _heading(tree: SessionTree, look: Look) -> str:
    count, failures = len(tree.commands), tree.failures
    parts = [LocalTimes().show(tree.started), f"{count} command{'s' * (count != 1)}"]
    if failures:
        parts.append(look.paint(f"{failures} failed", "red"))
    parts.append(duration(tree.duration_ms))
    if tree.agent:
        parts.append(look.paint(escape(tree.agent), "cyan"))
    if tree.cwd:
        parts.append(escape(_short_folder(tree.cwd)))
    separator = look.mark(" · ", " - ")
    return (
        look.paint(f"session {escape(tree.session_id or '(none)')}", "bold")
        + separator
        + separator.join(parts)
    )


def _node_line(tree: SessionTree, node: Node, way: tuple[bool, ...], look: Look, alive: Alive) -> str:
    rails = _rails(node, way, look)
    status, colour = _status(node, look, alive)
    after = _notes(tree, node, look, alive)
    what = _what(node)
    if look.columns:
        room = (
            look.columns
            - width_of(rails)
            - width_of(status)
            - sum(width_of(text) + 2 for text, _ in after)
            - 1
        )
        what = shorten(what, max(room, LEAST_COLUMNS), look)
    if has_failed(node.event):
        what = look.paint(what, "red")
    notes = "".join("  " + look.paint(text, colour) for text, colour in after)
    return f"{look.paint(rails, 'dim')}{look.paint(status, colour)} {what}{notes}"


def _rails(node: Node, way: tuple[bool, ...], look: Look) -> str:
    through, blank = look.mark("│  ", "|  "), "   "
    rails = "".join(blank if last else through for last in way[:-1])
    if node.parent is not None and node.parent.next is node:
        return rails + look.mark("└⇒ ", "`=> ")
    return rails + (look.mark("└─ ", "`- ") if way[-1] else look.mark("├─ ", "|- "))


def _status(node: Node, look: Look, alive: Alive) -> tuple[str, str]:
    if node.unended and not alive(node.event):
        return "?", "yellow"
    return status_of(node.event, look)


def _what(node: Node) -> str:
    event = node.event
    return ("$ " if event.kind == "line" else "") + command_line(event)


def _notes(tree: SessionTree, node: Node, look: Look, alive: Alive) -> list[tuple[str, str]]:
    """What stands behind the command: time, folder where it changed, risk."""
    event = node.event
    notes = []
    if node.unended:
        running = alive(event)
        notes.append(
            (f"running {duration(elapsed_ms(event.ts))}" if running else "no end recorded", "yellow")
        )
    elif event.duration_ms is not None:
        notes.append((duration(event.duration_ms), "dim"))
    before = node.parent.event.cwd if node.parent is not None else tree.cwd
    if event.cwd is not None and before is not None and event.cwd != before:
        notes.append((f"in {escape(_short_folder(event.cwd, before))}", "blue"))
    if event.level in ("moderate", "high", "critical"):
        action = f", {event.action}" if event.action and event.action != "allow" else ""
        notes.append((f"{look.mark('⚠', '!')} {event.level}{escape(action)}", "yellow"))
    if event.interpreter:
        notes.append((f"by {escape(event.interpreter)}", "dim"))
    return notes


def _short_folder(folder: str, above: str | None = None) -> str:
    if above is not None and folder.startswith(above.rstrip("/") + "/"):
        return "./" + folder[len(above.rstrip("/")) + 1 :]
    home = os.environ.get("HOME", "")
    if len(home) > 1 and (folder == home or folder.startswith(home + "/")):
        return "~" + folder[len(home) :]
    return folder


def tree_json(tree: SessionTree, alive: Alive = is_alive) -> bytes:
    """One document, flat: `nodes` from the top, each with its depth and the id of its parent."""
    nodes = [
        {
            "depth": len(way) - 1,
            "parent": node.parent.event.id if node.parent is not None else None,
            "via": node.via,
            "replaces": node.parent.event.id
            if node.parent is not None and node.parent.next is node
            else None,
            "running": node.unended and alive(node.event),
            "event": node.event,
        }
        for node, way in walk(tree.roots)
    ]
    return msgspec.json.encode(
        {
            "v": 1,
            "session_id": tree.session_id,
            "agent": tree.agent,
            "cwd": tree.cwd,
            "started": tree.started,
            "duration_ms": round(tree.duration_ms, 3),
            "commands": len(tree.commands),
            "failed": tree.failures,
            "nodes": nodes,
        }
    )
