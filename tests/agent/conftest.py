from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from daemons import World


@pytest.fixture
def world(home: Path, env: dict[str, str], natives: Path) -> Iterator[World]:
    """A HOME with no daemon; none is started by itself."""
    world = World(home, env)
    # These tests may themselves run below an agent.
    for name in ("CLAUDECODE", "CURSOR_AGENT", "GEMINI_CLI", "CODEX_THREAD_ID", "AGENT", "OPENCODE"):
        world.env.pop(name, None)
    del world.env["CARO_SESSION_ID"]
    yield world
    world.close()
