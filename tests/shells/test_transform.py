"""A verdict that carries a changed line: the line is stopped, and the changed one stands in the next prompt."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from homes import make_home
from terminals import ENTER, Terminal

from waiting import wait_ready

# bash and zsh wait for their FIFO by a variable of their own.
FIRST = {"bash": "__caro_wait=500", "zsh": "__caro_wait=500"}

# In place of the daemon that would send it: refuses one line with status 4, and holds the changed one.
HOOK = r"""#!/bin/sh
real=$0.real
case $1 in
transform) printf '%s' "$CHANGED"; exit 0 ;;
preexec) ;;
*) exec "$real" "$@" ;;
esac
line=$CARO_LINE file= pid= seen=
for word; do
    case $seen in -f) file=$word ;; -p) pid=$word ;; esac
    seen=$word
done
if [ -n "$file" ]; then line=$(cat "$file"); fi
case $line in
*change-me*)
    case $* in *' -o'*) printf 41795218903588754; kill -INT "$pid" ;; esac
    exit 4 ;;
esac
exec "$real" "$@"
"""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_changed_line_stands_in_the_next_prompt(
    start: Callable[..., Terminal], shell: str, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    env = make_home(home, shell)
    hook = home / ".local/share/caro/bin/caro-hook"
    hook.rename(f"{hook}.real")
    hook.write_text(HOOK)
    hook.chmod(0o755)
    env["CHANGED"] = f'touch "{tmp_path}/it\'s made"'
    terminal = start(shell, home, env)
    terminal.run("echo first")  # makes the folder in memory that bash's lines go through
    place = terminal.send(f"touch {tmp_path}/change-me" + ENTER)
    if shell == "bash":
        asked = terminal.wait(r"\x1b\[5n", place)
        place = asked.end()
        terminal.send("\x1b[0n")  # what a terminal answers
    terminal.wait(r"it's made", place)
    assert not (tmp_path / "it's made").exists()
    terminal.settle()
    place = terminal.send(ENTER)
    terminal.wait_prompt(place)
    terminal.value("x", tmp_path)
    assert (tmp_path / "it's made").exists() and not (tmp_path / "change-me").exists()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_guard_offers_a_safer_form_of_the_line(
    start: Callable[..., Terminal], shell: str, tmp_path: Path
) -> None:
    """A daemon, a repository and a bare one behind it: what is pushed in the end is the safer form."""
    home, repository = tmp_path / "home", tmp_path / "repo"
    # What is answered is looked at here, not how fast.
    env = make_home(home, shell) | {"CARO_DAEMON_TIMEOUT_MS": "5000"}
    config = home / ".config/caro/config.toml"
    config.write_text(config.read_text() + '[safety]\nmode = "active"\n')
    caro(env, "daemon", "start")
    tool = tmp_path / "tools/git"
    tool.parent.mkdir()
    tool.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >>"{tmp_path}/pushed"\n')
    tool.chmod(0o755)
    repository.mkdir()
    try:
        terminal = start(shell, home, env | {"PATH": f"{tool.parent}:{env['PATH']}"}, cwd=repository)
        terminal.run(FIRST.get(shell, "echo first"))
        wait_for_the_guard(home)
        place = terminal.send("git push --force origin topic" + ENTER)
        form = "git push --force-with-lease origin topic"
        place = terminal.wait(rf"run it\? \[y/N\] \(s: {form}\) ", place).end()
        terminal.settle()
        terminal.send("s")
        if shell == "bash":
            place = terminal.wait(r"\x1b\[5n", place).end()
            terminal.send("\x1b[0n")  # what a terminal answers
        terminal.wait("--force-with-lease", place)
        terminal.settle()
        assert not (tmp_path / "pushed").exists()
        place = terminal.send(ENTER)
        terminal.wait_prompt(place)
        terminal.value("x", tmp_path)
        assert (tmp_path / "pushed").read_text() == "push --force-with-lease origin topic\n"
    finally:
        caro(env, "daemon", "stop")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_what_is_chosen_in_caro_fix_stands_in_the_prompt_once(
    start: Callable[..., Terminal], shell: str, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    env = make_home(home, shell)
    caro(env, "daemon", "start")
    (tmp_path / "notes").write_text("a line of notes\n")
    try:
        wait_for_the_guard(home)
        terminal = start(shell, home, env, cwd=tmp_path)
        terminal.run(FIRST.get(shell, "echo first"))
        terminal.run("gerp -c line notes")
        place = terminal.send("caro fix" + ENTER)
        place = terminal.wait(r"this one\? \[Enter\] \(n: no\) ", place).end()
        terminal.settle()
        place = terminal.send(ENTER)
        if shell == "bash":
            place = terminal.wait(r"\x1b\[5n", place).end()
            terminal.send("\x1b[0n")  # what a terminal answers
        place = terminal.wait(r"<\d+> (\x1b[^<]*)?grep -c line notes", place).end()
        assert not list((home / ".config/caro/shell").glob("chosen-*"))
        terminal.settle()
        place = terminal.send(ENTER)
        terminal.wait_prompt(place)
        assert terminal.value("$?" if shell != "fish" else "$status", tmp_path) == "0"
    finally:
        caro(env, "daemon", "stop")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_no_leaves_the_prompt_empty_and_a_block_offers_its_safer_form(
    start: Callable[..., Terminal], shell: str, tmp_path: Path
) -> None:
    home, repository = tmp_path / "home", tmp_path / "repo"
    env = make_home(home, shell) | {"CARO_DAEMON_TIMEOUT_MS": "5000"}
    config = home / ".config/caro/config.toml"
    config.write_text(config.read_text() + '[safety]\nmode = "active"\n')
    caro(env, "daemon", "start")
    subprocess.run(["git", "init", "-q", "-b", "main", repository], check=True, env=env)
    tool = tmp_path / "tools/git"
    tool.parent.mkdir()
    tool.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >>"{tmp_path}/pushed"\n')
    tool.chmod(0o755)
    try:
        terminal = start(shell, home, env | {"PATH": f"{tool.parent}:{env['PATH']}"}, cwd=repository)
        terminal.run(FIRST.get(shell, "echo first"))
        wait_for_the_guard(home)
        place = terminal.send("git push --force origin topic" + ENTER)
        place = terminal.wait(r"run it\? \[y/N\] \(s: [^)]*\) ", place).end()
        terminal.settle()
        terminal.send("n")
        terminal.wait(r"<\d+> ", terminal.wait("not run", place).end())
        terminal.settle()
        assert "lease" not in terminal.screen.rpartition("<")[2]
        # fish leaves a refused line where it was typed.
        place = terminal.send("\x07git push --force" + ENTER)
        place = terminal.wait("blocked:", place).end()
        if shell == "bash":
            place = terminal.wait(r"\x1b\[5n", place).end()
            terminal.send("\x1b[0n")  # what a terminal answers
        terminal.wait(r"<\d+> (\x1b[^<]*)?git push --force-with-lease", place)
        assert not (tmp_path / "pushed").exists()
    finally:
        caro(env, "daemon", "stop")


def caro(env: dict[str, str], *words: str) -> str:
    program = shutil.which("caro", path=env["PATH"]) or "caro"
    return subprocess.run([program, *words], env=env, check=True, capture_output=True, text=True).stdout


def wait_for_the_guard(home: Path) -> None:
    """Until the guard and the fixer are loaded: the daemon's log says so."""
    wait_ready(home / ".local/state/caro/daemon.log")


