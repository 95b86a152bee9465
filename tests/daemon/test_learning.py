"""What is typed after a failure is offered first at the next one like it, and secrets are never kept."""

from __future__ import annotations

import json

import pytest

from daemons import SESSION, World


@pytest.fixture
def ready(world: World) -> World:
    # What is answered is looked at here, not how fast: that is the benchmark's.
    world.env["CARO_DAEMON_TIMEOUT_MS"] = "5000"
    world.start()
    world.wait_ready()
    return world


def corrected(world: World, failed: str, fixed: str) -> None:
    world.preexec(failed, 1)
    world.hook("postexec", "-e", "1", seq=1)
    world.preexec(fixed, 2, "-e", "1")
    world.preexec("true", 3, "-e", "0")
    world.close()  # waits for what it still writes


def offered(world: World, line: str) -> str:
    return world.caro("fix", "--command", line, "--exit", "1").stdout.partition("\n")[0]


def test_a_correction_comes_first_the_next_time(ready: World) -> None:
    corrected(ready, "git cm x", "git ci x")
    assert offered(ready, "git cm x") == "git ci x"
    assert ready.caro("fix", "--forget").stdout == "forgot 1 correction\n"
    assert offered(ready, "git cm x") != "git ci x"


def test_what_was_asked_for_in_words_and_typed_comes_first(ready: World) -> None:
    ready.preexec("true", 1)
    asked = {
        "type": "ask",
        "session": SESSION,
        "command": "undo the last commit",
        "cwd": "/",
        "shell": "bash",
    }
    told = [row["command"] for row in ready.ask(asked)["answers"]]
    ready.preexec(told[-1].replace("DEPLOYMENT", "web"), 2, "-e", "0")
    ready.preexec("true", 3, "-e", "0")
    ready.close()
    first = json.loads(ready.caro("ask", "--json", "undo the last commit").stdout)["commands"][0]
    assert first["command"] == told[-1].replace("DEPLOYMENT", "web") != told[0]


def test_a_line_with_a_secret_is_not_kept(ready: World) -> None:
    corrected(ready, "deploy --tokn=abc123abc", "deploy --token=abc123abc")
    assert ready.caro("fix", "--forget").stdout == "forgot 0 corrections\n"


def test_a_line_behind_a_blank_is_not_kept(ready: World) -> None:
    corrected(ready, "git cm x", " git ci x")
    assert ready.caro("fix", "--forget").stdout == "forgot 0 corrections\n"
