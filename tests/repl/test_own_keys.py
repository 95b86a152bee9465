"""Which of the person's own keys the editor of `caro repl` takes over from their shell."""

from __future__ import annotations

import asyncio
import subprocess

from prompt_toolkit.keys import Keys

from caro.repl.bindings import BARE, CODE
from caro.repl.own_keys import OwnKeys, is_typed

BINDS = r"""
bind '"\C-g": "echo macro"'
bind '"\C-r": "\C-x\C-_p\C-x\C-_q"'
bind '"\C-t": "\C-aquote \C-e"'
bind '"\C-x\C-_p": "never"'
bind -x '"\C-xh": echo "of bash'"'s own"'"'
bind -x '"\C-x\C-p": __caro_ask'
"""


def test_a_key_that_presses_others_is_not_taken_for_text() -> None:
    assert is_typed("echo macro") and is_typed("git status\r")
    assert not is_typed("\x18\x1fp\x18\x1fq") and not is_typed("\x01quote ") and not is_typed("one\rtwo\r")
    printed = subprocess.run(
        [*BARE["bash"], BINDS + CODE["bash"]], capture_output=True, text=True, check=False
    ).stdout
    own = OwnKeys("bash")
    asyncio.run(own.take(printed))
    assert [binding.keys for binding in own.bindings.bindings] == [(Keys.ControlG,)]
    unknown = {binding.keys for binding in own.unknown.bindings}
    assert unknown == {(Keys.ControlT,), (Keys.ControlX, "h")}
