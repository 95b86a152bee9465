"""What servers send, right and wrong, in both dialects: the right command, or no answer and why; never half of one."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TypeVar

import pytest

from caro.errors import CaroError
from caro.llm.backend import Backend, NoAnswer, Turn, Waits, answer_of
from caro.llm.chosen import backend_of, is_silent
from caro.llm.detect import detect
from caro.llm.http import Place
from caro.llm.ollama import Ollama
from caro.llm.openai import OpenAI
from caro.llm.program import Program
from caro.llm.reading import command_in
from caro.settings import load_settings
from llm.servers import OK, Fake, end, piece, running, status, whole

T = TypeVar("T")
WAITS = Waits(5.0, 10.0)
SHORT = Waits(0.15, 0.3)
TURNS = [Turn("system", "s"), Turn("user", "list files")]
KINDS: dict[str, type[OpenAI] | type[Ollama]] = {"openai": OpenAI, "ollama": Ollama}
NONE = None

MODES: dict[str, tuple[Callable[[str], bytes], str | None]] = {
    "plain": (whole("ls -l"), "ls -l"),
    "fence": (whole("Here it is:\n```bash\nls -l\n```\nIt lists."), "ls -l"),
    "pieces": (lambda d: OK + piece(d, "ls") + piece(d, " -l") + end(d), "ls -l"),
    "thought": (whole("<think>rm -rf /?\nno</think>\nls -l"), "ls -l"),
    "open thought": (whole("<think>ls -l"), NONE),
    "json": (whole('{"command": "ls -l"}'), "ls -l"),
    "unescaped quotes": (whole('{"command": "find . -name "*.txt""}'), NONE),
    "wrong json": (whole('{"cmnd": "ls"}'), NONE),
    "two lines": (whole("cd /tmp\ntouch a"), NONE),
    "two fences": (whole("```\nls\n```\nor\n```\nls -l\n```"), NONE),
    "open fence": (whole("```bash\nls -l"), NONE),
    "numbered": (whole("1. touch a"), NONE),
    "numbered list": (whole("1. touch a\n2. touch b"), NONE),
    "prose": (whole("Sure, you can use ls for that."), NONE),
    "empty": (whole(""), NONE),
    "escapes": (whole("\x1b[31mls\x1b[0m -l\x1b]52;c;aGk=\x07"), "ls -l"),
    "bidi": (whole("ls \u202e-l"), NONE),
    "zero width": (whole("l\u200bs"), NONE),
    "nul": (whole("ls\x00 -l"), NONE),
    "chinese": (whole("使用 ls 命令列出文件。\n然后退出。"), NONE),
    "cut": (lambda d: OK + piece(d, "rm -r"), NONE),
    "cut in a chunk": (
        lambda d: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n" + piece(d, "ls"),
        NONE,
    ),
    "too long": (lambda d: OK + piece(d, "ls -") + end(d, "length"), NONE),
    "flood": (lambda d: OK + piece(d, "ls " * 400) * 40 + end(d), NONE),
    "a line without end": (lambda d: OK + b"data: " + b"x" * 200_000, NONE),
    "garbage": (lambda d: OK + b"\xff\xfe\x00garbage\n", NONE),
    "no http": (lambda d: b"SSH-2.0-OpenSSH\r\n", NONE),
    "nothing": (lambda d: b"", NONE),
    "not an object": (lambda d: OK + b"data: [1]\n\n[1]\n", NONE),
    "an error inside": (lambda d: OK + b'data: {"error": {"message": "out of \\u001b[31mmemory"}}\n\n', NONE),
    "400": (status(400, b'{"error": "no"}'), NONE),
    "401": (status(401), NONE),
    "404": (status(404), NONE),
    "429": (status(429), NONE),
    "500 with escapes": (status(500, b"\x1b[31mboom\x1b]0;x\x07"), NONE),
    "redirect": (lambda d: b"HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\n\r\n", NONE),
    "continued": (whole("ls \\\n  -l"), "ls -l"),
    "dollar": (whole("$ ls -l"), "ls -l"),
    "comment": (whole("```sh\n# lists\nls -l\n```"), "ls -l"),
    "backticks": (whole("`ls -l`"), "ls -l"),
    "repeats itself": (whole("ls -l\n" * 30), NONE),
    "repeats itself in one line": (whole("ls -l " * 2000), NONE),
    "keeps alive": (
        lambda d: OK + (b": 1/2\n\n" if d == "openai" else b"\n") + whole("ls -l")(d)[len(OK) :],
        "ls -l",
    ),
    "split utf-8": (
        lambda d: (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + _bytewise(piece(d, "ls 'ä'") + end(d))
        ),
        "ls 'ä'",
    ),
}


def _bytewise(data: bytes) -> bytes:
    return b"".join(b"1\r\n" + data[at : at + 1] + b"\r\n" for at in range(len(data))) + b"0\r\n\r\n"


def run(made: Coroutine[None, None, T]) -> T:
    return asyncio.run(made)


async def asked(fake: Fake, waits: Waits) -> str:
    async with running(fake) as url:
        backend = KINDS[fake.dialect](Place.of(url), "m")
        return command_in(await answer_of(backend, TURNS, waits))


@pytest.mark.parametrize("dialect", KINDS)
@pytest.mark.parametrize("mode", MODES)
def test_each_answer_is_right_or_none(mode: str, dialect: str) -> None:
    made, command = MODES[mode]
    fake = Fake(dialect, [made(dialect)])
    if command is not None:
        assert run(asked(fake, WAITS)) == command
        return
    with pytest.raises(NoAnswer) as problem:
        run(asked(fake, WAITS))
    assert str(problem.value) and "\x1b" not in str(problem.value).replace("out of \x1b[31mmemory", "")


@pytest.mark.parametrize("dialect", KINDS)
@pytest.mark.parametrize("start", ("", "ls"))
def test_who_hangs_or_is_slow_is_not_waited_for(start: str, dialect: str) -> None:
    sent = OK + piece(dialect, start) if start else b""
    with pytest.raises(NoAnswer, match="whole answer within 0.3" if start else "no answer within 0.15"):
        run(asked(Fake(dialect, [sent], hangs=True), SHORT))


@pytest.mark.parametrize("dialect", KINDS)
def test_a_cancelled_question_frees_the_server(dialect: str) -> None:
    async def cancelled() -> float:
        fake = Fake(dialect, [OK + piece(dialect, "ls")], hangs=True)
        async with running(fake) as url:
            heard = asyncio.Event()
            backend = KINDS[dialect](Place.of(url), "m")
            task = asyncio.create_task(answer_of(backend, TURNS, WAITS, lambda _text: heard.set()))
            await heard.wait()
            begun = time.perf_counter()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            took = time.perf_counter() - begun
            await asyncio.wait_for(fake.left.wait(), 10)
            return took

    assert run(cancelled()) < 1.0


def test_a_server_that_does_not_stream_is_read_too() -> None:
    body = json.dumps(
        {"choices": [{"message": {"content": "ls"}, "finish_reason": "stop"}]}, indent=1
    ).encode()
    assert run(asked(Fake("openai", [OK + body]), WAITS)) == "ls"


def test_a_model_that_cannot_be_told_not_to_think_is_asked_again() -> None:
    fake = Fake("ollama", [status(400)("ollama"), whole("ls")("ollama")])
    assert run(asked(fake, WAITS)) == "ls"
    assert ["think" in row for row in fake.asked] == [True, False]


PREFILLED = {"messages", "stop", "chat_template_kwargs"}


@pytest.mark.parametrize(
    ("pages", "fields", "said"),
    (
        ({}, set(), "ls -l"),
        ({"/props": [], "/version": {"version": 3}}, set(), "ls -l"),
        ({"/props": {"default_generation_settings": {}}}, PREFILLED, "ls -l"),
        ({"/props": {"default_generation_settings": {}}}, PREFILLED, "```bash\nls -l\n```"),
        (
            {"/version": {"version": "0.33"}},
            {*PREFILLED, "continue_final_message", "add_generation_prompt"},
            "ls -l\n```",
        ),
    ),
)
def test_a_server_is_asked_as_it_can_be(pages: dict[str, object], fields: set[str], said: str) -> None:
    """What it can do is found by asking; what goes on behind the prefill is one block."""
    plain = {"model", "messages", "stream", "temperature", "max_tokens"}

    async def asked_as_it_can() -> str:
        async with running(fake) as url:
            backend = OpenAI(Place.of(url + "/v1"), "m", abilities=None)
            return command_in(await answer_of(backend, TURNS, WAITS))

    fake = Fake("openai", [whole(said)("openai")], pages=pages)
    assert run(asked_as_it_can()) == "ls -l"
    assert set(fake.asked[0]) == plain | fields
    roles = [turn["role"] for turn in fake.asked[0]["messages"]]  # type: ignore[attr-defined]
    assert roles == ["system", "user", *["assistant"] * bool(fields)]


def test_a_server_that_can_do_less_than_it_seemed_is_asked_plainly() -> None:
    fake = Fake(
        "openai", [status(400)("openai"), whole("ls -l")("openai")], pages={"/version": {"version": "1"}}
    )

    async def asked_twice() -> str:
        async with running(fake) as url:
            return command_in(await answer_of(OpenAI(Place.of(url), "m", abilities=None), TURNS, WAITS))

    assert run(asked_twice()) == "ls -l"
    assert ["stop" in row for row in fake.asked] == [True, False]


def test_a_server_that_wants_a_name_gets_its_first_model() -> None:
    fake = Fake(
        "openai",
        [status(404)("openai"), whole("ls -l")("openai")],
        pages={"/v1/models": {"data": [{"id": "first"}, {"id": "second"}]}},
    )

    async def unnamed() -> str:
        async with running(fake) as url:
            return command_in(await answer_of(OpenAI(Place.of(url), ""), TURNS, WAITS))

    assert run(unnamed()) == "ls -l"
    assert [row.get("model") for row in fake.asked] == [None, "first"]


def test_what_is_switched_off_asks_no_model(
    env: dict[str, str], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = home / ".config" / "caro" / "config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text('[llm]\nurl = "http://127.0.0.1:1"\n')
    settings = load_settings(env)
    assert backend_of(settings) and is_silent(settings)
    monkeypatch.setenv("CARO_DISABLE", "1")
    with pytest.raises(CaroError, match="switched off"):
        backend_of(settings)


def test_nobody_listens() -> None:
    with pytest.raises(NoAnswer, match=r"127\.0\.0\.1:1"):
        run(answer_of(OpenAI(Place.of("http://127.0.0.1:1"), "m"), TURNS, WAITS))


@pytest.mark.parametrize(
    ("script", "command"),
    (
        ("cat >/dev/null; echo ls -l", "ls -l"),
        ("exit 3", NONE),
        ("echo a; echo b", NONE),
        ("yes", NONE),
        ("exec tail -f /dev/null", NONE),
    ),
)
def test_a_program_as_backend(tmp_path: Path, script: str, command: str | None) -> None:
    file = tmp_path / "ask"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    backend: Backend = Program(str(file))
    waits = SHORT if "tail" in script else WAITS
    if command is not None:
        assert command_in(run(answer_of(backend, TURNS, waits))) == command
        return
    with pytest.raises(NoAnswer):
        command_in(run(answer_of(backend, TURNS, waits)))


@pytest.mark.parametrize(
    ("lines", "told"),
    (
        ('url = "http://127.0.0.1:8080"', "http://127.0.0.1:8080/v1/chat/completions"),
        ('url = "http://localhost:11434"', "http://localhost:11434/api/chat"),
        ('url = "http://[::1]:8000/v1"', "http://[::1]:8000/v1/chat/completions"),
        ('url = "unix:/run/m.sock"\nbackend = "ollama"', "unix:/run/m.sock/api/chat"),
        ('url = "https://example.com"\nremote = true', "https://example.com/v1/chat/completions"),
        ('url = "prog -x"\nbackend = "exec"', "the program prog -x"),
        ('url = "http://example.com"\nremote = true', None),
        ('url = "https://example.com"', None),
        ('url = "http://127.0.0.1.example.com"', None),
        ('url = "http://0.0.0.0:80"', None),
        ('url = "ftp://127.0.0.1"', None),
        ('url = "http://127.0.0.1:99999"', None),
        ('url = ""', None),
        ('url = "http://127.0.0.1"\nkey_file = "KEY"', None),
    ),
)
def test_only_this_machine_is_asked_unless_the_settings_say_otherwise(
    env: dict[str, str], home: Path, lines: str, told: str | None
) -> None:
    key = home / "key"
    key.write_text("k")
    key.chmod(0o644)
    config = home / ".config" / "caro" / "config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(f"[llm]\n{lines}\n".replace("KEY", str(key)))
    settings = load_settings(env)
    if told is None:
        with pytest.raises(CaroError):
            backend_of(settings)
    else:
        assert backend_of(settings).address == told


def test_servers_are_found_by_asking_their_ports() -> None:
    async def found() -> list[tuple[str, tuple[str, ...]]]:
        rows = {"ollama": {"models": [{"name": "q:1"}]}, "openai": {"data": [{"id": "x"}, 3]}}
        fakes = [Fake(kind, [OK + json.dumps(row).encode()]) for kind, row in rows.items()]
        async with (
            running(fakes[0]) as one,
            running(fakes[1]) as two,
            running(Fake("openai", [b"?"])) as three,
            running(Fake("openai", [OK, OK + b'{"status": "ok"}'])) as four,
        ):
            ports = [
                (int(url.rpartition(":")[2]), kind)
                for url, kind in ((one, "ollama"), (two, "openai"), (three, "openai"), (four, "openai"))
            ]
            servers = await asyncio.to_thread(detect, ports)
            return [(server.kind, server.models) for server in servers]

    assert run(found()) == [("ollama", ("q:1",)), ("openai", ("x",)), ("openai", ())]
