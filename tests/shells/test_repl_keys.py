"""Keys at the prompt of `caro repl`: none leaves it in a state in which Enter does nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from test_repl import QUICK_AND_LONG, Front, Open, front

__all__ = ["front"]

VI = {
    "bash": "set -o vi\n",
    "zsh": "bindkey -v\n",
    "fish": "fish_vi_key_bindings; function fish_mode_prompt; end\n",
}


def type_until(terminal: Front, keys: str, wanted: str) -> None:
    """Type until it means what it does once the shell has told of itself."""
    otherwise = [f"ready> {keys}"] if keys.isprintable() else []
    for _ in range(20):
        terminal.child.send(keys)
        lines = terminal.wait_screen(
            lambda lines: (
                lines[-1] == wanted or (lines[-1] in otherwise if otherwise else lines[-1] != "ready>")
            )
        )
        if lines[-1] == wanted:
            return
        terminal.child.send("\x03")
        terminal.wait_ready()
    raise AssertionError(terminal.screen)


@pytest.mark.parametrize("shell", QUICK_AND_LONG)
@pytest.mark.parametrize("keys", ["\x13", "\x1b/"])
def test_a_search_is_left_and_what_it_found_is_taken(front: Open, shell: str, keys: str) -> None:
    terminal = front(shell, VI[shell] if keys != "\x13" else "")
    terminal.line("echo hey 1")
    terminal.line("echo two")

    def search(text: str) -> None:
        for key in keys:  # an ESC with a key behind it would be another one
            terminal.child.send(key)
            if key == "\x1b":
                terminal.settle(1)
        terminal.wait_screen(lambda lines: lines[-1].startswith("I-search"))
        terminal.child.send(text)
        terminal.wait_screen(lambda lines: lines[-1].endswith(f": {text}"))

    search("ech")
    terminal.child.send("\x03")
    terminal.wait_ready()
    assert terminal.line("echo lost")[0] == "lost"
    search("hey")
    terminal.child.send("\r")
    if keys != "\x13" or shell == "fish":
        terminal.wait_screen(lambda lines: lines[-1] == "ready> echo hey 1")
        terminal.child.send("\r")
    assert terminal.wait_screen(lambda lines: lines[-3:] == ["ready> echo hey 1", "hey 1", "ready>"])
    assert terminal.line("echo on")[0] == "on"


UNKNOWN = {
    "bash": "bind -x '\"\\C-xs\": echo hi'\n",
    "zsh": "mine() { LBUFFER+=x }; zle -N mine; bindkey '^Xs' mine\n",
    "fish": "bind \\cxs 'commandline -r foo'\n",
}


@pytest.mark.parametrize("shell", QUICK_AND_LONG)
def test_a_key_that_the_editor_does_not_have_types_nothing(front: Open, shell: str) -> None:
    terminal = front(shell, UNKNOWN[shell])
    for keys in ("\x18s", "\x1b[1;9Q", "\x1bOz", "\x1a", "\x1b="):
        terminal.child.send(keys)
    terminal.child.send("echo a b")
    terminal.wait_screen(lambda lines: lines[-1] == "ready> echo a b")
    terminal.child.send("\x1bt")
    terminal.wait_screen(lambda lines: lines[-1] == "ready> echo b a")


JK = {
    "bash": "set -o vi; bind -m vi-insert '\"jk\": vi-movement-mode'\n",
    "zsh": "bindkey -v; bindkey jk vi-cmd-mode\n",
    "fish": VI["fish"] + "bind -M insert -m default jk backward-char force-repaint\n",
}


@pytest.mark.parametrize("shell", QUICK_AND_LONG)
def test_two_letters_leave_the_insert_mode(front: Open, shell: str) -> None:
    terminal = front(shell, JK[shell])

    type_until(terminal, "echo abjk0ix", "ready> xecho ab")


def test_abbreviations_are_expanded_where_fish_does(front: Open) -> None:
    more = (
        "abbr -a say echo hi; abbr -a L --position anywhere '| cat'; function up; string upper $argv; end\n"
        "abbr -a all --position anywhere --regex '.+!' --function up\n"
    )
    terminal = front("fish", more)

    type_until(terminal, "say you", "ready> echo hi you")
    terminal.child.send(" there L ")
    terminal.wait_screen(lambda lines: lines[-1] == "ready> echo hi you there | cat")
    terminal.child.send("\x15echo wow! ")
    terminal.wait_screen(lambda lines: lines[-1] == "ready> echo WOW!")
    terminal.child.send("\x15say\r")
    terminal.wait_screen(lambda lines: lines[-3:] == ["ready> echo hi", "hi", "ready>"])


@pytest.mark.parametrize("shell", QUICK_AND_LONG)
def test_the_arrow_up_gives_what_the_shell_has(front: Open, shell: str, tmp_path: Path) -> None:
    terminal = front(shell)
    terminal.line("echo one")
    go_on = tmp_path / "go_on"
    os.mkfifo(go_on)
    terminal.child.send(f"echo begun; cat {go_on}\r")
    terminal.wait_screen(lambda lines: lines[-1] == "begun")
    terminal.child.send("echo ahead\r")
    go_on.write_text("")
    terminal.wait_screen(lambda lines: lines[-2:] == ["ahead", "ready>"])

    type_until(terminal, "\x1b[A", "ready> echo ahead")
    terminal.child.send("\x03")
    terminal.wait_ready()
    if shell == "fish":
        terminal.child.send("echo o\x1b[A")
        terminal.wait_screen(lambda lines: lines[-1] == "ready> echo one")
        return
    terminal.child.send("echo of !$\r")
    terminal.wait_screen(lambda lines: lines[-2:] == ["of ahead", "ready>"])
    type_until(terminal, "\x1b[A", "ready> echo of ahead")
