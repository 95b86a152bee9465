"""The same command is stopped at each gate, with the same reason; the same text as data passes silently."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from daemons import NATIVES
from gate.conftest import Guarded

LINE = 'rm -rf "$HOME"/*'
REASON = "deletes ~/* and everything below it; there is no way back [delete-tree]"
DATA = (f"git commit -m '{LINE}'", f"grep -c '{LINE}' script.sh", f"cat <<'END'\n{LINE}\nEND")


def typed(world: Guarded, line: str) -> str:
    done = world.preexec(line)
    assert (done.returncode == 2) == (REASON in done.stderr)
    return done.stderr


def in_a_script(world: Guarded, line: str) -> str:
    return world.sh(f"{line}\n").stderr


def deep_in_a_script(world: Guarded, line: str) -> str:
    file = world.folder / "script.sh"
    file.write_text(line + "\n")
    return world.deep("/bin/sh", str(file)).stderr


def from_python(world: Guarded, line: str) -> str:
    """Below the tracer, by the tool's absolute path, after the pattern was expanded."""
    words = line.replace("rm", str(world.tools / "rm"), 1)
    python = shutil.which("python3", path="/usr/bin:/bin")
    assert python
    code = "import subprocess, sys; subprocess.run(['/bin/bash', '-c', 'exec ' + sys.argv[1]])"
    return world.deep(python, "-c", code, words).stderr


def from_python_alone(world: Guarded, line: str) -> str:
    """The same with no shell at all: Python expands the pattern and starts the tool by its path."""
    assert line == LINE
    python = shutil.which("python3", path="/usr/bin:/bin")
    assert python
    code = "import glob, os, subprocess, sys; home = glob.glob(os.environ['HOME'] + '/*')"
    code += "\ntry: subprocess.run([sys.argv[1], '-rf', *home])\nexcept PermissionError: pass"
    return world.deep(python, "-c", code, str(world.tools / "rm")).stderr


def chain_in_a_script(world: Guarded, line: str) -> str:
    """script -> python -> sh -> rm, found through PATH: the shim of `rm` is met."""
    file = world.folder / "inner.sh"
    file.write_text(line + "\n")
    code = f"import subprocess; subprocess.run(['sh', '{file}'])"
    return world.sh(f'python3 -c "{code}"\n').stderr


def as_tool_call(world: Guarded, line: str) -> str:
    call = {"hook_event_name": "PreToolUse", "cwd": "/", "tool_name": "Bash", "tool_input": {"command": line}}
    done = subprocess.run(
        [NATIVES / "caro-hook", "agent", "claude-code"],
        input=json.dumps(call),
        env=world.env,
        capture_output=True,
        text=True,
    )
    assert (done.returncode == 2) == (REASON in done.stderr)
    return done.stderr + done.stdout


GATES = [
    typed,
    in_a_script,
    chain_in_a_script,
    deep_in_a_script,
    from_python,
    from_python_alone,
    as_tool_call,
]


@pytest.mark.parametrize("gate", GATES)
def test_stopped_with_the_same_reason(guarded: Guarded, gate: object) -> None:
    assert callable(gate)
    assert f"caro: blocked: {REASON}" in gate(guarded, LINE)
    assert guarded.ran() == []
    assert [event["rules"] for event in guarded.events("verdict")] == [["delete-tree"]]
    shown = guarded.caro("log", "--kind", "verdict", env=guarded.env).stdout
    assert "delete-tree" in shown or "block" in shown


@pytest.mark.parametrize("gate", [typed, in_a_script, chain_in_a_script, deep_in_a_script, as_tool_call])
def test_as_data_it_passes_silently(guarded: Guarded, gate: object) -> None:
    assert callable(gate)
    assert {line: gate(guarded, line) for line in DATA} == dict.fromkeys(DATA, "")
    assert guarded.events("verdict") == []
