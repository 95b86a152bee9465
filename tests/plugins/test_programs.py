"""Programs of plugins below the daemon: what they add, and that nothing which they do harms anybody."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from caro.addition import HOOKS
from caro.additions import read_plugin
from caro.engine.decision import Decision
from caro.levels import Action
from caro.plugins import answers
from caro.plugins.check import check
from caro.plugins.folder import write_skeleton
from caro.plugins.process import ENDED, MISSES, RUNNING, Process, ask_all
from caro.plugins.starts import start_of
from caro.settings import load_settings
from daemons import SESSION, World
from plugins.programs import FORGER, GOOD, HOSTILE, write_program
from waiting import wait_until

BARE = load_settings({"HOME": "/nonexistent"})
PATIENT = 30.0


@pytest.fixture
def world(home: Path, env: dict[str, str], natives: Path) -> Iterator[World]:
    world = World(home, env)
    yield world
    world.close()


def begun(folder: Path, name: str, body: str, hooks: list[str]) -> Process:
    process = Process(start_of(read_plugin(write_program(folder, name, body, hooks)), BARE))
    process.begin()
    assert process.state == RUNNING, process.why
    return process


def states(world: World) -> dict[str, Any]:
    file = world.state / "plugins.json"
    return json.loads(file.read_text())["plugins"] if file.exists() else {}


def enable(world: World, *names: str) -> None:
    """Enable them in the running daemon, and wait until each has said hello or has ended."""
    world.configure(f"[plugins]\nenabled = {json.dumps(names)}\n")
    typed(world, "true", 1)
    wait_until(lambda: {states(world).get(name, {}).get("state") for name in names} <= {RUNNING, ENDED},
               lambda: states(world))  # fmt: skip


def started(world: World, *names: str) -> None:
    world.configure("")
    world.start()
    world.wait_ready()
    enable(world, *names)


def typed(world: World, line: str, seq: int, **fields: Any) -> dict[str, Any]:
    message = {"type": "preexec", "line": line, "seq": seq, "cwd": "/", "shell": "bash", "session": SESSION,
               "pid": os.getpid(), "tty": True, "mode": "active"}  # fmt: skip
    return world.ask(message | fields)


def test_a_program_adds_and_tightens(world: World) -> None:
    write_program(world.config / "plugins", "good", GOOD, list(HOOKS))
    started(world, "good")
    # On a busy machine an answer may come too late; it comes at one of the next questions.
    wait_until(lambda: typed(world, "echo tighten-me", 1)["action"] == "block", lambda: states(world))
    told = wait_until(lambda: (reply := typed(world, "echo tighten-me", 2)).get("reason") and reply)
    assert "the plugin says so (plugin good)" in told["reason"] and told["rules"][0] == "plugin-good"
    assert typed(world, "echo fine", 3)["action"] == "allow"
    fix = {"type": "fix", "what": "line", "command": "qqq --zzz", "exit_code": 9, "output": "no", "cwd": "/"}
    wait_until(lambda: "echo mended 9" in json.dumps(world.ask(fix)))
    explain = {"type": "explain", "command": "ls", "cwd": "/", "session": SESSION}
    wait_until(lambda: "a word of the plugin (plugin good)" in world.ask(explain).get("explanation", ""))
    wait_until(lambda: "a word of the plugin (plugin good)" in world.caro("explain", "ls").stdout)
    ask = {"type": "ask", "command": "frobnicate the gizmos", "cwd": "/", "session": SESSION}
    wait_until(lambda: "echo asked" in json.dumps(world.ask(ask)))
    ask["command"] = "list all files"
    # Behind the best of what ships, among those that are shown.
    wait_until(
        lambda: [row["command"] for row in world.ask(ask).get("answers") or []][1:2] == ["echo asked"],
        lambda: states(world),
    )
    suggest = {"type": "suggest", "line": "zzz", "cwd": "/", "shell": "zsh", "session": SESSION}
    wait_until(lambda: "--from-plugin" in json.dumps(world.ask(suggest)))
    conf = (world.config / "runtime.conf").read_text()
    assert "\nplain" not in conf  # each line is asked about


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_program_is_killed_and_keeps_nobody_waiting(name: str, tmp_path: Path) -> None:
    process = begun(tmp_path, "bad", HOSTILE[name], ["rule"])
    try:
        for _ in range(MISSES + 1):
            assert list(ask_all([process], "rule", {"line": "x"}, 0.02)) == []
        assert process.state == ENDED and process.why
    finally:
        process.stop("the test is over")
        process.reap()


def test_verdicts_stay_and_the_doctor_has_one_line_each(world: World) -> None:
    for name, body in {**HOSTILE, "forges": FORGER}.items():
        write_program(world.config / "plugins", name, body, list(HOOKS))
    lines = ["ls", "git push --force", "rm -rf /etc", "echo x > /dev/sda"]
    world.configure("")
    world.start()
    world.wait_ready()
    before = [typed(world, line, seq)["action"] for seq, line in enumerate(lines, 1)]
    assert not (world.state / "plugins.json").exists()  # without one enabled nothing is loaded
    enable(world, *HOSTILE, "forges")
    for number in range(MISSES + 1):
        after = [typed(world, line, seq)["action"] for seq, line in enumerate(lines, 10 * number + 11)]
        assert after == before
    wait_until(lambda: {states(world)[name]["state"] for name in HOSTILE} == {ENDED}, lambda: states(world))
    done = world.caro("doctor", "--json", "--quick")
    found = [one for one in json.loads(done.stdout)["findings"] if one["part"] == "plugins"]
    bad = [one["text"].partition(":")[0] for one in found if one["state"] == "bad"]
    assert sorted(set(bad) - {"forges"}) == sorted(HOSTILE) and len(bad) == len(set(bad))


def test_a_program_sees_and_reaches_nothing(tmp_path: Path) -> None:
    """No file of the person's, no other process, no socket; it writes nothing."""
    body = """
    import socket
    seen = {}
    def tries(what, action):
        try:
            action()
            seen[what] = True
        except OSError:
            seen[what] = False
    tries("own", lambda: open(__file__).close())
    tries("secret", lambda: open(q["line"]).close())
    tries("write", lambda: open(os.path.dirname(__file__) + "/new", "w"))
    tries("unix", lambda: socket.socket(socket.AF_UNIX))
    tries("inet", lambda: socket.socket(socket.AF_INET))
    tries("udp", lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM))
    tries("environ", lambda: open("/proc/%d/environ" % os.getppid()).read())
    tell(q, seen=seen, environ=sorted(os.environ))
"""
    secret = tmp_path / "secret"
    secret.write_text("x")
    process = begun(tmp_path, "nosy", body, ["rule"])
    try:
        ((_, told),) = ask_all([process], "rule", {"line": str(secret)}, PATIENT)
        assert [what for what, could in told["seen"].items() if could] == ["own"]
        assert {"PATH", "HOME", "CARO_DISABLE"} <= set(told["environ"]) <= {
            "PATH", "HOME", "CARO_DISABLE", "LANG", "LC_ALL", "LC_CTYPE", "TZ"}  # fmt: skip
    finally:
        process.stop("the test is over")
        process.reap()


