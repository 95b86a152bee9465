"""Python plugins: found by their entry point, run in a process of their own, asked as programs are."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from caro.addition import HOOKS
from caro.additions import read_plugin
from caro.plugins.check import check
from caro.plugins.folder import write_skeleton
from caro.plugins.process import ENDED, RUNNING, Process, Start, ask_all
from caro.plugins.starts import start_of, start_of_python
from caro.settings import load_settings

PATIENT = 30.0


def start(folder: Path, name: str) -> Start:
    """Return the start of the plugin whose package lies in `folder`, as if it were installed there."""
    found = start_of_python(name, load_settings({"HOME": "/nonexistent"}))
    return replace(found, reads=(*found.reads, str(folder)), env=(*found.env, ("PYTHONPATH", str(folder))))


def package(folder: Path, name: str, text: str) -> None:
    """Write a module with the entry point that an installation would write."""
    (folder / f"{name}.py").write_text(text)
    place = folder / f"{name}-1.dist-info"
    place.mkdir()
    (place / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    (place / "entry_points.txt").write_text(f"[caro]\n{name} = {name}\n")


HEAD = "import os, time, pluggy\nhookimpl = pluggy.HookimplMarker('caro')\nprint('loaded')\n"


@pytest.mark.parametrize(
    ("body", "said", "state"),
    [
        (
            "@hookimpl\ndef caro_rule(line): print(line); return {'action': 'block'}\n",
            [{"action": "block"}],
            RUNNING,
        ),
        ("@hookimpl\ndef caro_rule(line): raise SystemError('no')\n", [{}], RUNNING),
        ("@hookimpl\ndef caro_rule(line): return {'action': object()}\n", [{}], RUNNING),
        ("@hookimpl\ndef caro_rule(line): os._exit(4)\n", [], ENDED),
    ],
)
def test_each_call_is_guarded(body: str, said: list[dict[str, str]], state: str, tmp_path: Path) -> None:
    package(tmp_path, "kube", HEAD + body)
    process = Process(start(tmp_path, "kube"))
    process.begin()
    try:
        assert (process.state, process.hooks) == (RUNNING, {"rule"}), process.why
        fields = {"line": "x", "cwd": "/", "agent": "", "action": "allow"}
        told = [told for _, told in ask_all([process], "rule", fields, PATIENT)]
        assert [{key: one[key] for key in one if key not in ("v", "id")} for one in told] == said
        assert process.state == state
    finally:
        process.stop("the test is over")
        process.reap()


@pytest.mark.parametrize("text", ["import nowhere\n", "1 / 0\n", "import os; os._exit(0)\n", "x = 1\n"])
def test_one_that_can_not_be_loaded_has_ended(text: str, tmp_path: Path) -> None:
    package(tmp_path, "kube", text)
    process = Process(start(tmp_path, "kube"))
    process.begin()
    process.reap()
    assert process.state == ENDED and process.why.startswith("it ended")


def test_the_skeleton_has_a_passing_test(tmp_path: Path) -> None:
    write_skeleton(tmp_path / "kube-tools", "kube-tools", "python")
    tests = "[f() for n, f in vars(t).items() if n.startswith('test_')]"
    run = f"import test_caro_kube_tools as t; {tests}; print('passed')"
    done = subprocess.run(
        [sys.executable, "-c", run], cwd=tmp_path / "kube-tools", capture_output=True, text=True
    )
    assert done.stdout == "passed\n", done.stderr


def test_neither_the_command_nor_an_idle_daemon_loads_any() -> None:
    looked = "[n for n in sys.modules if 'plug' in n or n.endswith('metadata')]"
    code = f"import sys, caro.cli.main, caro.daemon.run; print({looked})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


EXAMPLES = Path(__file__).parents[2] / "examples/plugins"


@pytest.mark.parametrize("name", ["acme", "freeze", "runbook", "statsd"])
def test_the_examples_pass_their_cases(name: str) -> None:
    result = check(read_plugin(EXAMPLES / name))
    assert result.faults == [] and result.cases >= 1


def test_the_examples_have_every_hook() -> None:
    named = {"redact", "event"}  # team-events
    for name in ("freeze", "runbook", "statsd"):
        named.update(read_plugin(EXAMPLES / name).table["executable"]["hooks"])
    assert named == set(HOOKS)


def test_the_exporter_sends_counts_and_no_words(tmp_path: Path) -> None:
    folder = tmp_path / "statsd"
    shutil.copytree(EXAMPLES / "statsd", folder)
    events = [
        {"kind": "exec", "command": "make", "exit_code": 2, "duration_ms": 12.5},
        {"kind": "line", "text": "x"},
    ]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.settimeout(PATIENT)
        (folder / "address.txt").write_text(f"127.0.0.1:{taken.getsockname()[1]}")
        settings = load_settings({"HOME": "/nonexistent"})
        process = Process(replace(start_of(read_plugin(folder), settings), network=True))
        process.begin()
        try:
            ((_, told),) = ask_all([process], "export", {"events": events}, PATIENT)
            assert told["ok"] is True
            got = sorted(taken.recv(100) for _ in range(3))
        finally:
            process.stop("the test is over")
            process.reap()
    assert got == [b"shell.commands:1|c", b"shell.duration:12|ms", b"shell.failures:1|c"]


def test_the_python_example_answers(tmp_path: Path) -> None:
    package(tmp_path, "caro_team_events", (EXAMPLES / "team-events/caro_team_events.py").read_text())
    process = Process(start(tmp_path, "caro_team_events"))
    process.begin()
    try:
        assert process.hooks == {"redact", "event"}, process.why
        ((_, told),) = ask_all([process], "redact", {"text": "fix WEB-123 and x"}, PATIENT)
        assert told["secrets"] == ["WEB-123"]
        ((_, told),) = ask_all([process], "event", {"event": {"cwd": "/srv/web"}}, PATIENT)
        assert told["add"] == {"team": "web"}
    finally:
        process.stop("the test is over")
        process.reap()
