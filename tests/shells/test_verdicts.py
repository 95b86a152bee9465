"""allow, warn, confirm, block: the same line has the same verdict, wording and keys in every shell."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from homes import lines_of, make_home
from terminals import ENTER, Terminal

Start = Callable[..., Terminal]
Homes = Callable[[str], tuple[Path, dict[str, str]]]
SHELLS = ("bash", "zsh", "fish")
KEYS = [("y", True), ("Y", True), *((key, False) for key in ("n", "\r", "\x03", "\x04", "q", "\x1b[A"))]
COMPLAINT = re.compile(r"caro:|caro-hook|not found|No such file|nknown command")
QUESTION = r"caro: run it\? \[y/N\] "


def status_word(shell: str) -> str:
    return '"$status"' if shell == "fish" else '"$?"'


def clear(terminal: Terminal, shell: str, place: int) -> None:
    """After a refusal: fish has the line in its editor, the others a fresh prompt."""
    if shell == "fish":
        terminal.wait(rf"<{terminal.tick}> ", terminal.wait(r"caro: (not run|blocked)[^\n]*\n", place).end())
        terminal.send("\x07")
    else:
        terminal.wait_prompt(place)


@pytest.mark.parametrize("shell", SHELLS)
def test_allow_is_silent(homes: Homes, start: Start, shell: str, tmp_path: Path) -> None:
    home, env = homes(shell)
    terminal = start(shell, home, env)
    assert "caro" not in terminal.run("echo a").split("\n", 1)[1]
    assert terminal.value("x", tmp_path) == "x"


@pytest.mark.parametrize("shell", SHELLS)
def test_warn_prints_one_line_and_runs(homes: Homes, start: Start, shell: str, tmp_path: Path) -> None:
    home, env = homes(shell)
    terminal = start(shell, home, env)
    shown = terminal.run(f"echo warn-mark > {tmp_path}/made")
    assert shown.count("caro: ") == 1
    assert "caro: warning: matches your rule warn-mark [user-rule]" in shown
    assert (tmp_path / "made").read_text() == "warn-mark\n"


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(("key", "runs"), KEYS)
def test_one_key_answers_the_question(
    homes: Homes, start: Start, shell: str, key: str, runs: bool, tmp_path: Path
) -> None:
    home, env = homes(shell)
    terminal = start(shell, home, env)
    place = terminal.send(f"touch {tmp_path}/ask-mark" + ENTER)
    asked = terminal.wait(QUESTION, place)
    assert "caro: matches your rule ask-mark [user-rule]" in terminal.seen[place : asked.end()]
    terminal.settle()
    place = terminal.send(key)
    if runs:
        terminal.wait_prompt(place)
    else:
        clear(terminal, shell, place)
    status = terminal.value(status_word(shell), tmp_path)
    assert (tmp_path / "ask-mark").exists() == runs
    if shell != "fish":
        assert status == ("0" if runs else "130")


@pytest.mark.parametrize("shell", SHELLS)
def test_what_was_typed_ahead_does_not_answer(homes: Homes, start: Start, shell: str, tmp_path: Path) -> None:
    home, env = homes(shell)
    terminal = start(shell, home, env)
    place = terminal.send(f"touch {tmp_path}/ask-mark{ENTER}yyyy")
    terminal.wait("caro: not run", place)
    assert not (tmp_path / "ask-mark").exists()


@pytest.mark.parametrize("shell", SHELLS)
def test_a_refused_line_can_be_recalled(homes: Homes, start: Start, shell: str, tmp_path: Path) -> None:
    """bash and zsh: it stands in the history; fish: it stands in the line."""
    home, env = homes(shell)
    terminal = start(shell, home, env)
    place = terminal.send(f"touch {tmp_path}/veto-mark" + ENTER)
    end = terminal.wait(r"caro: blocked: [^\n]*\n", place).end()
    if shell == "fish":
        terminal.wait(rf"<{terminal.tick}> [^\n]*touch", end)
        return
    terminal.wait_prompt(end)
    place = terminal.send("\x1b[A")
    terminal.wait(rf"touch {tmp_path}/veto-mark", place)


@pytest.mark.parametrize("shell", SHELLS)
def test_the_terminal_is_left_as_it_was(homes: Homes, start: Start, shell: str, tmp_path: Path) -> None:
    home, env = homes(shell)
    terminal = start(shell, home, env)
    terminal.run(f"stty -g > {tmp_path}/before")
    place = terminal.send(f"echo ask-mark{ENTER}")
    terminal.wait(QUESTION, place)
    terminal.settle()
    place = terminal.send("y")
    terminal.wait_prompt(place)
    place = terminal.send(f"echo veto-mark{ENTER}")
    terminal.wait(r"caro: blocked: [^\n]*\n", place)
    clear(terminal, shell, place)
    terminal.value("x", tmp_path)
    terminal.run(f"stty -g > {tmp_path}/after")
    assert (tmp_path / "before").read_text() == (tmp_path / "after").read_text()


@pytest.mark.parametrize("shell", SHELLS)
def test_lines_are_recorded(start: Start, shell: str, tmp_path: Path) -> None:
    env = make_home(tmp_path / "home", shell)
    terminal = start(shell, tmp_path / "home", env)
    terminal.run("echo one")
    terminal.run("false")
    place = terminal.send(f"echo veto-mark{ENTER}")
    terminal.wait(r"caro: blocked: [^\n]*\n", place)
    clear(terminal, shell, place)
    terminal.run("cd /; sh -c 'exit 7'")
    terminal.run("echo last")
    terminal.leave()
    lines = {line["text"]: line for line in lines_of(tmp_path / "home")}
    assert [lines[text]["exit_code"] for text in ("echo one", "false", "echo veto-mark")] == [0, 1, 130]
    assert lines["echo veto-mark"]["action"] == "block"
    assert lines["cd /; sh -c 'exit 7'"]["exit_code"] == 7
    assert lines["cd /; sh -c 'exit 7'"]["cwd"] == str(tmp_path / "home")
    assert len({line["session_id"] for line in lines.values()}) == 1
    assert 0 < lines["cd /; sh -c 'exit 7'"]["duration_ms"] < 5000


@pytest.mark.parametrize("shell", SHELLS)
def test_the_switch_reaches_open_shells(start: Start, shell: str, tmp_path: Path) -> None:
    env = make_home(tmp_path / "home", shell)
    terminal = start(shell, tmp_path / "home", env)
    other = start(shell, tmp_path / "home", env)
    other.run("caro disable")
    terminal.run(f"touch {tmp_path}/veto-mark1")
    assert (tmp_path / "veto-mark1").exists()
    other.run("caro enable")
    place = terminal.send(f"touch {tmp_path}/veto-mark2{ENTER}")
    terminal.wait(r"caro: blocked: ", place)
    assert not (tmp_path / "veto-mark2").exists()


@pytest.mark.parametrize("shell", [*SHELLS, "sh"])
def test_one_shell_can_be_without(homes: Homes, start: Start, shell: str, tmp_path: Path) -> None:
    home, env = homes(shell)
    terminal = start(shell, home, env | {"CARO_DISABLE": "1"})
    terminal.run(f"touch {tmp_path}/veto-mark")
    assert (tmp_path / "veto-mark").exists()
    assert terminal.value('"$__caro_pid"', tmp_path) == ""


@pytest.mark.parametrize("shell", [*SHELLS, "sh"])
def test_a_deleted_caro_is_silence(start: Start, shell: str, tmp_path: Path) -> None:
    env = make_home(tmp_path / "home", shell)
    terminal = start(shell, tmp_path / "home", env)
    terminal.run("echo a")
    (tmp_path / "home/.local/share/caro/bin/caro-hook").unlink()
    place = len(terminal.seen)
    terminal.run(f"touch {tmp_path}/veto-mark")
    terminal.run("false")
    terminal.run("true")
    assert (tmp_path / "veto-mark").exists()
    assert not COMPLAINT.search(terminal.seen[place:])
    shutil.rmtree(tmp_path / "home/.config/caro/shell")
    again = start(shell, tmp_path / "home", env)
    assert not COMPLAINT.search(again.seen)


@pytest.mark.parametrize("program", ["dash", "busybox", "mksh", "ksh93"])
def test_sh_records_statuses_and_has_a_gate(start: Start, program: str, tmp_path: Path) -> None:
    env = make_home(tmp_path / "home", "sh")
    words = ["busybox", "sh", "-i"] if program == "busybox" else [program, "-i"]
    terminal = start("sh", tmp_path / "home", env, words)
    terminal.run("sh -c 'exit 9'")
    assert terminal.value('"$?"', tmp_path) == "9"
    shown = terminal.run(f"caro_run touch {tmp_path}/veto-mark")
    assert "caro: blocked" in shown and not (tmp_path / "veto-mark").exists()
    assert terminal.value('"$?"', tmp_path) == "130"
    terminal.run(f"caro_run touch '{tmp_path}/it'\\''s made'")
    assert (tmp_path / "it's made").exists()
    assert 9 in [line.get("exit_code") for line in lines_of(tmp_path / "home")]