def test_a_terminal_that_does_not_answer_gets_the_line_shown(
    start: Callable[..., Terminal], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    env = make_home(home, "bash")
    hook = home / ".local/share/caro/bin/caro-hook"
    hook.rename(f"{hook}.real")
    hook.write_text(HOOK)
    hook.chmod(0o755)
    env["CHANGED"] = "echo changed"
    terminal = start("bash", home, env)
    terminal.run("echo first")
    place = terminal.send("echo change-me" + ENTER)
    terminal.wait_prompt(terminal.wait("caro: changed line: echo changed", place).end())
    place = terminal.send("\x1b[A" + ENTER)
    terminal.wait(r"[\r\n]changed", place)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_word_that_exists_nowhere_stops_the_line_and_stands_mended_in_the_prompt(
    start: Callable[..., Terminal], shell: str, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    # What is answered is looked at here, not how fast.
    env = make_home(home, shell) | {"CARO_DAEMON_TIMEOUT_MS": "5000"}
    config = home / ".config/caro/config.toml"
    config.write_text(config.read_text() + '[fix]\nbefore = "offer"\n')
    caro(env, "daemon", "start")
    (tmp_path / "notes").write_text("a line of notes\n")
    try:
        wait_for_the_guard(home)
        terminal = start(shell, home, env, cwd=tmp_path)
        terminal.run(FIRST.get(shell, "echo first"))
        place = terminal.send("gerp -c line notes > count" + ENTER)
        place = terminal.wait("caro: not run: no command `gerp`", place).end()
        if shell == "bash":
            place = terminal.wait(r"\x1b\[5n", place).end()
            terminal.send("\x1b[0n")  # what a terminal answers
        terminal.wait("grep -c line notes > count", place)
        terminal.settle()
        assert not (tmp_path / "count").exists()
        place = terminal.send(ENTER)
        terminal.wait_prompt(place)
        terminal.value("x", tmp_path)
        assert (tmp_path / "count").read_text() == "1\n"
    finally:
        caro(env, "daemon", "stop")