def test_memory_has_a_limit(tmp_path: Path) -> None:
    process = begun(tmp_path, "greedy", HOSTILE["greedy"], ["rule"])
    assert list(ask_all([process], "rule", {"line": "x"}, PATIENT)) == []
    assert process.state == ENDED and "ended" in process.why  # MemoryError, not the machine's
    process.reap()


@pytest.mark.parametrize("kind", ["data", "program"])
def test_a_skeleton_passes_its_cases(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the folder above it too, as one types it."""
    monkeypatch.chdir(tmp_path)
    write_skeleton(Path("kube"), "kube", kind)
    result = check(read_plugin(Path("kube")))
    assert result.faults == [] and result.cases


@pytest.mark.parametrize("first", ["#!/nowhere/sh\n", "no program\n"])
def test_a_program_that_can_not_be_run_says_so(first: str, tmp_path: Path) -> None:
    place = write_program(tmp_path, "kube", "", ["rule"])
    (place / "caro-plugin-kube").write_text(first)
    process = Process(start_of(read_plugin(place), BARE))
    process.begin()
    process.reap()
    assert process.state == ENDED and "can't be run" in process.why


def test_what_forges_is_dropped() -> None:
    told = {
        "action": "allow",
        "fixes": [{"command": "a\x1bb"}],
        "rest": "\nrm",
        "lines": ["\x1b"],
        "secrets": ["a"],
    }
    decision = Decision(Action.CONFIRM)
    assert answers.tightened(decision, told, "x") is decision
    assert (answers.fixes(told, "x"), answers.rest(told), answers.explanation(told, "x")) == ([], "", [])
    assert answers.masked("a a a", told) == "a a a"
    event = {"id": "1", "text": "t", "pid": 3, "env_diff": ["A"]}
    told = {"drop": ["id", "text", "env_diff"], "add": {"id": "2", "n": 1}, "id": "3"}
    own = {"plugins": {"x": {"id": "2", "n": 1}}}
    assert answers.filtered(event, told, "x") == {"id": "1", "text": "t", "pid": 3} | own


def test_exporters_get_what_is_new(world: World, tmp_path: Path) -> None:
    """Masked, filtered, and again until they have confirmed it."""
    from caro.daemon.exporting import export_new
    from caro.daemon.plugged import Plugged
    from caro.paths import Paths
    from caro.record.writer import append_line

    paths, log = Paths.of(world.env), world.log
    write_program(world.config / "plugins", "good", GOOD, ["export", "redact", "event"])
    world.configure('[plugins]\nenabled = ["good"]\n')
    settings = load_settings(world.env, paths)
    plugged = Plugged(paths, lambda text: text, lambda *words, **fields: None)
    plugged.use(settings)
    try:
        wait_until(plugged.exporters, lambda: states(world))
        given: list[dict[str, Any]] = []
        plugged.export = lambda process, events: given.extend(events) or len(given) > 3  # type: ignore[method-assign,func-returns-value]
        event = {
            "v": 1,
            "kind": "line",
            "source": "prompt",
            "ts": "2026-01-02T03:04:05.000000Z",
            "pid": 7,
            "host": "h",
        }
        for number in range(3):
            line = event | {
                "id": f"0192f0c1-2345-7abc-8def-{number:012x}",
                "text": f"login {number} hunter-two",
            }
            append_line(log, json.dumps(line, separators=(",", ":")).encode() + b"\n")
            if number == 0:
                export_new(plugged, settings, paths, log)
                assert given == []  # what was before it is not its business
        for _ in range(3):
            export_new(plugged, settings, paths, log)
        assert [one["id"][-1] for one in given] == [
            "1",
            "2",
            "1",
            "2",
        ]  # not confirmed at first, then never again
        assert all(
            "hunter-two" not in one["text"] and one["host"] == "h" for one in given if plugged.exporters()
        )
    finally:
        plugged.end()
