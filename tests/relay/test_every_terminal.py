"""`shell.relay_always`: a shell on a terminal starts once more below the relay, as it was started the first time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest
from terminals import ENTER, RC, RC_FILES, Terminal

from daemons import World

SHELLS = ["bash", "zsh", "fish"]
WORDS = {"bash": ["bash", "--noprofile"], "zsh": ["zsh", "-i"], "fish": ["fish"]}
COUNT = {"fish": 'set -gx TIMES "x$TIMES"\n'}
Open = Callable[..., Terminal]


@pytest.fixture
def open_shell(home: Path, env: dict[str, str]) -> Iterator[Open]:
    """Opens a shell of a HOME where Caro is in the rc file, and every terminal is to run below the relay."""
    world = World(
        home, {name: value for name, value in env.items() if name not in ("VIM", "NVIM", "INSIDE_EMACS")}
    )
    open_ones: list[Terminal] = []

    def install(shell: str, always: bool) -> None:
        rc = home / RC_FILES[shell]
        rc.parent.mkdir(parents=True, exist_ok=True)
        rc.write_text(RC[shell] + COUNT.get(shell, 'export TIMES="x${TIMES-}"\n'))
        (home / ".local/share/fish/generated_completions").mkdir(parents=True, exist_ok=True)
        assert world.caro("install", "--yes", shell).returncode == 0
        if always:
            assert world.caro("config", "set", "shell.relay_always", "true").returncode == 0

    def run(shell: str, words: list[str] | None = None, always: bool = True, **more: str) -> Terminal:
        if not (home / ".config/caro/shell").is_dir():
            install(shell, always)
        terminal = Terminal(words or WORDS[shell], world.env | more, home)
        open_ones.append(terminal)
        terminal.wait_prompt()
        return terminal

    yield run
    for terminal in open_ones:
        terminal.close()
    world.close()


def own_terminal(terminal: Terminal, folder: Path) -> str:
    return terminal.value('"$(tty)"', folder)


def relay_terminal(terminal: Terminal, folder: Path) -> str:
    """The terminal that the relay stands above; "" without one."""
    variable = terminal.value('"$CARO_RELAY"', folder)
    return variable.split(":")[1] if variable else ""


@pytest.mark.parametrize("shell", SHELLS)
def test_it_runs_below_the_relay_as_if_it_were_not(shell: str, open_shell: Open, tmp_path: Path) -> None:
    terminal = open_shell(shell)
    assert relay_terminal(terminal, tmp_path) == own_terminal(terminal, tmp_path)
    # What the rc file exports was not there the second time: it is no older shell's.
    assert terminal.value('"$TIMES $SHLVL"', tmp_path) == "x " + str(int(os.environ.get("SHLVL", "0")) + 1)
    assert terminal.value('"$CARO_RELAY_ENV_0"', tmp_path) == ""
    terminal.send("exit 3" + ENTER)
    terminal.child.expect(pexpect.EOF)
    terminal.child.wait()
    assert terminal.child.exitstatus == 3


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_below_it_gets_no_second_one(shell: str, open_shell: Open, tmp_path: Path) -> None:
    terminal = open_shell(shell)
    first = terminal.value('"$CARO_RELAY"', tmp_path)
    # The second kind looks like another terminal: the relay itself knows better, and the shell asks once.
    for line in (" ".join(WORDS[shell]), " ".join(WORDS[shell]) + " </dev/tty >/dev/tty 2>/dev/tty"):
        place = terminal.send(f"TERM=xterm {line}" if shell != "fish" else line)
        place = terminal.send(ENTER)
        terminal.tick = 0
        terminal.wait_prompt(place)
        assert terminal.value('"$CARO_RELAY"', tmp_path) == first
        terminal.run("true")


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    "more",
    [
        {"TERM": "dumb"},
        {"CARO_AGENT": "x"},
        {"INSIDE_EMACS": "29.1,comint"},
        {"TERM_PROGRAM": "vscode"},
        {"NVIM": "/x"},
    ],
    ids=lambda more: next(iter(more)),
)
def test_editors_agents_and_dumb_terminals_keep_theirs(
    shell: str, more: dict[str, str], open_shell: Open, tmp_path: Path
) -> None:
    assert relay_terminal(open_shell(shell, **more), tmp_path) == ""


@pytest.mark.parametrize("shell", SHELLS)
def test_it_is_off_by_default(shell: str, open_shell: Open, tmp_path: Path) -> None:
    assert relay_terminal(open_shell(shell, always=False), tmp_path) == ""


@pytest.mark.parametrize("shell", SHELLS)
def test_commands_are_none_of_its_business(shell: str, open_shell: Open, tmp_path: Path) -> None:
    terminal = open_shell(shell)
    telling = {"fish": "$CARO_RELAY_SHELL $fish_pid"}.get(shell, "$CARO_RELAY_SHELL $$")
    told = terminal.value(f"""$({shell} -i -c 'echo "{telling}"; true')""", tmp_path).split()
    assert told[0] != told[1], "it was started anew"


@pytest.mark.parametrize("shell", SHELLS)
def test_without_a_terminal_nothing_starts_anew(
    shell: str, open_shell: Open, env: dict[str, str], tmp_path: Path
) -> None:
    open_shell(shell)
    done = subprocess.run(
        [shell, "-i"], input='echo "[$CARO_RELAY_SHELL]"\nexit\n', env=env | {"CARO_DAEMON_AUTO_START": "false"},
        capture_output=True, text=True, start_new_session=True, check=False, timeout=20,
    )  # fmt: skip
    assert "[]" in done.stdout


def test_login_shells_stay_login_shells(open_shell: Open, home: Path, tmp_path: Path) -> None:
    (home / ".bash_profile").write_text(". ~/.bashrc\n")
    terminal = open_shell("bash", [sys.executable, "-c", "import os; os.execv('/bin/bash', ['-bash'])"])
    assert relay_terminal(terminal, tmp_path) == own_terminal(terminal, tmp_path)
    assert terminal.value('"$0 $(shopt login_shell)"', tmp_path).split() == ["-bash", "login_shell", "on"]


def test_the_doctor_tells(home: Path, env: dict[str, str]) -> None:
    world = World(home, env)

    def told() -> list[tuple[str, str]]:
        done = world.caro("doctor", "--quick", "--json")
        findings = json.loads(done.stdout)["findings"]
        return [(finding["state"], finding["text"]) for finding in findings if finding["part"] == "relay"]

    assert told()[0][0] == "ok" and "caro shell" in told()[0][1]
    subprocess.run([world.program, "config", "set", "shell.relay_always", "true"], env=world.env, check=True)
    assert told()[0][0] == "bad", "caro-relay is not installed yet"
    world.caro("install", "--yes", "bash")
    assert told() == [("ok", "every terminal runs below the relay; this terminal does not run below it")]
