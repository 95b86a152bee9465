"""Who started whom: the events of a session as a tree. Values in, values out.

A parent is found by `parent_id`, else by the typed line, else by process id and time; what is left belongs to
the session itself. Two events with one id (`exec_start`, `exec`) are one command. An exec that was replaced in
its process leads to the one that replaced it.

Time and memory grow with the number of events alone, however deep the tree is, and nothing here recurses: a log
may hold a chain of 100,000.
"""

from __future__ import annotations

import bisect
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from caro.model import Event
from caro.record.agent_calls import is_call, place_calls
from caro.record.process_node import Node
from caro.record.query import has_failed
from caro.record.times import ts_seconds

CLOCK_GRAIN = 0.005
"""Seconds by which two processes may disagree about now."""


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
        """Count the processes of the commands; one that was replaced shares its successor's."""
        return sum(not node.replaces for node in self.commands)

    @property
    def failures(self) -> int:
        return sum(has_failed(node.event) for node in self.commands)

    @property
    def between_lines(self) -> list[Node]:
        """Return the commands of no typed line (what prompts and start-up files ran), where lines were typed."""
        if not any(node.event.kind == "line" for node in self.roots):
            return []
        ended = {"exec", "builtin"}
        return [root for root in self.roots if all(node.event.kind in ended for node, _ in walk([root]))]

    @property
    def housekeeping(self) -> list[Node]:
        """Return what agents' processes started outside of their calls, where calls are known."""
        parents = {id(node.parent): node.parent for node in self.nodes if is_call(node.event) and node.parent}
        return [
            child
            for parent in parents.values()
            for step in process_of(parent)
            for child in step.children
            if not is_call(child.event)
        ]

    @property
    def started(self) -> str:
        return min((node.event.ts for node in self.nodes), default="")

    @property
    def duration_ms(self) -> float:
        """Return the milliseconds from the first start to the last end."""
        end = max((_end(node.event) for node in self.nodes), default=0.0)
        return max(0.0, (end - ts_seconds(self.started)) * 1000) if self.nodes else 0.0


def build_trees(events: Iterable[Event]) -> list[SessionTree]:
    """Return one tree for each session, ordered by start."""
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
    processes, lines = _Processes(nodes), _Lines(nodes)
    for node in nodes:
        node.parent, node.via = _find_parent(node, by_id, processes, lines)
    for node in nodes:
        _chain(node, by_id)
    _break_cycles(nodes)
    place_calls(nodes)
    _break_cycles(nodes)  # a damaged log can name a call as what started its own agent
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


def _find_parent(
    node: Node, by_id: dict[str, Node], processes: _Processes, lines: _Lines
) -> tuple[Node | None, str]:
    """Return the parent and how it was found. Nodes have to come in the order of their starts."""
    event = node.event
    parent = by_id.get(event.parent_id or "")
    if parent is not None and parent is not node:
        # The tracer knows the shell too, of which each line's commands are children: below their line they say more.
        typed = lines.typed_in(parent, node)
        return (typed, "line") if typed is not None else (parent, "parent_id")
    line = by_id.get(event.line_id or "")
    if line is not None and line is not node:
        return line, "line"
    if event.kind != "line":
        if (parent := processes.parent_of(node)) is not None:
            typed = lines.typed_in(parent, node)
            return (typed, "line") if typed is not None else (parent, "pid")
        if (line := lines.line_of(node)) is not None:
            return line, "line"
    return None, "session"


class _Processes:
    """Tell which command a process id was running at a time; ids are used again.

    Questions come in the order of time. So what ended before one of them is dropped for good, and each command is
    looked at once, not once for each child.
    """

    def __init__(self, nodes: list[Node]) -> None:
        self._coming: dict[tuple[str | None, int], deque[Node]] = {}
        self._running: dict[tuple[str | None, int], list[Node]] = {}
        self._latest: dict[tuple[str | None, int], Node] = {}
        for node in nodes:
            event = node.event
            if event.pid is not None and event.kind in ("exec", "exec_start"):
                self._coming.setdefault((event.host, event.pid), deque()).append(node)

    def parent_of(self, node: Node) -> Node | None:
        """Return the command that its parent process was running when it started."""
        event = node.event
        builtin = event.kind == "builtin"
        # A builtin has no process of its own; one of a subshell names the shell it was forked from.
        pid = (event.ppid or event.pid) if builtin else event.ppid
        if pid is None:
            return None
        key, at = (event.host, pid), ts_seconds(event.ts)
        self._start(key, at)
        if builtin and event.ppid is not None:
            # The shell may have ended before, as in `(sleep 9; cd /) &`.
            return self._latest.get(key)
        return self._running_at(key, at, node)

    def _start(self, key: tuple[str | None, int], at: float) -> None:
        """Move what began by then to what runs."""
        coming = self._coming.get(key)
        while coming and ts_seconds(coming[0].event.ts) <= at + CLOCK_GRAIN:
            started = coming.popleft()
            self._running.setdefault(key, []).append(started)
            self._latest[key] = started

    def _running_at(self, key: tuple[str | None, int], at: float, asking: Node) -> Node | None:
        running = self._running.get(key, [])
        aside = running.pop() if running and running[-1] is asking else None
        while running and _ended_before(running[-1], at):
            running.pop()
        found = running[-1] if running else None
        if aside is not None:
            running.append(aside)
        return found


