"""Who started whom: the events of a session as a tree. Values in, values out.

A parent is found by `parent_id`, else by the typed line, else by process id and time; what is left belongs to
the session itself. Two events with one id (`exec_start`, `exec`) are one command. An exec that was replaced in
its process leads to the one that replaced it.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from caro.model import Event
from caro.record.query import has_failed
from caro.record.times import ts_seconds

CLOCK_GRAIN = 0.005
"""Seconds by which two processes may disagree about now."""


@dataclass(eq=False)
class Node:
    """One command. `via` tells how its parent was found: `parent_id`, `line`, `pid` or `session`."""

    event: Event
    parent: Node | None = None
    via: str = "session"
    children: list[Node] = field(default_factory=list)
    next: Node | None = None

    @property
    def replaces(self) -> bool:
        """Whether it took its parent's place in the same process."""
        return self.parent is not None and self.parent.next is self

    @property
    def steps(self) -> list[Node]:
        """Itself and what took its place, one after the other: what one process was."""
        steps = [self]
        while (successor := steps[-1].next) is not None:
            steps.append(successor)
        return steps

    @property
    def unended(self) -> bool:
        """Started, and no end recorded: it runs, or was killed together with whoever watched it."""
        return self.event.kind == "exec_start"


@dataclass(eq=False)
class SessionTree:
    session_id: str | None
    agent: str | None
    cwd: str | None
    roots: list[Node]
    nodes: list[Node]

    @property
    def commands(self) -> list[Node]:
        return [node for node in self.nodes if node.event.kind in ("exec", "exec_start")]

    @property
    def processes(self) -> int:
        """How many processes the commands were; one that was replaced shares its successor's."""
        return sum(not node.replaces for node in self.commands)

    @property
    def failures(self) -> int:
        return sum(has_failed(node.event) for node in self.commands)

    @property
    def between_lines(self) -> list[Node]:
        """Of a session with typed lines the commands that belong to none: what prompts and start-up files ran."""
        if not any(node.event.kind == "line" for node in self.roots):
            return []
        ended = {"exec", "builtin"}
        return [root for root in self.roots if all(node.event.kind in ended for node, _ in walk([root]))]

    @property
    def started(self) -> str:
        return min((node.event.ts for node in self.nodes), default="")

    @property
    def duration_ms(self) -> float:
        """From the first start to the last end."""
        end = max((_end(node.event) for node in self.nodes), default=0.0)
        return max(0.0, (end - ts_seconds(self.started)) * 1000) if self.nodes else 0.0


def build_trees(events: Iterable[Event]) -> list[SessionTree]:
    """One tree a session, by start."""
    sessions: dict[str | None, dict[str, Event]] = {}
    for event in events:
        known = sessions.setdefault(event.session_id, {})
        key = f"session {event.id}" if event.kind == "session" else event.id
        # The end tells more than the start, whichever stands first in the log.
        if event.kind != "exec_start" or key not in known:
            known[key] = event
    trees = [_build(session, list(known.values())) for session, known in sessions.items()]
    return sorted(trees, key=lambda tree: tree.started)


def _build(session_id: str | None, events: list[Event]) -> SessionTree:
    nodes = [Node(event) for event in sorted(events, key=_order) if event.kind != "session"]
    by_id = {node.event.id: node for node in nodes}
    places = _Places(nodes)
    for node in nodes:
        node.parent, node.via = _find_parent(node, by_id, places)
    for node in nodes:
        _chain(node, by_id)
    _break_cycles(nodes)
    roots = []
    for node in nodes:
        if node.parent is None:
            roots.append(node)
        elif node.parent.next is not node:
            node.parent.children.append(node)
    opening = next((event for event in events if event.kind == "session"), None)
    agent = next((event.agent for event in events if event.agent), None)
    cwd = opening.cwd if opening is not None and opening.cwd else (nodes[0].event.cwd if nodes else None)
    return SessionTree(session_id, agent, cwd, roots, nodes)


def _order(event: Event) -> tuple[str, str]:
    return event.ts, event.id


def _end(event: Event) -> float:
    return ts_seconds(event.ts) + (event.duration_ms or 0) / 1000


