"""Observing never changes an outcome: the same bytes, the same status, the same files."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import pytest

from invisible.table import GIT_VARIABLES, WORDS, Command, Outcome, commands, make_venv, make_wheel
from invisible.users import MODES, USERS, User

# Two bare runs may be the same by chance; of so many, two differ where something varies at all.
TRIES = 30


class Place:
    """Where one user's commands run: the same folder each time, made anew."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.parts = user.folder / "parts"
        self.env = user.env | GIT_VARIABLES
        if not self.parts.exists():
            self.parts.mkdir()
            user.give(self.parts)
            make_wheel(self.parts)
            user.clear()
            make_venv(user, user.work).rename(self.parts / "venv")
            user.run(
                "bare",
                str(self.parts / "venv/bin/python"),
                "-m",
                "compileall",
                "-q",
                str(self.parts),
                check=True,
            )

    def prepare(self, command: Command) -> None:
        self.user.clear()
        setup = command.setup.replace("{venv}", f"cp -al {self.parts}/venv .").replace(
            "{wheel}", f"{self.parts}/tiny-1.0-py3-none-any.whl"
        )
        for name, text in WORDS.items():
            setup = setup.replace(f"{{{name}}}", text)
        if setup:
            self.user.run("bare", "bash", "-ec", setup, env=self.env, check=True)

    def outcome(self, mode: str, command: Command) -> Outcome:
        self.prepare(command)
        words = [word.encode().replace(b"<ff>", b"\xff") for word in command.words]
        env = self.env | {"PATH": f"{self.user.work}/wrappers:{self.env['PATH']}"}
        done = self.user.run(mode, *words, env=env, input=command.stdin.encode())
        files = {name: (self.user.work / name) for name in command.results}
        results = {name: file.read_bytes() if file.exists() else b"" for name, file in files.items()}
        return Outcome(done.returncode, done.stdout, done.stderr, results)


@pytest.fixture(scope="session")
def place(user: User) -> Place:
    return Place(user)


def replace(outcome: Outcome, rules: list[tuple[str, str]]) -> Outcome:
    streams = []
    for stream in (outcome.stdout, outcome.stderr):
        for pattern, new in rules:
            stream = re.sub(pattern.encode(), new.encode(), stream, flags=re.MULTILINE)
        streams.append(stream)
    return Outcome(outcome.status, *streams, outcome.results)


def documented(command: Command, mode: str, user: User) -> list[tuple[str, str]]:
    keys = (mode, f"{mode}-{user.name}")
    return [(pattern, new) for key in keys for pattern, new in command.documented.get(key, [])]


def varying(command: Command, but: str = "") -> list[tuple[str, str]]:
    return [(pattern, "<varies>") for pattern in command.varies if pattern != but]


def run_bare_twice(place: Place, command: Command) -> Outcome:
    """The first outcome; the second is the same but for what the table says, all of which does vary."""
    first, second = place.outcome("bare", command), place.outcome("bare", command)
    rules = varying(command)
    assert replace(second, rules) == replace(first, rules), "two bare runs differ"
    for pattern in command.varies:
        others = varying(command, but=pattern)
        more = (place.outcome("bare", command) for _ in range(TRIES))
        runs = itertools.chain([second], more)
        differs = (replace(run, others) != replace(first, others) for run in runs)
        assert any(differs), f"{pattern} does not vary"
    return first


OTHERS_SHARE = 4
"""The second user runs each command among the long tests, and one of so many among the others."""


def users_and_names() -> Iterator[object]:
    for user in USERS:
        for number, (name, one) in enumerate(commands().items()):
            is_long = one.long or (user != USERS[0] and number % OTHERS_SHARE > 0)
            yield pytest.param(user, name, marks=[pytest.mark.long] * is_long)


@pytest.mark.parametrize(("user", "name"), list(users_and_names()), indirect=["user"], scope="session")
def test_same_with_and_without(place: Place, name: str) -> None:
    command = commands()[name]
    # What two bare runs differ in is the same for every user.
    first_user = place.user.name == USERS[0]
    bare = run_bare_twice(place, command) if first_user else place.outcome("bare", command)
    for mode in MODES:
        seen = place.outcome(mode, command)
        for rule in documented(command, mode, place.user):
            without = replace(seen, [rule])
            assert without != seen, f"{mode}: {rule} is in the table, but nothing differs any more"
            seen = without
        assert replace(seen, varying(command)) == replace(bare, varying(command)), mode


def test_the_table_is_large_enough() -> None:
    assert len(commands()) >= 40
