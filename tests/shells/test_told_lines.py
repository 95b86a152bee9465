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

from waiting import wait_ready, wait_until

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


def count_calls(home: Path) -> Path:
    """Have the hook note what it is called for; return the file of notes."""
    hook = home / ".local/share/caro/bin/caro-hook"
    hook.rename(f"{hook}.real")
    hook.write_text(COUNTED)
    hook.chmod(0o755)
    return Path(f"{hook}.calls")


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_lines_that_need_no_question_cost_no_process(
    shell: str, start: Start, at_home: Callable[..., tuple[Path, dict[str, str]]]
) -> None:
    home, env = at_home(shell)
    notes = count_calls(home)
    terminal = start(shell, home, env, SHELL_WORDS[shell])
    lines = ["echo first", "echo plain", "echo 'judged'", ": | cat", f"cd {home}", "cd nosuch", "echo last"]
    for line in lines:
        terminal.run(line)
    terminal.leave()
    calls = notes.read_text().split()
    # The session's first line, and no line beside; a busy daemon may have been too slow for one, and for what failed.
    assert calls.count("preexec") <= 2 and calls.count("postexec") <= 1, calls
    # bash can't say goodbye: its last line is written when the daemon has seen that it is gone.
    assert [text for text, _code in recorded(home)][: len(lines) - 1] == lines[:-1]


def test_plain_lines_cost_fish_no_process(
    start: Start, at_home: Callable[..., tuple[Path, dict[str, str]]]
) -> None:
    home, env = at_home("fish")
    notes = count_calls(home)
    terminal = start("fish", home, env, SHELL_WORDS["fish"])
    lines = [f"echo line {number}" for number in range(25)]
    for line in lines:
        terminal.run(line)
        wait_until(lambda line=line: line in session_file_of(home))
    terminal.leave()
    calls = [call for call in notes.read_text().split() if call != "id"]
    assert calls.count("preexec") <= 3, calls  # the first, the last (`exit`), and where the machine is busy
    assert [text for text, _code in recorded(home)][:25] == lines


def session_file_of(home: Path) -> str:
    return "".join(file.read_text() for file in (home / ".local/state/caro/sessions").glob("*"))


def told_link(home: Path) -> Path:
    links = list((home / ".local/state/caro/fifo").glob("*.told"))
    assert len(links) == 1
    return links[0]


def test_fish_waits_for_no_daemon_that_stands_still(
    start: Start, at_home: Callable[..., tuple[Path, dict[str, str]]]
) -> None:
    """However many lines: it writes into a FIFO that nobody reads only as long as there is room for sure."""
    home, env = at_home("fish")
    terminal = start("fish", home, env, SHELL_WORDS["fish"])
    terminal.run("echo one")
    pid = json.loads(daemon(env, "status", "--json"))["pid"]
    os.kill(pid, signal.SIGSTOP)
    lines = [f"echo {'x' * 350} {number}" for number in range(14)]
    for line in lines:
        terminal.run(line)
    fd = os.open(told_link(home).with_suffix(""), os.O_RDWR | os.O_NONBLOCK)
    waiting = os.read(fd, 1 << 20)
    os.close(fd)
    assert len(waiting) < 4096 and waiting.count(b"\n") <= 4
    os.kill(pid, signal.SIGCONT)
    terminal.leave()
    assert [text for text, _code in recorded(home)][1 : 1 + len(lines)] == lines


def test_fish_writes_to_nothing_but_its_own_fifo(
    start: Start, at_home: Callable[..., tuple[Path, dict[str, str]]]
) -> None:
    """Whatever has the daemon's process id, and that descriptor, by now."""
    home, env = at_home("fish")
    terminal = start("fish", home, env, SHELL_WORDS["fish"])
    terminal.run("echo one")
    terminal.run("echo two")
    link, other = told_link(home), home / "other"
    other.write_text("")
    link.unlink()
    link.symlink_to(other)
    terminal.run("echo three")
    reader = os.open(home / "fifo", os.O_RDWR | os.O_NONBLOCK) if os.mkfifo(home / "fifo") is None else -1
    link.unlink()
    link.symlink_to(f"/proc/{os.getpid()}/fd/{reader}")
    terminal.run("echo four")
    terminal.leave()
    assert other.read_text() == ""
    with pytest.raises(BlockingIOError):
        os.read(reader, 1)
    os.close(reader)
    assert [text for text, _code in recorded(home)][:4] == [
        f"echo {word}" for word in ("one", "two", "three", "four")
    ]


def test_zsh_records_what_was_typed_and_judges_what_aliases_make_of_it(
    start: Start, at_home: Callable[..., tuple[Path, dict[str, str]]]
) -> None:
    home, env = at_home("zsh")
    (home / ".config/caro/config.toml").write_text(
        "[daemon]\nauto_start = false\n[safety]\nblock = ['touch blocked']\n"
    )
    daemon(env, "stop")
    daemon(env, "start")
    wait_ready(home / ".local/state/caro/daemon.log")
    terminal = start("zsh", home, env, SHELL_WORDS["zsh"])
    typed = ["alias ll='ls -la' wr='touch blocked'", "alias -g G='| cat'", "ll wörk", "ll", "echo a G"]
    for line in typed:
        terminal.run(line)
    terminal.run("wr")
    terminal.leave()
    assert [text for text, _code in recorded(home)][: len(typed) + 1] == [*typed, "wr"]
    assert not (home / "blocked").exists()
