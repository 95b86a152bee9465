"""Each test of this folder runs as root and as a user without rights, where the tests run as root."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from invisible.users import USERS, User, make_user
from native.conftest import helpers  # noqa: F401


@pytest.fixture(scope="session", params=USERS)
def user(request: pytest.FixtureRequest) -> Iterator[User]:
    """One HOME for the whole session: the log and the work folder are cleared by whoever needs them clear."""
    yield from make_user(request.param)
