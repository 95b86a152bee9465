"""A session's tree as lines for people, or as one JSON document."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import groupby

import msgspec

from caro.model import Event
from caro.printable import printable, printable_json_bytes
from caro.record.agent_calls import is_call
from caro.record.alive import is_alive
from caro.record.joined import Pipes
from caro.record.process_node import Node
from caro.record.process_tree import Place, SessionTree, process_of, walk
from caro.record.query import has_failed
from caro.record.times import LocalTimes, elapsed_ms, ts_seconds
from caro.show.event_text import command_line, counted, duration, status_of
from caro.show.look import Look, shorten, width_of

Alive = Callable[[Event], bool]
SHOWN_LEVELS = ("moderate", "high", "critical")
LEAST_COLUMNS = 20
"""A command line is not cut below this, however deep it stands."""
MOST_RAILS = 24
"""Levels that are drawn as rails. Of what stands deeper the levels above are counted: `+976 `. So a line of a chain
of 100,000 is no longer than others, and all of them together no more than the log."""


def tree_lines(tree: SessionTree, look: Look, alive: Alive = is_alive, steps: bool = False) -> Iterator[str]:
    """Yield a heading, then one line a process; with `steps` one for each program that it was.

    Without `steps` what stands between typed lines is counted, not shown: prompts run git at every line. So is what an
    agent's process starts outside of the tool calls.
    """
    aside = [] if steps else tree.between_lines
    own = {} if steps else dict.fromkeys(tree.housekeeping)
    yield _heading(tree, [*aside, *own], look)
    folders, rails = _Folders(tree.cwd), _Rails(look)
    pipes = Pipes(node.event for node in tree.nodes)
    groups = [(to_count, list(group)) for to_count, group in groupby(tree.roots, key=set(aside).__contains__)]
    for number, (to_count, group) in enumerate(groups):
        last = number == len(groups) - 1
        if to_count:
            yield _between_line(group, last, look)
            continue
        for node, place in walk(group, steps, own):
            if place.depth == 0:
                place = Place(0, place.last and last)
            if node in own:
                siblings = [other for other in own if _same_process(other, node)]
                yield _housekeeping_line(siblings, rails.before(node, place), tree.agent, look)
                continue
            process = [node] if steps else node.steps
            folder = folders.change(node, place.depth + 1)
            into = _into(process[-1], pipes) if pipes else ""
            yield _node_line(process, rails.before(node, place), folder, look, alive, into)


def _between_line(roots: list[Node], last: bool, look: Look) -> str:
    rails = look.mark("└─ ", "`- ") if last else look.mark("├─ ", "|- ")
    return look.paint(f"{rails}{look.mark('·', '.')} {_counted(roots, ' between the lines')}", "dim")


def _counted(roots: list[Node], where: str = "") -> str:
    commands = [node for node, _ in walk(roots) if node.event.kind in ("exec", "exec_start")]
    failed = sum(has_failed(node.event) for node in commands)
    return counted(len(commands), "command") + where + (f", {failed} failed" if failed else "")


def _same_process(one: Node, other: Node) -> bool:
    """True if the same process started both."""
    return one.parent is other.parent or (
        one.parent is not None
        and other.parent is not None
        and process_of(one.parent) == process_of(other.parent)
    )


def _housekeeping_line(roots: list[Node], rails: str, agent: str | None, look: Look) -> str:
    text = f"{_counted(roots)} of {printable(agent or 'the agent')}'s own"
    return look.paint(f"{rails}{look.mark('·', '.')} {text}", "dim")


class _Folders:
    """Tell where a folder changes, on the way down: a `cd` once, not again at each command that follows it."""

    def __init__(self, top: str | None) -> None:
        self._parents: list[str | None] = [None, top]
        self._latest: list[str | None] = [None, top]

    def change(self, node: Node, depth: int) -> str:
        """Return the new folder, from its parent's where it is below that one; or nothing."""
        parent = self._parents[depth]
        before = parent if node.replaces else self._latest[depth]
        cwd = node.event.cwd or before
        self._latest[depth:] = [cwd, cwd]
        self._parents[depth + 1 :] = [cwd]
        if cwd is None or before is None or cwd == before:
            return ""
        return short_folder(cwd, parent)


