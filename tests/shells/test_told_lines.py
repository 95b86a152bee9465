"""Lines that nobody waits for are recorded all the same, whatever becomes of the daemon that was told of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from homes import SHELL_WORDS, lines_of, make_home, shell_environment
from terminals import Terminal

from waiting import wait_ready

Start = Callable[..., Terminal]
SHELLS = ("bash", "zsh", "fish")


def daemon(env: dict[str, str], *words: str) -> str:
    done = subprocess.run(["caro", "daemon", *words], env=env, check=True, capture_output=True, text=True)
    return done.stdout


@pytest.fixture
def at_home(tmp_path: Path) -> Iterator[Callable[[str], tuple[Path, dict[str, str]]]]:
    """A home without rules of the user's, with a daemon that has loaded everything."""
    home = tmp_path / "home"

    def make(shell: str) -> tuple[Path, dict[str, str]]:
        env = make_home(home, shell)
        (home / ".config/caro/config.toml").write_text("[daemon]\nauto_start = false\n")
        daemon(env, "start")
        wait_ready(home / ".local/state/caro/daemon.log")
        return home, env

    yield make
    subprocess.run(["caro", "daemon", "stop"], env=shell_environment(home), capture_output=True)


def recorded(home: Path) -> list[tuple[str, int | None]]:
    return [(event["text"], event.get("exit_code")) for event in lines_of(home)]


@pytest.mark.parametrize("shell", SHELLS)
def test_with_a_daemon(shell: str, start: Start, at_home: Callable[..., tuple[Path, dict[str, str]]]) -> None:
    home, env = at_home(shell)
    terminal = start(shell, home, env, SHELL_WORDS[shell])
    for line in ("echo one", "echo two", "cd nosuch", "echo 'judged'", "false", "echo three"):
        terminal.run(line)
    terminal.run("sh -c 'exit 3'")
    terminal.leave()
    found = [pair for pair in recorded(home) if not pair[0].startswith("exit")]
    assert [text for text, _code in found] == [
        "echo one",
        "echo two",
        "cd nosuch",
        "echo 'judged'",
        "false",
        "echo three",
        "sh -c 'exit 3'",
    ]
    assert [code for _text, code in found] == [0, 0, 1, 0, 1, 0, 3]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_daemon_that_stops_and_dies_loses_none(
    shell: str, start: Start, at_home: Callable[..., tuple[Path, dict[str, str]]]
) -> None:
    home, env = at_home(shell)
    terminal = start(shell, home, env, SHELL_WORDS[shell])
    terminal.run("echo one")
    terminal.run("echo two")
    pid = json.loads(daemon(env, "status", "--json"))["pid"]
    os.kill(pid, signal.SIGSTOP)
    terminal.run("echo three")
    terminal.run("echo four")
    terminal.run("echo five")
    os.kill(pid, signal.SIGKILL)
    terminal.run("echo six")
    terminal.leave()
    daemon(env, "start")  # bash can't say goodbye: the daemon completes what still waits
    texts = [text for text, _code in recorded(home) if not text.startswith("exit")]
    assert texts == [f"echo {number}" for number in ("one", "two", "three", "four", "five", "six")]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_rule_that_is_written_while_the_shell_is_open_holds_for_plain_lines(
    shell: str, start: Start, at_home: Callable[..., tuple[Path, dict[str, str]]]
) -> None:
    home, env = at_home(shell)
    terminal = start(shell, home, env, SHELL_WORDS[shell])
    terminal.run("echo one")
    terminal.run("echo two")
    rule = '[daemon]\nauto_start = false\n[safety.commands]\n"plain-mark" = "warn"\n'
    (home / ".config/caro/config.toml").write_text(rule)
    subprocess.run(["caro", "config", "set", "shell.fix_key", ""], env=env, check=True, capture_output=True)
    assert "warning: matches your rule" in terminal.run("echo plain-mark")
    terminal.leave()


COUNTED = r"""#!/bin/sh
echo "$1" >>"$0.calls"
exec "$0.real" "$@"
"""


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_lines_that_need_no_question_cost_no_process(
    shell: str, start: Start, at_home: Callable[..., tuple[Path, dict[str, str]]]
) -> None:
    home, env = at_home(shell)
    hook = home / ".local/share/caro/bin/caro-hook"
    hook.rename(f"{hook}.real")
    hook.write_text(COUNTED)
    hook.chmod(0o755)
    terminal = start(shell, home, env, SHELL_WORDS[shell])
    lines = ["echo first", "echo plain", "echo 'judged'", ": | cat", f"cd {home}", "cd nosuch", "echo last"]
    for line in lines:
        terminal.run(line)
    terminal.leave()
    calls = Path(f"{hook}.calls").read_text().split()
    # The session's first line, the one that failed, and no line beside; a busy daemon may have been too slow for one.
    assert calls.count("preexec") <= 2 and "postexec" in calls, calls
    # bash can't say goodbye: its last line is written when the daemon has seen that it is gone.
    assert [text for text, _code in recorded(home)][: len(lines) - 1] == lines[:-1]
