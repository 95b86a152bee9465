"""`caro repl`: the person's own shell does everything, and the line before it is Caro's."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from homes import make_home
from terminals import PATIENCE, Terminal

from waiting import wait_ready

Open = Callable[..., "Front"]
SHELLS = ["bash", "zsh", "fish"]
PROMPTS = {
    "bash": "PS1='ready> ' PS2='more> '\n",
    "zsh": "unsetopt prompt_sp; PS1='ready> ' PS2='more> '\n",
    "fish": "function fish_prompt; printf 'ready> '; end\n",
}


class Front(Terminal):
    """`caro repl` in a terminal: what a person sees on the screen is what is waited for."""

    def wait_screen(self, holds: Callable[[list[str]], object], what: str = "") -> list[str]:
        """Wait until the screen's lines are so; return them."""
        end = time.monotonic() + PATIENCE
        while not holds(lines := self.screen.split("\n")):
            assert time.monotonic() < end, f"{what}\n{self.screen}"
            self._read(0.1)
        return lines

    def wait_ready(self, prompt: str = "ready>") -> list[str]:
        """Wait for an empty prompt on the last line."""
        return self.wait_screen(lambda lines: lines[-1] == prompt, f"no prompt {prompt!r}")

    def colour(self, text: str) -> str:
        """Return the colour of a text on the last line, "" while it is not there."""
        lines = self.screen.split("\n")
        place = lines[-1].find(text)
        return str(self._screen.buffer[len(lines) - 1][place].fg) if place >= 0 else ""

    def line(self, text: str, prompt: str = "ready>") -> list[str]:
        """Type a line, wait for the next prompt; return what the screen has from the line on."""
        self.child.send(f"{text}\r")
        shown = f"ready> {text}"
        lines = self.wait_screen(
            lambda lines: lines[-1] == prompt and shown in lines, f"{shown!r} did not end"
        )
        return lines[len(lines) - lines[::-1].index(shown) :]


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Open]:
    """Opens `caro repl SHELL` in a new HOME and waits for its prompt."""
    open_ones: list[Front] = []

    daemons: list[dict[str, str]] = []

    def run(
        shell: str, more: str = "", words: tuple[str, ...] = (), daemon: bool = False, status: str = "off",
        ready: str = "ready>",
    ) -> Front:  # fmt: skip
        home = tmp_path / "home"
        env = make_home(home, shell, extra_rc=PROMPTS[shell] + more) | {"XDG_RUNTIME_DIR": str(tmp_path)}
        config = home / ".config/caro/config.toml"
        config.write_text(f'{config.read_text()}[repl]\nstatus = "{status}"\n')
        if daemon:
            daemons.append(env)
            subprocess.run(["caro", "daemon", "start"], env=env, check=True, capture_output=True)
            wait_ready(home / ".local/state/caro/daemon.log")
        terminal = Front(["caro", "repl", shell, *words], env, tmp_path, rows=30, columns=100)
        open_ones.append(terminal)
        terminal.wait_screen(lambda lines: re.fullmatch(ready, lines[-1]), f"no prompt {ready!r}")
        return terminal

    yield run
    for terminal in open_ones:
        terminal.close()
    for env in daemons:
        subprocess.run(["caro", "daemon", "stop"], env=env, check=True, capture_output=True)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_line_runs_in_the_persons_shell(front: Open, shell: str, tmp_path: Path) -> None:
    terminal = front(shell)
    (tmp_path / "here").mkdir()
    status = "$status" if shell == "fish" else "$?"
    assert terminal.line("echo hi") == ["hi", "ready>"]
    assert terminal.line("cd here; and true" if shell == "fish" else "cd here") == ["ready>"]
    assert terminal.line("pwd") == [str(tmp_path / "here"), "ready>"]
    assert terminal.line("sh -c 'exit 9'") == ["ready>"]
    assert terminal.line(f"echo {status}") == ["9", "ready>"]
    assert terminal.line("stty -a | grep -cw icanon") == ["1", "ready>"]
    terminal.child.send("exit 7\r")
    terminal.child.expect(terminal.child.delimiter)
    terminal.child.wait()
    assert terminal.child.exitstatus == 7


