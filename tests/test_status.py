"""`caro status` and `caro version`: what is on, and what runs."""

from __future__ import annotations

import json
import platform
import re
import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from caro import __version__
from caro.cli.version import program_kind
from caro.record import uuid7
from environment import ROOT

Caro = Callable[..., subprocess.CompletedProcess[str]]


def test_version_is_the_same_both_ways(caro: Caro) -> None:
    told = caro("version").stdout
    assert told == caro("--version").stdout
    assert told.startswith(f"caro {__version__} (Python {platform.python_version()}, natives ")
    document = json.loads(caro("version", "--json").stdout)
    assert document["version"] == __version__ and document["natives"] in told


@pytest.mark.parametrize("words", [["-static"], []])
def test_the_kind_of_a_program(words: list[str], tmp_path: Path) -> None:
    """As file(1) would tell it, of a program made with and without an interpreter."""
    image = bytearray(64 + 56)
    image[:6], image[18], image[32], image[54], image[56] = b"\x7fELF\x02\x01", 62, 64, 56, 1
    image[64] = 1 if words else 3
    program = tmp_path / "program"
    program.write_bytes(image)
    assert program_kind(program) == ("static x86_64" if words else "dynamic x86_64")
    program.write_bytes(b"\x7fELF")
    assert program_kind(program) == "of an unknown kind"
    assert program_kind(tmp_path / "none") == "missing"
    real = shutil.which("sh")
    assert real is not None and program_kind(Path(real)) != "missing"


def test_a_new_user_sees_that_nothing_is_on_yet(caro: Caro) -> None:
    status = json.loads(caro("status", "--json").stdout)
    assert (status["v"], status["disabled"], status["mode"], status["shells"]) == (1, None, "passive", [])
    assert status["daemon"] == {"running": False} and status["agents"] == [] and status["log"]["files"] == 0
    told = caro("status")
    assert told.returncode == 0 and len(told.stdout.splitlines()) <= 24 and not told.stderr


def test_what_is_on_is_named(caro: Caro, home: Path) -> None:
    assert caro("install", "--yes", "bash").returncode == 0
    assert caro("agent", "install", "claude-code").returncode == 0
    caro("config", "set", "safety.mode", "active")
    caro("run", "--mode", "shims", "--", "true")
    assert caro("daemon", "start").returncode == 0
    status = json.loads(caro("status", "--json").stdout)
    caro("daemon", "stop")
    assert status["shells"] == ["bash"] and status["agents"] == ["claude-code"]
    assert (status["mode"], status["mode_from"]) == ("active", "file")
    assert status["daemon"]["running"] and status["daemon"]["pid"] > 1
    assert status["log"] == {"file": str(home / ".trace_shell.jsonl"), "files": 1, "capture": "commands",
                             "bytes": (home / ".trace_shell.jsonl").stat().st_size}  # fmt: skip


def test_the_switch_is_told_first(caro: Caro, home: Path) -> None:
    caro("disable")
    assert caro("status").stdout.startswith(f"Caro     OFF by {home}/.config/caro/disabled")


def test_a_variable_is_switched_off_in_its_shell(caro: Caro, env: dict[str, str]) -> None:
    told = caro("status", env=env | {"CARO_DISABLE": "1"}).stdout
    assert told.startswith("Caro     OFF in this shell by CARO_DISABLE: `unset CARO_DISABLE`")


def test_the_last_verdict_and_the_breaker_are_told(caro: Caro, home: Path) -> None:
    when = "2026-01-01T00:00:0{}.000000Z"
    lines = [
        {"kind": "line", "ts": when.format(1), "text": "chmod -R 777 .", "action": "warn", "rules": ["tree"]},
        {"kind": "line", "ts": when.format(2), "text": "true", "action": "allow"},
    ]
    text = "".join(
        json.dumps({"v": 1, "id": uuid7.new(), "source": "prompt"} | line) + "\n" for line in lines
    )
    (home / ".trace_shell.jsonl").write_text(text)
    assert "verdict  warn: chmod -R 777 .  [tree]\n" in caro("status").stdout
    status = json.loads(caro("status", "--json").stdout)
    assert status["last_verdict"]["action"] == "warn" and status["breaker"] is False
    breaker = home / ".local/state/caro/breaker"
    breaker.parent.mkdir(parents=True, exist_ok=True)
    breaker.touch()
    assert json.loads(caro("status", "--json").stdout)["breaker"] is True


PAGE = (ROOT / "docs/prompt.md").read_text("utf-8")
RC_LINES = {
    "bash": re.findall(r"```sh\n(caro_prompt\(\).*?)```", PAGE, re.S)[0],
    "zsh": re.findall(r"```sh\n(caro_prompt\(\).*?)```", PAGE, re.S)[0],
    "fish": re.findall(r"```fish\n(.*?)```", PAGE, re.S)[0],
}


@pytest.mark.parametrize("shell", RC_LINES)
@pytest.mark.parametrize("state", ["passive", "active", "disabled", "variable", "daemon"])
def test_the_prompts_functions_say_what_the_status_says(
    shell: str, state: str, home: Path, env: dict[str, str]
) -> None:
    """With an empty PATH, so that no process can be started."""
    folder = home / ".config/caro"
    folder.mkdir(parents=True)
    mode = "active" if state == "active" else "passive"
    (folder / "config.toml").write_text(f'[safety]\nmode = "{mode}"\n')
    (folder / "runtime.conf").write_text(f"# made\nuser = me\nmode = {mode}\nagent_mode = off\n")
    if state == "disabled":
        (folder / "disabled").touch()
    if state == "variable":
        env["CARO_SAFETY_LEVEL"] = "active"
    with socket.socket(socket.AF_UNIX) as listening:
        if state == "daemon":
            listening.bind(str(folder / "caro.sock"))
        wanted = subprocess.run(
            ["caro", "status", "--prompt"], env=env, capture_output=True, text=True
        ).stdout
        code = f"{RC_LINES[shell]}\ncaro_prompt\necho $CARO_PROMPT"
        program = shutil.which(shell, path=env["PATH"])
        assert program is not None
        done = subprocess.run(
            [program, "-c", code], env=env | {"PATH": "/none"}, capture_output=True, text=True
        )
    assert (done.stdout, done.stderr) == (wanted, "")
    assert wanted.strip() == {"disabled": "off", "variable": "active!", "daemon": "passive"}.get(
        state, f"{mode}!"
    )
