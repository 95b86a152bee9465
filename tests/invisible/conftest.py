"""Each test of this folder runs as root and as a user without rights, where the tests run as root."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache

import pytest

from invisible.users import USERS, User, make_user
from native.conftest import helpers  # noqa: F401


@pytest.fixture(scope="session")
def user_named() -> Iterator[Callable[[str], User]]:
    """One HOME for the whole session: the log and the work folder are cleared by whoever needs them clear."""
    with ExitStack() as stack:
        make = contextmanager(make_user)
        yield cache(lambda name: stack.enter_context(make(name)))


@pytest.fixture(scope="session", params=USERS)
def user(request: pytest.FixtureRequest, user_named: Callable[[str], User]) -> User:
    return user_named(request.param)