def test_a_program_has_the_terminal_and_what_was_typed_meanwhile_is_kept(front: Open) -> None:
    terminal = front("bash")
    terminal.child.send("read -r x; echo got:$x\r")
    terminal.wait_screen(lambda lines: len(lines) >= 2 or lines[-1].endswith("$x"))
    terminal.child.send("word\recho next\recho unfini")
    terminal.wait_screen(lambda lines: lines[-1] == "ready> echo unfini")
    terminal.child.send("shed\r")
    terminal.wait_screen(lambda lines: lines[-2:] == ["unfinished", "ready>"])
    assert "got:word" in terminal.screen
    assert "next" in terminal.screen.split("\n")


def test_jobs_stop_and_go_on(front: Open) -> None:
    terminal = front("bash")
    terminal.child.send("cat\r")
    terminal.child.send("one\r")
    terminal.wait_screen(lambda lines: lines[-2:] == ["one", "one"])
    terminal.child.send("\x1a")
    terminal.wait_ready()
    assert "Stopped" in terminal.line("jobs")[0]
    terminal.child.send("fg\r")
    terminal.wait_screen(lambda lines: lines[-1] == "cat")
    terminal.child.send("two\r\x04")
    terminal.wait_ready()
    assert terminal.screen.count("two") == 2


@pytest.mark.parametrize("shell", ["fish", pytest.param("bash", marks=pytest.mark.long)])
def test_a_line_after_the_window_has_another_size(front: Open, shell: str) -> None:
    terminal = front(shell)
    terminal.line("test -e /")
    for columns in (90, 95):
        terminal.child.setwinsize(30, columns)
        terminal.child.send("echo co''ls (stty size)\r" if shell == "fish" else "echo co''ls $(stty size)\r")
        terminal.wait_screen(
            lambda lines, columns=columns: f"cols 30 {columns}" in lines and lines[-1] == "ready>"
        )


def test_output_without_a_newline_stays(front: Open) -> None:
    terminal = front("bash")
    assert terminal.line("printf abc") == ["abc%", "ready>"]


@pytest.mark.parametrize(
    ("shell", "status"),
    [("bash", "130"), pytest.param("zsh", "130", marks=pytest.mark.long), ("fish", "0")],
)
def test_keys_that_are_the_shells(front: Open, shell: str, status: str) -> None:
    terminal = front(shell)
    terminal.child.send("half a line\x03")
    terminal.wait_screen(lambda lines: lines[-1] == "ready>" and len(lines) > 1)
    assert terminal.line("echo $status" if shell == "fish" else "echo $?") == [status, "ready>"]
    terminal.child.send("\x04")
    terminal.child.expect(terminal.child.delimiter)
    assert not terminal.child.isalive()


@pytest.mark.long
def test_a_key_that_the_shell_does_nothing_at(front: Open) -> None:
    terminal = front("fish", "bind \\cd beginning-of-line\n")
    terminal.child.send("\x04")
    terminal.wait_screen(lambda lines: lines[-1] == "ready>" and len(lines) > 1)
    assert terminal.line("echo fine") == ["fine", "ready>"]


def test_an_enter_within_a_paste_runs_nothing(front: Open) -> None:
    terminal = front("bash")
    terminal.line("test -e /")
    for piece in ("\x1b[200~echo a", "\r", "echo b\x1b[201~"):
        terminal.child.send(piece)
        terminal.settle()
    terminal.wait_screen(lambda lines: lines[-1].endswith("echo b") and "a" not in lines)
    terminal.child.send("\r")
    terminal.wait_screen(lambda lines: lines[-3:] == ["a", "b", "ready>"])


