"""Grey text in zsh and, by the relay, in bash: drawn behind what is typed, taken by keys, gone before anything else
shows, never run or kept."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from homes import lines_of, make_home
from terminals import ENTER, Terminal

Start = Callable[..., Terminal]
PAST = ("mytool --first thing", "mytool --first thing", "touch marker-of-mine", "other thing with words")
RIGHT, ALT_F, CTRL_RIGHT, END = "\x1b[C", "\x1bf", "\x1b[1;5C", "\x05"


@pytest.fixture
def inline(tmp_path: Path, start: Start) -> Iterator[Callable[..., Terminal]]:
    """Starts a shell with grey text, a daemon that has read its history, and what `extra` adds to the rc file."""
    home = tmp_path / "home"
    env: dict[str, str] = {}

    def begin(extra: str = "", columns: int = 100, shell: str = "zsh") -> Terminal:
        env.update(make_home(home, shell, extra_rc=extra))
        below_relay = {"relay_always": "true"} if shell != "zsh" else {}
        for key, value in ({"inline": "true", "inline_fish": "caro"} | below_relay).items():
            setting = ["caro", "config", "set", f"shell.{key}", value]
            subprocess.run(setting, env=env, check=True, capture_output=True)
        log = home / ".trace_shell.jsonl"
        log.write_text("".join(event(number, text, str(home)) for number, text in enumerate(PAST)))
        # On a busy machine a daemon takes longer than its starter waits.
        starting = (
            subprocess.run(["caro", "daemon", "start"], env=env, capture_output=True) for _ in range(8)
        )
        assert any(done.returncode == 0 for done in starting)
        terminal = start(shell, home, env)
        terminal.env = env
        terminal.child.setwinsize(30, columns)
        terminal._screen.resize(30, columns)
        return terminal

    yield begin
    if env:
        subprocess.run(["caro", "daemon", "stop"], env=env, capture_output=True)


def event(number: int, text: str, cwd: str) -> str:
    fields = {
        "v": 1,
        "id": f"0192f0c1-2345-7abc-8def-{number:012x}",
        "kind": "line",
        "source": "prompt",
        "ts": f"2026-01-02T03:04:{number:02}.000000Z",
        "session_id": "0192f0c1-2345-7abc-8def-ffffffffffff",
        "text": text,
        "cwd": cwd,
        "exit_code": 0,
    }
    return json.dumps(fields, separators=(",", ":")) + "\n"


def row(terminal: Terminal) -> str:
    """Return what stands behind the last prompt on the screen, without a message of Caro's below it."""
    return re.split(r"<\d+> ?", terminal.screen)[-1].partition("\ncaro: ")[0]


def wait_row(terminal: Terminal, text: str) -> None:
    for _ in range(200):
        if row(terminal).replace("\n", "") == text.replace("\n", ""):
            return
        terminal._read(0.1)
    raise AssertionError(f"{text!r} did not come; the screen:\n{terminal.screen}")


def type_until_grey(terminal: Terminal, typed: str, whole: str) -> None:
    """Types, and types anew while the daemon still reads."""
    for _ in range(60):
        terminal.send(typed)
        for _ in range(5):
            terminal._read(0.1)
            if row(terminal) == whole:
                return
        terminal.send("\x15")
        wait_row(terminal, "")
    raise AssertionError(f"no grey text; the screen:\n{terminal.screen}")


SHELLS = pytest.mark.parametrize("shell", ["zsh", "bash", "fish"])


@SHELLS
def test_taken_whole_by_word_and_typed_along(
    shell: str, inline: Callable[..., Terminal], tmp_path: Path
) -> None:
    terminal = inline(shell=shell)
    type_until_grey(terminal, "myt", "mytool --first thing")
    assert re.search(r"\x1b\[(0;)?90m", terminal.seen)  # fg=8
    # By word, then the rest; nothing was run by taking it.
    terminal.send(ALT_F)
    wait_row(terminal, "mytool --first thing")
    terminal.send("X")
    wait_row(terminal, "mytoolX")
    terminal.send("\x7f")
    wait_row(terminal, "mytool --first thing")
    terminal.send(CTRL_RIGHT + "x")
    wait_row(terminal, "mytool --firstx")
    terminal.send("\x15")
    wait_row(terminal, "")
    terminal.send("touch ma")
    wait_row(terminal, "touch marker-of-mine")
    # What is only grey is not run and not kept.
    terminal.wait_prompt(terminal.send(ENTER))
    home = tmp_path / "home"
    assert (home / "ma").exists()
    assert not (home / "marker-of-mine").exists()
    assert "marker-of-mine" not in terminal.screen.split("<")[-2]
    terminal.send("touch mar")
    wait_row(terminal, "touch marker-of-mine")
    terminal.wait_prompt(terminal.send(RIGHT + ENTER))
    assert (home / "marker-of-mine").exists()
    terminal.send("other th")
    wait_row(terminal, "other thing with words")
    terminal.send(END + " more\x15")
    wait_row(terminal, "")
    texts = [line["text"] for line in lines_of(home)][len(PAST) :]
    assert texts[:1] == ["touch ma"]


