"""What the daemon offers while a line is typed: from the log and what is typed now, and what it never offers."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from daemons import OTHER_SESSION, SESSION, World

PATIENCE = 500


def line(number: int, text: str, **fields: Any) -> str:
    event = {
        "v": 1,
        "id": f"0192f0c1-2345-7abc-8def-{number:012x}",
        "kind": "line",
        "source": "prompt",
        "ts": f"2026-01-02T03:{number // 60:02}:{number % 60:02}.000000Z",
        "session_id": OTHER_SESSION,
        "text": text,
        "cwd": "/p",
        "exit_code": 0,
    }
    return json.dumps(event | fields, separators=(",", ":")) + "\n"


def offer(world: World, typed: str, cwd: str = "/p", **fields: Any) -> dict[str, Any] | None:
    """Return the first suggestion, once the history is read."""
    for _ in range(PATIENCE):
        reply = world.ask(
            {"type": "suggest", "line": typed, "cwd": cwd, "shell": "zsh", "session": SESSION} | fields
        )
        if "partial" not in reply:
            return reply["suggestions"][0] if reply["suggestions"] else None
    raise AssertionError("the history was not read")


def rest(world: World, typed: str, cwd: str = "/p", **fields: Any) -> str:
    found = offer(world, typed, cwd, **fields)
    return "" if found is None else found["rest"]


def typed(world: World, text: str, seq: int, last: int | None = None, **fields: Any) -> None:
    message: dict[str, Any] = {
        "type": "preexec",
        "line": text,
        "seq": seq,
        "cwd": "/p",
        "shell": "zsh",
        "session": SESSION,
        "pid": os.getpid(),
        "tty": True,
    }
    if last is not None:
        message["last"] = {"exit_code": last, "duration_ms": 1.0}
    world.ask(message | fields)


@pytest.fixture
def ready(world: World) -> World:
    world.configure("")
    lines = [
        line(1, "make everything"),
        line(2, "mkae nothing", exit_code=127),
        line(3, "mysql -p*** shop"),
        line(4, "mytool --agents", agent="claude"),
        line(5, "rm -rf /etc/ssl"),
        line(6, "mytool twice", session_id=SESSION),
        line(7, "mytool twice", session_id=SESSION),
        line(8, "touch a;\ttouch b"),
    ]
    world.log.write_text("".join(lines))
    world.start()
    world.wait_ready()
    return world


def test_what_is_offered_and_what_never_is(ready: World) -> None:
    assert offer(ready, "make e") == {"rest": "verything", "kind": "line", "confidence": 1.0}
    assert rest(ready, "mkae") == ""  # was not found
    assert rest(ready, "mysql -") == ""  # held a secret
    assert rest(ready, "mytool -") == ""  # an agent's
    assert rest(ready, "mytool t") == "wice"
    assert rest(ready, "rm -rf /etc/s") == ""  # high
    assert rest(ready, "touch a") == ""  # holds a control character
    # Learned at once; how it ended comes later.
    typed(ready, "quux new", 1)
    assert rest(ready, "quu") == "x new"
    typed(ready, "export TOKEN=ghp_abcdefghijklmnopqrstuvwxyz0123456789", 2, last=127)
    assert rest(ready, "quu") == ""
    assert rest(ready, "export T") == ""
    typed(ready, "quux of an agent", 3, agent="claude")
    assert rest(ready, "quux o") == ""
    # A user's rule holds for what is offered too.
    ready.configure('[safety.commands]\n"make every.*" = "block"\n')
    assert rest(ready, "make e") != "verything"


def test_what_was_typed_behind_a_blank_is_not_offered(ready: World) -> None:
    assert rest(ready, "quu") == ""
    typed(ready, " quux hidden", 1)
    typed(ready, "quux seen", 2)
    assert rest(ready, "quu") == "x seen" and rest(ready, " quux h") == ""
    ready.configure("[privacy]\nignore_space = false\n")
    with ready.log.open("a") as log:
        log.write(line(9, " quuy hidden"))
    assert rest(ready, " quuy h") == "idden"


def test_what_is_forgotten_leaves_memory_at_once(ready: World) -> None:
    assert rest(ready, "quu") == ""
    typed(ready, "quux secret-place", 1)
    assert rest(ready, "quu") == "x secret-place"
    done = ready.caro("history", "forget", "--yes", "secret-place|everything")
    assert done.returncode == 0, done.stderr
    assert rest(ready, "quu") == ""
    assert rest(ready, "make e") == ""
    assert rest(ready, "mytool t") == "wice"
    assert ready.caro("privacy", "delete", "--all", "--yes").returncode == 0
    assert rest(ready, "mytool t") == ""


def test_words_of_this_machine(ready: World, tmp_path: Path) -> None:
    project = tmp_path / "project"
    for name in ("source", "scripts", "empty"):
        (project / name).mkdir(parents=True)
    (project / "Makefile").write_text("all: x\nrelease-it: all\n")
    (project / "package.json").write_text('{"scripts": {"storybook": "x"}}')
    (project / "notes-of-mine.txt").write_text("")
    git = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", **ready.env}
    for words in (["init", "-q", "-b", "trunk"], ["branch", "feature-x"]):
        if words[0] == "branch":
            identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
            subprocess.run(
                ["git", *identity, "commit", "-q", "--allow-empty", "-m", "m"],
                cwd=project,
                env=git,
                check=True,
            )
        subprocess.run(["git", *words], cwd=project, env=git, check=True)
    (ready.home / ".ssh").mkdir()
    (ready.home / ".ssh/config").write_text("Host buildbox\n  User me\n")
    place = str(project)
    typed(ready, "ls", 1, cwd=f"{place}/scripts")
    sleeper = subprocess.Popen(["sleep", "1000"])
    try:
        for line_so_far, expected in [
            ("git checkout fea", "ture-x"),
            ("git switch ", "feature-x"),
            ("git chec", "kout"),
            ("make rel", "ease-it"),
            ("npm run sto", "rybook"),
            ("ssh bui", "ldbox"),
            ("cd s", "cripts/"),
            ("cat notes", "-of-mine.txt"),
            ("git commit --ame", "nd"),
            ("echo x | tar --extr", "act"),
            ("cat 'notes", ""),
        ]:
            assert rest(ready, line_so_far, place) == expected, line_so_far
        pid = str(sleeper.pid)
        assert rest(ready, f"kill {pid[:-1]}", place)[:1] in "0123456789"
    finally:
        sleeper.kill()
        sleeper.wait()


HINTS = [
    ("tar -x", None, "-x: take files out", True),
    ("tar -xzf a.tgz", 7, "-z: ", True),
    ("ls --all", 6, "--all: ", True),
    ("rm -rf ~", None, "critical: ", True),
    ("mine with words --plain", None, "shorter: mw --plain", True),
    ("git status", None, "status: ", False),
    ("tar", None, "tar: ", False),
    ("echo hello", None, "", False),
]


def test_hints_when_asked_and_in_a_pause(ready: World) -> None:
    """In a pause only an option, a verdict, and the alias that somebody wrote down; none where they type on."""
    (ready.home / ".zshrc").write_text("alias mw='mine with words'\nalias -g G='echo hello'\n")
    offer(ready, "x")
    with ready.connect() as peer, peer.makefile("rb") as replies:

        def ask(text: str, cursor: int | None, **fields: Any) -> None:
            message = {"v": 1, "type": "suggest", "line": text, "cwd": "/p", "shell": "zsh", "cursor": cursor}
            peer.sendall(json.dumps(message | fields).encode() + b"\n")

        for number, (text, cursor, wanted, in_pause) in enumerate(HINTS):
            ask(text, cursor, id=f"{number} asked", what="hint")
            told = json.loads(replies.readline())
            assert (told["id"], told.get("hint", "")[: len(wanted)]) == (f"{number} asked", wanted)
            ask(text, cursor, id=f"{number} typed on", hint_ms=30_000)
            assert "suggestions" in json.loads(replies.readline())
            ask(text, cursor, id=str(number), hint_ms=1)
            assert "suggestions" in json.loads(replies.readline())
            told = json.loads(replies.readline())
            assert (told["id"], told["hint"][: len(wanted)]) == (str(number), wanted if in_pause else "")
            assert in_pause or not told["hint"]