def _find_parent(node: Node, by_id: dict[str, Node], places: _Places) -> tuple[Node | None, str]:
    event = node.event
    parent = by_id.get(event.parent_id or "")
    if parent is not None and parent is not node:
        return parent, "parent_id"
    line = by_id.get(event.line_id or "")
    if line is not None and line is not node:
        return line, "line"
    if event.kind != "line":
        if (parent := places.process_of(node)) is not None:
            return parent, "pid"
        if (line := places.line_of(node)) is not None:
            return line, "line"
    return None, "session"


class _Places:
    """Where a process or a typed line stood at a time."""

    def __init__(self, nodes: list[Node]) -> None:
        self._by_pid: dict[tuple[str | None, int], list[Node]] = {}
        self._lines: list[tuple[float, Node]] = []
        for node in nodes:
            event = node.event
            if event.kind == "line":
                self._lines.append((ts_seconds(event.ts), node))
            elif event.pid is not None and event.kind in ("exec", "exec_start"):
                self._by_pid.setdefault((event.host, event.pid), []).append(node)

    def process_of(self, node: Node) -> Node | None:
        """The command that its parent process was running when it started; process ids are used again."""
        event = node.event
        builtin = event.kind == "builtin"
        # A builtin has no process of its own; one of a subshell names the shell it was forked from.
        pid = (event.ppid or event.pid) if builtin else event.ppid
        if pid is None:
            return None
        at = ts_seconds(event.ts)
        for candidate in reversed(self._by_pid.get((event.host, pid), [])):
            other = candidate.event
            began = ts_seconds(other.ts)
            ended = candidate.unended or other.duration_ms is None or at <= _end(other) + CLOCK_GRAIN
            outlived = builtin and event.ppid is not None  # as in `(sleep 9; cd /) &`
            if candidate is not node and began <= at + CLOCK_GRAIN and (ended or outlived):
                return candidate
        return None

    def line_of(self, node: Node) -> Node | None:
        """The typed line that ran when it started. What a prompt runs between two lines belongs to none."""
        at = ts_seconds(node.event.ts)
        index = bisect.bisect_right(self._lines, at, key=lambda pair: pair[0]) - 1
        if index < 0:
            return None
        line = self._lines[index][1]
        ended = line.event.duration_ms is None or at <= _end(line.event) + CLOCK_GRAIN
        return line if ended else None


def _chain(node: Node, by_id: dict[str, Node]) -> None:
    """Lets a replaced exec lead to its successor, which then hangs below it."""
    successor = by_id.get(node.event.replaced_by or "")
    if successor is None or successor is node or node.next is not None:
        return
    if successor.parent is not None and successor.parent.next is successor:
        return
    node.next = successor
    successor.parent, successor.via = node, "parent_id"


def _break_cycles(nodes: list[Node]) -> None:
    """A damaged log may make a command its own ancestor; then the first of the circle hangs at the session."""
    checked: set[int] = set()
    for node in nodes:
        path: list[Node] = []
        on_path: set[int] = set()
        at: Node | None = node
        while at is not None and id(at) not in checked:
            if id(at) in on_path:
                assert at.parent is not None
                if at.parent.next is at:
                    at.parent.next = None
                at.parent, at.via = None, "session"
                break
            path.append(at)
            on_path.add(id(at))
            at = at.parent
        checked.update(map(id, path))


def walk(roots: list[Node], steps: bool = True) -> Iterator[tuple[Node, tuple[bool, ...]]]:
    """Every node from the top, with the way to it: for each level, whether that ancestor is the last of its
    siblings (the node itself included). Without `steps` a process comes once, as the command that was asked for
    first, with the children of all that took its place. Not recursive: depth is bounded by the log alone.
    """
    below = _children_and_successor if steps else _children_of_process
    stack: list[tuple[Node, tuple[bool, ...]]] = []

    def push(siblings: list[Node], way: tuple[bool, ...]) -> None:
        for index in range(len(siblings) - 1, -1, -1):
            stack.append((siblings[index], (*way, index == len(siblings) - 1)))

    push(roots, ())
    while stack:
        node, way = stack.pop()
        yield node, way
        push(below(node), way)


def _children_and_successor(node: Node) -> list[Node]:
    return [*node.children, *([node.next] if node.next is not None else [])]


def _children_of_process(node: Node) -> list[Node]:
    if node.next is None:
        return node.children
    return sorted((child for step in node.steps for child in step.children), key=lambda n: _order(n.event))
