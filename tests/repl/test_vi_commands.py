"""vi's commands in the editor of `caro repl`: what is left of a line, as bash's own editor leaves it."""

from __future__ import annotations

import asyncio

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.application.current import set_app
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import DummyOutput
from prompt_toolkit.shortcuts import PromptSession

from caro.repl.vi_commands import ViCommands

LINE = "echo one-two  three (a b) end"


def presses(keys: str) -> list[KeyPress]:
    """What the terminal's keys are to the editor; `^` is ESC, which nothing follows at once."""
    found = []
    for key in keys:
        escape = [KeyPress(Keys.Escape, "\x1b"), KeyPress(Keys.Ignore, "")]
        found += escape if key == "^" else [KeyPress(key, key)]
    return found


async def edited(keys: str) -> str:
    """Return the line after those keys, with `_` where the cursor stands."""
    commands = ViCommands()
    with create_pipe_input() as keyboard, create_app_session(keyboard, DummyOutput()):
        session: PromptSession[str] = PromptSession(
            editing_mode=EditingMode.VI, multiline=True, key_bindings=commands.bindings
        )
        commands.follow(session.app, session.default_buffer)
        commands.begin()
        asking = asyncio.ensure_future(session.prompt_async())
        while not session.app.is_running:
            await asyncio.sleep(0)
        with set_app(session.app):
            session.app.key_processor.feed_multiple(presses(f"{LINE}^{keys}"))
            session.app.key_processor.process_keys()
        text, at = session.default_buffer.text, session.default_buffer.cursor_position
        session.app.exit(result="")
        await asking
    return f"{text[:at]}_{text[at:]}"


@pytest.mark.parametrize(
    ("keys", "left"),
    [
        ("0wcwX", "echo X_-two  three (a b) end"),
        ("0wcWX", "echo X_  three (a b) end"),
        ("0w2cWX", "echo X_ (a b) end"),
        ("0wc2wX", "echo X_two  three (a b) end"),
        ("0llllcwX", "echoX_one-two  three (a b) end"),
        ("0wllcwX", "echo onX_-two  three (a b) end"),
        ("0wdw", "echo _-two  three (a b) end"),
        ("0wx.", "echo _e-two  three (a b) end"),
        ("0wx3.", "echo _two  three (a b) end"),
        ("0w2x.", "echo _two  three (a b) end"),
        ("0wcwX^w.", "echo X_Xtwo  three (a b) end"),
        ("0wiab^.", "echo aa_bbone-two  three (a b) end"),
        ("0wiab^.u", "echo a_bone-two  three (a b) end"),
        ("0wiab^.uu", "echo _one-two  three (a b) end"),
        ("A more^0.", "echo one-two  three (a b) end more mor_e"),
        ("0wcwnew^ww.", "echo new-ne_w  three (a b) end"),
        ("0wcw.a^w.", "echo .a._atwo  three (a b) end"),
        ("0wxwxU", f"_{LINE}"),
        ("0wdfz", "echo _one-two  three (a b) end"),
        ("0wcfz", "echo _one-two  three (a b) end"),
        ("0f(d%", "echo one-two  three _ end"),
        ("0%", "echo one-two  three (a b_) end"),
        ("0f(c%X", "echo one-two  three X_ end"),
        ("0w3rx", "echo xx_x-two  three (a b) end"),
        ("0wr^x", "echo _ne-two  three (a b) end"),
        ("0w5~", "echo ONE-T_wo  three (a b) end"),
        ("0w~w.", "echo One-_two  three (a b) end"),
        ("0fo;;,", "echo _one-two  three (a b) end"),
        ("0wdfo.", "echo _  three (a b) end"),
        ("ddP", "echo one-two  three (a b) en_d"),
        ("ddu", f"{LINE[:-1]}_d"),
        ("ccnew^u", f"{LINE[:-1]}_d"),
    ],
)  # fmt: skip
def test_a_command_leaves_the_line_as_vi_does(keys: str, left: str) -> None:
    assert asyncio.run(edited(keys)) == left
