"""What a model may be told of this session beside the words, and the exact text of what would be sent."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from caro.printable import printable

if TYPE_CHECKING:
    from caro.engine.modelled import Context
    from caro.fix.model import Failure
    from caro.llm.backend import Turn
    from caro.settings import Settings


def context_here(settings: Settings) -> Context:
    """Return what a model may be told beside the words: by the settings' level, with the person's own patterns of
    secrets, and the last typed line of this session."""
    from caro.engine.modelled import Context
    from caro.redact.redact import redact_text
    from caro.runtime_conf import redact_patterns

    patterns = redact_patterns(settings)

    def redact(text: str) -> str:
        return redact_text(text, patterns)

    level = str(settings["llm.context"])
    return Context(level, redact, _last_line(settings) if level == "output" else None)


def show_turns(turns: Sequence[Turn], settings: Settings) -> None:
    """Print exactly what would be sent, and where."""
    from caro.errors import CaroError
    from caro.llm.chosen import backend_of

    try:
        where = backend_of(settings).address
    except CaroError as problem:
        where = f"nowhere ({problem})"
    state = "" if settings["llm.enabled"] else " if llm.enabled were true"
    print(f"This would go{state} to {printable(where)}:")
    for turn in turns:
        print(f"\n[{turn.role}]\n{printable(turn.text, kept=chr(10))}")


def _last_line(settings: Settings) -> Failure | None:
    """Return the session's last typed line, with what it printed where that is known; None outside of a session."""
    from caro.cli.last_output import kept_output
    from caro.fix.model import Failure
    from caro.paths import Paths
    from caro.record.last import last_events
    from caro.record.query import Filter
    from caro.record.reader import Snapshot
    from caro.settings import log_file

    session, paths = os.environ.get("CARO_SESSION_ID", ""), Paths.of(os.environ)
    if not session:
        return None
    try:
        events = last_events(Snapshot(log_file(settings, paths)), Filter(session=session, kinds=("line",)), 1)
    except OSError:
        return None
    if not events or not events[0].text:
        return None
    text, status = events[0].text, events[0].exit_code or 0
    return Failure(text, status, kept_output(text, paths) if status else None)