def test_gone_before_anything_else_shows(inline: Callable[..., Terminal], tmp_path: Path) -> None:
    """^C, ^U, search, menu, mid-line, paste, resize, a child's descriptors, the switch."""
    terminal = inline("bindkey -e\n")
    whole = "mytool --first thing"
    type_until_grey(terminal, "myt", whole)
    terminal.settle()  # no hand is quicker than the end of what has just drawn
    terminal.wait_prompt(terminal.send("\x03"))
    assert "<1> myt\n" in terminal.screen
    assert "first thing" not in terminal.screen
    assert terminal.value('"${+functions[TRAPINT]}$(trap)"', tmp_path) == "0"
    sockets = "$(ls -l /proc/self/fd | grep -c socket)"
    assert terminal.value(f'"{sockets}"', tmp_path) == "0"

    def grey() -> None:
        terminal.send("\x15myt")
        wait_row(terminal, whole)

    grey()
    terminal.send("\x02")  # in mid-line there is none
    wait_row(terminal, "myt")
    terminal.send("\x05")
    wait_row(terminal, whole)
    terminal.send("\x15")
    wait_row(terminal, "")
    grey()
    terminal.send("\x12")  # a search
    wait_row(terminal, "myt\nbck-i-search: _")
    terminal.send("\x07")
    wait_row(terminal, whole)
    terminal.send("\x15\x1b[200~myt\x1b[201~")
    wait_row(terminal, whole)
    for columns in (40, 12, 2, 60):
        terminal.child.setwinsize(30, columns)
        terminal._screen.resize(30, columns)
    terminal.send("\x15")
    wait_row(terminal, "")
    grey()
    terminal.send("\x18\x07")
    terminal.wait("grey text is off in this shell")
    terminal.send("\x15mytool")
    wait_row(terminal, "mytool")
    terminal.send("\x15\x18\x07")
    terminal.wait("grey text is on in this shell")
    grey()
    # Nobody answers any more: what stands goes, and the shell goes on.
    subprocess.run(["caro", "daemon", "stop"], env=terminal.env, check=True, capture_output=True)
    wait_row(terminal, "myt")
    terminal.send("\x15echo still$((40+2))" + ENTER)
    terminal.wait("still42")


def test_bash_gone_before_anything_else_shows(inline: Callable[..., Terminal], tmp_path: Path) -> None:
    """^C, ^U, search, ^L, menu, mid-line, paste, a burst of keys, resize, another program, the switch, no daemon."""
    title = "PROMPT_COMMAND='__tick=$((__tick + 1)); printf \"\\e]0;title\\a\"'\n"
    terminal = inline(title, shell="bash")
    whole = "mytool --first thing"
    type_until_grey(terminal, "myt", whole)
    terminal.wait_prompt(terminal.send("\x03"))
    assert "first thing" not in terminal.screen

    def grey() -> None:
        terminal.send("\x15myt")
        wait_row(terminal, whole)

    # A stale answer draws nothing at the prompt after ^C. (One that comes before readline reads bash only notes.)
    terminal.settle()
    terminal.wait_prompt(terminal.send("my\x03"))
    terminal.settle()
    assert row(terminal) == ""
    grey()
    terminal.send("\x02")  # in mid-line there is none
    wait_row(terminal, "myt")
    terminal.send("\x05")
    wait_row(terminal, whole)
    terminal.send("\x01\x05\x15")
    wait_row(terminal, "")
    grey()
    terminal.send("\x12")  # a search
    terminal.wait("reverse-i-search")
    assert "first thing" not in terminal.screen
    terminal.send("\x07")
    wait_row(terminal, whole)
    terminal.send("\x0c")
    wait_row(terminal, whole)
    terminal.send("\t\t")  # what could stand there, and the prompt anew
    wait_row(terminal, whole)
    terminal.send("\x15\x1b[200~myt\x1b[201~")
    wait_row(terminal, whole)
    terminal.send("\x15" + "echo " + "a" * 295)
    wait_row(terminal, "echo " + "a" * 295)
    terminal.send("\x15")
    wait_row(terminal, "")
    grey()
    for columns in (60, 40, 12, 2, 70, 100):
        terminal.child.setwinsize(30, columns)
        terminal._screen.resize(30, columns)
        terminal.settle(0.05)
    terminal.wait_prompt(terminal.send("\x03"))
    grey()
    terminal.wait_prompt(terminal.send("\x15true" + ENTER))
    assert "first thing" not in terminal.screen.split("<")[-2]
    grey()
    terminal.send("\x18\x07")
    terminal.wait("grey text is off in this shell")
    terminal.send("\x15mytool")
    wait_row(terminal, "mytool")
    terminal.send("\x15\x18\x07")
    terminal.wait("grey text is on in this shell")
    terminal.wait_prompt(terminal.send(ENTER))
    grey()
    # The panic switch holds from the next prompt on.
    switch = Path(terminal.env["HOME"]) / ".config/caro/disabled"
    switch.touch()
    terminal.wait_prompt(terminal.send("\x15" + ENTER))
    terminal.send("mytool")
    terminal.settle()
    assert row(terminal) == "mytool"
    switch.unlink()
    terminal.wait_prompt(terminal.send("\x15" + ENTER))
    grey()
    # Nobody answers any more: what stands goes, and the shell goes on.
    subprocess.run(["caro", "daemon", "stop"], env=terminal.env, check=True, capture_output=True)
    wait_row(terminal, "myt")
    terminal.send("\x15echo still$((40+2))" + ENTER)
    terminal.wait("still42")


