from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from daemons import World


@pytest.fixture
def world(home: Path, env: dict[str, str], natives: Path) -> Iterator[World]:
    """A HOME with no daemon; none is started by itself."""
    world = World(home, env)
    yield world
    world.close()
