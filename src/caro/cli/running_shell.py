"""What the shell that started this command is told for its next prompt."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caro.paths import Paths


def have_forgotten(paths: Paths, texts: Iterable[str]) -> bool:
    """Have the shell that runs this command take the lines out of its memory; return whether there is one.

    The file is read and removed at that shell's next prompt, so none is left where no shell of Caro's waits.
    """
    from caro.config_write import write_private

    session = os.environ.get("CARO_SESSION_ID", "")
    if not _waits(paths, session):
        return False
    write_private(paths.shell / f"gone-{session}", "".join(f"{text}\0" for text in texts))
    return True


def _waits(paths: Paths, session: str) -> bool:
    """True if the session's shell runs on our terminal: it waits for us, or for whoever started us."""
    from caro.daemon.session_file import locked

    if not session or not session.replace("-", "").isalnum():
        return False
    try:
        with locked(paths.state / "sessions" / session, create=False) as file:
            return os.getsid(file.pid) == os.getsid(0)
    except OSError:
        return False