@SHELLS
def test_hint_in_a_pause_and_by_key(shell: str, inline: Callable[..., Terminal]) -> None:
    """At the right of what is typed, in its row, and gone at the next key; by its key below, or above."""
    terminal = inline(shell=shell)
    type_until_grey(terminal, "myt", "mytool --first thing")
    said = "tar -x   (-x: take files out of the archive)"
    terminal.send("\x15tar -x")
    wait_row(terminal, said)
    terminal.send("z")
    wait_row(terminal, "tar -xz   (-z: through gzip (.gz))")
    terminal.send("\x7f")
    wait_row(terminal, said)
    terminal.send("\x02")  # in mid-line there is none
    wait_row(terminal, "tar -x")
    terminal.send("\x05\x15touch veto-mark")
    wait_row(terminal, "touch veto-mark   (block: matches your rule veto-mark)")
    # Cut, never wrapped.
    terminal.send("\x15" + "echo " + "a" * 60 + "; tar -x")
    terminal.wait(r"\(-x: take files ?\.\.\)")
    assert terminal.screen.count("\n") == 0
    terminal.settle()  # no hand is quicker than the end of what has just drawn
    terminal.send("\x03")
    wait_row(terminal, "")
    assert "take" not in terminal.screen
    terminal.send("myt")
    wait_row(terminal, "mytool --first thing")
    terminal.send("\x15git status\x18\x17")
    terminal.wait("caro: status: ")
    terminal.send("\x18\x07")
    terminal.wait("grey text is off in this shell")
    terminal.send("\x15tar -x")
    terminal.settle(1.0)
    assert "take files" not in terminal.screen


VI = {"zsh": "bindkey -v; KEYTIMEOUT=1\n", "bash": "set -o vi\n", "fish": "fish_vi_key_bindings\n"}


@pytest.mark.long
@SHELLS
def test_vi_command_mode_has_none(shell: str, inline: Callable[..., Terminal]) -> None:
    terminal = inline(VI[shell], shell=shell)
    type_until_grey(terminal, "myt", "mytool --first thing")
    terminal.send("\x1b")
    wait_row(terminal, "myt")
    terminal.send("A")
    wait_row(terminal, "mytool --first thing")


SUGGESTIONS = "source /usr/share/zsh-autosuggestions/zsh-autosuggestions.zsh\n"
HIGHLIGHTING = "source /usr/share/zsh-syntax-highlighting/zsh-syntax-highlighting.zsh\n"


@pytest.mark.long
@pytest.mark.parametrize("others", [SUGGESTIONS, HIGHLIGHTING, SUGGESTIONS + HIGHLIGHTING])
def test_beside_others(inline: Callable[..., Terminal], others: str, tmp_path: Path) -> None:
    terminal = inline(others)
    type_until_grey(terminal, "touch ma", "touch marker-of-mine")
    terminal.wait_prompt(terminal.send(RIGHT + ENTER))
    assert (tmp_path / "home/marker-of-mine").exists()
    terminal.send("echo 'fine'")
    terminal.wait_prompt(terminal.send(ENTER))
    strategies = terminal.value('"$ZSH_AUTOSUGGEST_STRATEGY"', tmp_path)
    assert strategies == ("caro history" if SUGGESTIONS in others else "")
