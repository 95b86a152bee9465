"""`caro help`, `caro tour` and Caro's own prompt."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest
from homes import make_home
from terminals import ENTER, Terminal

from caro.cli.help import topics
from caro.cli.main import find_command
from caro.cli.prompt import HELP

Caro = Callable[..., subprocess.CompletedProcess[str]]


def test_every_topic_is_listed_and_shown(caro: Caro) -> None:
    listed = caro("help").stdout
    for name, title in topics().items():
        assert name in listed and caro("help", name).stdout.startswith(title)


def test_what_a_command_is_called_shows_that_command(caro: Caro) -> None:
    for name in topics():
        if find_command(name) is not None:
            assert f"caro {name} --help" in caro("help", name).stdout
    assert "usage: caro undo" in caro("help", "undo").stdout


def test_a_command_has_its_page_and_an_unknown_topic_is_named(caro: Caro) -> None:
    assert caro("help", "config").returncode == 0
    assert "usage: caro shims" in caro("help", "shims").stdout
    told = caro("help", "nonsense")
    assert told.returncode == 2 and "keys" in told.stderr


def test_the_tour_asks_nobody_where_nobody_is(caro: Caro) -> None:
    told = caro("tour", stdin=subprocess.DEVNULL)
    assert told.returncode == 0 and "caro uninstall" in told.stdout


def test_every_word_of_the_prompt_answers_without_a_daemon(
    start: Callable[..., Terminal], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    env = make_home(home, "bash")
    terminal = start("bash", home, env)
    place = terminal.send("rm -rf ~/notes; gti x\x18\x10")
    for word, told in (
        ("explain", "=> deletes files: ~/notes"),
        ("explain ls -l", "No effect that matters was found."),
        ("ask how do I list files", "puts one into the line"),
        ("fix", "no fix is known of the last failure"),
        ("mode", "mode: passive"),
        ("help", "back to the line"),
    ):
        terminal.wait("caro> ", place)
        place = terminal.send(word + ENTER)
        place = terminal.wait(told, place).end()
    terminal.wait("caro> ", place)
    terminal.send(ENTER)
    terminal.settle()
    terminal.send("\x15")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_key_opens_the_prompt_and_gives_the_line_back(
    start: Callable[..., Terminal], shell: str, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    env = make_home(home, shell)
    terminal = start(shell, home, env)
    place = terminal.send(f"touch {tmp_path}/kept\x18\x10")
    terminal.wait("caro> ", place)
    place = terminal.send("mode active" + ENTER)
    terminal.wait("mode: active", place)
    assert 'mode = "active"' in (home / ".config/caro/config.toml").read_text()
    terminal.wait("caro> ", terminal.wait("mode: active", place).end())
    terminal.send(ENTER)
    terminal.settle()
    place = terminal.send(ENTER)
    terminal.wait_prompt(place)
    assert (tmp_path / "kept").exists()


WORDS = re.findall(r"^  ([a-z]+)", HELP, re.MULTILINE)


def test_the_prompts_own_help_names_every_word_that_it_offers(
    env: dict[str, str], start_prompt: Callable[[str], pexpect.spawn[str]]
) -> None:
    """The line on top and the page name the same words."""
    prompt = start_prompt("git push")
    prompt.expect("git push   say what you want, or: ([a-z?, ]+); Esc goes back")
    assert set(prompt.match[1].split(", ")) == {*WORDS, "?", "help"}
    prompt.expect_exact("caro> ")
    prompt.sendline("help")
    for word in WORDS:
        prompt.expect(f"  {word}")
    prompt.sendline("")
    prompt.expect(pexpect.EOF)
    assert prompt.before.replace("caro> ", "").strip().endswith("git push")


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("daemon", [False, True], ids=["alone", "with a daemon"])
def test_every_word_of_the_prompt_answers(
    word: str, daemon: bool, caro: Caro, start_prompt: Callable[[str], pexpect.spawn[str]]
) -> None:
    """With something behind it and without; what it can't do is a sentence, not its help page again."""
    if daemon:
        assert caro("daemon", "start").returncode == 0
    try:
        prompt = start_prompt("git status")
        prompt.expect_exact("caro> ")
        prompt.sendline(word)
        prompt.expect_exact("caro> ")
        told = prompt.before.removeprefix(word).strip()
        assert told and "back to the line" not in told and "does not answer" not in told, told
        prompt.sendline("")
        prompt.expect(pexpect.EOF)
    finally:
        if daemon:
            caro("daemon", "stop")