QUICK_AND_LONG = ["bash", *(pytest.param(shell, marks=pytest.mark.long) for shell in ("zsh", "fish"))]


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_the_rest_of_a_line(front: Open, shell: str) -> None:
    terminal = front(shell)
    terminal.child.send("cat <<X\r")
    terminal.wait_ready("more>")
    terminal.child.send("inside\r")
    terminal.wait_screen(lambda lines: lines[-2:] == ["more> inside", "more>"])
    terminal.child.send("X\x1b[A2")  # the line above is still to be edited
    terminal.wait_screen(lambda lines: "more> i2nside" in lines)
    terminal.child.send("\x1b[B\r")
    assert terminal.wait_ready()[-2:] == ["i2nside", "ready>"]


def test_what_fish_takes_for_incomplete_goes_on_in_its_place(front: Open) -> None:
    terminal = front("fish")
    terminal.line("test -e /")
    terminal.child.send("for i in 1 2\recho x$i\rend\recho over\r")
    lines = terminal.wait_screen(lambda lines: lines[-2:] == ["over", "ready>"])
    assert lines[1:] == [
        "ready> for i in 1 2", "> echo x$i", "> end", "x1", "x2", "ready> echo over", "over", "ready>",
    ]  # fmt: skip


def test_what_fish_finds_wrong_is_said_and_the_line_stays(front: Open) -> None:
    terminal = front("fish")
    terminal.line("set -g list one two")
    terminal.child.send("echo $list[2\r")
    lines = terminal.wait_screen(lambda lines: len(lines) > 3 and lines[-1] == "ready> echo $list[2")
    assert lines[-4].startswith("fish: ") and lines[-3] == "echo $list[2"
    terminal.child.send("]\r")
    assert terminal.wait_ready()[-2] == "two"


def test_what_bash_says_of_a_job_is_shown_while_a_line_is_typed(front: Open) -> None:
    terminal = front("bash")
    terminal.line("sleep 60 &")
    job = int(terminal.line("echo $!")[0])
    os.kill(job, signal.SIGTERM)
    terminal.wait_screen(lambda lines: not Path(f"/proc/{job}").exists())
    terminal.child.send("export A=1")  # may change something: the shell is asked for its state
    terminal.wait_screen(lambda lines: "Terminated" in terminal.screen and lines[-1] == "ready> export A=1")


@pytest.mark.parametrize("shell", ["zsh", pytest.param("fish", marks=pytest.mark.long)])
def test_what_stands_at_the_right(front: Open, shell: str) -> None:
    right = {
        "zsh": "RPROMPT='%F{green}right%?'\n",
        "fish": "function fish_right_prompt; echo right$status; end\n",
    }
    terminal = front(shell, right[shell], status="always", ready=r"ready> +passive .*right\d")
    terminal.child.send("sh -c 'exit 9'\r")
    lines = terminal.wait_screen(lambda lines: lines[-1].endswith("right9"))
    assert re.fullmatch(r"ready> +passive [0-9.]+m?s [0-9a-f]{8} right9", lines[-1])
    # Typed before the editor was there, the line stands as it was echoed.
    assert re.fullmatch(r"ready> sh -c 'exit 9'( +right\d)?", lines[-2])
    terminal.child.send("nope 'x'; git")
    terminal.wait_screen(lambda lines: terminal.colour("nope") == "red" and terminal.colour("git") == "green")
    assert terminal.colour("'x'") == "brown"  # what pyte calls dark yellow


RENEWS = {
    "zsh": """setopt prompt_subst; PS1='top $news
ready> '
got() { read -r -u $1 news; zle -F $1; exec {1}<&-; zle reset-prompt }
ask() { news=none; exec {fd}< <(until [[ -e ~/go ]] do sleep 0.05; done; echo branch); zle -F $fd got }
precmd_functions+=(ask)
""",
    "fish": """function fish_prompt; printf 'top %s\\nready> ' $news; end
function drawn --on-variable news; commandline -f repaint; end
function come --on-signal USR1; set -g news branch; end
set -g news none
sh -c "until [ -e ~/go ]; do sleep 0.05; done; kill -USR1 $fish_pid" &
""",
}