def _ended_before(node: Node, at: float) -> bool:
    known = not node.unended and node.event.duration_ms is not None
    return known and at > _end(node.event) + CLOCK_GRAIN


class _Lines:
    """Tell which typed line was running at a time."""

    def __init__(self, nodes: list[Node]) -> None:
        # An agent's calls are placed with more care, see agent_calls.
        self._nodes = [node for node in nodes if node.event.kind == "line" and not is_call(node.event)]
        self._starts = [ts_seconds(node.event.ts) for node in self._nodes]

    def line_of(self, node: Node) -> Node | None:
        """Return the typed line that ran when it started; what a prompt runs between two lines belongs to none. What
        the custom shell tells of a line's built-ins stands behind the line."""
        at = ts_seconds(node.event.ts)
        index = bisect.bisect_right(self._starts, at) - 1
        if index < 0:
            return None
        line = self._nodes[index]
        told = node.event.source == "repl"
        ran = told or line.event.duration_ms is None or at <= _end(line.event) + CLOCK_GRAIN
        return line if ran or _is_left_behind(node.event, line.event) else None

    def typed_in(self, shell: Node, node: Node) -> Node | None:
        """Return the line that ran a process of this shell, if lines were typed into that."""
        if node.event.kind == "line" or shell.event.pid is None or not self._nodes:
            return None
        line = self.line_of(node)
        return line if line is not None and line.event.pid == shell.event.pid else None


def _is_left_behind(started: Event, line: Event) -> bool:
    """True for a job in the background, which may start after the line has ended."""
    text = line.text or ""
    return text.rstrip().endswith("&") and (started.command or "").rsplit("/", 1)[-1] in text.split()


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
    """Cut each circle of a damaged log, where a command is its own ancestor: its first one goes to the session."""
    checked: set[int] = set()
    for node in nodes:
        if node.parent is None or id(node.parent) in checked:
            checked.add(id(node))  # most nodes: what started them was looked at before
            continue
        path: list[int] = []
        on_path: set[int] = set()
        at: Node | None = node
        while at is not None and id(at) not in checked:
            if id(at) in on_path:
                _cut(at)
                break
            path.append(id(at))
            on_path.add(id(at))
            at = at.parent
        checked.update(path)


def _cut(node: Node) -> None:
    """Take a node from its parent, in both directions, and say why."""
    if node.parent is not None and node.parent.next is node:
        node.parent.next = None
    node.parent, node.via = None, "cycle"


def process_of(node: Node) -> list[Node]:
    """Return all programs that the node's process was, the first one first."""
    while node.replaces and node.parent is not None:
        node = node.parent
    return node.steps


class Place(NamedTuple):
    """Where a node stands: how many ancestors it has, and whether it is the last of its siblings."""

    depth: int
    last: bool


def walk(
    roots: list[Node], steps: bool = True, without: Collection[Node] = ()
) -> Iterator[tuple[Node, Place]]:
    """Yield every node from the top, each before its children; nothing of those in `without`, but the first one of
    each parent, which may stand for all.

    Without `steps` a process comes once, as the command that was asked for first, with the children of all that
    took its place.
    """
    below = _children_and_successor if steps else _children_of_process
    stack = _pile(roots, 0)
    while stack:
        node, place = stack.pop()
        yield node, place
        if node not in without:
            stack += _pile(_first_of(below(node), without), place.depth + 1)


def _first_of(children: list[Node], without: Collection[Node]) -> list[Node]:
    """Return the children, of those in `without` the first alone."""
    if not without:
        return children
    first = next((child for child in children if child in without), None)
    return [child for child in children if child is first or child not in without]


def _pile(siblings: list[Node], depth: int) -> list[tuple[Node, Place]]:
    """Return siblings with their places, the first on top."""
    if len(siblings) == 1:
        return [(siblings[0], Place(depth, True))]
    end = len(siblings) - 1
    return [(siblings[index], Place(depth, index == end)) for index in range(end, -1, -1)]


def _children_and_successor(node: Node) -> list[Node]:
    return [*node.children, *([node.next] if node.next is not None else [])]


def _children_of_process(node: Node) -> list[Node]:
    if node.next is None:
        return node.children
    return sorted((child for step in node.steps for child in step.children), key=lambda n: _order(n.event))
