"""How `caro repl` begins: what stands on the screen first, and what a start takes from the one before."""

from __future__ import annotations

from pathlib import Path

import pytest
from homes import make_home
from test_repl import PROMPTS, QUICK_AND_LONG, Front, Open, front

__all__ = ["front"]


def test_a_tall_prompt_stands_there_once(front: Open) -> None:
    prompt = "\\n".join("abcdefghijklmnopqrst")
    terminal = front("bash", f"PS1=$'{prompt}\\nready> '\n")
    shown = terminal.screen.replace("\n", "")
    assert shown == prompt.replace("\\n", "") + "ready>", terminal.screen
    assert terminal.line("echo hi")[0] == "hi"


@pytest.mark.parametrize("shell", QUICK_AND_LONG)
def test_keys_at_the_first_prompt_are_the_editors(front: Open, shell: str) -> None:
    terminal = front(shell)
    terminal.child.send(":help\recho onx\x7fe\recho tw")
    terminal.wait_screen(lambda lines: lines[-1] == "ready> echo tw")
    terminal.child.send("o\r")
    lines = terminal.wait_screen(lambda lines: lines[-3:] == ["ready> echo two", "two", "ready>"])
    assert ":undo" in terminal.screen and "ready> echo one" in lines


def test_what_was_noted_of_a_start_holds_until_something_changes(tmp_path: Path) -> None:
    home = tmp_path / "home"
    env = make_home(home, "bash", extra_rc=PROMPTS["bash"])
    with (home / ".config/caro/config.toml").open("a") as file:
        file.write('[repl]\nstatus = "off"\n')
    note, config = home / ".config/caro/shell/repl/bash.start", home / ".config/caro/config.toml"

    def refused() -> bool:
        terminal = Front(["caro", "repl", "bash"], env, tmp_path, rows=30, columns=100)
        terminal.wait_ready()
        said = "".join(terminal.line("touch late"))
        terminal.close()
        return "caro: blocked" in said

    assert not refused()
    noted = note.read_bytes()
    assert not refused()
    assert note.read_bytes() == noted
    (tmp_path / "late").unlink()
    config.write_text(config.read_text() + 'deny = ["touch late"]\n')
    assert refused()
    assert not (tmp_path / "late").exists()


def test_a_shell_that_becomes_another_says_so(front: Open) -> None:
    terminal = front("bash", "reload() { exec env PS1='other> ' bash --norc; }\n")
    terminal.line("test -e /")
    terminal.child.send("reload\r")
    terminal.wait_screen(lambda lines: "has become bash (exec)" in "".join(lines) and lines[-1] == "other>")
    terminal.child.send("echo $((40 + 2))\r")
    terminal.wait_screen(lambda lines: lines[-2:] == ["42", "other>"])


@pytest.mark.parametrize("shell", ["bash", pytest.param("zsh", marks=pytest.mark.long)])
def test_an_exported_prompt_is_no_other_shells(front: Open, shell: str) -> None:
    terminal = front(shell, "export PS1\n")
    assert terminal.line("env | grep -ac 697") == ["0", "ready>"]


def test_further_rows_of_a_text_have_their_own_prompts_colours(front: Open) -> None:
    terminal = front("bash", "PS1='top\\nready> ' PS2='\\[\\e[31m\\]more> \\[\\e[m\\]'\n", status="always")
    terminal.child.send("for i in 1\r")
    lines = terminal.wait_screen(lambda lines: lines[-1] == "more>")
    assert "passive" in lines[-2] and lines[-3] == "top"
    assert terminal.colour("more>") == "red"


def test_with_ble_sh_the_lines_are_its_own(front: Open) -> None:
    terminal = front("bash", "BLE_VERSION=0.4\n")
    terminal.wait_screen(lambda lines: "ble.sh edits the lines here" in "".join(lines))
    assert terminal.line("echo $((40 + 2))") == ["42", "ready>"]


@pytest.mark.long
def test_a_line_that_the_shells_editor_does_not_take_is_given_up(front: Open, tmp_path: Path) -> None:
    terminal = front("bash")
    terminal.line(r"bind -r '\C-x\C-_l'")
    terminal.child.send("touch taken\r")
    terminal.wait_screen(lambda lines: "takes no line" in "".join(lines))
    terminal.child.send("echo $((40 + 2))\r")
    terminal.wait_screen(lambda lines: lines[-2:] == ["42", "ready>"])
    assert not (tmp_path / "taken").exists()


def test_a_prompt_that_zsh_draws_anew_at_enter_takes_the_others_place(front: Open) -> None:
    terminal = front(
        "zsh",
        "short() { PS1='> '; zle .reset-prompt }; zle -N zle-line-finish short\n"
        "back() { PS1=$'top\\nready> ' }; precmd_functions+=(back)\n",
    )
    for line in ("echo one", f"echo {'a' * 120}", "echo three"):
        terminal.child.send(f"{line}\r")
        terminal.wait_screen(lambda lines, line=line: f"> {line}"[:100] in lines and lines[-1] == "ready>")
    assert terminal.screen.count("top") == 1 and terminal.screen.count("ready>") == 1
