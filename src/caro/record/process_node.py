"""One command of a tree, and where it stands there."""

from __future__ import annotations

from dataclasses import dataclass, field

from caro.model import Event


@dataclass(eq=False)
class Node:
    """One command.

    `via` tells how its parent was found: `parent_id`, `line`, `pid`, `call` (of an agent's tool), `agent` (of a
    call: its agent's process) or `session`; `cycle` where the log makes it
    its own ancestor, which was cut here.
    """

    event: Event
    parent: Node | None = None
    via: str = "session"
    children: list[Node] = field(default_factory=list)
    next: Node | None = None

    @property
    def replaces(self) -> bool:
        """True if it took its parent's place in the same process."""
        return self.parent is not None and self.parent.next is self

    @property
    def steps(self) -> list[Node]:
        """Return itself and what took its place, in order: the programs that one process was."""
        steps = [self]
        while (successor := steps[-1].next) is not None:
            steps.append(successor)
        return steps

    @property
    def unended(self) -> bool:
        """True if no end is recorded: it runs, or was killed together with whoever watched it."""
        return self.event.kind == "exec_start"
