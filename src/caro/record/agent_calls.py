"""What an agent's tool calls became: each call with the execs that it ran below it. Values in, values out.

A hook tells of a call, a shim or the tracer of an exec, and nothing joins the two. Agents hand a command to a shell
with text of their own around it (`bash -c "source …; eval 'COMMAND' </dev/null"`): so the shell is found by the
command in its arguments, and by the time. Without a shell that was seen the time alone speaks.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter

from caro.knowledge.agents import agents
from caro.model import Event
from caro.record.process_node import Node
from caro.record.query import command_name
from caro.record.times import ts_seconds

SHELLS = frozenset("sh bash dash zsh fish ksh mksh ash busybox pwsh".split())
SLACK = 1.0
"""Seconds by which a shell may start before its call is said to, or after its end: hooks take their time."""
GRAIN = 0.05
_QUOTES = re.compile(r"""['"\\]""")
_BLANKS = re.compile(r"\s+")
_WORD = re.compile(r"[\w./+-]")
LONGEST_TEXT = 1 << 16
NEAREST = 256
"""Shells before a call's end that are looked at."""


@dataclass
class _Call:
    node: Node
    start: float | None
    end: float

    @property
    def text(self) -> str:
        return _plain(self.node.event.text or "")


def place_calls(nodes: list[Node]) -> None:
    """Put each call below the agent's process and what it ran below the call. `nodes` are in the order of starts."""
    calls = [_call_of(node) for node in nodes if is_call(node.event)]
    if calls:
        _Places(nodes).place(calls)


def is_call(event: Event) -> bool:
    """True for a tool call, as an agent's hook told it: the line that ran, or the verdict on one that did not."""
    return event.source == "agent" and (event.kind == "line" or is_verdict(event))


def is_verdict(event: Event) -> bool:
    """True for what was decided on a call: it ran nothing itself."""
    return event.kind == "verdict"


def _call_of(node: Node) -> _Call:
    event = node.event
    at = ts_seconds(event.ts)
    if event.duration_ms is None:
        return _Call(node, None, at)
    return _Call(node, at, at + event.duration_ms / 1000)


def _is_shell(event: Event) -> bool:
    return _is_exec(event) and command_name(event) in SHELLS and len(event.argv or ()) > 1


def _is_exec(event: Event) -> bool:
    return event.kind in ("exec", "exec_start")


def _plain(text: str) -> str:
    """Return the text without quotes, blanks as one: what quoting for `eval` leaves as it was."""
    return _BLANKS.sub(" ", _QUOTES.sub("", text[:LONGEST_TEXT])).strip()


def _holds(argv: str, text: str) -> bool:
    """True if the text stands in argv as words of their own."""
    at = argv.find(text)
    while text and at >= 0:
        end = at + len(text)
        if not _WORD.match(argv[at - 1 : at] or " ") and not _WORD.match(argv[end : end + 1] or " "):
            return True
        at = argv.find(text, at + 1)
    return False


class _Places:
    """Where calls belong among the nodes of a session."""

    def __init__(self, nodes: list[Node]) -> None:
        self._nodes = nodes
        self._starts = [ts_seconds(node.event.ts) for node in nodes]
        self._shells = [
            (start, node, _plain(" ".join(node.event.argv or ())))
            for start, node in zip(self._starts, nodes, strict=True)
            if _is_shell(node.event)
        ]
        self._tops = [node for node in nodes if _is_exec(node.event) and node.parent is None]
        self._claimed: set[int] = set()
        self._agent: Node | None = None

    def place(self, calls: list[_Call]) -> None:
        before = 0.0
        for call in (call for call in calls if not is_verdict(call.node.event)):
            shell = self._shell_of(call)
            if shell is not None:
                self._agent = _above_calls(shell.parent)
                self._adopt(call.node, [shell])
            else:
                self._agent = self._agent or self._agent_of(call)
                self._adopt(call.node, self._ran_meanwhile(call, before))
            self._put_below_agent(call)
            before = call.end
        for call in (call for call in calls if is_verdict(call.node.event)):
            self._agent = self._agent or self._agent_of(call)
            self._put_below_agent(call)

    def _put_below_agent(self, call: _Call) -> None:
        _move(call.node, self._agent)
        call.node.via = "agent" if self._agent is not None else "session"

    def _adopt(self, call: Node, found: list[Node]) -> None:
        for node in found:
            _move(node, call)
            node.via = "call"
            self._claimed.update(id(step) for step in node.steps)

    def _shell_of(self, call: _Call) -> Node | None:
        """Return the outermost process of the last shell that began before the call's end with its text."""
        text = call.text
        end = bisect.bisect_right(self._shells, call.end + SLACK, key=itemgetter(0))
        for began, node, argv in reversed(self._shells[max(end - NEAREST, 0) : end]):
            if call.start is not None and began < call.start - SLACK:
                return None
            if id(node) not in self._claimed and _holds(argv, text):
                return _outermost(node, text)
        return None

    def _agent_of(self, call: _Call) -> Node | None:
        """Return the first process of the session that ran when the call did: of those below it that are the agent by
        their name, the last. What npm installs as the agent may be a script that starts it."""
        for node in self._tops:
            if _ran_during(node, call):
                return self._named_agent(node, call) or node
        return None

    def _named_agent(self, top: Node, call: _Call) -> Node | None:
        agent = agents().by_name.get(call.node.event.agent or "")
        names = () if agent is None else agent.programs
        for node in reversed(self._nodes) if names else ():
            named = _is_exec(node.event) and command_name(node.event) in names
            if named and _ran_during(node, call) and any(above is top for above in _above(node)):
                return node
        return None

    def _ran_meanwhile(self, call: _Call, before: float) -> list[Node]:
        """Return what the agent's process started during the call; where its start isn't known, only what is named
        in its text, since the call before."""
        words = set(re.findall(r"[\w.+-]+", call.node.event.text or ""))
        first = bisect.bisect_right(self._starts, before if call.start is None else call.start - GRAIN)
        last = bisect.bisect_right(self._starts, call.end + GRAIN)
        return [
            node
            for node in self._nodes[first:last]
            if (call.start is not None or command_name(node.event) in words) and self._is_own(node)
        ]

    def _is_own(self, node: Node) -> bool:
        """True if the agent's process started it, and no call has it yet."""
        if (
            not (_is_exec(node.event) or node.event.kind == "builtin")
            or id(node) in self._claimed
            or node.replaces
        ):
            return False
        if self._agent is None or node is self._agent:
            return node is not self._agent and node.parent is None
        return node.parent is not None and any(step is node.parent for step in self._agent.steps)


def _ran_during(node: Node, call: _Call) -> bool:
    last = node.steps[-1].event
    ended = None if last.duration_ms is None else ts_seconds(last.ts) + last.duration_ms / 1000
    since = call.end if call.start is None else call.start
    return ts_seconds(node.event.ts) <= since and (ended is None or ended >= call.end - SLACK)


def _above(node: Node) -> Iterator[Node]:
    """Yield what started a node, what started that, and so on; no circle stands there any more."""
    above = node.parent
    while above is not None:
        yield above
        above = above.parent


def _move(node: Node, parent: Node | None) -> None:
    """Put a node below another; in a damaged log it may be said to follow a third, in that one's process."""
    if node.replaces and node.parent is not None:
        node.parent.next = None
    node.parent = parent


def _above_calls(node: Node | None) -> Node | None:
    while node is not None and is_call(node.event):
        node = node.parent
    return node


def _outermost(node: Node, text: str) -> Node:
    """Return the first of the shells around it that was given the text, as the process that it began as."""
    found = node
    while (above := found.parent) is not None and (found.replaces or _was_given(above.event, text)):
        found = above
    return found


def _was_given(event: Event, text: str) -> bool:
    return _is_shell(event) and _holds(_plain(" ".join(event.argv or ())), text)