@pytest.mark.parametrize("shell", ["zsh", pytest.param("fish", marks=pytest.mark.long)])
def test_a_prompt_that_changes_while_a_line_is_typed(front: Open, tmp_path: Path, shell: str) -> None:
    terminal = front(shell, RENEWS[shell])
    terminal.child.send("echo par")
    terminal.wait_screen(lambda lines: lines[-2:] == ["top none", "ready> echo par"])
    (tmp_path / "home" / "go").touch()
    terminal.wait_screen(lambda lines: lines[-2:] == ["top branch", "ready> echo par"])
    terminal.child.send("tial\r")
    lines = terminal.wait_screen(lambda lines: "partial" in lines and lines[-1] == "ready>")
    end = lines.index("partial")
    assert lines[end - 2 : end] == ["top branch", "ready> echo partial"]


def test_the_shell_goes_on_where_the_front_is_killed(front: Open, tmp_path: Path) -> None:
    terminal = front("bash")
    terminal.child.send("half")
    terminal.wait_screen(lambda lines: lines[-1] == "ready> half")
    os.kill(front_of(terminal), signal.SIGKILL)
    terminal.wait_screen(
        lambda lines: "the line editor has ended" in "".join(lines) and lines[-1] == "ready>"
    )
    terminal.child.send("echo still\r")
    terminal.wait_screen(lambda lines: lines[-2:] == ["still", "ready>"])
    terminal.child.send("\x04")
    terminal.child.expect(terminal.child.delimiter)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP])
def test_the_terminal_is_given_back_where_the_shell_dies(front: Open, number: int) -> None:
    terminal = front("bash")
    before = termios.tcgetattr(terminal.child.child_fd)
    assert not before[3] & termios.ICANON
    os.kill(int(terminal.line("echo $$")[0]), number)
    terminal.child.expect(terminal.child.delimiter)
    terminal.child.wait()
    assert terminal.child.signalstatus == number


def test_nothing_of_it_is_open_in_a_child(front: Open) -> None:
    terminal = front("bash")
    assert terminal.line("ls /proc/self/fd | tr '\\n' ' '; env | grep -c CARO_REPL") == [
        "0 1 2 3 0",
        "ready>",
    ]


def front_of(terminal: Front) -> int:
    """The child of the relay that is not its copier: its program is Python."""
    children = Path(f"/proc/{terminal.child.pid}/task/{terminal.child.pid}/children").read_text().split()
    return next(int(pid) for pid in children if "python" in os.readlink(f"/proc/{pid}/exe"))


@pytest.mark.parametrize("shell", QUICK_AND_LONG)
def test_the_verdict_stands_there_and_a_blocked_line_is_not_handed_over(
    front: Open, tmp_path: Path, shell: str
) -> None:
    terminal = front(shell, daemon=True)
    failed = "echo $status" if shell == "fish" else "echo $?"
    terminal.line("sh -c 'exit 9'")
    terminal.child.send("touch veto-mark")
    lines = terminal.wait_screen(lambda lines: len(lines) > 1 and "veto-mark" in lines[-2])
    assert lines[-2] == "!! ready> touch veto-mark" and "refused" in lines[-1]
    terminal.child.send("\r")
    lines = terminal.wait_screen(lambda lines: lines[-1] == "ready>" and len(lines) > 1)
    assert lines[1] == "ready> touch veto-mark" and "caro: blocked" in lines[2] + lines[3]
    assert terminal.line(failed)[0] == "9"
    assert not (tmp_path / "veto-mark").exists()
    events = [json.loads(line) for line in (tmp_path / "home/.trace_shell.jsonl").read_text().splitlines()]
    told = [(event["kind"], event.get("text")) for event in events if event["source"] == "prompt"]
    assert told.count(("line", "touch veto-mark")) == 1
    assert [kind for kind, _ in told].count("session") == 1


