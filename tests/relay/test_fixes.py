"""Real failures under `caro shell`: the dim line says the fix, and the key puts it into the line, not run."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from terminals import ENTER, Terminal

from daemons import SESSION, FakeDaemon, World, reply_with
from failing import failing_world, make_work, open_shell

FAILURES = [
    ("gti status", "git status"),
    ("git psuh", "git push"),
    ("cat /etc/hostnme", "cat /etc/hostname"),
    ("./script", "chmod +x ./script"),
    ("mkdir a/b/c", "mkdir -p a/b/c"),
    # Only the tool's own message tells that a remote branch is what is missing.
    ("git push", "git push --set-upstream origin topic"),
]

# Nobody but the tool knows its words.
HINT = """frobtool: 'zebrb' is not a frobtool command. See 'frobtool --help'.

The most similar command is
\tzebra
"""


@pytest.fixture
def world(home: Path, env: dict[str, str]) -> Iterator[World]:
    world = failing_world(home, env)
    yield world
    world.close()


def prepare(home: Path, env: dict[str, str]) -> Path:
    work = make_work(home, env)
    (work / "frobtool").write_text(f"#!/bin/sh\ncat >&2 <<'END'\n{HINT}END\nexit 1\n")
    (work / "frobtool").chmod(0o755)
    return work


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_failures_have_their_fix(shell: str, world: World) -> None:
    work = prepare(world.home, world.env)
    world.env["NO_COLOR"] = "1"
    world.start()
    world.wait_ready()
    terminal = open_shell(shell, world, work)
    try:
        for line, fix in FAILURES:
            place = terminal.send(line + ENTER)
            terminal.wait_prompt(place)
            # On a machine that does much else the prompt doesn't wait, and the fix stands at the next one.
            while not re.search(rf"caro: (?:for `[^`]*`: )?{re.escape(fix)}", terminal.seen[place:]):
                terminal.run("true")
                assert terminal.tick < 200, terminal.screen
        terminal.settle()
        place = terminal.send("\x1b\x1b")
        terminal.wait(re.escape(FAILURES[-1][1]), place)
        terminal.settle()
        assert not list((world.home / "origin.git/refs/heads").iterdir()), "put into the line, not run"
    finally:
        terminal.close()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_caro_fix_sees_what_the_relay_kept(shell: str, world: World) -> None:
    work = prepare(world.home, world.env)
    world.start()
    world.wait_ready()
    terminal = open_shell(shell, world, work)
    try:
        terminal.run("./frobtool zebrb")
        terminal.run("true")
        assert "./frobtool zebra\r\n    " in terminal.run("caro fix --explain </dev/null")
        # What did well is kept too, until the next line but one.
        terminal.run(r"printf 'NAME READY STATUS RESTARTS\nx 0/1 CrashLoop%s 1\n' BackOff")
        told = terminal.run("caro help-output </dev/null")
        assert (
            "kubectl get pods:" in told and "the container starts and ends" in told and "Evicted" not in told
        )
        # In memory alone, and gone with the daemon.
        world.caro("daemon", "stop")
        assert "./frobtool zebra\r\n" not in terminal.run("caro fix --explain </dev/null")
    finally:
        terminal.close()


@pytest.mark.parametrize(("line", "used"), [("./frobtool zebrb", True), ("./frobtool zebrc", False)])
def test_output_of_another_line_is_not_used(line: str, used: bool, world: World) -> None:
    work = prepare(world.home, world.env)
    event = {
        "v": 1, "id": SESSION, "kind": "line", "source": "shell", "ts": "2026-01-01T00:00:00.000000Z",
        "session_id": SESSION, "text": "./frobtool zebrb", "exit_code": 1, "cwd": str(work),
    }  # fmt: skip
    world.log.write_text(json.dumps(event) + "\n")
    daemon = FakeDaemon(world.socket, reply_with(fixes=[], line=line, output=HINT))
    try:
        done = world.caro(
            "fix", cwd=work, env=world.env | {"CARO_SESSION_ID": SESSION}, stdin=subprocess.DEVNULL
        )
    finally:
        daemon.close()
    assert [(request["type"], request["what"], request["session"]) for request in daemon.requests] == [
        ("fix", "output", SESSION)
    ]
    assert ("./frobtool zebra\n" in done.stdout) == used, done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_what_comes_late_stands_at_the_next_prompt(shell: str, world: World) -> None:
    work = prepare(world.home, world.env)
    world.env["NO_COLOR"] = "1"
    # The daemon listens at once, and loads for a while: the first failure finds it so.
    world.start()
    terminal = open_shell(shell, world, work)
    try:
        place = terminal.send("git psuh" + ENTER)
        terminal.wait_prompt(place)
        world.wait_ready()
        # Each prompt asks until the answer is there.
        while not re.search("caro: (for `git psuh`: )?git push", terminal.seen[place:]):
            terminal.run("true")
            assert terminal.tick < 200, terminal.screen
    finally:
        terminal.close()


def test_the_key_of_the_settings_and_the_option_switch_it_off(world: World) -> None:
    work = prepare(world.home, world.env)
    script = 'echo "[${CARO_RELAY-none}]"'
    for words, env, wanted in (
        (["bash"], {}, r"\[[0-9a-f]{32}:/dev/"),
        (["bash", "--no-relay"], {}, r"\[none\]"),
        (["bash"], {"CARO_SHELL_RELAY": "false"}, r"\[none\]"),
    ):
        terminal = Terminal([world.program, "shell", *words], world.env | env, work)
        try:
            terminal.wait(wanted, terminal.send(script + ENTER))
        finally:
            terminal.close()
