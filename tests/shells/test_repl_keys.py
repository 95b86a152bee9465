"""Keys at the prompt of `caro repl`: none leaves it in a state in which Enter does nothing."""

from __future__ import annotations

import pytest
from test_repl import QUICK_AND_LONG, Open, front

__all__ = ["front"]

VI = {
    "bash": "set -o vi\n",
    "zsh": "bindkey -v\n",
    "fish": "fish_vi_key_bindings; function fish_mode_prompt; end\n",
}


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
