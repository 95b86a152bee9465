"""What the reading commands can ask for: one filter, the same for a scan and for the index."""

from __future__ import annotations

from dataclasses import dataclass

from caro.model import KINDS, Event
from caro.signals import STOPPED, signal_of_status

SHOWN_KINDS = tuple(kind for kind in KINDS if kind != "exec_start")
"""Unless kinds are named: the `exec` that follows tells the same with its end."""

ANY_AGENT = "any"


@dataclass(frozen=True)
class Filter:
    """All given parts have to hold. Times are `ts` texts: since <= ts < until. An empty one lets all pass."""

    session: str = ""
    since: str = ""
    until: str = ""
    command: str = ""
    cwd: tuple[str, ...] = ()
    failed: bool = False
    slower: float | None = None
    grep: str = ""
    kinds: tuple[str, ...] = ()
    host: str = ""
    agent: str = ""
    """An agent's name, or `ANY_AGENT`."""
    people: bool = False
    """Only what a person typed or ran: nothing of an agent."""
    told: bool = False
    """Only what has a text: sh tells how a line ended, and not always which one it was."""
    remembered: bool = False
    """Nothing that a person typed behind a blank, to keep it from histories."""

    def matches(self, event: Event) -> bool:
        return (
            (not self.session or (event.session_id or "").startswith(self.session))
            and (not self.since or event.ts >= self.since)
            and (not self.until or event.ts < self.until)
            and (not self.kinds or event.kind in self.kinds)
            and (not self.failed or has_failed(event))
            and (self.slower is None or (event.duration_ms is not None and event.duration_ms >= self.slower))
            and (not self.command or self._is_command(event))
            and (not self.cwd or self._is_below(event.cwd))
            and (not self.grep or self.grep.lower() in searched_text(event))
            and (not self.host or event.host == self.host)
            and (not self.agent or self._is_by(event))
            and (not self.people or not is_of_agent(event))
            and (not self.told or event.text is not None)
            and (not self.remembered or not is_kept_back(event))
        )

    def _is_command(self, event: Event) -> bool:
        if "/" in self.command:
            return self.command in (event.command, event.path)
        return self.command == command_name(event)

    def _is_by(self, event: Event) -> bool:
        return event.agent == self.agent or (self.agent == ANY_AGENT and is_of_agent(event))

    def _is_below(self, cwd: str | None) -> bool:
        return cwd is not None and any(
            cwd == folder or cwd.startswith(folder.rstrip("/") + "/") for folder in self.cwd
        )


def has_failed(event: Event) -> bool:
    """True if it ended with another status than 0, or by a signal; what was stopped did not end."""
    return event.signal is not None or (bool(event.exit_code) and not is_stopped(event))


def is_stopped(event: Event) -> bool:
    """True for a line whose command was stopped (ctrl-z)."""
    return event.kind == "line" and event.exit_code in STOPPED


def signal_of(event: Event) -> int | None:
    """Return the signal that ended it, or that a line's status tells of; None for what ended by itself."""
    if event.signal is None and event.kind == "line":
        return signal_of_status(event.exit_code)
    return event.signal


NO_SUCH_COMMAND = "no-such-command"
"""Rule of a line that was not run because its first word exists nowhere: a slip of the fingers, no danger."""


def is_slip(event: Event) -> bool:
    """True for the verdict on a line that names no command, and was mended before it ran."""
    return event.kind == "verdict" and event.rules == [NO_SUCH_COMMAND]


def is_of_agent(event: Event) -> bool:
    """True if an agent ran it, or called a tool with it."""
    return event.agent is not None or event.source == "agent"


def is_typed(event: Event) -> bool:
    """True for a line that a person typed, at a prompt of Caro's or before (imported)."""
    return event.kind == "line" and not is_of_agent(event)


def is_kept_back(event: Event) -> bool:
    """True for a typed line that begins with a blank: shells that are told so (and fish always) don't remember it. An
    imported one was remembered."""
    return (event.text or "").startswith(" ") and is_typed(event) and event.source != "import"


def command_name(event: Event) -> str:
    """Return the tool's name without its folder."""
    command = event.command or ""
    return command.rpartition("/")[2] if "/" in command else command


def searched_text(event: Event) -> str:
    """Return what `--grep` looks through, in lower case: the typed text and the command line."""
    argv = " ".join(event.argv) if event.argv else event.command or ""
    return (f"{event.text}\n{argv}" if event.text else argv).lower()