@pytest.mark.parametrize("shell", QUICK_AND_LONG)
def test_a_question_is_answered_by_a_key_after_it(front: Open, tmp_path: Path, shell: str) -> None:
    terminal = front(shell)
    terminal.child.send("touch ask-mark\r")
    terminal.wait_screen(lambda lines: "[y/N]" in terminal.screen)
    terminal.settle()
    terminal.child.send("y")
    terminal.wait_ready()
    assert (tmp_path / "ask-mark").exists()


@pytest.mark.parametrize("shell", ["fish", pytest.param("bash", marks=pytest.mark.long)])
def test_a_declined_line_is_not_in_front_of_the_next(front: Open, tmp_path: Path, shell: str) -> None:
    terminal = front(shell)
    terminal.child.send("touch ask-mark\r")
    terminal.wait_screen(lambda lines: "[y/N]" in terminal.screen)
    terminal.settle()
    terminal.child.send("n")
    terminal.wait_ready()
    terminal.child.send("echo whole >other; cat other\r")
    terminal.wait_screen(lambda lines: "whole" in lines)
    assert not (tmp_path / "ask-mark").exists()


@pytest.mark.parametrize("shell", QUICK_AND_LONG)
def test_the_record_has_the_last_line_and_has_it_once(front: Open, shell: str) -> None:
    terminal = front(shell)
    for word in ("one", "two"):
        terminal.child.send(f"echo {word}\r")
        terminal.wait_screen(lambda lines, word=word: word in lines)
        terminal.wait_ready()
        terminal.child.send(":tree\r")
        terminal.wait_screen(
            lambda lines, word=word: any(f"$ echo {word}" in row for row in lines if "└" in row)
        )
        terminal.wait_ready()
    tree = terminal.screen.rpartition(":tree")[2]
    assert [tree.count(f"$ echo {word}") for word in ("one", "two")] == [1, 1]


COMPLETES = {
    "bash": """_tool() { COMPREPLY=($(compgen -W 'alpha alphabet' -- "$2")); }; complete -F _tool tool
_hangs() { sleep 1000; }; complete -F _hangs hangs
""",
    "zsh": """autoload -Uz compinit; compinit -u -D
_tool() { compadd -d '(one two)' alpha alphabet }; compdef _tool tool
_hangs() { sleep 1000 }; compdef _hangs hangs
""",
    "fish": """complete -c tool -x -a 'alpha\\tone alphabet\\ttwo'
complete -c hangs -x -a '(sleep 1000)'
""",
}


@pytest.mark.parametrize("shell", QUICK_AND_LONG)
def test_the_shell_itself_completes_and_one_that_hangs_holds_no_line_up(
    front: Open, tmp_path: Path, shell: str
) -> None:
    (tmp_path / "a folder").mkdir()
    (tmp_path / "a folder" / "inside").touch()
    terminal = front(shell, COMPLETES[shell])
    terminal.child.send("tool a\t")
    lines = terminal.wait_screen(lambda lines: lines[-1].strip().startswith("alphabet"))
    assert lines[0] == "ready> tool alpha"
    assert shell == "bash" or lines[-1].split() == ["alphabet", "two"]
    terminal.child.send("\x15ls a\t")
    terminal.wait_screen(lambda lines: lines[0].endswith("ls a\\ folder/"))
    terminal.child.send("\r")
    terminal.wait_screen(lambda lines: lines[-2:] == ["inside", "ready>"])
    terminal.child.send("hangs x\t")
    terminal.wait_screen(lambda lines: lines[-1] == "ready> hangs x")
    terminal.settle()
    terminal.child.send("\x15echo ran\r")
    terminal.wait_screen(lambda lines: lines[-2:] == ["ran", "ready>"])


@pytest.mark.long
@pytest.mark.parametrize("code", ["while true; end", "read -P asked: x"])
def test_a_completion_of_fishs_own_that_never_ends(front: Open, code: str) -> None:
    begun = "touch ~/begun"
    terminal = front("fish", f"complete -c hangs -x -a '({begun}; {code}; echo alpha)'\n")
    home = Path(terminal.line("echo $HOME")[0])
    terminal.child.send("hangs a\t")
    terminal.wait_screen(lambda lines: (home / "begun").exists())
    terminal.child.send("\x15echo ran\r")
    terminal.wait_screen(lambda lines: lines[-1] == "ready>" and "ran" in lines)