def _heading(tree: SessionTree, aside: list[Node], look: Look) -> str:
    below = [node for node, _ in walk(aside) if node.event.kind in ("exec", "exec_start")]
    failures = tree.failures - sum(has_failed(node.event) for node in below)
    parts = [
        (f"session {printable(tree.session_id or '(none)')}", "bold"),
        (LocalTimes().show(tree.started), ""),
        (_count(tree, below), ""),
        (f"{failures} failed" if failures else "", "red"),
        (duration(tree.duration_ms), ""),
        (printable(tree.agent or ""), "cyan"),
    ]
    parts = [(text, colour) for text, colour in parts if text]
    separator = look.mark(" · ", " - ")
    if tree.cwd:
        used = sum(width_of(text) + len(separator) for text, _ in parts)
        parts.append((_fit(printable(short_folder(tree.cwd)), used, look), ""))
    return separator.join(look.paint(text, colour) if colour else text for text, colour in parts)


def _count(tree: SessionTree, without: list[Node]) -> str:
    count = len(tree.commands) - len(without)
    processes = tree.processes - sum(not node.replaces for node in without)
    shared = f" in {processes} process{'es' * (processes != 1)}" if processes != count else ""
    typed = sum(node.event.kind == "line" and not is_call(node.event) for node in tree.nodes)
    lines = [counted(typed, "line")] if typed else []
    commands = [counted(count, "command") + shared] if count or not typed else []
    return ", ".join(lines + commands)


def _fit(folder: str, used: int, look: Look) -> str:
    """Return the end of a folder that is too long: it tells more than its beginning."""
    room = max(look.columns - used, LEAST_COLUMNS)
    if not look.columns or width_of(folder) <= room:
        return folder
    dots = look.mark("…", "...")
    return dots + folder[-(room - len(dots)) :]


def _into(node: Node, pipes: Pipes) -> str:
    """Return the programs that a pipe leads to; a pipe that was there before its process is told there."""
    top = node
    while top.replaces and top.parent is not None:
        top = top.parent
    above = top.parent.event if top.parent is not None else None
    readers = dict.fromkeys(program_of(event) for event in pipes.of(node.event, above).writes_to)
    return printable(", ".join(readers))


def _node_line(steps: list[Node], rails: str, folder: str, look: Look, alive: Alive, into: str = "") -> str:
    node = steps[0]
    status, colour = _status(steps[-1], look, alive)
    after = _notes(steps, folder, look, alive)
    if into:
        after.insert(0, (f"{look.mark('→', '->')} {into}", "cyan"))
    what = _what(node)
    if look.columns:
        what = _shortened(what, rails + status, [text for text, _ in after], look)
    if not look.colour:
        return "  ".join((f"{rails}{status} {what}", *(text for text, _ in after)))
    if has_failed(steps[-1].event):
        what = look.paint(what, "red")
    notes = "".join("  " + look.paint(text, colour) for text, colour in after)
    return f"{look.paint(rails, 'dim')}{look.paint(status, colour)} {what}{notes}"


def _shortened(what: str, before: str, after: list[str], look: Look) -> str:
    """Return a command line that fits between what stands on both sides of it."""
    behind = "".join(after)
    if what.isascii() and behind.isascii():
        # A column for each letter, in the rails and the status too.
        room = look.columns - len(before) - len(behind) - 2 * len(after) - 1
        if len(what) <= room:
            return what
    else:
        room = look.columns - width_of(before) - sum(width_of(text) + 2 for text in after) - 1
    return shorten(what, max(room, LEAST_COLUMNS), look)


