"""fish: keys that other tools have bound go on doing what they did, once Caro was asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from homes import lines_of, make_home
from terminals import ENTER, Terminal

# What starship's transient prompt does with Enter, and a person's own.
TRANSIENT = """
function transient_execute
    if commandline --is-valid; or test -z (commandline | string collect)
        set -g TRANSIENT (math "0$TRANSIENT + 1")
        commandline -f repaint
    end
    commandline -f execute
end
"""
BINDINGS = {
    "a function on Enter": TRANSIENT + "bind \\r transient_execute",
    "in fish_user_key_bindings": TRANSIENT
    + "function fish_user_key_bindings; bind \\r transient_execute; end",
    "commands on Enter": "bind \\r 'set -g TRANSIENT (math \"0$TRANSIENT + 1\")' execute",
    "in insert mode": TRANSIENT
    + "function fish_user_key_bindings; for m in default insert; bind -M $m \\r transient_execute; end; end",
}


@pytest.mark.parametrize("name", BINDINGS)
def test_enter_does_what_another_tool_made_of_it(
    start: Callable[..., Terminal], name: str, tmp_path: Path
) -> None:
    env = make_home(tmp_path / "home", "fish", extra_rc=BINDINGS[name] + "\n")
    terminal = start("fish", tmp_path / "home", env)
    place = terminal.send(f"touch {tmp_path}/veto-mark" + ENTER)
    terminal.wait(r"caro: blocked: [^\n]*\n", place)
    terminal.send("\x07")
    assert int(terminal.value('"$TRANSIENT"', tmp_path)) >= 1
    assert not (tmp_path / "veto-mark").exists()


def test_another_key_that_executes_is_asked_and_recorded(
    start: Callable[..., Terminal], tmp_path: Path
) -> None:
    env = make_home(tmp_path / "home", "fish", extra_rc="bind \\ez execute\n")
    terminal = start("fish", tmp_path / "home", env)
    place = terminal.send(f"touch {tmp_path}/veto-mark\x1bz")
    terminal.wait(r"caro: blocked: [^\n]*\n", place)
    terminal.send("\x07")
    terminal.wait_prompt(terminal.send("echo by-key\x1bz"))
    terminal.run("echo end")
    assert not (tmp_path / "veto-mark").exists()
    assert "echo by-key" in [line["text"].strip() for line in lines_of(tmp_path / "home")]


def test_an_answer_to_read_is_no_line(start: Callable[..., Terminal], tmp_path: Path) -> None:
    env = make_home(tmp_path / "home", "fish")
    terminal = start("fish", tmp_path / "home", env)
    asking = "read -s -P 'wor''d? ' answer; echo got:$answer"
    terminal.wait(r"word\?", terminal.send(asking + ENTER))
    terminal.wait_prompt(terminal.wait("got:pass-word-1", terminal.send("pass-word-1" + ENTER)).end())
    terminal.run("echo end")
    assert asking in [line["text"].strip() for line in lines_of(tmp_path / "home")]
    assert "pass-word-1" not in (tmp_path / "home/.trace_shell.jsonl").read_text()


def test_a_key_bound_later_is_recorded_and_said(start: Callable[..., Terminal], tmp_path: Path) -> None:
    env = make_home(tmp_path / "home", "fish")
    terminal = start("fish", tmp_path / "home", env)
    terminal.run("bind \\ez execute")
    place = terminal.send(f"touch {tmp_path}/veto-mark\x1bz")
    terminal.wait("this line runs all the same", place)
    terminal.wait_prompt(place)
    terminal.run("echo end")
    assert f"touch {tmp_path}/veto-mark" in [line["text"].strip() for line in lines_of(tmp_path / "home")]
