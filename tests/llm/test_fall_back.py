"""A failed line that no tier mends: a model is asked while the person goes on; its fix comes at a later prompt."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from daemons import SESSION, World
from llm.servers import Fake, in_a_thread, whole

PATIENCE = 60.0
FAILED = "sort --zeilen=3 notes.txt"


@pytest.fixture
def world(home: Path, env: dict[str, str], natives: Path) -> Iterator[World]:
    world = World(home, env)
    yield world
    world.close()


def failed(world: World, line: str, status: int = 2, seq: int = 1) -> dict[str, Any]:
    """The line was typed and failed; what its prompt is told."""
    world.ask({"type": "preexec", "line": line, "seq": seq, "shell": "bash", "session": SESSION, "tty": True,
               "cwd": str(world.home)})  # fmt: skip
    return world.ask({"type": "postexec", "seq": seq, "exit_code": status, "duration_ms": 5.0, "session": SESSION,
                      "env": {"PATH": world.env["PATH"]}})  # fmt: skip


def later(world: World) -> dict[str, Any]:
    """What later prompts are told, until there is nothing more to come."""
    told: dict[str, Any] = {}
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        reply = world.ask({"type": "fix", "what": "late", "session": SESSION})
        told |= {name: value for name, value in reply.items() if name in ("suggestion", "command")}
        if "partial" not in reply:
            return told
        time.sleep(0.01)
    raise AssertionError("it never came")


ANSWERS = (
    ("sort -n notes.txt", "sort -n notes.txt", 1),
    ("NONE", None, 1),
    ("sudo sort -n notes.txt", None, 1),
    ("sort notes.txt; touch made", None, 1),
    ("sort --zeilen=4 notes.txt", None, 2),
    ("I would use sort for that.", None, 2),
    ("sort\u202e notes.txt", None, 2),
    (FAILED, None, 2),
)
"""What the model says, the fix of it, and how often it is asked."""


def test_its_fix_is_checked_like_every_fix(world: World) -> None:
    fake = Fake("openai", [])
    with in_a_thread(fake) as url:
        world.configure(f'[llm]\nenabled = true\nurl = "{url}"\n')
        world.start()
        world.wait_ready()
        for seq, (answer, command, asked) in enumerate(ANSWERS, 1):
            fake.answers[:], before = [whole(answer)("openai")], len(fake.asked)
            assert failed(world, FAILED, seq=seq).get("partial") is True
            told = later(world)
            assert told.get("command") == command, answer
            assert command is None or "the model's guess" in told["suggestion"]
            assert world.ask({"type": "fix", "session": SESSION}).get("command") == command
            assert len(fake.asked) - before == asked, answer


def test_what_is_asked_and_when_not(world: World) -> None:
    fake = Fake("openai", [whole("sort -n notes.txt")("openai")])
    with in_a_thread(fake) as url:
        world.configure(f'[llm]\nenabled = true\nurl = "{url}"\n')
        world.start()
        world.wait_ready()
        secret = "ghp_" + "a1B2" * 9
        for seq, (line, status) in enumerate((
            ("gti status", 127),  # a tier knows it
            ("grep x notes.txt", 1),  # an answer, no failure
            ("sort notes.txt", 130),  # ^C
            ("make all", 7),  # nobody saw why
            (f"sort --zeilen={secret} x", 2),  # a secret
        ), 1):  # fmt: skip
            assert "partial" not in failed(world, line, status, seq) or not later(world).get("command"), line
        assert not fake.asked
        failed(world, FAILED, seq=9)
        assert later(world)["command"] == "sort -n notes.txt"
        sent = json.dumps(fake.asked)
        assert FAILED in sent and "notes.txt" in sent and "Folder" not in sent
        # Exactly that is what the person is shown.
        shown = world.caro("fix", "--show-prompt", "--command", FAILED, "--exit", "2").stdout
        for turn in fake.asked[0]["messages"]:  # type: ignore[attr-defined]
            assert turn["content"] in shown
        world.configure(f'[llm]\nenabled = true\nfixes = false\nurl = "{url}"\n')
        assert "partial" not in failed(world, FAILED, seq=10)
        assert len(fake.asked) == 1


def test_a_next_failure_takes_its_place_and_frees_the_server(world: World) -> None:
    fake = Fake("openai", [b"", whole("sort -n b.txt")("openai")], hangs=True)
    with in_a_thread(fake) as url:
        world.configure(f'[llm]\nenabled = true\ntimeout_ms = 60000\nwhole_ms = 60000\nurl = "{url}"\n')
        world.start()
        world.wait_ready()
        assert failed(world, "sort --zeilen=3 a.txt", seq=1).get("partial")
        until = time.monotonic() + PATIENCE
        while not fake.asked and time.monotonic() < until:
            time.sleep(0.01)
        assert failed(world, "sort --zeilen=3 b.txt", seq=2).get("partial")
        assert later(world)["command"] == "sort -n b.txt"
        assert len(fake.asked) == 2 and fake.left.is_set()