class _Rails:
    """The lines that lead to a node, on the way down."""

    def __init__(self, look: Look) -> None:
        self._through = look.mark("│  ", "|  ")
        self._became, self._last = look.mark("└⇒ ", "`=> "), look.mark("└─ ", "`- ")
        self._further = look.mark("├─ ", "|- ")
        self._above: list[str] = []
        """For the node and each of its ancestors, what stands below it: a rail while it has further siblings."""

    def before(self, node: Node, place: Place) -> str:
        """Return what stands before the node's line; nodes have to come in the order of `walk`."""
        self._above[place.depth :] = ["   " if place.last else self._through]
        hidden = max(place.depth - MOST_RAILS, 0)
        rails = (f"+{hidden} " if hidden else "") + "".join(self._above[hidden:-1])
        if node.replaces:
            return rails + self._became
        return rails + (self._last if place.last else self._further)


def _status(node: Node, look: Look, alive: Alive) -> tuple[str, str]:
    if node.unended and not alive(node.event):
        return "?", "yellow"
    return status_of(node.event, look)


def _what(node: Node) -> str:
    event = node.event
    return ("$ " if event.kind == "line" else "") + command_line(event)


def _notes(steps: list[Node], folder: str, look: Look, alive: Alive) -> list[tuple[str, str]]:
    """Return what stands behind the command: what it became, time, folder where it changed, risk."""
    first, last = steps[0], steps[-1]
    notes = []
    if last is not first:
        notes.append((_became(steps[1:], look), "dim"))
    if last.unended:
        running = alive(last.event)
        shown = f"running {duration(elapsed_ms(first.event.ts))}" if running else "no end recorded"
        notes.append((shown, "yellow"))
    elif last.event.duration_ms is not None:
        notes.append((duration(_took(first, last)), "dim"))
    if folder:
        notes.append((f"in {printable(folder)}", "blue"))
    event = last.event if last is first else max((step.event for step in steps), key=_danger)
    if event.level in SHOWN_LEVELS:
        action = f", {event.action}" if event.action and event.action != "allow" else ""
        notes.append((f"{look.mark('⚠', '!')} {event.level}{printable(action)}", "yellow"))
    if first.via == "cycle":
        notes.append(("its own ancestor in the log: cut here", "yellow"))
    if first.event.interpreter and last is first:
        notes.append((f"by {printable(first.event.interpreter)}", "dim"))
    return notes


def _became(steps: list[Node], look: Look) -> str:
    """`⇒ npm ⇒ node`; of a long chain the last alone, and that there was more."""
    arrow = look.mark("⇒", "=>")
    names = [program_of(step.event) for step in steps]
    if len(names) > 2:
        names = [look.mark("…", "..."), names[-1]]
    return " ".join(f"{arrow} {printable(name)}" for name in names)


def program_of(event: Event) -> str:
    """Return the name of what ran; not safe for a terminal."""
    return os.path.basename(event.path or "") or event.command or "?"


def _took(first: Node, last: Node) -> float | None:
    """Return the time from the first step's start to the last one's end, in milliseconds."""
    if last is first:
        return first.event.duration_ms
    began = ts_seconds(last.event.ts) - ts_seconds(first.event.ts)
    return max(began, 0.0) * 1000 + (last.event.duration_ms or 0.0)


def _danger(event: Event) -> int:
    return SHOWN_LEVELS.index(event.level) + 1 if event.level in SHOWN_LEVELS else 0


def short_folder(folder: str, above: str | None = None) -> str:
    if above is not None and folder.startswith(above.rstrip("/") + "/"):
        return "./" + folder[len(above.rstrip("/")) + 1 :]
    home = os.environ.get("HOME", "")
    if len(home) > 1 and (folder == home or folder.startswith(home + "/")):
        return "~" + folder[len(home) :]
    return folder


def tree_json(tree: SessionTree, alive: Alive = is_alive) -> bytes:
    """Return one document, flat: `nodes` from the top, each with its depth and the id of its parent."""
    nodes = [
        {
            "depth": place.depth,
            "parent": node.parent.event.id if node.parent is not None else None,
            "via": node.via,
            "replaces": node.parent.event.id if node.parent is not None and node.replaces else None,
            "running": node.unended and alive(node.event),
            "event": node.event,
        }
        for node, place in walk(tree.roots)
    ]
    document = {
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
    return printable_json_bytes(msgspec.json.encode(document))
