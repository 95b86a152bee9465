"""What the doctor says of the sender: from its files alone, no server is asked."""

from __future__ import annotations

from collections.abc import Iterator

from caro.errors import CaroError
from caro.fleet.target import target_of
from caro.outbox.queue import Queue
from caro.outbox.state import State, StateFile
from caro.record.reader import Snapshot
from caro.settings import log_file
from caro.trace.health import Checkup, Finding, kilobytes


def check_fleet(checkup: Checkup) -> Iterator[Finding]:
    """Tell what waits, what was lost or refused, and what the server said last."""
    if not checkup.settings["fleet.enabled"]:
        return
    try:
        target_of(checkup.settings)
        file = StateFile(checkup.paths)
        state = file.load()
        with Queue(Snapshot(log_file(checkup.settings, checkup.paths)), state) as queue:
            left = queue.left()
    except CaroError as error:
        yield Finding("fleet", "bad", str(error), "caro fleet test")
        return
    yield from _findings(state, file, left)


def _findings(state: State, file: StateFile, left: int) -> Iterator[Finding]:
    waiting = f"{kilobytes(left)} of the log wait to be sent"
    if state.error:
        yield Finding(
            "fleet", "bad", f"since {state.error_since} {state.error}; {waiting}", "caro fleet test"
        )
    elif not file.is_running():
        yield Finding("fleet", "note", f"nobody sends the record: {waiting}", "caro fleet run")
    else:
        yield Finding(
            "fleet", "ok", f"{state.sent:,} events sent, last at {state.last_ok or 'no time'}; {waiting}"
        )
    if state.lost_total:
        text = f"{state.lost_total:,} events were dropped unsent, the oldest first: more than fleet.disk_mb waited"
        yield Finding("fleet", "note", text, "caro config set fleet.disk_mb MORE")
    if parked := len(file.parked()):
        text = f"{parked} batch{'es' * (parked != 1)} that the server refused {'is' if parked == 1 else 'are'} parked"
        yield Finding("fleet", "note", f"{text} in {file.rejected}", "caro fleet retry")