@pytest.mark.parametrize("shell", QUICK_AND_LONG)
def test_what_a_job_prints_while_the_shell_answers_is_all_shown(front: Open, shell: str) -> None:
    terminal = front(shell, COMPLETES[shell])
    terminal.line("test -e /")
    job = "sh -c 'for n in $(seq 60); do echo job-$n; sleep 0.01; done' &"
    place = terminal.send(f"{job}\r")
    terminal.wait(r"job-\d+\r", place)
    terminal.child.send("tool a")
    while "job-60\r" not in terminal.seen:
        terminal.send("\t")
        terminal.settle(0.02)
    shown = {int(number) for number in re.findall(r"job-(\d+)\r", terminal.seen)}
    assert shown >= set(range(min(shown) + 10, 61)), sorted(
        shown
    )  # the first ones come with the line's own echo


HISTORIES = {
    "bash": (".bash_history", "echo older\necho newer\n", ""),
    "zsh": (".zhistory", "echo older\necho newer\n", "HISTFILE=~/.zhistory HISTSIZE=100 SAVEHIST=100\n"),
    "fish": (
        ".local/share/fish/fish_history",
        "- cmd: echo older\n  when: 1700000000\n- cmd: echo newer\n  when: 1700000001\n",
        "",
    ),
}


@pytest.mark.parametrize("shell", QUICK_AND_LONG)
def test_older_lines_are_searched_and_a_failure_has_its_fix_on_a_key(
    front: Open, tmp_path: Path, shell: str
) -> None:
    name, text, more = HISTORIES[shell]
    file = tmp_path / "home" / name
    file.parent.mkdir(parents=True)
    file.write_text(text)
    terminal = front(shell, more, daemon=True)
    terminal.line("test -e /")
    terminal.child.send("\x1b[A\x1b[A")
    terminal.wait_screen(lambda lines: lines[-1] == "ready> echo newer")
    terminal.child.send("\x15\x12")
    terminal.wait_screen(lambda lines: "Esc back" in lines[-1])
    terminal.child.send("older")
    terminal.wait_screen(lambda lines: "echo older" in terminal.screen and "newer" not in terminal.screen)
    terminal.child.send("\r")
    terminal.wait_screen(lambda lines: lines[-1] == "ready> echo older")
    terminal.child.send("\x15gti status\r")
    terminal.wait_screen(lambda lines: "ommand" in terminal.screen and lines[-1] == "ready>")

    def is_fixed(lines: list[str]) -> bool:
        """Press the key again: the fix may come later than the prompt."""
        if lines[-1] == "ready>":
            terminal.child.send("\x1b\x1b")
            terminal.settle(0.5)
        return terminal.screen.endswith("\nready> git status")

    terminal.wait_screen(is_fixed)
    terminal.child.send("\x15\x18\x10")
    terminal.wait_screen(lambda lines: lines[-1] == "caro>")
    terminal.child.send("\x03")
    # A fix that was asked for twice may have come back into the line meanwhile.
    terminal.wait_screen(lambda lines: "ready>" in lines[-1])
    terminal.child.send("\x15\r")
    terminal.wait_ready()
    assert terminal.line("echo fine")[0] == "fine"


OWN_KEYS = {
    "bash": (
        'bind \'"\\C-g": "echo macro"\'; bind \'"\\C-t": beginning-of-line\'\n',
        'bind \'"\\C-g": "echo other"\'',
    ),
    "zsh": ("bindkey -s '^G' 'echo macro'; bindkey '^T' beginning-of-line\n", "bindkey -s '^G' 'echo other'"),
}


