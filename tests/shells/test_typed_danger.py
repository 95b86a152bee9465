"""What the guard itself says of a typed line, in each shell, with its daemon. The tools only leave a marker."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from homes import make_home
from terminals import ENTER, Terminal
from test_verdicts import QUESTION, clear

from waiting import wait_ready

Start = Callable[..., Terminal]
SHELLS = ("bash", "zsh", "fish")
DANGER = 'rm -rf "$HOME"/*'
REASON = r"caro: blocked: deletes ~/\* and everything below it; there is no way back \[delete-tree\]"
CONFIG = '[safety]\nmode = "active"\n[daemon]\nauto_start = false\ntimeout_ms = 5000\n[trace]\ntools = ["git", "rm"]\n'


@dataclass
class Guarded:
    home: Path
    env: dict[str, str]
    marker: Path

    def caro(self, *words: str) -> None:
        program = shutil.which("caro", path=self.env["PATH"]) or "caro"
        subprocess.run([program, *words], env=self.env, check=True, capture_output=True)

    def ran(self) -> list[str]:
        return self.marker.read_text().splitlines() if self.marker.exists() else []


@pytest.fixture(params=SHELLS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Guarded]]:
    home, tools, marker = tmp_path / "home", tmp_path / "tools", tmp_path / "ran"
    env = make_home(home, request.param)
    tools.mkdir()
    for name in ("rm", "git"):
        (tools / name).write_text(f'#!/bin/sh\nprintf "%s\\n" "{name} $*" >>"{marker}"\n')
        (tools / name).chmod(0o755)
    for name in ("docs", "pictures"):
        (home / name).mkdir()
    env["PATH"] = f"{tools}:{env['PATH']}"
    guarded = Guarded(home, env, marker)
    (home / ".config/caro/config.toml").write_text(CONFIG)
    guarded.caro("shims", "sync")
    guarded.caro("daemon", "start")
    wait_ready(home / ".local/state/caro/daemon.log")
    yield request.param, guarded
    guarded.caro("daemon", "stop")


def test_deletion_of_home_is_refused_and_nothing_runs(world: tuple[str, Guarded], start: Start) -> None:
    shell, guarded = world
    terminal = start(shell, guarded.home, guarded.env)
    place = terminal.send(DANGER + ENTER)
    terminal.wait(REASON, place)
    clear(terminal, shell, place)
    assert guarded.ran() == []
    assert (guarded.home / "docs").is_dir()


def test_the_same_text_as_data_passes_silently(
    world: tuple[str, Guarded], start: Start, tmp_path: Path
) -> None:
    shell, guarded = world
    terminal = start(shell, guarded.home, guarded.env)
    lines = [f"git commit -m '{DANGER}'", f"grep -c '{DANGER}' /dev/null"]
    if shell != "fish":
        lines.append(f"cat <<'END' >/dev/null\r{DANGER}\rEND")
    for line in lines:
        assert "caro" not in terminal.run(line)
    assert terminal.value("x", tmp_path) == "x"
    assert guarded.ran() == [f"git commit -m {DANGER}"]


def test_line_that_was_confirmed_is_asked_about_once(
    world: tuple[str, Guarded], start: Start, tmp_path: Path
) -> None:
    shell, guarded = world
    terminal = start(shell, guarded.home, guarded.env)
    terminal.run(
        "set -gx PATH ~/.local/share/caro/shims $PATH"
        if shell == "fish"
        else "PATH=~/.local/share/caro/shims:$PATH"
    )
    place = terminal.send("git reset --hard" + ENTER)
    terminal.wait(QUESTION, place)
    terminal.settle()
    answered = terminal.send("y")
    terminal.wait_prompt(answered)
    assert terminal.value("x", tmp_path) == "x"
    assert guarded.ran() == ["git reset --hard"]
    assert "run it?" not in terminal.seen[answered:]
    # The next line is another one, also where only a script stands in it.
    script = tmp_path / "script"
    script.write_text("git reset --hard\n")
    place = terminal.send(f"sh {script}" + ENTER)
    terminal.wait(QUESTION, place)
    terminal.settle()
    terminal.wait_prompt(terminal.send("n"))
    assert guarded.ran() == ["git reset --hard"]


def test_person_may_switch_caro_off(world: tuple[str, Guarded], start: Start) -> None:
    shell, guarded = world
    terminal = start(shell, guarded.home, guarded.env)
    shown = terminal.run("caro disable")
    assert "blocked" not in shown and "[y/N]" not in shown
    assert (guarded.home / ".config/caro/disabled").exists()


def test_agent_in_a_shell_may_not(world: tuple[str, Guarded], start: Start) -> None:
    shell, guarded = world
    terminal = start(shell, guarded.home, guarded.env | {"CLAUDECODE": "1"})
    for line in (
        "caro disable",
        "caro allow abcdefgh",
        "touch ~/.config/caro/disabled",
        "pkill -f caro-hook",
    ):
        place = terminal.send(line + ENTER)
        terminal.wait(r"caro: blocked: [^\n]*Caro itself|caro: blocked: [^\n]*protection", place)
        clear(terminal, shell, place)
    assert not (guarded.home / ".config/caro/disabled").exists()


@pytest.mark.parametrize("variable", ["CARO_ENV=prod", "CARO_SAFETY_LEVEL=active"])
def test_mode_of_an_environment_holds_for_typed_lines(
    world: tuple[str, Guarded], start: Start, variable: str
) -> None:
    shell, guarded = world
    text = CONFIG.replace('"active"', '"off"') + '[environments.prod.safety]\nmode = "active"\n'
    (guarded.home / ".config/caro/config.toml").write_text(text)
    guarded.caro("daemon", "stop")
    log = guarded.home / ".local/state/caro/daemon.log"
    log.unlink()
    guarded.caro("daemon", "start")
    wait_ready(log)
    name, _, value = variable.partition("=")
    terminal = start(shell, guarded.home, guarded.env | {name: value})
    place = terminal.send("git reset --hard" + ENTER)
    terminal.wait(QUESTION, place)
    terminal.settle()
    clear(terminal, shell, terminal.send("n"))
    plain = start(shell, guarded.home, guarded.env)
    plain.run("git reset --hard")
    assert guarded.ran() == ["git reset --hard"]