def test_the_prompt_fixes_without_a_daemon(
    home: Path, start_prompt: Callable[[str], pexpect.spawn[str]]
) -> None:
    """The last failure stands in the log, and the engine is in this process too."""
    row = {"v": 1, "kind": "line", "source": "prompt", "session_id": "s", "cwd": "/", "id": "1"}
    row |= {"ts": "2026-01-01T10:00:00.000000Z", "text": "cd /usr/bni", "exit_code": 1}
    (home / ".trace_shell.jsonl").write_text(json.dumps(row) + "\n")
    prompt = start_prompt("")
    prompt.expect_exact("caro> ")
    prompt.sendline("fix")
    prompt.expect(pexpect.EOF)
    assert prompt.before.strip().endswith("cd /usr/bin"), prompt.before


@pytest.mark.parametrize("daemon", [False, True], ids=["alone", "with a daemon"])
def test_the_prompt_explains_what_would_be_decided_of_a_persons_line(
    daemon: bool, caro: Caro, start_prompt: Callable[[str], pexpect.spawn[str]], home: Path
) -> None:
    """A person may switch their Caro off: no other prompt would stop that."""
    (home / ".config/caro").mkdir(parents=True, exist_ok=True)
    (home / ".config/caro/config.toml").write_text('[safety]\nmode = "active"\n')
    if daemon:
        assert caro("daemon", "start").returncode == 0
    try:
        prompt = start_prompt("caro disable")
        prompt.expect_exact("caro> ")
        prompt.sendline("explain")
        prompt.expect_exact("caro> ")
        assert "Caro lets it run" in prompt.before, prompt.before
        prompt.sendline("")
        prompt.expect(pexpect.EOF)
    finally:
        if daemon:
            caro("daemon", "stop")


@pytest.fixture
def start_prompt(env: dict[str, str], home: Path) -> Iterator[Callable[[str], pexpect.spawn[str]]]:
    """Starts `caro prompt` over a line, at a terminal of its own."""
    children = []

    def begin(line: str) -> pexpect.spawn[str]:
        variables = env | {"CARO_LINE": line, "CARO_DAEMON_AUTO_START": "false", "COLUMNS": "200"}
        child = pexpect.spawn("caro", ["prompt"], env=variables, cwd=str(home), timeout=60, encoding="utf-8")
        children.append(child)
        return child

    yield begin
    for child in children:
        child.close(force=True)


def test_the_models_line_comes_below_and_escape_ends_it(
    start_prompt: Callable[[str], pexpect.spawn[str]], home: Path
) -> None:
    config = home / ".config" / "caro" / "config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    program = home / "model"
    config.write_text(f'[llm]\nenabled = true\nbackend = "exec"\nurl = "{program}"\n')
    program.write_text("#!/bin/sh\necho 'ls -lart'\n")
    program.chmod(0o755)
    prompt = start_prompt("")
    prompt.expect_exact("caro> ")
    prompt.send("ask newest files first\n")
    prompt.expect(r"4  ls -lart .*the model's answer")
    prompt.expect_exact("caro> ")
    program.write_text(f"#!/bin/sh\n: >{home}/asked\nexec sleep 60\n")
    prompt.send("no, only in this folder\n")
    prompt.expect_exact("puts one into the line")
    prompt.send("\x1b")
    prompt.expect_exact("caro> ")
    prompt.send("1\n")
    prompt.expect(r"\bls\b")
    prompt.expect(pexpect.EOF)