@pytest.mark.parametrize("shell", ["bash", pytest.param("zsh", marks=pytest.mark.long)])
def test_the_persons_own_keys_are_the_editors_too(front: Open, shell: str) -> None:
    in_rc_file, typed = OWN_KEYS[shell]
    terminal = front(shell, in_rc_file)
    terminal.line("test -e /")

    def comes(text: str) -> None:
        """Press the key until it is known: the shell is asked while one types."""

        def types(lines: list[str]) -> bool:
            if lines[-1] == "ready>":
                terminal.child.send("\x07")
                terminal.settle()
            return terminal.screen.endswith(f"ready> {text}")

        terminal.wait_screen(types)

    comes("echo macro")
    terminal.child.send("\x14: ")
    terminal.wait_screen(lambda lines: lines[-1] == "ready> : echo macro")
    terminal.child.send("\r")
    terminal.wait_ready()
    terminal.line(typed)
    terminal.line("test -e /")
    comes("echo other")


def test_a_word_is_completed(front: Open, tmp_path: Path) -> None:
    (tmp_path / "a-long-name").write_text("inside\n")
    terminal = front("bash")
    terminal.child.send("cat a-lo\t")
    terminal.wait_screen(lambda lines: lines[-1] == "ready> cat a-long-name")
    terminal.child.send("\r")
    assert terminal.wait_ready()[-2] == "inside"


BUILTINS = {
    "bash": (
        ["test -e /", "f() { cd /tmp; export INSIDE=s3cr3t; }", "f", "alias q=ls", "set -o noclobber"],
        ["declare -f f", "f: cd /tmp", "f: export INSIDE", "alias q", "set -o noclobber"],
    ),
    "zsh": (
        ["test -e /", "f() { cd /tmp; export INSIDE=s3cr3t; }", "f", "alias q=ls", "setopt noclobber"],
        ["declare -f f", "f: cd /tmp", "f: export INSIDE", "alias q", "setopt noclobber"],
    ),
    "fish": (
        ["test -e /", "function f; cd /tmp; set -gx INSIDE s3cr3t; end", "f", "set -g OUTSIDE s3cr3t"],
        ["declare -f f", "f: cd /tmp", "f: export INSIDE", "set -g OUTSIDE"],
    ),
}


@pytest.mark.parametrize("shell", BUILTINS)
def test_what_built_ins_change_is_recorded(front: Open, shell: str, tmp_path: Path) -> None:
    lines, wanted = BUILTINS[shell]
    terminal = front(shell)
    for line in lines:
        terminal.line(line)
    assert terminal.line("sh -c 'exit 9'") == ["ready>"]
    assert terminal.line("echo $status" if shell == "fish" else "echo $?") == ["9", "ready>"]
    log = tmp_path / "home/.trace_shell.jsonl"
    want = [each.removeprefix("f: ").split(" ") for each in wanted]

    def events() -> list[dict[str, Any]]:
        found = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        return [event for event in found if event["kind"] == "builtin"]

    terminal.wait_screen(lambda lines: len(events()) >= len(want), "too few events")
    found = events()
    shown = [
        " ".join(event["argv"]).replace("=", " ").split(" ")[: len(words)]
        for event, words in zip(found, want, strict=False)
    ]
    assert shown == want, [event["argv"] for event in found]
    assert "s3cr3t" not in str([event["argv"] for event in found])
    session = terminal.line("echo $CARO_SESSION_ID")[0]
    assert {event["session_id"] for event in found} == {session}
    terminal.child.send(":log\r")
    terminal.wait_screen(lambda lines: any(want[-1][-1] in line for line in lines[-8:]))


def test_a_refused_line_changes_nothing_in_the_log(front: Open, tmp_path: Path) -> None:
    terminal = front("bash")
    terminal.line("test -e /")
    terminal.child.send("export A=1; touch veto-mark\r")
    terminal.wait_screen(lambda lines: "blocked" in terminal.screen and lines[-1] == "ready>")
    terminal.line("export B=2")
    log = tmp_path / "home/.trace_shell.jsonl"
    terminal.wait_screen(lambda lines: log.exists() and '"B' in log.read_text())
    told = [json.loads(line) for line in log.read_text().splitlines()]
    assert [event["env_diff"] for event in told if event["kind"] == "builtin"] == [["B"]]
