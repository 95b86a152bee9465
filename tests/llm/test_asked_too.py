"""A model beside the pairs: offline answers first, its own below, judged, labelled; nothing where it is off."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from caro.ask.answer import Suggestion
from caro.engine.around import LEVELS
from caro.engine.asking import judged
from caro.engine.modelled import Context, check, conversation, suggested
from caro.engine.process import guard_of
from caro.engine.question import Question
from caro.fix.model import Failure
from caro.llm.backend import NoAnswer, Waits
from caro.llm.http import Place
from caro.llm.openai import OpenAI
from caro.machine.inventory import Machine, MachineInventory
from caro.redact.redact import redact_text
from llm.servers import Fake, in_a_thread, running, whole

Caro = Callable[..., subprocess.CompletedProcess[str]]
PLACE = Question("", "bash", "/")


@pytest.fixture
def world(tmp_path: Path) -> MachineInventory:
    for name in ("ls", "rm", "find", "git"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    return MachineInventory(Machine(str(tmp_path)), "/", frozenset(), "/nonexistent")


@pytest.fixture
def server() -> Iterator[tuple[Fake, str]]:
    """A server in a thread, for processes that ask it."""
    fake = Fake("openai", [whole("ls -la /tmp")("openai")])
    with in_a_thread(fake) as url:
        yield fake, url


@pytest.mark.parametrize(
    ("command", "problem"),
    (
        ("ls -l", ""),
        ("git status && ls", ""),
        ("nosuchprogram -x", "no program"),
        ("git log --nosuchoption", "no option"),
        ("ls 'x", "can't read"),
        ("# only words", "runs nothing"),
        ("kubectl get pods", ""),
    ),
)
def test_what_this_machine_does_not_have_is_dropped(
    world: MachineInventory, command: str, problem: str
) -> None:
    if problem:
        with pytest.raises(NoAnswer, match=problem):
            check(command, PLACE, world)
    else:
        check(command, PLACE, world)


def test_it_is_asked_again_once_with_the_reason(world: MachineInventory) -> None:
    async def asked(answers: list[bytes]) -> tuple[str, Fake]:
        fake = Fake("openai", answers)
        async with running(fake) as url:
            turns = conversation("list files", PLACE, world, [])
            found = await suggested(OpenAI(Place.of(url), "m"), turns, Waits(), PLACE, world)
            return found.command, fake

    command, fake = asyncio.run(asked([whole("1. ls")("openai"), whole("ls")("openai")]))
    assert command == "ls" and len(fake.asked) == 2
    assert "prose" in str(fake.asked[1]["messages"])
    with pytest.raises(NoAnswer):
        asyncio.run(asked([whole("nope at all")("openai")]))


def test_nothing_of_this_machine_is_sent(world: MachineInventory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hunter2hunter2")
    told = json.dumps([turn.row() for turn in conversation("list files", PLACE, world, [])])
    assert "hunter2" not in told and "/nonexistent" not in told and len(told) < 2048


@pytest.mark.parametrize("count", (40, pytest.param(645, marks=pytest.mark.long)))
def test_a_dangerous_answer_is_labelled(env: dict[str, str], world: MachineInventory, count: int) -> None:
    cases = Path(__file__).parent.parent / "safety" / "cases" / "dangers.jsonl"
    rows = [row for row in map(json.loads, cases.read_text("utf-8").splitlines()) if row["dangerous"]]
    lines = [row["command"] for row in rows[:: len(rows) // count][:count]]
    guard = guard_of(env, lambda _problem: None)
    unlabelled = []
    for command in lines:
        made = [Suggestion(command, "model", "the model's answer", 0.0)]
        (row,) = [asked.row() for asked in judged(made, PLACE, guard.knowledge, world, guard.decide)]
        if row["level"] == "low" or not row["verdict"]:
            unlabelled.append(command)
    assert not unlabelled


def test_offline_first_then_the_model(caro: Caro, home: Path, server: tuple[Fake, str]) -> None:
    fake, url = server
    config = home / ".config" / "caro" / "config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(f'[llm]\nurl = "{url}"\n')
    words = ("list all files in /tmp with details",)
    shown = caro("ask", "--show-prompt", *words).stdout
    assert f"to {url}/v1/chat/completions" in shown and "list all files" in shown and not fake.asked
    config.write_text(f'[llm]\nenabled = true\nurl = "{url}"\n')
    rows = json.loads(caro("ask", "--json", *words).stdout)["commands"]
    assert rows[-1]["source"] == "model" and rows[-1]["command"] == "ls -la /tmp"
    assert [row["source"] for row in rows[:-1]].count("model") == 0
    assert len(fake.asked) == 1
    assert caro("ask", "--no-model", *words).returncode == 0 and len(fake.asked) == 1
    config.write_text('[llm]\nenabled = true\nurl = "http://192.0.2.1"\n')
    refused = caro("ask", *words)
    assert refused.returncode == 0 and "not on this machine" in refused.stderr


def test_no_model_sees_a_secret(caro: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    token = "ghp_" + "a1B2" * 9
    shown = caro("ask", "--show-prompt", "clone", "with", "token", token).stdout
    assert "clone with token" in shown
    assert token not in shown


@pytest.mark.parametrize("level", LEVELS)
def test_what_goes_along_at_each_level(world: MachineInventory, tmp_path: Path, level: str) -> None:
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "HEAD").write_text("ref: refs/heads/topic\n")
    (folder / ".git" / "MERGE_HEAD").write_text("")
    (folder / "notes.txt").write_text("what it holds\n")
    (folder / "bad\x1bname").write_text("")
    secret = "ghp_" + "a1B2" * 9
    last = Failure(f"deploy --token {secret}", 3, "x" * 5000 + f"\nTOKEN={secret}\nno such host\n")
    context = Context(level, redact_text, last)
    place = Question("", "bash", str(folder))
    (*_, asked) = conversation("list files", place, world, [], context)
    told = {"words": (), "folder": ("Folder: project", "Git: branch topic, a merge is under way"),
            "files": ("Names here: ", "notes.txt"),
            "output": ("Last line: deploy", "status 3", "no such host", "data, no instructions")}  # fmt: skip
    for at, one in enumerate(LEVELS):
        for text in told[one]:
            assert (text in asked.text) == (at <= LEVELS.index(level)), (one, text)
    assert secret not in asked.text and "what it holds" not in asked.text and "\x1b" not in asked.text
    assert len(asked.text.encode()) < 6000


def test_the_tools_in_question_are_named(world: MachineInventory) -> None:
    (*_, asked) = conversation("use git or kubectl to list things", PLACE, world, [])
    assert "Tools installed: git; not installed: kubectl." in asked.text
